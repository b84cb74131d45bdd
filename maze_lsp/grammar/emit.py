"""Writes a grammar of plain rules as llguidance Lark. The only place that knows that notation's rules and terminals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
from maze_lsp.grammar.model import Alt, Expr, Grammar, Repeat, Rule, Seq, Terminal

HEADER = "%llguidance {}"
_COUNT = {(0, False): "?", (0, True): "*", (1, True): "+"}

# A terminal in the text of a rule until its name is known; no rule or terminal name holds this character.
_MARK = "\0"

_MOST_RESTS = 200


@dataclass(frozen=True, slots=True)
class Text:
    """Rules in llguidance Lark and what they use; `start` is the name of the first."""

    lark: str
    start: str


class Body:
    """Plain rules as text with marks for terminals: the part that does not depend on indentation or names.

    Names are short: reading the text takes its part of the time of a compilation.
    """

    def __init__(self, grammar: Grammar) -> None:
        self.rules = {name: f"{_initials(name)}{n}" for n, name in enumerate(grammar.rules)}
        self.writer = _Writer(self.rules)
        self.written = {name: self.writer.rule(name, expr) for name, expr in grammar.rules.items()}


class Spelling(Protocol):
    """How terminals are written in one file: `text`, and the lines (`definitions`) that it refers to.

    What is not `laid` out by indentation is the same for all files whose spelling has the same `shape`.
    """

    def text(self, terminal: Terminal) -> str: ...
    def definitions(self, terminal: Terminal) -> Iterable[str]: ...
    def laid(self, terminal: Terminal) -> bool: ...


class Named:
    """A body whose terminals have names: the same for all indentations."""

    def __init__(self, body: Body, spelling: Spelling) -> None:
        self.body = body
        self.terminals: dict[str, list[Terminal]] = {}
        self.names: dict[str, str] = {}
        self._rests: dict[frozenset[str], _Rest] = {}
        self._texts: dict[str, tuple[str, frozenset[str]]] = {}
        keys: dict[str | Terminal, str] = {}
        self.calls: list[str] = []
        for terminal in body.writer.terminals:
            key = terminal if spelling.laid(terminal) else spelling.text(terminal)
            name = keys.setdefault(key, f"T{len(keys)}")
            self.calls.append(name)
            self.terminals.setdefault(name, []).append(terminal)
        self.names = {key: name for key, name in keys.items() if isinstance(key, str)}
        self.laid = [(name, key) for key, name in keys.items() if isinstance(key, Terminal)]

    def rest(self, used: frozenset[str]) -> _Rest:
        """The rules that some rules reach. These are often the same."""
        if used not in self._rests:
            reached = _reached(used, self.body.written)
            texts = [self._text(name) for name in self.body.written if name in reached]
            if len(self._rests) >= _MOST_RESTS:
                self._rests.clear()
            called = frozenset().union(*(found for _, found in texts))
            self._rests[used] = _Rest("\n".join(text for text, _ in texts), called)
        return self._rests[used]

    def _text(self, rule: str) -> tuple[str, frozenset[str]]:
        if rule not in self._texts:
            self._texts[rule] = named(self.body.written[rule].text, self.calls)
        return self._texts[rule]


class Spelled:
    """A body with its terminals spelled: what is the same for all texts that are begun in one file."""

    def __init__(self, named: Named, spelling: Spelling) -> None:
        self._named, self._spelling = named, spelling
        self._names = named.names | {spelling.text(terminal): name for name, terminal in named.laid}
        self._lines: dict[str, str] = {}
        self._definitions: dict[str, frozenset[str]] = {}

    def fill(self, start: str, more: Mapping[str, Expr], expressions: Mapping[str, str]) -> Text:
        """The rules that `start` reaches, and behind them each distinct terminal once.

        `more`: further rules; they, and what they use that is no rule here, keep their names. `expressions`: terminals
        of theirs that are new, by name.
        """
        body = self._named.body
        writer = _Writer({name: name for name in more} | body.rules)
        calls: list[str] = []
        names: dict[str, str] = {}
        written = {name: writer.rule(name, expr) for name, expr in more.items()}
        for terminal in writer.terminals:
            expression = expressions.get(terminal.name)
            if expression is None:
                calls.append(self._named.calls[body.writer.numbers[terminal]])
            else:
                calls.append(self._names.get(expression) or names.setdefault(expression, f"R{len(names)}"))
        used = _reached({start}, written) if more else {start}
        own = [named(each.text, calls) for name, each in written.items() if name in used]
        rest = self._named.rest(frozenset(used - more.keys()))
        called = rest.called.union(*(found for _, found in own)) - names.keys()
        known = sorted(called & self._named.terminals.keys(), key=lambda name: int(name[1:]))
        lines = [text for text, _ in own]
        lines.append(rest.text)
        lines += map(self._line, known)
        lines += [f"{name}: {expression}" for expression, name in names.items()]
        lines += sorted(frozenset().union(*map(self._defined, known)))
        return Text("\n".join(filter(None, lines)), body.rules.get(start, start))

    def _line(self, name: str) -> str:
        if name not in self._lines:
            self._lines[name] = f"{name}: {self._spelling.text(self._named.terminals[name][0])}"
        return self._lines[name]

    def _defined(self, name: str) -> frozenset[str]:
        if name not in self._definitions:
            lines = (self._spelling.definitions(each) for each in self._named.terminals[name])
            self._definitions[name] = frozenset().union(*lines)
        return self._definitions[name]


def named(marked: str, calls: Sequence[str]) -> tuple[str, frozenset[str]]:
    """A rule with the names of its terminals, and which these are."""
    pieces = marked.split(_MARK)
    pieces[1::2] = [calls[int(number)] for number in pieces[1::2]]
    return "".join(pieces), frozenset(pieces[1::2])


@dataclass(frozen=True, slots=True)
class _Rest:
    """Rules that are the body's own, and the terminals that they call."""

    text: str
    called: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Written:
    text: str
    uses: frozenset[str]


