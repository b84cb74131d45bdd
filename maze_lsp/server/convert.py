"""Between offsets and the protocol's positions, in the encoding that was negotiated."""

from __future__ import annotations

from typing import TypeGuard

from lsprotocol import types as lsp

from maze_lsp.text import Encoding, LineIndex, Span

_ENCODINGS: dict[str, Encoding] = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-32": "utf-32"}


def encoding_named(name: object) -> Encoding:
    """The encoding that was agreed on; UTF-16 where nothing was said."""
    return _ENCODINGS.get(str(getattr(name, "value", name)), "utf-16")


def offset(lines: LineIndex, position: lsp.Position, encoding: Encoding) -> int:
    return lines.offset(position.line, position.character, encoding)


def span(lines: LineIndex, span_range: lsp.Range, encoding: Encoding) -> Span:
    """The span of a range; a range that is turned round is turned back."""
    first = offset(lines, span_range.start, encoding)
    second = offset(lines, span_range.end, encoding)
    return Span(min(first, second), max(first, second))


def position(lines: LineIndex, at: int, encoding: Encoding) -> lsp.Position:
    return lsp.Position(*lines.position(at, encoding))


def range_of(lines: LineIndex, of: Span, encoding: Encoding) -> lsp.Range:
    return lsp.Range(position(lines, of.start, encoding), position(lines, of.end, encoding))


def range_from_json(value: object) -> lsp.Range | None:
    """A range out of a command's arguments, None where there is none or it is malformed."""
    if not isinstance(value, dict):
        return None
    start, end = position_from_json(value.get("start")), position_from_json(value.get("end"))
    return lsp.Range(start, end) if start and end else None


def position_from_json(value: object) -> lsp.Position | None:
    if not isinstance(value, dict):
        return None
    line, character = value.get("line"), value.get("character")
    if not _is_count(line) or not _is_count(character):
        return None
    return lsp.Position(line, character)


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def range_to_json(value: lsp.Range) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": value.start.line, "character": value.start.character},
        "end": {"line": value.end.line, "character": value.end.character},
    }
