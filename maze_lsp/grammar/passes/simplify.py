"""Drops what can never be written or is never reached, and rules that only rename another or say the same twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maze_lsp.errors import NothingLeftError
from maze_lsp.grammar.model import NEVER, Expr, Grammar, Rule, rewrite, users, walk


def simplify(grammar: Grammar, *starts: str) -> Grammar:
    """An equivalent grammar of plain rules, as seen from `starts`; those of them for which nothing is left are gone.

    Raises NothingLeftError where all are.
    """
    kept = frozenset(starts)
    rules = _shared(_possible(dict(grammar.rules)), kept)
    left = [start for start in starts if start in rules]
    if not left:
        raise NothingLeftError(f"{grammar.origin}: nothing can be written for rule {starts[0]} in this context.")
    return grammar.with_rules(reachable(rules, left))


def _possible(rules: dict[str, Expr]) -> dict[str, Expr]:
    """Without rules from which no text comes, and without the alternatives that need them."""
    productive: set[str] = set()
    used_by = users(rules)

    def only_productive(expr: Expr) -> Expr | None:
        return NEVER if isinstance(expr, Rule) and expr.name not in productive else None

    todo = list(rules)
    while todo:
        name = todo.pop()
        if name not in productive and rewrite(rules[name], only_productive) != NEVER:
            productive.add(name)
            todo.extend(used_by.get(name, ()))
    if len(productive) == len(rules):
        return rules
    return {name: rewrite(rules[name], only_productive) for name in rules if name in productive}


def _shared(rules: dict[str, Expr], starts: frozenset[str]) -> dict[str, Expr]:
    """Rules with equal bodies as one, and rules that are nothing but another rule as that one, until none is left."""
    while True:
        first: dict[Expr, str] = {}
        same: dict[str, str] = {}
        for name, expr in rules.items():
            if isinstance(expr, Rule) and expr.name != name and name not in starts:
                same[name] = expr.name
            elif name not in starts and first.setdefault(expr, name) != name:
                same[name] = first[expr]
        if not same:
            return rules

        def target(name: str, same: dict[str, str] = same) -> str:
            seen = {name}
            while name in same and same[name] not in seen:
                name = same[name]
                seen.add(name)
            return name

        def renamed(expr: Expr) -> Expr | None:
            return Rule(target(expr.name)) if isinstance(expr, Rule) else None

        kept = {target(name) for name in rules}
        rules = {name: rewrite(expr, renamed) for name, expr in rules.items() if name in kept}


def reachable(rules: Mapping[str, Expr], starts: Iterable[str]) -> dict[str, Expr]:
    """The rules that some rules use, these first."""
    seen = {start: rules[start] for start in starts}
    todo = list(seen)
    while todo:
        for each in walk(rules[todo.pop()]):
            if isinstance(each, Rule) and each.name not in seen:
                seen[each.name] = rules[each.name]
                todo.append(each.name)
    return seen
