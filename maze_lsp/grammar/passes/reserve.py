"""Keywords are not names: takes the words that the rules quote off the terminals that are identifiers."""

from __future__ import annotations

from dataclasses import replace

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Grammar


def reserved_words(grammar: Grammar) -> frozenset[str]:
    """The words that rules quote, without the soft ones."""
    quoted = (name[1:-1] for name in grammar.terminals if name.startswith('"'))
    return frozenset(word for word in quoted if word.isidentifier()) - grammar.soft


def reserve(grammar: Grammar) -> Grammar:
    """Longest match alone does not do it: `return=x` would be a name followed by `=`."""
    words = rx.union(map(rx.literal, sorted(reserved_words(grammar))))
    changed = {name: rx.intersect([grammar.terminals[name], rx.negate(words)]) for name in grammar.names}
    return replace(grammar, terminals={**grammar.terminals, **changed})
