"""Random texts of a grammar, for tests and benchmarks: a seeded walk over plain rules."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Alt, Expr, Grammar, Repeat, Rule, Seq, Terminal, children, users, walk

_TALL = 10_000
_TRIES = 8
# Characters are mostly plain: a text of random code points says little about a grammar.
_COMMON = rx.normal_ranges([(32, 126), (10, 10)])
_PLAIN = rx.normal_ranges([(97, 122), (48, 57), (32, 32)])


class Deriver:
    """Draws texts of a rule. Every other one heads for the rule that was rarest in the texts that were kept.

    `spell` gives the regex of a terminal; `budget` is the number of terminals after which a text is closed as shortly
    as possible. Of lexing only this is considered: where two words would run together, white space between them is
    tried for. So a text may be read differently by a greedy lexer. `used`: how often each rule stands in kept texts.
    """

    def __init__(
        self, grammar: Grammar, spell: Callable[[Terminal], rx.Regex], rng: random.Random, budget: int = 60
    ) -> None:
        self.grammar, self.spell, self.rng, self.budget = grammar, spell, rng, budget
        self.used: Counter[str] = Counter()
        self.left = 0
        self._heights = _least(grammar.rules, self._height_in)
        self._taken: Counter[str] = Counter()
        self._tried: Counter[str] = Counter()
        self._users = users(grammar.rules)
        self._reached: dict[str, list[str]] = {}
        self._ways: dict[str, Mapping[str, int]] = {}
        self._before = ""
        self._aim = ""

    def text(self, rule: str) -> str:
        self.left, self._before, self._aim = self.budget, "", ""
        self._taken = Counter()
        if self.rng.random() < 0.5:
            self._aim = self._rarest(rule)
            self._tried[self._aim] += 1
        return self._expr(Rule(rule))

    def keep(self) -> None:
        """The last text counts."""
        self.used += self._taken

    def _rarest(self, start: str) -> str:
        if start not in self._reached:
            self._reached[start] = _reachable(self.grammar.rules, start)
        reached = self._reached[start]
        aim = min(reached, key=lambda name: (self.used[name] + self._tried[name] // 4, self.rng.random()))
        if aim not in self._ways:
            self._ways[aim] = _steps_to(aim, self._users)
        return aim

    def _expr(self, expr: Expr) -> str:
        match expr:
            case Terminal():
                self.left -= 1
                return self._spelled(self.spell(expr))
            case Rule(name):
                self._taken[name] += 1
                if name == self._aim:
                    self._aim = ""
                return self._expr(self.grammar.rules[name])
            case Seq(items):
                return self._sequence(items)
            case Alt(items):
                return self._expr(self._choose(items))
            case Repeat(item, low, many):
                times = low
                if self._aim:
                    times = 1
                elif self.left > 0:
                    times = self.rng.choice([low, 1, 2 if many else 1])
                return self._sequence((item,) * times)
        raise AssertionError(expr)

    def _sequence(self, items: tuple[Expr, ...]) -> str:
        """One after the other; one of those that lead there soonest heads for the aim."""
        aim = self._aim
        ways = [self._to_aim(item) for item in items] if aim else []
        heading = self.rng.choice([at for at, way in enumerate(ways) if way == min(ways)]) if ways else -1
        texts = []
        for at, item in enumerate(items):
            self._aim = aim if at == heading else ""
            texts.append(self._expr(item))
        self._aim = ""
        return "".join(texts)

    def _spelled(self, regex: rx.Regex) -> str:
        for _ in range(_TRIES):
            text = sample(regex, self.rng)
            if not (_is_word(self._before[-1:]) and _is_word(text[:1])):
                break
        self._before = text or self._before
        return text

    def _choose(self, items: tuple[Expr, ...]) -> Expr:
        if self._aim:
            return self._lowest(items, self._to_aim)
        return self.rng.choice(items) if self.left > 0 else self._lowest(items, self._height)

    def _lowest(self, items: tuple[Expr, ...], measure: Callable[[Expr], int]) -> Expr:
        measured = [measure(item) for item in items]
        return items[self.rng.choice([at for at, found in enumerate(measured) if found == min(measured)])]

    def _to_aim(self, expr: Expr) -> int:
        return self._way_in(self._aim, self._ways[self._aim], expr)

    def _way_in(self, aim: str, known: Mapping[str, int], expr: Expr) -> int:
        if isinstance(expr, Rule):
            return 0 if expr.name == aim else known[expr.name]
        return min((self._way_in(aim, known, child) for child in children(expr)), default=_TALL)

    def _height(self, expr: Expr) -> int:
        return self._height_in(self._heights, expr)

    def _height_in(self, known: Mapping[str, int], expr: Expr) -> int:
        match expr:
            case Terminal():
                return 1
            case Rule(name):
                return known[name]
            case Alt(items):
                return min((self._height_in(known, item) for item in items), default=_TALL)
            case Repeat(item, low, _):
                return self._height_in(known, item) if low else 0
        return max((self._height_in(known, item) for item in children(expr)), default=0)


def _reachable(rules: Mapping[str, Expr], start: str) -> list[str]:
    """The rules that a rule leads to, itself included."""
    found = dict.fromkeys([start])
    todo = [start]
    while todo:
        for each in walk(rules[todo.pop()]):
            if isinstance(each, Rule) and each.name not in found:
                found[each.name] = None
                todo.append(each.name)
    return list(found)


def _steps_to(aim: str, around: Mapping[str, Iterable[str]]) -> Mapping[str, int]:
    """Rule → how many rules lead from it to the aim."""
    found: defaultdict[str, int] = defaultdict(lambda: _TALL)
    found[aim] = 0
    todo = deque([aim])
    while todo:
        name = todo.popleft()
        for user in around.get(name, ()):
            if user not in found:
                found[user] = found[name] + 1
                todo.append(user)
    return found


def _least(rules: Mapping[str, Expr], measure: Callable[[Mapping[str, int], Expr], int]) -> dict[str, int]:
    """Rule → its measure, one more than that of its expression."""
    found: defaultdict[str, int] = defaultdict(lambda: _TALL)
    around = users(rules)
    todo = dict.fromkeys(rules)
    while todo:
        name = next(iter(todo))
        del todo[name]
        least = min(_TALL, 1 + measure(found, rules[name]))
        if least < found[name]:
            found[name] = least
            todo.update(dict.fromkeys(user for user in around.get(name, ()) if user in rules))
    return found


def _is_word(char: str) -> bool:
    return char.isalnum() or char in ("_", "$")


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
