"""Cutting the parts of a prompt to a size, in bytes of UTF-8, by whole lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_AHEAD_SHARE = 8
_SUFFIX_SHARE = 4
_IMPORT_SHARE = 8
"""The parts that these may take of a prompt that is too long (more where the others leave some)."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a prompt is made of. `ahead`: what is shown of other places, before the prefix.

    The prefix ends with `heal`, which the grammar repeats; it is never cut and does not count.
    """

    prefix: str
    suffix: str = ""
    ahead: str = ""
    heal: str = ""

    @property
    def unhealed(self) -> str:
        return self.prefix[: len(self.prefix) - len(self.heal)]


def size(text: str) -> int:
    """Bytes of UTF-8: no tokenizer makes more tokens of a text."""
    return len(text.encode("utf-8", "replace"))


def fit(parts: Parts, room: int, imports: Iterable[str] = ()) -> Parts:
    """The parts cut so that they take at most `room` bytes together.

    The prefix keeps its last lines, and of the imports what has room; the other parts keep their first lines. Only a
    line that is too long by itself is cut.
    """
    needs = size(parts.unhealed), size(parts.suffix), size(parts.ahead)
    for_prefix, for_suffix, for_ahead = shares(*needs, max(0, room))
    prefix = parts.unhealed
    if needs[0] > for_prefix:
        kept = _imports(prefix, imports, for_prefix // _IMPORT_SHARE)
        near = tail(prefix, for_prefix - sum(map(size, kept)))
        prefix = "".join(line for line in kept if line.strip() not in near) + near
    return replace(
        parts,
        prefix=prefix + parts.heal,
        suffix=head(parts.suffix, for_suffix),
        ahead=head(parts.ahead, for_ahead),
    )


def shares(prefix: int, suffix: int, ahead: int, room: int) -> tuple[int, int, int]:
    """How many bytes each part gets of those that it needs; together at most `room`, and nothing is left unused."""
    for_ahead = min(ahead, room // _AHEAD_SHARE)
    for_suffix = min(suffix, room // _SUFFIX_SHARE)
    for_prefix = min(prefix, room - for_ahead - for_suffix)
    for_suffix = min(suffix, room - for_ahead - for_prefix)
    for_ahead = min(ahead, room - for_suffix - for_prefix)
    return for_prefix, for_suffix, for_ahead


def head(text: str, room: int) -> str:
    """The first lines of a text that fit; a first line that is too long is cut."""
    kept, left = 0, room
    for line in _lines(text):
        if size(line) > left:
            break
        kept, left = kept + len(line), left - size(line)
    return text[:kept] if kept else _cut(text, room)


def tail(text: str, room: int) -> str:
    """The last lines of a text that fit; a last line that is too long loses its beginning."""
    kept, left = 0, room
    for line in reversed(list(_lines(text))):
        if size(line) > left:
            break
        kept, left = kept + len(line), left - size(line)
    return text[len(text) - kept :] if kept else _cut(text[::-1], room)[::-1]


def _lines(text: str) -> Iterator[str]:
    """The lines of a text with their ends."""
    return (found.group() for found in _LINE.finditer(text))


def _cut(text: str, room: int) -> str:
    """The first characters that fit."""
    kept = text[: max(0, room)]
    while size(kept) > room:
        kept = kept[: len(kept) - max(1, (size(kept) - room) // 4)]
    return kept


def _imports(prefix: str, imports: Iterable[str], room: int) -> list[str]:
    """The imports that fit, each with the line end that the text has."""
    end = "\r\n" if "\r\n" in prefix else "\n"
    kept: list[str] = []
    for text in dict.fromkeys(imports):
        if text in prefix and sum(map(size, kept)) + size(text + end) <= room:
            kept.append(text + end)
    return kept
