"""Where a range of an earlier version of a document is now. Pure; counts lines and units as the protocol does."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from lsprotocol import types as lsp

from maze_lsp.text import Encoding, LineIndex

_KEPT = 2000
"""Changes that are remembered: a few minutes of fast typing."""

Place = tuple[int, int]
"""(line, character)."""


@dataclass(frozen=True, slots=True)
class _Change:
    """`start`..`end` of the text before was replaced, the new text ends at `after`; led to version `version`."""

    version: int
    start: Place
    end: Place
    after: Place


class History:
    """The last changes of one document, in order. `first`: the version that it was opened with."""

    def __init__(self, first: int, encoding: Encoding) -> None:
        self._encoding = encoding
        self._oldest = first
        self._changes: deque[_Change] = deque()

    def add(self, version: int, where: lsp.Range, new: str) -> None:
        """Note that `where` was replaced by `new`."""
        start, end = sorted((_place(where.start), _place(where.end)))
        lines = LineIndex(new)
        line, character = lines.position(len(new), self._encoding)
        after = (start[0] + line, character if line else start[1] + character)
        self._changes.append(_Change(version, start, end, after))
        while len(self._changes) > _KEPT:
            self._oldest = self._changes.popleft().version

    def carried(self, where: lsp.Range, version: int) -> lsp.Range | None:
        """The range now; None where something inside it was edited, or the version is too old to tell."""
        if version < self._oldest:
            return None
        start, end = _place(where.start), _place(where.end)
        for change in self._changes:
            if change.version <= version:
                continue
            if change.end <= start:
                start, end = _moved(start, change), _moved(end, change)
            elif change.start < end:
                return None
        return lsp.Range(lsp.Position(*start), lsp.Position(*end))


def _place(position: lsp.Position) -> Place:
    return position.line, position.character


def _moved(place: Place, change: _Change) -> Place:
    """A place behind a change, after it."""
    line = place[0] + change.after[0] - change.end[0]
    if place[0] > change.end[0]:
        return line, place[1]
    return line, place[1] - change.end[1] + change.after[1]
