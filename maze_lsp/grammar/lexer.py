"""How llguidance cuts a text into terminals: the longest match, without back-up, of what is allowed at the place.

Terminals that match the same longest text are all kept; the rules decide. llguidance reads bytes: a character that
shares its first byte with one by which a terminal could go on is read as such until it fails, and that is the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from maze_lsp.grammar import regex as rx

# Code points from, up to (exclusive), and how many of them, side by side, begin with the same byte in UTF-8.
_LEADS = ((0, 0x80, 1), (0x80, 0x800, 0x40), (0x800, 0x10000, 0x1000), (0x10000, rx.MAX_CHAR + 1, 0x40000))


@dataclass(eq=False)
class State:
    """The terminals (by number) that are still possible, each with what is left of it."""

    alive: tuple[tuple[int, rx.Regex], ...]
    moves: dict[int, State | None] = field(default_factory=dict)

    @cached_property
    def complete(self) -> tuple[int, ...]:
        """The terminals that may end here."""
        return tuple(number for number, rest in self.alive if rx.nullable(rest))

    @cached_property
    def final(self) -> bool:
        """Whether no terminal can go on."""
        return all(rest == rx.EMPTY_WORD for _, rest in self.alive)

    @cached_property
    def growing(self) -> rx.Ranges:
        """The characters that belong to a terminal that has begun, if only by their first byte."""
        return same_lead(rx.normal_ranges(pair for _, rest in self.alive for pair in rx.first_ranges(rest)))

    def claims(self, char: str) -> bool:
        """Whether a character by which no terminal goes on is taken for one that does, by its first byte."""
        return char > "\x7f" and any(low <= ord(char) <= high for low, high in self.growing)


States = dict[tuple[tuple[int, rx.Regex], ...], State]
"""The states that are known, by what is alive in them."""


class Lexer:
    """`regexes`: what each terminal matches. States are kept: a lexer is quicker the more it has read.

    `states`: those of lexers for the same terminals, some of which match something else there.
    """

    def __init__(self, regexes: Sequence[rx.Regex], states: States | None = None) -> None:
        self._regexes = regexes
        self._starts: dict[frozenset[int], State] = {}
        self._states: States = {} if states is None else states
        self._seams: dict[tuple[frozenset[int], rx.Ranges], dict[int, rx.Regex]] = {}

    def regex(self, terminal: int) -> rx.Regex:
        return self._regexes[terminal]

    def start(self, terminals: frozenset[int]) -> State:
        state = self._starts.get(terminals)
        if state is None:
            state = self._state((number, self._regexes[number]) for number in sorted(terminals))
            self._starts[terminals] = state
        return state

    def step(self, state: State, char: str) -> State | None:
        """The state after one more character; None where no terminal goes on."""
        code = ord(char)
        try:
            return state.moves[code]
        except KeyError:
            rests = ((number, rx.derivative(rest, code)) for number, rest in state.alive)
            after = self._state((number, rest) for number, rest in rests if not rx.matches_nothing(rest))
            state.moves[code] = after if after.alive else None
            return state.moves[code]

    def kept_apart(self, terminals: frozenset[int], seam: rx.Ranges) -> dict[int, rx.Regex]:
        """Those of the terminals that may begin with a character of `seam`, each as it is where it must not."""
        known = self._seams.get((terminals, seam))
        if known is None:
            apart = rx.complement(seam)
            regexes = {number: self._regexes[number] for number in terminals}
            clashing = {number: regex for number, regex in regexes.items() if rx.common(rx.first_ranges(regex), seam)}
            known = {number: rx.starting_with(regex, apart) for number, regex in clashing.items()}
            self._seams[terminals, seam] = known
        return known

    def _state(self, alive: Iterable[tuple[int, rx.Regex]]) -> State:
        key = tuple(alive)
        return self._states.setdefault(key, State(key))


def same_lead(ranges: rx.Ranges) -> rx.Ranges:
    """The ranges, widened to all code points whose first byte in UTF-8 is that of one of them."""
    return rx.normal_ranges((_lead(low)[0], _lead(high)[1]) for low, high in ranges)


def _lead(char: int) -> tuple[int, int]:
    """The first and the last code point with the same first byte."""
    start, end, size = next(each for each in _LEADS if char < each[1])
    first = max(char // size * size, start)
    return first, min(char // size * size + size, end) - 1
