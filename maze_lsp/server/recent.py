"""Suggestions that were made lately: they are made again without a request, also when the user types along them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

_MOST = 64


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` to be put at `at` (offset) of a document; `id` is that of its record."""

    id: str
    uri: str
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a suggestion behind the characters that were typed along it."""

    suggestion: Suggestion
    text: str


class Recent:
    """The last suggestions, by what stood before and behind their cursor."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[Suggestion, bytes, bytes]] = OrderedDict()

    def add(self, suggestion: Suggestion, document: str) -> None:
        """Keep a suggestion for a document as it is before the text is in it."""
        before, behind = _digest(document[: suggestion.at]), _digest(document[suggestion.at :])
        self._kept[suggestion.id] = suggestion, before, behind
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def get(self, id: str) -> Suggestion | None:
        found = self._kept.get(id)
        return found[0] if found else None

    def find(self, uri: str, document: str, at: int) -> Left | None:
        """The newest suggestion that still fits a cursor: nothing has changed but that its beginning was typed."""
        behind = b""
        for id, (suggestion, before, after) in reversed(self._kept.items()):
            typed = document[suggestion.at : at]
            if suggestion.uri != uri or at < suggestion.at or not suggestion.text.startswith(typed):
                continue
            behind = behind or _digest(document[at:])
            if behind == after and _digest(document[: suggestion.at]) == before:
                self._kept.move_to_end(id)
                left = suggestion.text[len(typed) :]
                return Left(suggestion, left) if left else None
        return None


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
