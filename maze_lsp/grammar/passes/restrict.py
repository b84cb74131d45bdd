"""Restricts identifiers of some roles to a set of names, those that exist at the hole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from maze_lsp.errors import GrammarError
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Expr, Grammar, Terminal, rewrite


def merge_roles(grammar: Grammar, restricted: frozenset[str]) -> Grammar:
    """Identifiers whose role is not in `restricted` become one terminal: lexemes that mean the same cost twice."""

    def change(expr: Expr) -> Expr | None:
        if not isinstance(expr, Terminal) or not expr.role:
            return None
        if expr.role not in restricted:
            return replace(expr, role="")
        return replace(expr, name=role_terminal(expr.name, expr.role), role="")

    rules = {name: rewrite(expr, change) for name, expr in grammar.rules.items()}
    copies = {role_terminal(name, role): grammar.terminals[name] for name in grammar.names for role in restricted}
    return replace(grammar, rules=rules, terminals={**grammar.terminals, **copies})


def identifiers(grammar: Grammar, *roles: str) -> frozenset[str]:
    """The terminals that are identifiers, their copies for `roles` included."""
    copies = (role_terminal(name, role) for name in grammar.names for role in roles)
    return frozenset([*grammar.names, *copies])


def role_terminal(name: str, role: str) -> str:
    return f"{name}_{role.upper()}"


def closed_names(grammar: Grammar, role: str, names: frozenset[str]) -> rx.Regex:
    """What an identifier of `role` may be where only `names` exist; reserved words are none.

    Raises GrammarError where no name is left.
    """
    words = sorted(names - grammar.reserved)
    if not words:
        raise GrammarError(f"{grammar.origin}: no name is left to which {role} could be restricted.")
    return rx.one_of(words)


def restrict(grammar: Grammar, role: str, names: frozenset[str]) -> Grammar:
    """Identifiers of `role` (kept apart by `merge_roles`) are only these."""
    closed = closed_names(grammar, role, names)
    copies: Mapping[str, rx.Regex] = {role_terminal(name, role): closed for name in grammar.names}
    return replace(grammar, terminals={**grammar.terminals, **copies})
