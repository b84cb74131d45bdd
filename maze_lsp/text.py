"""Positions in text. Offsets are code points (indices of a Python string); everything else is converted here.

Lines end at `\\r\\n`, `\\n` or `\\r` and nowhere else (not at form feeds or U+2028), as LSP has it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_LINE_END = re.compile(r"\r\n|\n|\r")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of offsets, in code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}..{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character, or one of them is empty and lies in or at the edge of the other."""
        if not self or not other:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end

    def text(self, source: str) -> str:
        return source[self.start : self.end]


def parser_bytes(text: str) -> bytes:
    """UTF-8 for a parser that ends lines at `\\n` only and wants valid UTF-8.

    Lone carriage returns become line feeds and lone surrogates U+FFFD: every character keeps its length in bytes,
    and the parser's rows are the lines of `LineIndex`.
    """
    if "\r" in text:
        text = _LONE_RETURN.sub("\n", text)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()


class LineIndex:
    """Line starts of a text, and conversions between offsets, LSP positions and UTF-8 bytes.

    Positions outside the text are clamped to the nearest place inside it, never refused: clients send them.
    """

    __slots__ = ("_ascii", "_byte_starts", "_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._ascii = text.isascii()
        self._byte_starts: list[int] | None = None
        if self._ascii:
            self._starts = _byte_line_starts(text)
        elif "\r" in text:
            self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        else:
            self._starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
            self._starts.pop()

    def edited(self, span: Span, new: str) -> LineIndex:
        """The index of the text with `span` replaced, from this one; only the lines around are looked at."""
        text = self.text[: span.start] + new + self.text[span.end :]
        first = self.line_of(span.start)
        if first and span.start == self._starts[first]:
            first -= 1  # a line feed put behind a carriage return makes one ending of two
        last = min(self.line_of(span.end) + 2, self.line_count)
        shift = len(new) - len(span)
        begin = self._starts[first]
        end = self._starts[last] + shift if last < self.line_count else len(text)
        index = object.__new__(LineIndex)
        index.text = text
        index._ascii = new.isascii() if self._ascii else text.isascii()
        index._byte_starts = None
        inside = [found.end() for found in _LINE_END.finditer(text, begin, end)]
        if last < self.line_count:
            inside.pop()
        index._starts = [*self._starts[: first + 1], *inside, *[at + shift for at in self._starts[last:]]]
        return index

    @property
    def line_count(self) -> int:
        return len(self._starts)

    def line_of(self, offset: int) -> int:
        """The 0-based line that holds an offset."""
        return bisect_right(self._starts, min(max(offset, 0), len(self.text))) - 1

    def line_span(self, line: int) -> Span:
        """A line without its line ending."""
        line = min(max(line, 0), self.line_count - 1)
        start = self._starts[line]
        end = self._starts[line + 1] if line + 1 < self.line_count else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        return Span(start, end)

    def line_start(self, line: int) -> int:
        return self._starts[min(max(line, 0), self.line_count - 1)]

    def line_text(self, line: int) -> str:
        return self.line_span(line).text(self.text)

    def offset(self, line: int, character: int, encoding: Encoding = "utf-16") -> int:
        """The offset of a 0-based position whose `character` counts units of `encoding`.

        A position inside a character (half of a surrogate pair) is that of the character's start.
        """
        if line < 0:
            return 0
        if line >= self.line_count:
            return len(self.text)
        span = self.line_span(line)
        character = max(character, 0)
        if self._plain(span.start, span.end, encoding):
            return min(span.start + character, span.end)
        units = 0
        for at in range(span.start, span.end):
            units += _units(self.text[at], encoding)
            if units > character:
                return at
        return span.end

    def position(self, offset: int, encoding: Encoding = "utf-16") -> tuple[int, int]:
        """(line, character) of an offset, both 0-based, the character in units of `encoding`."""
        offset = min(max(offset, 0), len(self.text))
        line = self.line_of(offset)
        start = self._starts[line]
        if self._plain(start, offset, encoding):
            return line, offset - start
        return line, sum(_units(char, encoding) for char in self.text[start:offset])

    def byte(self, offset: int) -> int:
        """The UTF-8 byte offset of a code point offset."""
        offset = min(max(offset, 0), len(self.text))
        if self._ascii:
            return offset
        line = self.line_of(offset)
        return self._bytes()[line] + _utf8_length(self.text[self._starts[line] : offset])

    def offset_of_byte(self, byte: int) -> int:
        """The code point offset of a UTF-8 byte offset (rounded down to the start of a character)."""
        if self._ascii:
            return min(max(byte, 0), len(self.text))
        starts = self._bytes()
        line = bisect_right(starts, max(byte, 0)) - 1
        at, left = self._starts[line], max(byte, 0) - starts[line]
        end = self._starts[line + 1] if line + 1 < self.line_count else len(self.text)
        if left <= end - at and self.text[at : at + left].isascii():
            return at + left
        while at < end:
            left -= _units(self.text[at], "utf-8")
            if left < 0:
                break
            at += 1
        return at

    def point(self, offset: int) -> tuple[int, int]:
        """(row, column in bytes) in `parser_bytes` of the text."""
        offset = min(max(offset, 0), len(self.text))
        line = self.line_of(offset)
        return line, _utf8_length(self.text[self._starts[line] : offset])

    def _plain(self, start: int, end: int, encoding: Encoding) -> bool:
        """Whether a stretch of text has one unit a character."""
        if self._ascii or encoding == "utf-32" or start == end:
            return True
        stretch = self.text[start:end]
        return stretch.isascii() or (encoding == "utf-16" and max(stretch) <= "\uffff")

    def _bytes(self) -> list[int]:
        if self._byte_starts is None:
            self._byte_starts = _byte_line_starts(self.text)
        return self._byte_starts


def _byte_line_starts(text: str) -> list[int]:
    """Where lines start, in bytes. (`bytes.splitlines`, unlike that of `str`, knows just the three endings.)"""
    lines = parser_bytes(text).splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    if lines and not lines[-1].endswith((b"\n", b"\r")):
        starts.pop()
    return starts


def _utf8_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _units(char: str, encoding: Encoding) -> int:
    if encoding == "utf-32":
        return 1
    if encoding == "utf-16":
        return 2 if ord(char) > 0xFFFF else 1
    return _utf8_length(char)
