"""From a grammar to the text that is sent for one hole: the order of the passes, and what is cached between holes.

The rules depend only on the start rule and on where statements are legal; indentation, line ends and names only
change terminals. So the rules are made once and the terminals written anew for every hole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from maze_lsp.errors import GrammarError, NothingLeftError, TypedTextError
from maze_lsp.grammar import emit, regex_text
from maze_lsp.grammar import ending as endings
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.earley import Reading, Table
from maze_lsp.grammar.family import Family, Plain, asked, plain_rules, usual_family
from maze_lsp.grammar.lexer import Lexer
from maze_lsp.grammar.model import Grammar, Rule, Seq, Terminal, walk
from maze_lsp.grammar.passes.lines import Layout
from maze_lsp.grammar.passes.restrict import closed_names
from maze_lsp.grammar.quotient import START, quotient
from maze_lsp.grammar.spelling import REFERENCE, Regexes, Spelling

_MOST_KNOWN = 400


def emit_hole(
    grammar: Grammar,
    *,
    start: str,
    indent: str,
    unit: str,
    eol: str = "\n",
    heal: str = "",
    typed: str = "",
    enclosing: Mapping[str, bool] | None = None,
    names: frozenset[str] | None = None,
    ending: bool = False,
    follow: str = "",
    inside: bool = False,
    known: Iterable[str] = (),
) -> str:
    """llguidance Lark for exactly the texts `heal` + what completes `typed` to a text of rule `start` (+ an end, where
    `ending`).

    `follow`: what stands behind the hole. `names` are those that references can be, if the grammar has names.
    `known`: names that exist there; a line behind the hole may begin with one, and identifiers, else ASCII, may be one.
    Raises TypedTextError where no text of the rule begins with `typed`.
    """
    layout = Layout(indent, unit, eol)
    closed = names is not None and bool(grammar.names)
    plain = _plain_here(grammar, start, enclosing, follow, closed, inside)
    family = plain.family
    known = frozenset(word for word in known if word.isidentifier())
    foreign = sorted(word for word in known if not word.isascii())[:_MOST_KNOWN]
    spelling = Spelling(
        family.grammar,
        layout,
        closed=closed_names(grammar, REFERENCE, names) if names is not None and closed else None,
        foreign=rx.one_of(foreign) if foreign else None,
    )
    end = _end(grammar, layout, start, follow, known) if ending else None
    if typed:
        text = _completing(plain, spelling, typed, end)
        parts = [*(["HEAL"] if heal else []), text.start]
    else:
        text = _spelled(family, spelling.shape).fill(plain.root, {}, {})
        parts = [*(["HEAL"] if heal else []), text.start, *(["end?"] if end else [])]
    lines = [emit.HEADER, f"start: {' '.join(parts)}", text.lark, *spelling.names()]
    if heal:
        lines.append(f"HEAL: {emit.quoted(heal)}")
    if end:
        lines += end.lines()
    return "\n".join(lines) + "\n"


def warm(grammar: Grammar, eol: str = "\n") -> None:
    """Make beforehand what the holes of a language need: a second of work, once."""
    family = usual_family(grammar, False)
    _named(family, Spelling(family.grammar, Layout("", "", eol)).form)
    family.table  # noqa: B018


Begun = Literal["not", "unfinished", "complete", "over"]
"""What a typed text is: no beginning; one that must go on; one that may end; one that cannot go on."""


def begun(
    grammar: Grammar,
    *,
    start: str,
    typed: str,
    indent: str,
    unit: str,
    eol: str,
    enclosing: Mapping[str, bool],
    follow: str,
    inside: bool,
) -> Begun:
    """What a typed text is to a rule (see `emit_hole`); its identifiers are ASCII."""
    try:
        plain = _plain_here(grammar, start, enclosing, follow, False, inside)
        reading = reading_of(plain, Spelling(plain.family.grammar, Layout(indent, unit, eol)), typed)
    except (NothingLeftError, TypedTextError):
        return "not"
    return "over" if reading.over else "complete" if reading.complete else "unfinished"


def _plain_here(
    grammar: Grammar, start: str, enclosing: Mapping[str, bool] | None, follow: str, closed: bool, inside: bool
) -> Plain:
    if start not in grammar.rules:
        raise GrammarError(f"{grammar.origin}: there is no start rule {start}.")
    flags = tuple((flag, None if enclosing is None else bool(enclosing.get(flag))) for flag in grammar.flags)
    if follow:
        flags += tuple((flag, follow.startswith(grammar.before[flag])) for flag in asked(grammar, start))
    return plain_rules(grammar, start, flags, closed, inside)


def _completing(plain: Plain, spelling: Spelling, typed: str, end: endings.End | None) -> emit.Text:
    """The rules of what completes a begun text."""
    found = quotient(reading_of(plain, spelling, typed), ending=end.whole if end else None)
    rests = {name: regex_text.write(rest) for name, rest in found.terminals.items()}
    return _spelled(plain.family, spelling.shape).fill(START, found.rules, rests)


def reading_of(plain: Plain, spelling: Spelling, typed: str) -> Reading:
    """A begun text, read. What was read last by the same rules is gone on from.

    Raises TypedTextError where no text of the rules begins so.
    """
    reading = _reader(plain, spelling).read(typed)
    if not reading.viable:
        raise TypedTextError("What is typed here is not the beginning of what can stand here.", offset=reading.length)
    return reading


class _Reader:
    def __init__(self, table: Table, lexer: Lexer, start: int) -> None:
        self._table, self._lexer, self._start = table, lexer, start
        self._last: Reading | None = None

    def read(self, text: str) -> Reading:
        self._last = Reading(self._table, self._lexer, text, self._last, start=self._start)
        return self._last


@lru_cache(maxsize=256)
def _reader(plain: Plain, spelling: Spelling) -> _Reader:
    table = plain.family.table
    return _Reader(table, _lexer(plain.family, spelling), table.starts[plain.root])


@lru_cache(maxsize=32)
def _lexer(family: Family, spelling: Spelling) -> Lexer:
    return Lexer(Regexes(spelling, family.table.terminals), family.states)


@lru_cache(maxsize=32)
def _spelled(family: Family, spelling: Spelling) -> emit.Spelled:
    return emit.Spelled(_named(family, spelling.form), spelling)


@lru_cache(maxsize=32)
def _named(family: Family, spelling: Spelling) -> emit.Named:
    return emit.Named(family.body, spelling)


def _end(grammar: Grammar, layout: Layout, start: str, follow: str, known: Iterable[str]) -> endings.End:
    kind = grammar.endings.get(start)
    if kind is None:
        return endings.line_end(layout, follow)
    if kind == "next":
        return endings.next_end(layout, next(iter(grammar.spaces.values())), follow)
    newline = grammar.terminals[grammar.newlines[0]]
    if kind == "bracket":
        return endings.bracket_end(layout, newline)
    next_line = kind == "line"
    continuing = _continuing(grammar)
    words = {*grammar.reserved, *sorted(word for word in known if word.isascii())[:_MOST_KNOWN]}
    return endings.block_end(
        layout,
        newline,
        words=words - continuing if next_line else words,
        next_line=next_line,
        continuing=rx.normal_ranges((ord(text[0]), ord(text[0])) for text in continuing if not text.isidentifier()),
        apart="block" in grammar.endings.values(),
    )


@lru_cache(maxsize=32)
def _continuing(grammar: Grammar) -> frozenset[str]:
    """With what a line begins that goes on with the statement before: literals behind a line end."""
    behind = [
        after
        for rule in grammar.rules.values()
        for expr in walk(rule)
        if isinstance(expr, Seq)
        for before, after in pairwise(expr.items)
        if isinstance(before, Terminal) and before.name in grammar.newlines
    ]
    # only the heads of clauses are meant, not whole statements: one rule deep
    heads = [grammar.rules[expr.name] if isinstance(expr, Rule) else expr for expr in behind]
    firsts = [expr.items[0] if isinstance(expr, Seq) else expr for expr in heads]
    return frozenset(expr.name[1:-1] for expr in firsts if isinstance(expr, Terminal) and expr.name.startswith('"'))
