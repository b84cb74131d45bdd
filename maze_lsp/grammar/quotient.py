"""The left quotient: rules for exactly the texts that complete a text that has been begun.

The begun text is read (`earley`). What may follow a symbol that began in some row is what stands behind it in the rules
that waited for it there: a right-linear system of equations, one unknown for each (symbol, row). It is solved from the
first row on; where unknowns depend on each other, by Arden's lemma, so that loops become repetitions and left recursion
stays what it is. A text that ends within a terminal leaves the rest of it.

The idea of quotients for filling in the middle: arXiv 2402.17988, with a parser in the sampling loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from maze_lsp.errors import GrammarError
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.earley import Item, Reading, Row
from maze_lsp.grammar.lexer import same_lead
from maze_lsp.grammar.model import EMPTY, Expr, Repeat, Rule, Seq, Terminal, optional, repeat, seq

START = "quotient"
END = Rule("end")
"""Stands where the whole text may be followed by its end, if one is asked for; whoever writes the rules defines it."""

_MOST_RULES = 400

Unknown = tuple[int, int]
"""What may follow a symbol (its number) that began in a row (its number)."""

_OVER: Unknown = (-1, -1)
"""Nothing follows, not even an end."""

Edge = tuple[Expr, Unknown | None]
"""What comes next, and what follows it; None is the end of the whole text."""


@dataclass(frozen=True, slots=True)
class Quotient:
    """New rules (START among them) beside those of the grammar, and the regexes of the new terminals they use."""

    rules: Mapping[str, Expr]
    terminals: Mapping[str, rx.Regex]


def quotient(reading: Reading, *, ending: rx.Regex | None = None) -> Quotient:
    """The texts that complete what was read; `ending`: what may then follow them, once, as the rule `end`.

    The text has to be `viable`. Raises GrammarError where the rules would be too many.
    """
    assert reading.viable, "what is no beginning has no quotient"
    begin = _Begin(reading, ending)
    edges = list(begin.edges())
    solver = _Solver(reading, begin.rows, repeat(END, 0, False) if ending else EMPTY)
    rules = solver.solve(edges)
    return Quotient(rules, begin.terminals)


@dataclass(slots=True)
class _Begin:
    """What may come first: the rest of the terminal that has begun, or what follows it where it can end."""

    reading: Reading
    ending: rx.Regex | None
    terminals: dict[str, rx.Regex] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def edges(self) -> Iterator[Edge]:
        reading = self.reading
        self.rows = list(reading.rows)
        if not reading.pending:
            yield reading.table.symbols[reading.start], None
            return
        number = len(self.rows) - 1
        for terminal, rest in reading.state.alive:
            left = rx.nonempty(rest)
            if not rx.matches_nothing(left):
                yield from self._after(self._rest(left), reading.rows[-1].before_terminal(terminal, number))
        # blanks that are typed may be those in front of the end
        begun = self._begun_end()
        if not rx.matches_nothing(begun):
            yield self._rest(begun), _OVER
        if reading.state.complete:
            seam = rx.normal_ranges([*reading.state.growing, *same_lead(rx.first_ranges(begun))])
            yield from self._behind(reading.end_lexeme(), seam)

    def _begun_end(self) -> rx.Regex:
        """The rest of the end, if the lexeme that has begun may be its beginning."""
        row = self.reading.rows[-1]
        if self.ending is None or not row.accepts:
            return rx.NOTHING
        return rx.nonempty(reduce(rx.derivative, map(ord, self.reading.text[row.start :]), self.ending))

    def _behind(self, scanned: tuple[Item, ...], seam: rx.Ranges) -> Iterator[Edge]:
        """What follows the begun terminal must not begin with what would still belong to it."""
        table, lexer = self.reading.table, self.reading.lexer
        row = self.reading.row_behind(scanned)
        limited = lexer.kept_apart(row.terminals, seam)
        ending = self.ending if row.accepts else None
        if not limited and not (ending and rx.common(rx.first_ranges(ending), seam)):
            for dot, origin in scanned:
                yield self._sequence(dot), (table.owner[dot], origin)
            return
        self.rows.append(row)
        number = len(self.rows) - 1
        if row.accepts:
            # an exit of its own: its end must keep apart, too
            end = rx.starting_with(ending, rx.complement(seam)) if ending else rx.NOTHING
            yield EMPTY if rx.matches_nothing(end) else repeat(self._rest(end), 0, False), _OVER
        for terminal in sorted(row.terminals):
            head: Terminal = table.terminals[terminal]
            if terminal in limited:
                if rx.matches_nothing(limited[terminal]):
                    continue
                head = self._rest(limited[terminal])
            yield from self._after(head, row.before_terminal(terminal, number))

    def _after(self, head: Terminal, items: Iterable[Item]) -> Iterator[Edge]:
        for dot, origin in items:
            yield seq([head, self._sequence(dot + 1)]), (self.reading.table.owner[dot], origin)

    def _sequence(self, dot: int) -> Expr:
        table = self.reading.table
        return seq(map(table.expression, table.rest[dot]))

    def _rest(self, regex: rx.Regex) -> Terminal:
        name = next((name for name, known in self.terminals.items() if known == regex), f"rest {len(self.terminals)}")
        self.terminals[name] = regex
        return Terminal(name, glued=True)


class _Solver:
    def __init__(self, reading: Reading, rows: list[Row], exit: Expr) -> None:
        self.table, self.start, self.rows = reading.table, reading.start, rows
        self.edges: dict[Unknown, list[Edge]] = {_OVER: []}
        self.values: dict[Unknown | None, Expr] = {None: exit, _OVER: EMPTY}
        self.rules: dict[Expr, str] = {}

    def solve(self, begin: list[Edge]) -> dict[str, Expr]:
        """The rules, START first."""
        for unknowns in self._reachable(begin):
            for group in components(unknowns, lambda unknown: [target for _, target in self.edges[unknown] if target]):
                self._solve_group(group)
        first = self._union(begin)
        rules = {name: expr for expr, name in self.rules.items()}
        return {START: first, **rules}

    def _reachable(self, begin: list[Edge]) -> list[list[Unknown]]:
        """The unknowns that matter, by row."""
        by_row: dict[int, list[Unknown]] = {}
        todo = [target for _, target in begin]
        while todo:
            unknown = todo.pop()
            if unknown is None or unknown in self.edges:
                continue
            self.edges[unknown] = list(dict.fromkeys(self._edges_of(unknown)))
            by_row.setdefault(unknown[1], []).append(unknown)
            todo.extend(target for _, target in self.edges[unknown])
        return [by_row[row] for row in sorted(by_row)]

    def _edges_of(self, unknown: Unknown) -> Iterator[Edge]:
        symbol, row = unknown
        table = self.table
        for dot, origin in self.rows[row].before(symbol, row):
            yield seq(map(table.expression, table.rest[dot + 1])), (table.owner[dot], origin)
        if symbol == self.start and not row:
            yield EMPTY, None

    def _solve_group(self, group: list[Unknown]) -> None:
        inside = set(group)
        equations: dict[Unknown, dict[Unknown | None, list[Expr]]] = {}
        for unknown in group:
            own: dict[Unknown | None, list[Expr]] = {}
            outside = [(expr, target) for expr, target in self.edges[unknown] if target not in inside]
            for expr, target in self.edges[unknown]:
                if target in inside:
                    own.setdefault(target, []).append(expr)
            if outside:
                own[None] = [self._union(outside)]
            equations[unknown] = own
        solved = []
        while equations:
            used = {unknown: sum(unknown in own for own in equations.values()) for unknown in equations}
            unknown = min(used, key=used.__getitem__)  # the one that stands in fewest equations
            own = equations.pop(unknown)
            loop = _star(own.pop(unknown, []))
            for other in equations.values():
                if unknown in other:
                    before = seq([optional(other.pop(unknown)), loop])
                    for target, parts in own.items():
                        other.setdefault(target, []).extend(seq([before, part]) for part in parts)
            solved.append((unknown, loop, own))
        for unknown, loop, own in reversed(solved):
            tails = own.pop(None, [])
            tails += [seq([optional(parts), self.values[target]]) for target, parts in own.items()]
            self.values[unknown] = self._named(seq([loop, optional(tails)]))

    def _union(self, edges: list[Edge]) -> Expr:
        """One of the edges, written once for each of their targets."""
        parts: dict[Unknown | None, list[Expr]] = {}
        for expr, target in edges:
            parts.setdefault(target, []).append(expr)
        return optional([seq([optional(exprs), self.values[target]]) for target, exprs in parts.items()])

    def _named(self, expr: Expr) -> Expr:
        """A rule for an expression, the same for equal ones; short ones stay."""
        items = expr.items if isinstance(expr, Seq) else (expr,)
        if len(items) <= 2 and all(_is_short(item) for item in items):
            return expr
        if expr not in self.rules:
            self.rules[expr] = f"{START}_{len(self.rules)}"
            if len(self.rules) > _MOST_RULES:
                raise GrammarError("The code around the cursor is nested too deeply to be completed.")
        return Rule(self.rules[expr])


def components(nodes: Sequence[Unknown], targets: Callable[[Unknown], Iterable[Unknown]]) -> Iterator[list[Unknown]]:
    """The strongly connected components of a graph (Tarjan), each after those that it leads to."""
    inside = set(nodes)
    index: dict[Unknown, int] = {}
    low: dict[Unknown, int] = {}
    path: list[Unknown] = []
    done: set[Unknown] = set()
    for root in dict.fromkeys(nodes):
        visits = [(root, iter(targets(root)))] if root not in index else []
        if visits:
            index[root] = low[root] = len(index)
            path.append(root)
        while visits:
            node, left = visits[-1]
            for target in left:
                if target not in inside or target in done:
                    continue
                if target not in index:
                    index[target] = low[target] = len(index)
                    path.append(target)
                    visits.append((target, iter(targets(target))))
                    break
                low[node] = min(low[node], index[target])
            else:
                visits.pop()
                if visits:
                    low[visits[-1][0]] = min(low[visits[-1][0]], low[node])
                if low[node] == index[node]:
                    group = path[path.index(node) :]
                    del path[-len(group) :]
                    done.update(group)
                    yield group


def _star(loops: list[Expr]) -> Expr:
    """Any number of them."""
    some = [loop for loop in loops if loop != EMPTY]
    return repeat(optional(some), 0, True) if some else EMPTY


def _is_short(expr: Expr) -> bool:
    return isinstance(expr.item if isinstance(expr, Repeat) else expr, Rule | Terminal)
