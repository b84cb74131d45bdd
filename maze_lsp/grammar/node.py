"""What expressions and regex trees have in common: they are looked up in tables all the time."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    """Each works out its hash only once. Subclasses have to say `__hash__ = Node.__hash__`."""

    _hash: int = field(default=0, init=False, compare=False, repr=False)

    def __hash__(self) -> int:
        known = self._hash
        if not known:
            names: tuple[str, ...] = self.__match_args__
            known = hash((type(self).__name__, *[getattr(self, name) for name in names])) or 1
            object.__setattr__(self, "_hash", known)
        return known
