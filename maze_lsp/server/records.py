"""The records that this session has to do with: in memory, and in the ledger where that can be used."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from maze_lsp.errors import LedgerError, MazeError

if TYPE_CHECKING:
    from maze_lsp.provenance.ledger import Ledger
    from maze_lsp.provenance.record import Entry, Record, RecordState

logger = logging.getLogger(__name__)

_MOST_KNOWN = 256
"""Records that are kept in memory; older ones are in the ledger."""


class Records:
    """`path` says where the ledger is, once it is needed. `tell` is given a sentence for the user, once."""

    def __init__(self, path: Callable[[], Path], tell: Callable[[str], None]) -> None:
        self._path = path
        self._tell = tell
        self._known: dict[str, Entry] = {}
        self._ledger: Ledger | None = None
        self._broken = False
        self._opening = asyncio.Lock()

    async def ledger(self) -> Ledger | None:
        """The ledger, None where it cannot be used: generating goes on without it."""
        from maze_lsp.provenance.ledger import Ledger

        async with self._opening:
            if self._ledger is None and not self._broken:
                try:
                    self._ledger = await asyncio.to_thread(Ledger.open, self._path())
                except LedgerError as error:
                    self._broken = True
                    self._tell(f"Generations will not be recorded: {error}")
            return self._ledger

    def add(self, record: Record) -> None:
        """Know a record that was just made."""
        from maze_lsp.provenance.record import Entry

        self._known[record.id] = Entry(record, "offered", record.created)
        while len(self._known) > _MOST_KNOWN and self._ledger is not None:
            del self._known[next(iter(self._known))]

    async def entry(self, id: str) -> Entry | None:
        """A record with its state; None for an unknown one."""
        known = self._known.get(id)
        ledger = await self.ledger() if known is None and id else None
        if ledger is None:
            return known
        try:
            found = await asyncio.to_thread(ledger.get, id)
        except MazeError as error:
            logger.warning("%s", error)
            return None
        if found is not None:
            self._known[found.record.id] = found
        return found

    async def of(self, uri: str) -> list[Entry]:
        """The records of a file that were not rejected, newest first. A ledger that does not exist yet is not made."""
        if self._ledger is None and not self._path().exists():
            return []
        ledger = await self.ledger()
        if ledger is None:
            return []
        try:
            entries = await asyncio.to_thread(ledger.by_uri, uri)
        except LedgerError as error:
            logger.warning("%s", error)
            return []
        kept = [self._known.get(entry.record.id, entry) for entry in entries]
        kept = [entry for entry in kept if entry.state != "rejected"]
        self._known |= {entry.record.id: entry for entry in kept}
        return kept

    async def keep(self, record: Record, grammar: str) -> None:
        """Write the record of a text that was offered and is taken now."""
        self.add(record)
        ledger = await self.ledger()
        if ledger is not None:
            try:
                await asyncio.to_thread(ledger.append, record, grammar)
            except LedgerError as error:
                self._tell(f"This generation could not be recorded: {error}")
        await self.set_state(record.id, "accepted")

    async def set_state(self, id: str, state: RecordState) -> None:
        """Note what was decided. Where the ledger fails the session still knows, and the user is told."""
        known = self._known.get(id)
        if known is not None:
            self._known[id] = dataclasses.replace(known, state=state)
        ledger = await self.ledger()
        if ledger is None:
            return
        try:
            await asyncio.to_thread(ledger.set_state, id, state)
        except LedgerError as error:
            self._tell(f"It could not be recorded that a text was {state}: {error}")

    async def close(self) -> None:
        if self._ledger is not None:
            await asyncio.to_thread(self._ledger.close)
