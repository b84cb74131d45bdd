"""The grammar model: rules over terminals as plain immutable values.

Owns the shapes and small questions about them. Must not know any language, any notation, or llguidance.

An expression is a reference, a sequence, alternatives, a repetition, a guard (an alternative that exists only in some
contexts) or a change of context for a part. Contexts are variables: flags (`in_loop`), the mode of white space
(`mode`) and the level of indentation (`level`). The pass `contexts` resolves them all into plain rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import is_

from maze_lsp.grammar.node import Node
from maze_lsp.grammar.regex import WORD_RANGES, Ranges, Regex

Value = bool | str | int | None
"""Of a context variable. A flag that is None is unknown: guards for and against it both hold."""

Lead = str
"""White space in front of a terminal: `none` at all; `free`: optional; `word`: required before a word (a keyword stands
before); or the name of a gap that the grammar declares for what stands before."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A reference to a rule."""

    name: str

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Terminal(Node):
    """A reference to a terminal.

    `role`: what an identifier is for (`reference`, `declaration`, `member`, `label`, `type`, `module`), or empty.
    `glued`: nothing may stand between it and what comes before. `apart`: white space has to. `mode`, `level` and
    `lead` are filled in by passes.
    """

    name: str
    role: str = ""
    glued: bool = False
    apart: bool = False
    mode: str = ""
    level: int = 0
    lead: Lead = "none"
    __hash__ = Node.__hash__


@dataclass(frozen=True, slots=True)
class Seq(Node):
    """One after the other; without items: the empty text."""

    items: tuple[Expr, ...]
    __hash__ = Node.__hash__


@dataclass(frozen=True, slots=True)
class Alt(Node):
    """One of; without items: nothing at all (it can never be written)."""

    items: tuple[Expr, ...]
    __hash__ = Node.__hash__


