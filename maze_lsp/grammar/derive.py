"""Random texts of a grammar, for tests and benchmarks: a seeded walk over plain rules."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Alt, Expr, Grammar, Repeat, Rule, Seq, Terminal, children

_TALL = 10_000
_TRIES = 8
# Characters are mostly plain: a text of random code points says little about a grammar.
_COMMON = rx.normal_ranges([(32, 126), (10, 10)])
_PLAIN = rx.normal_ranges([(97, 122), (48, 57), (32, 32)])


class Deriver:
    """Draws texts of a rule. `used` counts how often each rule was expanded.

    `spell` gives the regex of a terminal; `budget` is the number of terminals after which a text is closed as shortly
    as possible. Of lexing only this is considered: where two words would run together, white space between them is
    tried for. So a text may be read differently by a greedy lexer.
    """

    def __init__(
        self, grammar: Grammar, spell: Callable[[Terminal], rx.Regex], rng: random.Random, budget: int = 60
    ) -> None:
        self.grammar, self.spell, self.rng, self.budget = grammar, spell, rng, budget
        self.used: Counter[str] = Counter()
        self.heights = self._heights()
        self.left = 0
        self.before = ""

    def text(self, rule: str) -> str:
        self.left, self.before = self.budget, ""
        return self._expr(Rule(rule))

    def _expr(self, expr: Expr) -> str:
        match expr:
            case Terminal():
                self.left -= 1
                return self._spelled(self.spell(expr))
            case Rule(name):
                self.used[name] += 1
                return self._expr(self.grammar.rules[name])
            case Seq(items):
                return "".join(map(self._expr, items))
            case Alt(items):
                return self._expr(self._choose(items))
            case Repeat(item, low, many):
                times = low
                if self.left > 0:
                    times = self.rng.choice([low, 1, 2 if many else 1])
                return "".join(self._expr(item) for _ in range(times))
        raise AssertionError(expr)

    def _spelled(self, regex: rx.Regex) -> str:
        for _ in range(_TRIES):
            text = sample(regex, self.rng)
            if not (_is_word(self.before[-1:]) and _is_word(text[:1])):
                break
        self.before = text or self.before
        return text

    def _choose(self, items: tuple[Expr, ...]) -> Expr:
        if self.left > 0:
            named = [item for item in items if _first_rule(item)]
            if named and self.rng.random() < 0.3:
                return min(named, key=lambda item: self.used[_first_rule(item)])  # what was rare so far
            return self.rng.choice(items)
        lowest = min(map(self._height, items))
        return self.rng.choice([item for item in items if self._height(item) == lowest])

    def _height(self, expr: Expr) -> int:
        match expr:
            case Terminal():
                return 1
            case Rule(name):
                return self.heights[name]
            case Alt(items):
                return min(map(self._height, items), default=_TALL)
            case Repeat(item, low, _):
                return self._height(item) if low else 0
        return max(map(self._height, children(expr)), default=0)

    def _heights(self) -> dict[str, int]:
        """Rule → height of its lowest derivation."""
        self.heights = dict.fromkeys(self.grammar.rules, _TALL)
        changed = True
        while changed:
            changed = False
            for name, expr in self.grammar.rules.items():
                height = min(_TALL, 1 + self._height(expr))
                if height < self.heights[name]:
                    self.heights[name] = height
                    changed = True
        return self.heights


def _is_word(char: str) -> bool:
    return char.isalnum() or char in ("_", "$")


def _first_rule(expr: Expr) -> str:
    while isinstance(expr, Seq | Repeat):
        expr = expr.items[0] if isinstance(expr, Seq) else expr.item
    return expr.name if isinstance(expr, Rule) else ""


def sample(regex: rx.Regex, rng: random.Random) -> str:
    """A random word, short more often than long."""
    match regex:
        case rx.Chars(ranges):
            return _char(ranges, rng)
        case rx.Concat(parts):
            return "".join(sample(part, rng) for part in parts)
        case rx.Union(parts):
            return sample(rng.choice(parts), rng)
        case rx.Repeat(part, low, high):
            times = low
            while (high is None or times < high) and rng.random() < 0.35:
                times += 1
            return "".join(sample(part, rng) for _ in range(times))
    out = ""
    while True:
        ranges = rx.first_ranges(regex)
        if rx.nullable(regex) and (not ranges or rng.random() < 0.3):
            return out
        char = _char(ranges, rng)
        out += char
        regex = rx.derivative(regex, ord(char))


def _char(ranges: rx.Ranges, rng: random.Random) -> str:
    for wanted in (_PLAIN, _COMMON) if rng.random() < 0.8 else (_COMMON,):
        some = rx.common(ranges, wanted)
        if some:
            ranges = some
            break
    low, high = rng.choice(ranges)
    char = rng.randint(low, min(high, 0x2FFF) if low <= 0x2FFF else high)
    return chr(char) if not 0xD800 <= char <= 0xDFFF else "?"
