"""Alternatives that are single terminals become one terminal: fewer lexemes a row, cheaper masks and compilation."""

from __future__ import annotations

from dataclasses import replace

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Alt, Expr, Grammar, Terminal, alt, rewrite


def fuse(grammar: Grammar, keep: frozenset[str] = frozenset()) -> Grammar:
    """Plain rules whose terminals know their lead; `keep`: terminals that are left alone (names change later)."""
    alone = keep | grammar.alone | set(grammar.newlines)
    terminals: dict[str, rx.Regex] = dict(grammar.terminals)

    def fused(group: list[Terminal]) -> Terminal:
        name = "|".join(sorted(terminal.name for terminal in group))
        terminals.setdefault(name, rx.union(grammar.terminals[terminal.name] for terminal in group))
        return replace(group[0], name=name)

    def change(expr: Expr) -> Expr | None:
        if not isinstance(expr, Alt):
            return None
        groups: dict[tuple[str, str, bool, bool], list[Terminal]] = {}
        rest: list[Expr] = []
        for item in expr.items:
            if isinstance(item, Terminal) and item.name not in alone:
                groups.setdefault((item.mode, item.lead, item.glued, item.apart), []).append(item)
            else:
                rest.append(rewrite(item, change))
        together = [fused(group) if len(group) > 1 else group[0] for group in groups.values()]
        return alt([*rest, *together])

    rules = {name: rewrite(expr, change) for name, expr in grammar.rules.items()}
    return replace(grammar, rules=rules, terminals=terminals)
