"""Texts that wait for the user's word before they are inserted (the setting `review`): whole, by lines, or not at all.

They are recorded once something of them is inserted; what is rejected leaves no trace.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from maze_lsp.context.inplace import problems
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.pipeline import Result
from maze_lsp.provenance.record import Record
from maze_lsp.server import convert
from maze_lsp.server.applying import apply_result, uncancelled
from maze_lsp.server.documents import Document
from maze_lsp.server.watch import Watch
from maze_lsp.text import Span

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer


@dataclass(slots=True)
class Offer:
    """A ledger of one record, until it is known whether it is to be written."""

    record: Record | None = None
    grammar: str = ""

    def append(self, record: Record, grammar: str = "") -> None:
        self.record, self.grammar = record, grammar


@dataclass(slots=True)
class Proposal:
    """`result` would fill `hole` of `made_for`; `watch` is its place now, `inserted` how much of it stands there."""

    document: Document
    made_for: Snapshot
    hole: Hole
    intent: str
    result: Result
    offer: Offer
    arguments: dict[str, Any]
    watch: Watch
    inserted: int = 0
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def rest(self) -> str:
        return self.result.text[self.inserted :]


class Proposals:
    """The proposals of one session, by the ids of their generations."""

    def __init__(self, server: MazeServer) -> None:
        self._server = server
        self._all: dict[str, Proposal] = {}

    def add(self, proposal: Proposal) -> dict[str, Any]:
        """Show a text; what `maze.generate` answers then."""
        id, result = proposal.result.id, proposal.result
        self.drop_at(proposal.document, proposal.watch.range)
        self._all[id] = proposal
        proposal.document.watched[_key(id)] = proposal.watch
        shown = self._show(id, proposal)
        return {
            "status": "proposed",
            "message": "The text waits to be accepted.",
            **{name: shown[name] for name in ("id", "uri", "version", "range", "text")},
            "verdict": result.record.verdict,
            "verdicts": {verdict.part.name: verdict.verdict for verdict in result.verdicts},
            "ending": result.record.ending,
            "tokens": result.record.tokens,
            "warnings": list(result.warnings),
        }

    def get(self, id: str) -> Proposal | None:
        return self._all.get(id)

    def drop(self, id: str) -> bool:
        """Take a proposal away; whether there was one."""
        proposal = self._all.pop(id, None)
        if proposal is None:
            return False
        proposal.document.watched.pop(_key(id), None)
        self._notify(id, proposal, done=True)
        return True

    def drop_at(self, document: Document, place: Span | None = None) -> None:
        """Take away those of a document, or only those over a place."""
        for id, one in list(self._all.items()):
            over = place is None or one.watch.range == place or one.watch.range.overlaps(place)
            if one.document is document and over:
                self.drop(id)

    def changed(self, document: Document) -> None:
        """A document was edited: what was to stand where the edit is can no longer be inserted."""
        for id, one in list(self._all.items()):
            if one.document is document and one.watch.touched and not one.busy.locked():
                self.drop(id)

    async def accept(self, id: str, lines: int | None = None) -> dict[str, Any]:
        """Insert a proposal, or so many more lines of it: up to the first place there at which it fits.

        Raises NotInserted; the proposal is gone then.
        """
        proposal = self._all[id]
        async with proposal.busy:
            try:
                return await uncancelled(self._insert(id, proposal, lines))
            except BaseException:
                self.drop(id)
                raise

    async def _insert(self, id: str, proposal: Proposal, lines: int | None) -> dict[str, Any]:
        server, document, result = self._server, proposal.document, proposal.result
        end = len(result.text) if lines is None else await self._end(proposal, lines)
        part = replace(result, text=result.text[:end])
        first = proposal.inserted == 0
        span = await apply_result(server, document, proposal.made_for, proposal.watch, part, keep=proposal.inserted)
        whole = end == len(result.text)
        if first and proposal.offer.record is not None:
            record = result.record if whole else replace(result.record, taken="line")
            await server.records.keep(record, proposal.offer.grammar)
        server.generations.remember(id, proposal.hole, proposal.intent)
        where = None
        if span is not None:
            document.spans.add(id, span, span.text(document.text))
            where = convert.range_to_json(convert.range_of(document.lines, span, server.client.encoding))
        server.refresh()
        text, proposal.inserted = result.text[proposal.inserted : end], end
        if whole or span is None:
            self.drop(id)
        else:
            await self._go_on(id, proposal, part, span)
        return {
            "status": "applied",
            "id": id,
            "message": "Inserted.",
            "text": text,
            "rest": proposal.rest,
            "range": where,
            "verdict": result.record.verdict,
        }

    async def _end(self, proposal: Proposal, lines: int) -> int:
        """Where the next lines end: the first end of a line from there on at which the text so far fits in place."""
        text = proposal.result.text
        now = await proposal.document.snapshot()
        at = proposal.inserted
        while True:
            at = text.find("\n", at + 1)
            if at < 0:
                return len(text)
            lines -= bool(text[proposal.inserted : at].strip())
            if lines > 0 or not text[at:].strip():
                continue
            if not await asyncio.to_thread(problems, now, proposal.watch.range, text[:at]):
                return at

    async def _go_on(self, id: str, proposal: Proposal, part: Result, span: Span) -> None:
        """The rest is a proposal for the place behind what was inserted."""
        document = proposal.document
        start = span.start - (len(part.text) - len(part.text.lstrip()))
        proposal.made_for = await document.snapshot()
        proposal.watch = document.watched[_key(id)] = Watch(Span(start, start + len(part.text)))
        proposal.result = replace(proposal.result, range=proposal.watch.range)
        self._show(id, proposal)

    def _show(self, id: str, proposal: Proposal) -> dict[str, Any]:
        return self._notify(id, proposal, done=False)

    def _notify(self, id: str, proposal: Proposal, *, done: bool) -> dict[str, Any]:
        document, place = proposal.document, proposal.watch.range
        if proposal.inserted:
            place = Span(place.end, place.end)
        params = {
            "id": id,
            "uri": document.uri,
            "version": document.version,
            "range": convert.range_to_json(convert.range_of(document.lines, place, self._server.client.encoding)),
            "text": "" if done else proposal.rest,
            "verdict": proposal.result.record.verdict,
            "model": proposal.result.record.model,
            "tokens": proposal.result.record.tokens,
            "done": done,
        }
        self._server.notify("maze/proposal", params)
        return params


def _key(id: str) -> str:
    return f"proposal {id}"
