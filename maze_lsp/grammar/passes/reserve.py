"""Keywords are not names: takes the words that the grammar quotes off the terminals that are identifiers."""

from __future__ import annotations

from dataclasses import replace

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Grammar


def reserve(grammar: Grammar) -> Grammar:
    """Longest match alone does not do it: `return=x` would be a name followed by `=`."""
    words = rx.one_of(grammar.reserved)
    changed = {name: rx.intersect([grammar.terminals[name], rx.negate(words)]) for name in grammar.names}
    return replace(grammar, terminals={**grammar.terminals, **changed})
