"""Suggestions at the cursor: one request a document at a time, the last answers kept; recorded once accepted."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from maze_lsp.context.derive import derive
from maze_lsp.context.inline import Place, place_at
from maze_lsp.context.types import Snapshot
from maze_lsp.errors import DocumentError, MazeError
from maze_lsp.pipeline import Finished, HoleRequest, Pipeline, Result
from maze_lsp.pipeline.run import sampling_of
from maze_lsp.provenance.record import Record
from maze_lsp.server.documents import Document
from maze_lsp.server.neighbours import neighbours
from maze_lsp.server.recent import Left, Recent, Suggestion
from maze_lsp.text import Span

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer

_MOST_RECORDS = 64


@dataclass(slots=True)
class _Offers:
    """A ledger in memory: records of what was suggested, until one of them is accepted."""

    kept: dict[str, tuple[Record, str]] = field(default_factory=dict)

    def append(self, record: Record, grammar: str = "") -> None:
        self.kept[record.id] = record, grammar
        while len(self.kept) > _MOST_RECORDS:
            del self.kept[next(iter(self.kept))]


class Inline:
    """The suggestions of one session."""

    def __init__(self, server: MazeServer) -> None:
        self._server = server
        self._recent = Recent()
        self._offers = _Offers()
        self._tasks: dict[str, asyncio.Task[Suggestion | None]] = {}

    async def suggest(self, document: Document, at: int, *, invoked: bool) -> Left | None:
        """What to show at a cursor (offset); None where there is nothing. Never raises but when it is cancelled.

        A request cancels the one before it in the same document, its stream included.
        """
        known = self._recent.find(document.uri, document.text, at)
        before = self._tasks.pop(document.uri, None)
        if before is not None:
            before.cancel()
        if known is not None:
            return known
        task = asyncio.create_task(self._made(document, at, invoked=invoked))
        self._tasks[document.uri] = task
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()  # the request itself may have been cancelled
            if self._tasks.get(document.uri) is task:
                del self._tasks[document.uri]
        if task.cancelled() or task.exception() is not None or task.result() is None:
            return None
        return self._recent.find(document.uri, document.text, at)

    async def _made(self, document: Document, at: int, *, invoked: bool) -> Suggestion | None:
        server, version = self._server, document.version
        try:
            if not invoked:
                await asyncio.sleep(server.settings.inline_debounce)
            if document.version != version or await server.why_excluded(document):
                return None
            snapshot = await document.snapshot()
            place = await asyncio.to_thread(place_at, snapshot, at, invoked=invoked)
            result = await self._generated(document, snapshot, place) if place is not None else None
        except MazeError:
            return None  # a suggestion that was not asked for does not complain
        if result is None or document.version != version:
            return None
        suggestion = Suggestion(result.id, document.uri, result.range.start, result.text)
        if result.range.end > result.range.start or result.range.start != at:
            return None
        self._recent.add(suggestion, snapshot.text)
        return suggestion

    async def _generated(self, document: Document, snapshot: Snapshot, place: Place) -> Result | None:
        server, settings = self._server, self._server.settings
        limited = settings.model_copy(update={"max_tokens": settings.inline_tokens})
        seed = secrets.randbelow(2**31) if settings.seed is None else settings.seed
        async with server.services.use(settings, lambda message: server.status("starting", message)) as service:
            context = await asyncio.to_thread(derive, snapshot, place.hole, budget_chars=settings.prompt_chars)
            others = await neighbours(server, document)
            request = HoleRequest(context, sampling_of(limited, seed), others=others, one_line=place.one_line)
            async with aclosing(Pipeline(service, self._offers, limited).generate(request)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        return event.result
        return None

    async def accepted(self, id: str, length: int | None) -> Record:
        """Record that the user took a suggestion, or its first `length` characters. Raises DocumentError."""
        suggestion = self._recent.get(id)
        record, grammar = self._offers.kept.pop(id, (None, ""))
        if suggestion is None or record is None:
            raise DocumentError(f"There is no suggestion `{id}`.", hint="It was recorded already, or is too old.")
        server = self._server
        ledger = await server.records.ledger()
        if ledger is not None:
            await asyncio.to_thread(ledger.append, record, grammar)
        server.records.add(record)
        await server.records.set_state(id, "accepted")
        document = server.documents.find(suggestion.uri)
        text = suggestion.text[:length]
        span = Span(suggestion.at, suggestion.at + len(text))
        if document is not None and text and span.text(document.text) == text:
            document.spans.add(id, span, text)
            server.refresh()
        return record

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
