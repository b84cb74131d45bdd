"""Writes a grammar of plain rules as llguidance Lark. The only place that knows that notation's rules and terminals."""

from __future__ import annotations

from collections.abc import Callable

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
from maze_lsp.grammar.model import Alt, Expr, Grammar, Repeat, Rule, Seq, Terminal

HEADER = "%llguidance {}"
_COUNT = {(0, False): "?", (0, True): "*", (1, True): "+"}

# A terminal in the text of a rule until its name is known; no rule or terminal name holds this character.
_MARK = "\0"


class Body:
    """The rules as text with marks for terminals: the part that does not depend on indentation or names."""

    def __init__(self, grammar: Grammar, start: str) -> None:
        self.terminals: list[Terminal] = []
        self._numbers: dict[Terminal, int] = {}
        self._rules = {name: f"{name.split('__')[0]}{n}" for n, name in enumerate(grammar.rules)}
        self.start = self._rules[start]
        rules = [f"{self._rules[name]}: {self._alternatives(expr)}" for name, expr in grammar.rules.items()]
        self.pieces = "\n".join(rules).split(_MARK)

    def fill(self, spell: Callable[[Terminal], str]) -> str:
        """The rules, and behind them each distinct terminal once; `spell` gives a terminal's expression."""
        names: dict[str, str] = {}
        calls: list[str] = []
        for terminal in self.terminals:
            expression = spell(terminal)
            if expression not in names:
                names[expression] = f"T{len(names)}_{_readable(terminal)}"
            calls.append(names[expression])
        text = "".join(piece if n % 2 == 0 else calls[int(piece)] for n, piece in enumerate(self.pieces))
        return "\n".join([text, *(f"{name}: {expression}" for expression, name in names.items())])

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
                return self._rules[name]
            case Terminal():
                number = self._numbers.setdefault(expr, len(self._numbers))
                if number == len(self.terminals):
                    self.terminals.append(expr)
                return f"{_MARK}{number}{_MARK}"
            case Repeat(item, low, many):
                inner = self._item(item)
                return (inner if inner[-1] not in "?*+" else f"({inner})") + _COUNT[low, many]
            case Seq() | Alt():
                return f"({self._alternatives(expr)})"
        raise AssertionError(expr)


def quoted(text: str) -> str:
    """A literal as a terminal expression."""
    return regex_text.write(rx.literal(text))


def _readable(terminal: Terminal) -> str:
    """The letters of a terminal's name, so that a dump can be read."""
    letters = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "" for c in terminal.name)
    return letters.upper()
