"""Spells out the rules that a grammar names where they are a whole alternative: fewer items a row, cheaper masks.

A rule that is nothing but a choice costs an item wherever it is expected and another wherever it has been read. Where
two rules are expected beside each other and both lead to a third one, that one must not be spelled out: it would be
read twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from maze_lsp.grammar.model import Alt, Expr, Grammar, Rule, alt


def inline(grammar: Grammar) -> Grammar:
    """Plain rules; variants of a rule that is named in `grammar.inline` are all meant."""
    if not grammar.inline:
        return grammar
    return grammar.with_rules({name: alt(_spelled(grammar, expr, {name})) for name, expr in grammar.rules.items()})


def _spelled(grammar: Grammar, expr: Expr, around: set[str]) -> Iterator[Expr]:
    for each in expr.items if isinstance(expr, Alt) else (expr,):
        if isinstance(each, Rule) and each.name.split("__")[0] in grammar.inline and each.name not in around:
            yield from _spelled(grammar, grammar.rules[each.name], around | {each.name})
        else:
            yield each
