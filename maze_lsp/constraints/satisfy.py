"""Whether several grammars have a text in common: a bounded search over their matchers."""

from __future__ import annotations

import time
from collections.abc import Sequence

from llguidance import LLMatcher

from maze_lsp.constraints.replay import is_allowed, mark, new_matcher

_STATES, _SECONDS, _WIDTH = 4000, 0.3, 48

_State = tuple[LLMatcher, ...]


def satisfiable(grammars: Sequence[str], *, max_states: int = _STATES, max_seconds: float = _SECONDS) -> bool | None:
    """True where a text was found, False where there is none, None where the search had to be given up.

    Raises ConstraintError where a grammar does not compile.
    """
    if not grammars:
        return True
    start = tuple(map(new_matcher, grammars))
    # A text is found soonest where states that look alike are followed once; that there is none is only shown by all.
    found = _search(start, _WIDTH, max_states, max_seconds)
    return _search(start, None, max_states, max_seconds) if found is False else found


def _search(start: _State, width: int | None, max_states: int, max_seconds: float) -> bool | None:
    level = [start]
    states, until = 0, time.monotonic() + max_seconds
    while level:
        following: list[_State] = []
        for state in level:
            if all(matcher.is_accepting() for matcher in state):
                return True
            for byte in _allowed(state):
                states += 1
                if states > max_states or time.monotonic() > until:
                    return None
                copies = tuple(matcher.deep_copy() for matcher in state)
                if all(copy.try_consume_tokens([byte]) for copy in copies):
                    following.append(copies)
        level = following if width is None else _few(following, width)
    return False


def _allowed(state: _State) -> list[int]:
    """The bytes that all matchers take."""
    if any(matcher.is_stopped() for matcher in state):
        return []
    masks = [matcher.compute_bitmask() for matcher in state]
    return [byte for byte in range(256) if all(is_allowed(mask, byte) for mask in masks)]


def _few(states: list[_State], width: int) -> list[_State]:
    """Some of the states, one of each kind that looks alike."""
    distinct: dict[tuple[bytes, ...], _State] = {}
    for state in states:
        distinct.setdefault(tuple(map(mark, state)), state)
    return list(distinct.values())[:width]
