"""Generations that are under way: one task each, followed by the editor, cancelled at any moment.

`start` never raises and never lets a cancel escape: a command without an answer would hang the client.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes_at
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.errors import BusyError, DocumentError, VerificationError
from maze_lsp.pipeline import Delta, Failed, Finished, HoleRequest, Note, Pipeline, Reset, Result, Started
from maze_lsp.pipeline.run import new_id, sampling_of
from maze_lsp.server import convert
from maze_lsp.server.applying import apply_result, uncancelled
from maze_lsp.server.documents import Document
from maze_lsp.server.errors import answer
from maze_lsp.server.preview import Preview
from maze_lsp.server.progress import Progress
from maze_lsp.server.session import path_of
from maze_lsp.server.targets import TITLES, choose, place_of
from maze_lsp.server.watch import Watch
from maze_lsp.text import Span
from maze_lsp.workspace.exclusion import why_excluded

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer


@dataclass(slots=True)
class Running:
    """A generation under way. Its hole is followed by `document.watched` under the same id."""

    id: str
    document: Document
    task: asyncio.Task[dict[str, Any]] | None = None


class Generations:
    def __init__(self, server: MazeServer) -> None:
        self._server = server
        self._running: dict[str, Running] = {}

    def running(self) -> list[Running]:
        return list(self._running.values())

    async def start(self, arguments: dict[str, Any], token: lsp.ProgressToken | None) -> dict[str, Any]:
        """Fill the hole that `arguments` name; the answer says what became of it."""
        running: Running | None = None
        try:
            document = self._server.documents.get(str(arguments.get("uri", "")))
            snapshot = await document.snapshot()
            place = place_of(arguments, snapshot, self._server.client.encoding)
            holes = await asyncio.to_thread(holes_at, snapshot, place)
            hole = choose(holes, place, arguments.get("kind"))
            running = self._register(document, hole)
            work = self._run(running, snapshot, hole, arguments, token)
            running.task = asyncio.create_task(work)
            return await asyncio.shield(running.task)
        except asyncio.CancelledError as cancelled:
            if running is not None and running.task is not None:
                running.task.cancel()
                await asyncio.wait({running.task})
            return answer(cancelled)
        except Exception as error:
            return {**answer(error), **({"id": running.id} if running else {})}

    async def regenerate(self, record_id: str, token: lsp.ProgressToken | None) -> dict[str, Any]:
        """Fill the place of a generated span anew, with another seed."""
        for document in self._server.documents.all():
            span = document.spans.get(record_id)
            if span is None:
                continue
            entry = await self._server.entry(record_id)
            kind = entry.record.hole_kind if entry else None
            arguments = {
                "uri": document.uri,
                "range": convert.range_to_json(
                    convert.range_of(document.lines, span.range, self._server.client.encoding)
                ),
                "kind": kind,
                "again": True,
            }
            return await self.start(arguments, token)
        return answer(DocumentError("That generated code is no longer in an open document."))

    def cancel(self, *, id: object = None, uri: object = None) -> int:
        """Cancel one generation, those of a document, or all; how many that were."""
        meant = [
            running
            for running in self._running.values()
            if id in (None, "", running.id) and uri in (None, "", running.document.uri)
        ]
        for running in meant:
            if running.task is not None:
                running.task.cancel()
        return len(meant)

    async def cancel_all(self) -> None:
        tasks = [running.task for running in self._running.values() if running.task is not None]
        self.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _register(self, document: Document, hole: Hole) -> Running:
        for other in self._running.values():
            busy = document.watched.get(other.id)
            if busy is not None and busy.range.overlaps(hole.range):
                raise BusyError("A generation is already in progress here.", hint="Wait for it, or cancel it.")
        running = Running(new_id(), document)
        document.watched[running.id] = Watch(hole.range)
        self._running[running.id] = running
        return running

    async def _run(
        self,
        running: Running,
        snapshot: Snapshot,
        hole: Hole,
        arguments: dict[str, Any],
        token: lsp.ProgressToken | None,
    ) -> dict[str, Any]:
        server, document = self._server, running.document
        place = convert.range_to_json(convert.range_of(snapshot.lines, hole.range, server.client.encoding))
        preview = Preview(server, {"id": running.id, "uri": document.uri, "version": snapshot.version, "range": place})
        progress = Progress(server, f"Generating {TITLES[hole.kind]}", token)
        task = asyncio.current_task()
        assert task is not None
        server.spawn(progress.begin(task))
        server.status("generating")
        words = "failed"
        try:
            if arguments.get("again"):
                hole = replace(hole, marker=hole.range.text(snapshot.text))
            result = await self._generate(running, snapshot, hole, arguments, preview, progress)
            preview.done()
            span = await uncancelled(apply_result(server, document, snapshot, running.id, result))
            words = "done"
            return self._applied(running, result, span)
        except asyncio.CancelledError as cancelled:
            words = "cancelled"
            return {**answer(cancelled), "id": running.id}
        except Exception as error:
            failed = answer(error)
            words = failed["message"]
            if failed["status"] in ("failed", "refused"):
                server.tell(failed["message"], lsp.MessageType.Error)
            text = getattr(error, "text", None)
            return {**failed, "id": running.id, **({"text": text} if text else {})}
        finally:
            preview.done()
            progress.end(words)
            document.watched.pop(running.id, None)
            del self._running[running.id]
            if not self._running:
                server.status("error" if words not in ("done", "cancelled") else "ready", words)

    async def _generate(
        self,
        running: Running,
        snapshot: Snapshot,
        hole: Hole,
        arguments: dict[str, Any],
        preview: Preview,
        progress: Progress,
    ) -> Result:
        server, settings = self._server, self._server.settings
        path = path_of(running.document.uri)
        if path is not None:
            root = server.root_of(running.document)
            reason = await asyncio.to_thread(why_excluded, path, root, settings.exclude)
            if reason:
                raise DocumentError(f"{path.name} {reason}: nothing of it is sent to a model.")

        def say(message: str) -> None:
            progress.report(message)
            server.status("starting", message)

        service = await server.service(say)
        ledger = await asyncio.to_thread(server.ledger)
        intent = str(arguments.get("intent") or "")
        context = await asyncio.to_thread(derive, snapshot, hole, intent=intent, budget_chars=settings.prompt_chars)
        seed = arguments.get("seed")
        if not isinstance(seed, int):
            seed = secrets.randbelow(2**31) if settings.seed is None or arguments.get("again") else settings.seed
        request = HoleRequest(context, sampling_of(settings, seed), running.id)
        async with aclosing(Pipeline(service, ledger, settings).generate(request)) as events:
            async for event in events:
                match event:
                    case Started(model=model, enforced=enforced):
                        degraded = "" if enforced else " (constraint not enforced by this server)"
                        server.status("generating" if enforced else "degraded", f"{model}{degraded}")
                    case Delta(text, tokens):
                        preview.add(text)
                        progress.report(f"{tokens} tokens")
                    case Reset(reason):
                        preview.reset()
                        progress.report(f"trying again: {reason}")
                    case Note(message):
                        progress.report(message)
                    case Failed(error):
                        raise error
                    case Finished(result):
                        return result
        raise VerificationError("The generation ended without a result.")

    def _applied(self, running: Running, result: Result, span: Span | None) -> dict[str, Any]:
        from maze_lsp.provenance.record import Entry

        server, document = self._server, running.document
        server.entries[result.id] = Entry(result.record, "offered", result.record.created)
        if span is not None:
            document.spans.add(result.id, span, span.text(document.text))
        server.refresh()
        for warning in result.warnings:
            if "could not be recorded" in warning:
                server.tell(warning, lsp.MessageType.Warning)
        return {
            "status": "applied",
            "id": result.id,
            "verdict": result.record.verdict,
            "verdicts": {verdict.part.name: verdict.verdict for verdict in result.verdicts},
            "ending": result.record.ending,
            "tokens": result.record.tokens,
            "warnings": list(result.warnings),
        }
