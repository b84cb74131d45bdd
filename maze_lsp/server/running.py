"""The tasks of generations: begun, cancelled, answered exactly once. Light to import; the work is in `generation.py`.

`run` never raises and never lets a cancel escape: a command without an answer would hang the client.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from maze_lsp.errors import BusyError
from maze_lsp.server.errors import answer
from maze_lsp.server.watch import Watch

if TYPE_CHECKING:
    from maze_lsp.server.documents import Document
    from maze_lsp.server.session import MazeServer
    from maze_lsp.text import Span

Answer = dict[str, Any]


@dataclass(eq=False, slots=True)
class Running:
    """A generation under way. `uri` is known from the start, `document` and `watch` as soon as its place is.

    `intent`: what was asked for in the end. `text`: verified text that waits for its insertion.
    """

    uri: str
    token: lsp.ProgressToken | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    task: asyncio.Task[Answer] | None = None
    document: Document | None = None
    watch: Watch | None = None
    intent: str = ""
    text: str = ""

    def cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()


Work = Callable[[Running], Awaitable[Answer]]


class RunningSet:
    """All generations of one session."""

    def __init__(self, server: MazeServer) -> None:
        self._server = server
        self._all: dict[str, Running] = {}

    def __bool__(self) -> bool:
        return bool(self._all)

    async def run(self, uri: str, token: lsp.ProgressToken | None, work: Work) -> Answer:
        """Do the work in a task of its own and wait for it; cancelling the waiting cancels the task."""
        self._server.stop_suggesting()
        running = Running(uri, token)
        self._all[running.id] = running
        running.task = asyncio.create_task(self._answered(running, work))
        try:
            return await asyncio.shield(running.task)
        except asyncio.CancelledError as cancelled:
            # Either the task was cancelled before it began, or the request for it: then the task is told.
            running.cancel()
            await asyncio.wait({running.task})
            return answer(cancelled) if running.task.cancelled() else running.task.result()
        finally:
            self._all.pop(running.id, None)
            self._server.settle_status()
            self._server.spawn(self._server.rest())

    async def _answered(self, running: Running, work: Work) -> Answer:
        try:
            await self._server.configured()
            return {"id": running.id, **await work(running)}
        except asyncio.CancelledError as cancelled:
            return {"id": running.id, **answer(cancelled)}
        except Exception as error:
            verified = getattr(error, "verified", "")
            return await self._failed(running, {"id": running.id, **answer(error)}, verified)

    async def _failed(self, running: Running, failed: Answer, verified: str) -> Answer:
        """Tell the user; text that was generated but not inserted goes along, so that it is not lost."""
        if failed["status"] == "failed":
            self._server.status("error", failed["message"])
            self._server.tell(failed["message"], lsp.MessageType.Error)
        else:
            self._server.tell(failed["message"], lsp.MessageType.Warning)
        if verified:
            failed["text"] = verified
        if running.text:
            failed["text"] = running.text
            await self._server.records.set_state(running.id, "rejected")
        return failed

    def claim(self, running: Running, document: Document, place: Span) -> Watch:
        """Take a place for a generation. Raises BusyError where another one is working on it."""
        for other in self._all.values():
            if other.document is document and other.watch and other.watch.range.overlaps(place):
                raise BusyError("A generation is already in progress here.", hint="Wait for it, or cancel it.")
        running.document, running.uri = document, document.uri
        running.watch = document.watched[running.id] = Watch(place)
        return running.watch

    def cancel(self, *, id: object = None, uri: object = None) -> int:
        """Cancel one generation, those of a document, or all; how many that were."""
        meant = [one for one in self._all.values() if id in (None, one.id) and uri in (None, one.uri)]
        for running in meant:
            running.cancel()
        return len(meant)

    async def cancel_all(self) -> None:
        """Cancel what runs and wait until it has ended."""
        tasks = [running.task for running in self._all.values() if running.task is not None]
        self.cancel()
        if tasks:
            await asyncio.wait(tasks)
