"""Ananke's grammars, `{"rules": [{"lhs", "rhs"}], "start_symbol"}`, as llguidance Lark."""

from __future__ import annotations

import re
from collections.abc import Iterable

from maze_lsp.constraints.ir import SeedGrammar
from maze_lsp.errors import ConstraintError
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
from maze_lsp.grammar.emit import HEADER

_QUOTED = re.compile(r"""(?s)"(.*)"|'(.*)'""")
_REGEX = re.compile(r"(?s)/(.+)/")


def lark_of(grammar: SeedGrammar) -> str:
    """The grammar's text. A symbol is a rule where it stands on a left side, else a literal (`"x"`, `return`, `(`) or a
    regular expression (`/x/`).

    Raises ConstraintError where a symbol has no definition and looks like a name for something (`IDENT`, `my_rule`),
    and where a rule can never come to an end.
    """
    names = {lhs: f"r{n}" for n, lhs in enumerate(dict.fromkeys(rule.lhs for rule in grammar.rules))}
    if grammar.start_symbol not in names:
        raise ConstraintError(
            f"The start symbol `{grammar.start_symbol}` has no rule.", hint=f"There are: {', '.join(list(names)[:20])}."
        )
    _check_endless(grammar, names)
    terminals: dict[str, str] = {}
    lines = [HEADER, f"start: {names[grammar.start_symbol]}"]
    for lhs, name in names.items():
        options = [
            " ".join(_symbol(symbol, names, terminals, lhs) for symbol in rule.rhs) or '""'
            for rule in grammar.rules
            if rule.lhs == lhs
        ]
        lines.append(f"{name}: {' | '.join(dict.fromkeys(options))}")
    lines += [f"{name}: {expression}" for expression, name in terminals.items()]
    return "\n".join(lines) + "\n"


def _symbol(symbol: str, names: dict[str, str], terminals: dict[str, str], lhs: str) -> str:
    if symbol in names:
        return names[symbol]
    terminal = _terminal(symbol, lhs)
    if terminal == rx.EMPTY_WORD:
        return '""'
    name = terminals.setdefault(regex_text.write(rx.nonempty(terminal)), f"T{len(terminals)}")
    return f"{name}?" if rx.nullable(terminal) else name


def _terminal(symbol: str, lhs: str) -> rx.Regex:
    if match := _QUOTED.fullmatch(symbol):
        return rx.literal(_unescaped(match[1] if match[1] is not None else match[2]))
    if match := _REGEX.fullmatch(symbol):
        try:
            return regex_text.parse(match[1])
        except ValueError as error:
            raise ConstraintError(f"In the rule `{lhs}`: the regular expression {symbol}: {error}.") from None
    if re.search(r"[A-Z_]", symbol) and symbol.isidentifier():
        raise ConstraintError(
            f"In the rule `{lhs}`: `{symbol}` has no rule, and it is not clear what it stands for.",
            hint=f'Add a rule for it; if it is a literal, write "{symbol}" with quotes inside the string.',
        )
    return rx.literal(symbol)


def _unescaped(text: str) -> str:
    escapes = {"n": "\n", "t": "\t", "r": "\r"}
    return re.sub(r"\\(.)", lambda match: escapes.get(match[1], match[1]), text, flags=re.S)


def _check_endless(grammar: SeedGrammar, names: Iterable[str]) -> None:
    """Raise where a rule that is used can produce no finite text."""
    ending: set[str] = set()
    unsure = set(names)
    while True:
        found = {
            rule.lhs
            for rule in grammar.rules
            if rule.lhs in unsure and all(symbol not in unsure or symbol in ending for symbol in rule.rhs)
        }
        if found <= ending:
            break
        ending |= found
    for name in names:
        if name not in ending:
            raise ConstraintError(
                f"The rule `{name}` never comes to an end: each of its alternatives needs a rule that needs it again.",
                hint="Add an alternative without it.",
            )
