"""Suggestions that were made lately: they are made again without a request, also when the user types along them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

from maze_lsp.text import Span

_MOST = 64


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` to be put at `at` (offset) of a document in place of `replaced` (blanks); `id` is that of its record."""

    id: str
    uri: str
    at: int
    text: str
    replaced: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a suggestion behind the characters that were typed along it: `text`, in place of `range`."""

    suggestion: Suggestion
    text: str
    range: Span


class Recent:
    """The last suggestions, by what stood before and behind their cursor."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[Suggestion, bytes, bytes]] = OrderedDict()

    def add(self, suggestion: Suggestion, document: str) -> None:
        """Keep a suggestion for a document as it is before the text is in it."""
        end = suggestion.at + len(suggestion.replaced)
        before, behind = _digest(document[: suggestion.at]), _digest(document[end:])
        self._kept[suggestion.id] = suggestion, before, behind
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def get(self, id: str) -> Suggestion | None:
        found = self._kept.get(id)
        return found[0] if found else None

    def find(self, uri: str, document: str, at: int) -> Left | None:
        """The newest suggestion that still fits a cursor: nothing has changed but that its beginning was typed."""
        for id, (suggestion, before, after) in reversed(self._kept.items()):
            if suggestion.uri != uri or (left := _left(suggestion, document, at)) is None:
                continue
            behind, start = document[left.range.end :], suggestion.at
            if _digest(behind) == after and _digest(document[:start]) == before:
                self._kept.move_to_end(id)
                return left if left.text else None
        return None


def standing(suggestion: Suggestion, document: str) -> int:
    """How many characters of a suggestion stand at its place."""
    there = document[suggestion.at : suggestion.at + len(suggestion.text)]
    pairs = zip(there, suggestion.text, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), len(there))


def _left(suggestion: Suggestion, document: str, at: int) -> Left | None:
    """What is left at a cursor, if the document is otherwise the same."""
    start, end = suggestion.at, suggestion.at + len(suggestion.replaced)
    if suggestion.replaced and start <= at <= end and document.startswith(suggestion.replaced, start):
        return Left(suggestion, suggestion.text, Span(start, end))
    if not 0 <= at - start <= len(suggestion.text) or not document.endswith(suggestion.text[: at - start], start, at):
        return None
    return Left(suggestion, suggestion.text[at - start :], Span(at, at))


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
