"""Find generated texts again when a file is opened: by their digest alone, nothing else of them is kept.

A place counts only where there is no doubt: the text stands in the file exactly once, near its recorded line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from maze_lsp.provenance.digests import digest
from maze_lsp.provenance.record import Record
from maze_lsp.provenance.spans import TrackedSpan
from maze_lsp.text import LineIndex, Span

_NEAR_LINES = 400
"""How far from its recorded line a text is looked for."""

_MOST_DIGESTS = 20_000
"""Bounds the work on one file (about 20 ms), whatever the ledger holds of it."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_WHOLE_LINES = {"body", "statements", "statement", "declaration", "docstring"}
"""Kinds of holes whose text begins a line; that of others may begin in the middle of one."""


def locate(text: str, records: Iterable[Record]) -> list[TrackedSpan]:
    """The spans of a text that is being opened. `records`: of its file, newest first; a newer one wins a place."""
    lines = LineIndex(text)
    search = _Search(text, lines)
    wanted = [record for record in records if 0 < record.text_length <= len(text)]
    # First all recorded lines, so that a large file with few moved texts never runs out of digests before them.
    places = [search.on_line(record.line_range[0], record) for record in wanted]
    found: list[TrackedSpan] = []
    for record, start in zip(wanted, places, strict=True):
        if start is None:
            start = search.around(record.line_range[0], record)
        if start is None:
            continue
        span = Span(start, start + record.text_length)
        piece = span.text(text)
        alone = text.find(piece) == start and text.find(piece, start + 1) < 0
        if alone and not any(span.overlaps(other.range) for other in found):
            found.append(TrackedSpan(record.id, span, piece))
    return found


class _Search:
    def __init__(self, text: str, lines: LineIndex) -> None:
        self._text = text
        self._lines = lines
        self._left = _MOST_DIGESTS

    def on_line(self, line: int, record: Record) -> int | None:
        """Where on a line the text of a record begins: at one of its tokens."""
        if line >= self._lines.line_count:
            return None
        span = self._lines.line_span(line)
        starts = (token.start() for token in _TOKEN.finditer(self._text, span.start, span.end))
        return next((start for start in starts if self._is(start, record)), None)

    def around(self, line: int, record: Record) -> int | None:
        """Where the text begins on one of the lines around, nearest first."""
        inside = record.hole_kind not in _WHOLE_LINES
        for near in _outward(line, self._lines.line_count):
            start = self.on_line(near, record) if inside else self._at_first(near, record)
            if start is not None or self._left <= 0:
                return start
        return None

    def _at_first(self, line: int, record: Record) -> int | None:
        span = self._lines.line_span(line)
        first = _TOKEN.search(self._text, span.start, span.end)
        return first.start() if first and self._is(first.start(), record) else None

    def _is(self, start: int, record: Record) -> bool:
        end = start + record.text_length
        if end > len(self._text) or self._text[end - 1].isspace() or self._left <= 0:
            return False
        if end < len(self._text) and (self._text[end - 1] + self._text[end]).isidentifier():
            return False
        self._left -= 1
        return digest(self._text[start:end]) == record.text_digest


def _outward(line: int, count: int) -> Iterator[int]:
    """The lines near a line, nearest first."""
    for distance in range(1, _NEAR_LINES + 1):
        if line - distance >= 0:
            yield min(line - distance, count - 1)
        if line + distance < count:
            yield line + distance