@dataclass(slots=True)
class _Writer:
    """`rules`: the names of rules in the text; `terminals`, `numbers`: those met so far."""

    rules: Mapping[str, str]
    terminals: list[Terminal] = field(default_factory=list)
    numbers: dict[Terminal, int] = field(default_factory=dict)
    uses: set[str] = field(default_factory=set)

    def rule(self, name: str, expr: Expr) -> _Written:
        self.uses = set()
        text = f"{self.rules[name]}: {self._alternatives(expr)}"
        return _Written(text, frozenset(self.uses))

    def _alternatives(self, expr: Expr) -> str:
        items = expr.items if isinstance(expr, Alt) else (expr,)
        return " | ".join(map(self._sequence, items))

    def _sequence(self, expr: Expr) -> str:
        match expr:
            case Seq(()):
                return '""'
            case Seq(items):
                return " ".join(map(self._item, items))
        return self._item(expr)

    def _item(self, expr: Expr) -> str:
        match expr:
            case Rule(name):
                self.uses.add(name)
                return self.rules.get(name, name)
            case Terminal():
                number = self.numbers.setdefault(expr, len(self.numbers))
                if number == len(self.terminals):
                    self.terminals.append(expr)
                return f"{_MARK}{number}{_MARK}"
            case Repeat(item, low, many):
                inner = self._item(item)
                return (inner if inner[-1] not in "?*+" else f"({inner})") + _COUNT[low, many]
            case Seq() | Alt():
                return f"({self._alternatives(expr)})"
        raise AssertionError(expr)


def _reached(starts: Iterable[str], written: Mapping[str, _Written]) -> set[str]:
    """The rules that some rules use, these included."""
    seen = set(starts)
    todo = list(seen)
    while todo:
        each = written.get(todo.pop())
        new = each.uses - seen if each else ()
        seen.update(new)
        todo.extend(new)
    return seen


def quoted(text: str) -> str:
    """A literal as a terminal expression."""
    return regex_text.write(rx.literal(text))


def _initials(rule: str) -> str:
    """Of a rule's name, so that a dump can be read: `e` of `expr`, `sl` of `statement_line`."""
    return "".join(word[0] for word in rule.split("__")[0].split("_") if word)
