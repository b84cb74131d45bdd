"""Writes a grammar of plain rules as llguidance Lark. The only place that knows that notation's rules and terminals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
from maze_lsp.grammar.model import Alt, Expr, Grammar, Repeat, Rule, Seq, Terminal

HEADER = "%llguidance {}"
_COUNT = {(0, False): "?", (0, True): "*", (1, True): "+"}

# A terminal in the text of a rule until its name is known; no rule or terminal name holds this character.
_MARK = "\0"


@dataclass(frozen=True, slots=True)
class Text:
    """Rules in llguidance Lark, `start` being the name of the first; `terminals`: those that they use."""

    lark: str
    start: str
    terminals: tuple[Terminal, ...]


class Body:
    """Plain rules as text with marks for terminals: the part that does not depend on indentation or names."""

    def __init__(self, grammar: Grammar) -> None:
        self._rules = {name: f"{_initials(name)}{n}" for n, name in enumerate(grammar.rules)}
        self._writer = _Writer(self._rules)
        self._written = {name: self._writer.rule(name, expr) for name, expr in grammar.rules.items()}

    def fill(self, start: str, spell: Callable[[Terminal], str], more: Mapping[str, Expr] | None = None) -> Text:
        """The rules that `start` reaches, and behind them each distinct terminal once.

        Names are short: reading the text takes its part of the time of a compilation.
        `spell` gives a terminal's expression. `more`: further rules; they, and what they use that is no rule here, keep
        their names.
        """
        rules, writer, written = self._rules, self._writer, self._written
        if more:
            names = {name: name for name in more} | rules
            writer = _Writer(names, list(writer.terminals), dict(writer.numbers))
            written = {name: writer.rule(name, expr) for name, expr in more.items()} | written
        reached = _reached(start, written)
        text = "\n".join(each.text for name, each in written.items() if name in reached)
        pieces = text.split(_MARK)
        used = [writer.terminals[number] for number in sorted(set(map(int, pieces[1::2])))]
        names, calls = {}, {}
        for terminal in used:
            expression = spell(terminal)
            if expression not in names:
                names[expression] = f"T{len(names)}"
            calls[str(writer.numbers[terminal])] = names[expression]
        lark = "".join(piece if n % 2 == 0 else calls[piece] for n, piece in enumerate(pieces))
        lines = [lark, *(f"{name}: {expression}" for expression, name in names.items())]
        return Text("\n".join(lines), rules.get(start, start), tuple(used))


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


def _reached(start: str, written: Mapping[str, _Written]) -> set[str]:
    seen = {start}
    todo = [start]
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
