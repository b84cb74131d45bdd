"""One generation: from what a command means, over the pipeline, to the text in the document.

Decides nothing about generation itself; it carries the pipeline's events to the editor. Runs in a task of
`running.py`, which may be cancelled at any moment.
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
from maze_lsp.errors import DocumentError, NoHoleError, VerificationError
from maze_lsp.pipeline import Delta, Failed, Finished, HoleRequest, Note, Pipeline, Reset, Result, Started
from maze_lsp.pipeline.run import sampling_of
from maze_lsp.server import convert
from maze_lsp.server.applying import apply_result, uncancelled
from maze_lsp.server.documents import Document
from maze_lsp.server.neighbours import neighbours
from maze_lsp.server.preview import Preview
from maze_lsp.server.progress import Progress
from maze_lsp.server.proposals import Offer, Proposal
from maze_lsp.server.running import Answer, Running
from maze_lsp.server.targets import TITLES, arguments_of, hole_of, wish_of
from maze_lsp.server.watch import Watch
from maze_lsp.text import Span

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer


_MOST_MADE = 256
"""Texts whose holes are remembered; those of older ones are looked for again."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be generated: a hole of a document at one moment, and how."""

    document: Document
    snapshot: Snapshot
    hole: Hole
    intent: str = ""
    seed: int | None = None
    review: bool = False
    constraints: tuple[str, ...] = ()


