"""Suggestions at the cursor: one request a document at a time, the last answers kept; recorded once accepted."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from maze_lsp.context.derive import derive
from maze_lsp.context.inline import Place, place_at
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.errors import (
    ConstraintError,
    DocumentError,
    MazeError,
    StaleError,
    UsageError,
    VerificationError,
)
from maze_lsp.pipeline import Failed, Finished, HoleRequest, Pipeline, Result
from maze_lsp.pipeline.run import sampling_of
from maze_lsp.provenance.record import Record
from maze_lsp.server.documents import Document
from maze_lsp.server.neighbours import neighbours
from maze_lsp.server.recent import Left, Recent, Suggestion, standing
from maze_lsp.text import Span

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer

logger = logging.getLogger(__name__)

_MOST_RECORDS = 64
_SILENT_SECONDS = 30.0
_TOLD_SECONDS = 2.0
"""How long an editor may take to tell of a text that it has inserted."""
_NOTHING = (UsageError, VerificationError, ConstraintError, StaleError)
"""There is nothing to suggest, and it is no fault of the service."""


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
        self._holes: dict[str, Hole] = {}
        self._tasks: dict[str, asyncio.Task[Left | None]] = {}
        self._silent_until = 0.0

    async def suggest(self, document: Document, at: int, *, invoked: bool) -> Left | None:
        """What to show at a cursor (offset); None where there is nothing. Never raises but when it is cancelled.

        A request cancels the one before it in the same document, its stream included.
        """
        known = self._recent.find(document.uri, document.text, at)
        self.cancel(document.uri)
        if known is not None:
            return known
        if not invoked and (self._server.running or time.monotonic() < self._silent_until):
            return None
        task = asyncio.create_task(self._made(document, at, document.version, invoked=invoked))
        self._tasks[document.uri] = task
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()  # the request itself may have been cancelled
            if self._tasks.get(document.uri) is task:
                del self._tasks[document.uri]
        return None if task.cancelled() else task.result()

    def cancel(self, uri: object = None) -> None:
        """Cancel what runs for a document, or for all."""
        for one in [one for one in self._tasks if uri in (None, one)]:
            self._tasks.pop(one).cancel()

    async def _made(self, document: Document, at: int, version: int, *, invoked: bool) -> Left | None:
        """A new suggestion; after a fault of the service nothing is suggested unasked for a while."""
        server = self._server
        try:
            if not invoked:
                await asyncio.sleep(server.settings.inline_debounce)
            return await self._new(document, at, version, invoked=invoked)
        except _NOTHING as error:
            logger.debug("nothing is suggested: %s", error)
        except MazeError as error:
            self._silent_until = time.monotonic() + _SILENT_SECONDS
            logger.warning("nothing is suggested: %s", error)
            if invoked:
                server.tell(str(error), lsp.MessageType.Warning)
        except Exception:
            logger.exception("a suggestion failed")
        finally:
            server.settle_status()
        return None

    async def _new(self, document: Document, at: int, version: int, *, invoked: bool) -> Left | None:
        """What is typed meanwhile must go along the text; it is kept for later in any case."""
        if document.closed or document.version != version or await self._server.why_excluded(document):
            return None
        snapshot = await document.snapshot()
        if snapshot.version != version:
            return None
        place = await asyncio.to_thread(place_at, snapshot, at, invoked=invoked)
        if place is None or document.version != version:
            return None
        result = await self._generated(document, snapshot, place)
        if not result.text.strip():
            return None
        replaced = result.range.text(snapshot.text)
        suggestion = Suggestion(result.id, document.uri, result.range.start, result.text, replaced)
        self._recent.add(suggestion, snapshot.text)
        self._holes[result.id] = place.hole
        for gone in [id for id in self._holes if self._recent.get(id) is None]:
            del self._holes[gone]
        self._server.spawn(self._server.rest())
        typed = len(document.text) - len(snapshot.text)
        return None if document.closed else self._recent.find(document.uri, document.text, max(at + typed, 0))

    async def _generated(self, document: Document, snapshot: Snapshot, place: Place) -> Result:
        server, settings = self._server, self._server.settings
        limited = settings.model_copy(update={"max_tokens": settings.inline_tokens})
        seed = secrets.randbelow(2**31) if settings.seed is None else settings.seed
        async with server.services.use(settings, lambda message: server.status("starting", message)) as service:
            context = await asyncio.to_thread(derive, snapshot, place.hole, budget_chars=settings.prompt_chars)
            others = await neighbours(server, document)
            further = await server.project.applying(document, snapshot, place.hole)
            sampling = sampling_of(limited, seed)
            request = HoleRequest(context, sampling, others=others, one_line=place.one_line, constraints=further)
            pipeline = Pipeline(service, self._offers, limited, server.cache)
            async with aclosing(pipeline.generate(request)) as events:
                async for event in events:
                    if isinstance(event, Failed):
                        raise event.error
                    if isinstance(event, Finished):
                        return event.result
        raise VerificationError("The generation ended without a result.")

    async def accepted(self, id: str, length: int | None, part: str = "") -> Record:
        """Note that the user took a suggestion, or its first `length` characters; more of it may follow.

        Raises DocumentError for one that is not known, or was taken as a whole before.
        """
        suggestion, kept = self._recent.get(id), self._offers.kept.get(id)
        if suggestion is None or kept is None:
            raise DocumentError(f"There is no suggestion `{id}`.", hint="It was recorded already, or is too old.")
        whole = length is None or length >= len(suggestion.text)
        record, grammar = kept
        if whole:
            self._offers.kept.pop(id)
        if not record.taken:
            record = replace(record, taken="whole" if whole else part or "part")
            if not whole:
                self._offers.kept[id] = record, grammar
            await self._server.records.keep(record, grammar)
        await self._follow(suggestion, len(suggestion.text) if length is None else length)
        if id in self._holes:
            self._server.generations.remember(id, self._holes[id])
        self._server.refresh()
        return record

    async def _follow(self, suggestion: Suggestion, length: int) -> None:
        """Follow what stands of a text from now on. An editor may tell of it only after the command."""
        document = self._server.documents.find(suggestion.uri)
        if document is None:
            return
        version, there = document.version, standing(suggestion, document.text)
        if there < min(length, len(suggestion.text)):
            await document.next_change(version, _TOLD_SECONDS)
            there = standing(suggestion, document.text)
        visible = suggestion.text[: min(there, length)].strip()
        if visible and not document.closed:
            start = suggestion.at + len(suggestion.text) - len(suggestion.text.lstrip())
            document.spans.add(suggestion.id, Span(start, start + len(visible)), visible)

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        self.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
