"""Reads a beginning of a text by plain rules: an Earley recogniser, one row a lexeme, lexed as llguidance does.

Plain rules are numbered once (`Table`); a `Reading` is what is known after some text. Rows do not change, so that a
reading of a text that begins alike goes on from the rows of an older one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from maze_lsp.grammar.lexer import Lexer, State
from maze_lsp.grammar.model import Alt, Expr, Grammar, Repeat, Rule, Seq, Terminal

Item = tuple[int, int]
"""A dot (a place in an alternative of a rule, by number) and the row in which the alternative began."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """What a row expects by itself: terminal or symbol → dots in front of it. `terminals`: the former's numbers."""

    scans: dict[int, list[int]]
    waits: dict[int, list[int]]
    terminals: frozenset[int]


class Table:
    """Plain rules as numbers: symbols (rules and their parts) count from 0, terminals from -1 downwards (`~n`).

    `symbols` and `terminals` give back what was numbered. A dot is followed by the symbol `following[dot]` (None at the
    end) and by the symbols `rest[dot]`; it belongs to the symbol `owner[dot]`.
    """

    def __init__(self, grammar: Grammar, *starts: str) -> None:
        self.symbols: list[Expr] = []
        self.terminals: list[Terminal] = []
        self.following: list[int | None] = []
        self.rest: list[tuple[int, ...]] = []
        self.owner: list[int] = []
        self._numbers: dict[Expr, int] = {}
        self._predicted: dict[frozenset[int], Predicted] = {}
        self.starts = {start: self._number(Rule(start)) for start in starts}
        alternatives = self._alternatives(grammar)
        self.nullable = _nullable(alternatives)
        self._expected = [self._dots(number, found) for number, found in enumerate(alternatives)]

    def expression(self, symbol: int) -> Expr:
        return self.symbols[symbol] if symbol >= 0 else self.terminals[~symbol]

    def predict(self, symbols: frozenset[int]) -> Predicted:
        """What stands first in texts of the symbols."""
        known = self._predicted.get(symbols)
        if known is None:
            known = self._predicted[symbols] = self._predict(symbols)
        return known

    def _predict(self, symbols: frozenset[int]) -> Predicted:
        scans: dict[int, list[int]] = {}
        waits: dict[int, list[int]] = {}
        todo, seen = list(symbols), set(symbols)
        while todo:
            for dot in self._expected[todo.pop()]:
                symbol = self.following[dot]
                assert symbol is not None
                if symbol < 0:
                    scans.setdefault(~symbol, []).append(dot)
                    continue
                waits.setdefault(symbol, []).append(dot)
                if symbol not in seen:
                    seen.add(symbol)
                    todo.append(symbol)
        return Predicted(scans, waits, frozenset(scans))

    def _number(self, expr: Expr) -> int:
        known = self._numbers.get(expr)
        if known is not None:
            return known
        if isinstance(expr, Terminal):
            self.terminals.append(expr)
            number = ~(len(self.terminals) - 1)
        else:
            self.symbols.append(expr)
            number = len(self.symbols) - 1
        self._numbers[expr] = number
        return number

    def _alternatives(self, grammar: Grammar) -> list[list[tuple[int, ...]]]:
        """Of each symbol; numbering one finds more of them."""
        out: list[list[tuple[int, ...]]] = []
        while len(out) < len(self.symbols):
            number = len(out)
            expr = self.symbols[number]
            out.append([*self._written(number, grammar.rules[expr.name] if isinstance(expr, Rule) else expr)])
        return out

    def _written(self, number: int, expr: Expr) -> Iterator[tuple[int, ...]]:
        match expr:
            case Alt(items):
                for item in items:
                    yield from self._written(number, item) if not isinstance(item, Repeat) else [self._sequence(item)]
            case Repeat(item, low, many):
                # from the left: what has been repeated is one symbol, however often it was
                yield (number, *self._sequence(item)) if many else self._sequence(item)
                yield self._sequence(item) if low else ()
            case _:
                yield self._sequence(expr)

    def _sequence(self, expr: Expr) -> tuple[int, ...]:
        return tuple(map(self._number, expr.items)) if isinstance(expr, Seq) else (self._number(expr),)

    def _dots(self, number: int, alternatives: list[tuple[int, ...]]) -> list[int]:
        """Numbers all dots of a symbol; the answer is those in front of what may come first."""
        first: list[int] = []
        for symbols in dict.fromkeys(alternatives):
            skippable = True
            for at in range(len(symbols) + 1):
                following = symbols[at] if at < len(symbols) else None
                if skippable and following is not None:
                    first.append(len(self.following))
                    skippable = following >= 0 and self.nullable[following]
                self.following.append(following)
                self.rest.append(symbols[at:])
                self.owner.append(number)
        return first


def _nullable(alternatives: list[list[tuple[int, ...]]]) -> list[bool]:
    """Whether a symbol can be the empty text."""
    known = [False] * len(alternatives)
    changed = True
    while changed:
        changed = False
        for number, found in enumerate(alternatives):
            if not known[number] and any(all(each >= 0 and known[each] for each in one) for one in found):
                known[number] = changed = True
    return known