class Generations:
    """`generate` and `regenerate` are the work of a `Running` task; they raise MazeErrors."""

    def __init__(self, server: MazeServer) -> None:
        self._server = server
        self._made: dict[str, tuple[Hole, str, tuple[str, ...]]] = {}
        """Of each text that was inserted in this session, its hole, what was asked for and which constraints chosen."""

    async def generate(self, running: Running, arguments: dict[str, Any]) -> Answer:
        """Fill the hole that `arguments` name."""
        return await self._fill(running, await self.wanted(arguments))

    async def regenerate(self, running: Running, record_id: str) -> Answer:
        """Fill the place of a generated span anew, with another seed; the first text counts as rejected then."""
        proposal = self._server.proposals.get(record_id)
        if proposal is not None:
            again = {**proposal.arguments, "intent": proposal.intent, "seed": secrets.randbelow(2**31)}
            return await self._fill(running, await self.wanted({**again, "review": True}))
        answer = await self._fill(running, await self._again(record_id))
        assert running.document
        running.document.spans.forget(record_id)
        await self._server.records.set_state(record_id, "rejected")
        return answer

    def remember(self, id: str, hole: Hole, intent: str = "", constraints: tuple[str, ...] = ()) -> None:
        """Know what a text that was offered and then taken was made for, so that it can be made anew."""
        self._made[id] = hole, intent, constraints
        while len(self._made) > _MOST_MADE:
            del self._made[next(iter(self._made))]

    # ------------------------------------------------------------------ what is meant

    async def wanted(self, arguments: dict[str, Any]) -> Target:
        """The hole that the argument of a command means."""
        wish = wish_of(arguments)
        document = self._server.documents.get(wish.uri)
        at = document.carried(wish.at, wish.version) if wish.at else None
        wish = replace(wish, where=document.carried(wish.where, wish.version), at=at, version=document.version)
        snapshot = await document.snapshot()
        if snapshot.version != wish.version:  # edited while it was parsed
            return await self.wanted(_as_of(wish.version, arguments, wish.where, at))
        hole = await asyncio.to_thread(hole_of, wish, snapshot, self._server.client.encoding)
        if document.version != wish.version:  # edited while the hole was looked for
            return await self.wanted(_as_of(wish.version, arguments, wish.where, at))
        client, settings = self._server.client, self._server.settings
        review = client.review and settings.review if wish.review is None else wish.review
        return Target(document, snapshot, hole, wish.intent, wish.seed, review, wish.constraints)

    async def _again(self, record_id: str) -> Target:
        """The place of a generated span. What stands there now is taken for a marker, not for the user's text."""
        document = next((one for one in self._server.documents.all() if one.spans.get(record_id)), None)
        span = document.spans.get(record_id) if document else None
        if document is None or span is None:
            raise DocumentError("That generated text is no longer in an open document.")
        before = document.version
        snapshot = await document.snapshot()
        hole, intent, constraints = self._made.get(record_id, (None, "", ()))
        if hole is None or not snapshot.text.endswith(hole.begun, 0, span.range.start):
            entry = await self._server.records.entry(record_id)
            hole = await asyncio.to_thread(_hole_around, snapshot, span.range, entry.record.hole_kind if entry else "")
        if document.version != before:
            return await self._again(record_id)
        text = span.range.text(snapshot.text)
        hole = replace(hole, range=span.range, marker=text, typed_prefix="", lead="")
        return Target(document, snapshot, hole, intent, secrets.randbelow(2**31), constraints=constraints)

    # ------------------------------------------------------------------ from the place to the inserted text

    async def _fill(self, running: Running, target: Target) -> Answer:
        server, document, hole = self._server, target.document, target.hole
        watch = server.running.claim(running, document, hole.range)
        server.proposals.drop_at(document, hole.range)
        offer = Offer() if target.review else None
        where = convert.range_to_json(convert.range_of(target.snapshot.lines, hole.range, server.client.encoding))
        base = {"id": running.id, "uri": document.uri, "version": target.snapshot.version, "range": where}
        wanted = server.client.preview and server.settings.preview
        preview = Preview((lambda p: server.notify("maze/preview", p)) if wanted else None, base, hole.lead)
        progress = Progress(server, f"Generating {TITLES[hole.kind]}", running.token, running.cancel)
        progress.begin()
        server.status("generating")
        outcome = "nothing was inserted"
        try:
            result = await self._generate(running, target, preview, progress, offer)
            if offer is not None and not watch.touched:
                preview.done()
                outcome = "the text waits to be accepted"
                return self._proposed(running, target, result, offer, watch)
            running.text = result.text
            preview.done()
            span = await uncancelled(apply_result(server, document, target.snapshot, watch, result))
            outcome = f"{result.record.tokens} tokens, {result.record.verdict}"
            return self.applied(target, running.intent, result, span)
        finally:
            preview.done()
            progress.end(outcome)
            document.watched.pop(running.id, None)

    def _proposed(self, running: Running, target: Target, result: Result, offer: Offer, watch: Watch) -> Answer:
        encoding = self._server.client.encoding
        arguments = arguments_of(target.snapshot, target.hole, target.hole.range, encoding)
        place = Watch(watch.range)
        return self._server.proposals.add(
            Proposal(target.document, target.snapshot, target.hole, running.intent, result, offer, arguments, place)
        )

    async def _generate(
        self, running: Running, target: Target, preview: Preview, progress: Progress, offer: Offer | None
    ) -> Result:
        server, settings = self._server, self._server.settings
        ledger = offer if offer is not None else await server.records.ledger()

        def waiting(message: str) -> None:
            progress.report(message)
            server.status("starting", message)

        async with server.services.use(settings, waiting) as service:
            request, timelines = await self.request_for(running, target), server.timelines
            timelines.begin(running.id)
            async with aclosing(Pipeline(service, ledger, settings, server.cache).generate(request)) as events:
                async for event in events:
                    match event:
                        case Started():
                            self._started(event)
                        case Delta():
                            timelines.add(running.id, event.text, event.logprob)
                            preview.add(event.text)
                            progress.report(f"{event.tokens} tokens")
                        case Reset():
                            timelines.begin(running.id, event.kept)
                            preview.reset(event.kept)
                            progress.report(f"{'going on' if event.kept else 'trying again'}: {event.reason}")
                        case Note():
                            progress.report(event.message)
                        case Failed():
                            raise event.error
                        case Finished():
                            timelines.end(running.id, event.result.text)
                            return event.result
        raise VerificationError("The generation ended without a result.")

    async def request_for(self, running: Running, target: Target) -> HoleRequest:
        """What is asked of a service. Raises DocumentError where the file must not be sent."""
        server, settings = self._server, self._server.settings
        reason = await server.why_excluded(target.document)
        if reason:
            raise DocumentError(f"{reason}: nothing of it is sent to a model.")
        wanted_seed = target.seed if target.seed is not None else settings.seed
        seed = secrets.randbelow(2**31) if wanted_seed is None else wanted_seed
        context = await asyncio.to_thread(
            derive, target.snapshot, target.hole, intent=target.intent, budget_chars=settings.prompt_chars
        )
        running.intent = context.intent
        others = await neighbours(server, target.document)
        sampling = sampling_of(settings, seed)
        further = await server.project.applying(target.document, target.snapshot, target.hole, target.constraints)
        return HoleRequest(
            context, sampling, running.id, others=others, logprobs=server.client.timeline, constraints=further
        )

    def _started(self, event: Started) -> None:
        if event.enforced:
            self._server.status("generating", event.model)
        else:
            words = f"{event.model}: grammars are not enforced by this server; the text is checked here"
            self._server.status("degraded", words)

    def applied(self, target: Target, intent: str, result: Result, span: Span | None) -> Answer:
        """What is noted and answered once a text stands in the document."""
        server, document = self._server, target.document
        server.records.add(result.record)
        self.remember(result.id, target.hole, intent, target.constraints)
        where = None
        if span is not None:
            document.spans.add(result.id, span, span.text(document.text))
            where = convert.range_to_json(convert.range_of(document.lines, span, server.client.encoding))
        server.refresh()
        for warning in result.warnings:
            if "could not be recorded" in warning:
                server.tell(warning, lsp.MessageType.Warning)
        words = " ".join([f"Inserted; the constraint is {result.record.verdict}.", *result.warnings])
        return {
            "status": "applied",
            "id": result.id,
            "message": words,
            "text": result.text,
            "range": where,
            "verdict": result.record.verdict,
            "verdicts": {verdict.part.name: verdict.verdict for verdict in result.verdicts},
            "ending": result.record.ending,
            "tokens": result.record.tokens,
            "warnings": list(result.warnings),
        }


def _as_of(version: int | None, arguments: dict[str, Any], where: lsp.Range, at: lsp.Range | None) -> dict[str, Any]:
    """The same argument for a later version of its document."""
    moved = {**arguments, "version": version, "range": convert.range_to_json(where)}
    moved.pop("position", None)
    return {**moved, "at": convert.range_to_json(at)} if at else moved


def _hole_around(snapshot: Snapshot, span: Span, kind: str) -> Hole:
    """The hole that a text of another session was written for, as far as it can be told."""
    offered = holes_at(snapshot, span)
    if not offered:
        raise NoHoleError("Nothing can be generated here any more.", hint="Select what is to be written anew.")
    return next((hole for hole in offered if hole.kind == kind), offered[0])
