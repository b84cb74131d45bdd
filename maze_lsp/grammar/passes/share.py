"""Optional parts, repetitions and choices that occur several times become rules: written, read and compiled once.

Such a rule may be empty, which other passes do not allow: this one is the last before a grammar is written.
"""

from __future__ import annotations

from collections import Counter

from maze_lsp.grammar.model import Alt, Expr, Grammar, Repeat, Rule, children, rewrite


def share(grammar: Grammar) -> Grammar:
    """Plain rules that accept the same."""
    seen: Counter[Expr] = Counter()
    todo = [each for expr in grammar.rules.values() for each in children(expr)]
    while todo:
        expr = todo.pop()
        if isinstance(expr, Repeat | Alt):
            seen[expr] += 1
            if seen[expr] > 1:
                continue  # its parts are there once
        todo.extend(children(expr))
    names = {expr: f"group__{n}" for n, expr in enumerate(expr for expr, times in seen.items() if times > 1)}

    def named(expr: Expr) -> Expr | None:
        return Rule(names[expr]) if expr in names else None

    def named_in(expr: Expr) -> Expr:
        """The expression, itself spelled out."""
        return rewrite(expr, lambda each: None if each is expr else named(each))

    rules = {name: named_in(expr) for name, expr in grammar.rules.items()}
    return grammar.with_rules(rules | {name: named_in(expr) for expr, name in names.items()})