@dataclass(slots=True, eq=False)
class Row:
    """What is known in front of a lexeme that begins at offset `start`; not changed once it is made.

    `scanned`: the items behind the lexeme before it. `waits`: symbol → items in front of it, `scans` the same for
    terminals, both besides what is `predicted`. `accepts`: whether the whole text may end here.
    """

    start: int
    scanned: tuple[Item, ...]
    waits: dict[int, list[Item]] = field(default_factory=dict)
    scans: dict[int, list[Item]] = field(default_factory=dict)
    predicted: Predicted = field(init=False)
    accepts: bool = False

    @property
    def terminals(self) -> frozenset[int]:
        return self.predicted.terminals.union(self.scans)

    def before(self, symbol: int, number: int) -> Iterator[Item]:
        """The items in front of a symbol, in this row, which is `number`."""
        yield from self.waits.get(symbol, ())
        yield from ((dot, number) for dot in self.predicted.waits.get(symbol, ()))

    def before_terminal(self, terminal: int, number: int) -> Iterator[Item]:
        yield from self.scans.get(terminal, ())
        yield from ((dot, number) for dot in self.predicted.scans.get(terminal, ()))


class Reading:
    """A text as far as it is the beginning of a text of a symbol, `start`.

    An `older` reading is one of the same start. `length`: how many characters are; `rows`: what was known before each
    lexeme; `state`: the lexeme that has begun at the last row (`pending`: whether it has a character yet).
    """

    def __init__(
        self, table: Table, lexer: Lexer, text: str = "", older: Reading | None = None, *, start: int = 0
    ) -> None:
        self.table, self.lexer, self.text, self.start = table, lexer, text, start
        self.rows = _kept(older, text) if older else []
        if not self.rows:
            self._add((), 0)
        self.length = self.rows[-1].start
        self.state = lexer.start(self.rows[-1].terminals)
        self._read()

    @property
    def pending(self) -> bool:
        return self.length > self.rows[-1].start

    @property
    def viable(self) -> bool:
        """Whether the whole text is a beginning."""
        return self.length == len(self.text)

    @property
    def complete(self) -> bool:
        """Whether a text of the rules may end here."""
        return self.row_behind(self.end_lexeme()).accepts if self.pending else self.rows[-1].accepts

    @property
    def over(self) -> bool:
        """Whether a text of the rules must end here."""
        return self.pending and self.state.final and not self.row_behind(self.end_lexeme()).terminals

    def end_lexeme(self) -> tuple[Item, ...]:
        """The items behind the lexeme that has begun, as far as it can end here."""
        row, number = self.rows[-1], len(self.rows) - 1
        found = (item for terminal in self.state.complete for item in row.before_terminal(terminal, number))
        return tuple(dict.fromkeys((dot + 1, origin) for dot, origin in found))

    def row_behind(self, scanned: tuple[Item, ...]) -> Row:
        """The row that items lead to. It is not kept."""
        self._add(scanned, self.length)
        return self.rows.pop()

    def _read(self) -> None:
        step, state, length = self.lexer.step, self.state, self.length
        for char in self.text[length:]:
            code = ord(char)
            after = state.moves[code] if code in state.moves else step(state, char)
            if after is None:
                self.state, self.length = state, length
                after = self._next_lexeme(char)
                if after is None:
                    return
            state = after
            length += 1
        self.state, self.length = state, length

    def _next_lexeme(self, char: str) -> State | None:
        """The lexeme ends in front of a character; None where it cannot."""
        if not self.pending or not self.state.complete or self.state.claims(char):
            return None
        self._add(self.end_lexeme(), self.length)
        self.state = self.lexer.start(self.rows[-1].terminals)
        return self.lexer.step(self.state, char)

    def _add(self, scanned: tuple[Item, ...], start: int) -> None:
        table, rows, number, whole = self.table, self.rows, len(self.rows), self.start
        row = Row(start, scanned)
        rows.append(row)
        following, nullable = table.following, table.nullable
        waits, scans = row.waits, row.scans
        todo, seen = list(scanned), set(scanned)
        if not number:
            row.accepts = nullable[self.start]
        while todo:
            dot, origin = item = todo.pop()
            symbol = following[dot]
            if symbol is None:
                # the innermost loop of all: what `before` gives, without its generators
                owner, behind = table.owner[dot], rows[origin]
                row.accepts |= owner == whole and not origin
                for waiting, begun in behind.waits.get(owner, ()):
                    item = (waiting + 1, begun)
                    if item not in seen:
                        seen.add(item)
                        todo.append(item)
                for waiting in behind.predicted.waits.get(owner, ()):
                    item = (waiting + 1, origin)
                    if item not in seen:
                        seen.add(item)
                        todo.append(item)
            elif symbol < 0:
                if ~symbol in scans:
                    scans[~symbol].append(item)
                else:
                    scans[~symbol] = [item]
            else:
                if symbol in waits:
                    waits[symbol].append(item)
                else:
                    waits[symbol] = [item]
                item = (dot + 1, origin)
                if nullable[symbol] and item not in seen:
                    seen.add(item)
                    todo.append(item)
        row.predicted = table.predict(frozenset(row.waits) if number else frozenset((whole,)))


def _kept(older: Reading, text: str) -> list[Row]:
    """The rows that a text shares with an older one: a lexeme has ended only where the character behind it is known."""
    common = 0
    for ours, theirs in zip(text, older.text, strict=False):
        if ours != theirs:
            break
        common += 1
    common = min(common, older.length)
    return [row for row in older.rows if row.start < max(common, 1)]