@dataclass(frozen=True, slots=True)
class Repeat(Node):
    """`?` (0, not many), `*` (0, many) or `+` (1, many)."""

    item: Expr
    low: int
    many: bool
    __hash__ = Node.__hash__


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds where `variable` has (`wanted`) or has not one of `values`."""

    variable: str
    values: tuple[Value, ...]
    wanted: bool = True

    def holds(self, value: Value) -> bool:
        return value is None or (value in self.values) == self.wanted


@dataclass(frozen=True, slots=True)
class Guard:
    conditions: tuple[Condition, ...]
    item: Expr


@dataclass(frozen=True, slots=True)
class Change:
    """Sets a variable, only where it is `before` if that is given; `level` is raised by one instead."""

    variable: str
    value: Value
    before: Value = None


@dataclass(frozen=True, slots=True)
class Within:
    changes: tuple[Change, ...]
    item: Expr


Expr = Rule | Terminal | Seq | Alt | Repeat | Guard | Within

EMPTY = Seq(())
NEVER = Alt(())


@dataclass(frozen=True, slots=True)
class Grammar:
    """A grammar as read from a file, or between two passes.

    `origin`: file name for messages. `lines`: rule → line in that file. `spaces`: mode → white space that may stand in
    front of a terminal there (matches the empty text); the first mode is where a hole starts. `continued`: mode → line
    ends in its white space behind which stands the hole's own indentation. `flags` are given by the
    hole, `local` ones are false there, `before`: flag → how the text behind the hole begins where it holds, `features`
    are what the language says of itself. `newlines`: terminals that end a line and carry the next one's indentation.
    `brackets`: (opening, closing, mode outside, mode inside). `names`: the terminals that are identifiers, from which
    the `reserved` words are taken off. `endings`: start rule → what ends its text, `block` (a line that is indented
    less), `bracket` (a line that begins with a closing bracket), `line` (any further line), `next` (the next visible
    character of the file); others end within a line. `alone`: terminals that stay lexemes of their own. `inline`: rules
    that are spelled out. `gaps`: lead → white space behind the terminals of `behind` (terminal → lead), instead of the
    mode's. `wordy`: the characters that have to be kept apart from a keyword before them. `depths`: how many levels
    there are where a condition holds. `starts`: the rules that are asked for, as far as that is known beforehand.
    """

    origin: str
    rules: Mapping[str, Expr]
    terminals: Mapping[str, Regex]
    lines: Mapping[str, int] = field(default_factory=dict)
    spaces: Mapping[str, Regex] = field(default_factory=dict)
    continued: Mapping[str, Regex] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    before: Mapping[str, str] = field(default_factory=dict)
    features: Mapping[str, bool] = field(default_factory=dict)
    newlines: tuple[str, ...] = ()
    brackets: tuple[tuple[str, str, str, str], ...] = ()
    names: tuple[str, ...] = ()
    reserved: frozenset[str] = frozenset()
    endings: Mapping[str, str] = field(default_factory=dict)
    alone: frozenset[str] = frozenset()
    inline: frozenset[str] = frozenset()
    gaps: Mapping[str, Regex] = field(default_factory=dict)
    behind: Mapping[str, Lead] = field(default_factory=dict)
    wordy: Ranges = WORD_RANGES
    depths: tuple[tuple[Condition, int], ...] = ()
    starts: tuple[str, ...] = ()

    __hash__ = object.__hash__  # grammars are cached by identity; comparing them is for tests

    def with_rules(self, rules: Mapping[str, Expr]) -> Grammar:
        return replace(self, rules=rules)


def seq(items: Iterable[Expr]) -> Expr:
    """A sequence, flattened; with an impossible part the whole is impossible."""
    out: list[Expr] = []
    for item in items:
        if item == NEVER:
            return NEVER
        if isinstance(item, Seq):
            out.extend(item.items)
        else:
            out.append(item)
    return out[0] if len(out) == 1 else Seq(tuple(out))


def alt(items: Iterable[Expr]) -> Expr:
    """Alternatives, flattened, each once."""
    out: dict[Expr, None] = {}
    for item in items:
        for each in item.items if isinstance(item, Alt) else (item,):
            out[each] = None
    return next(iter(out)) if len(out) == 1 else Alt(tuple(out))


def repeat(item: Expr, low: int, many: bool) -> Expr:
    if item == EMPTY:
        return EMPTY
    if item == NEVER:
        return EMPTY if low == 0 else NEVER
    return Repeat(item, low, many)


def optional(items: list[Expr]) -> Expr:
    """Alternatives, the empty one as `?`."""
    rest = [item for item in items if item != EMPTY]
    if len(rest) == len(items):
        return alt(items)
    if not rest:
        return EMPTY
    whole = alt(rest)
    return whole if isinstance(whole, Repeat) and whole.low == 0 else repeat(whole, 0, False)


def children(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case Seq(items) | Alt(items):
            return items
        case Repeat(item) | Guard(_, item) | Within(_, item):
            return (item,)
    return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything in it."""
    todo = [expr]
    while todo:
        each = todo.pop()
        yield each
        if not isinstance(each, Rule | Terminal):
            todo.extend(children(each))


def users(rules: Mapping[str, Expr]) -> dict[str, set[str]]:
    """Rule → the rules that refer to it."""
    out: dict[str, set[str]] = {}
    for name, expr in rules.items():
        for each in walk(expr):
            if isinstance(each, Rule):
                out.setdefault(each.name, set()).add(name)
    return out


def rewrite(expr: Expr, change: Callable[[Expr], Expr | None]) -> Expr:
    """The expression with every node replaced for which `change` returns one, from the top.

    What nothing is changed in stays the same object.
    """
    new = change(expr)
    if new is not None:
        return new
    match expr:
        case Seq(items) | Alt(items):
            parts = [rewrite(item, change) for item in items]
            if all(map(is_, parts, items)):
                return expr
            return seq(parts) if isinstance(expr, Seq) else alt(parts)
        case Repeat(item, low, many):
            part = rewrite(item, change)
            return expr if part is item else repeat(part, low, many)
        case Guard(conditions, item):
            return Guard(conditions, rewrite(item, change))
        case Within(changes, item):
            return Within(changes, rewrite(item, change))
    return expr
