"""Plain rules, made for all start rules and all contexts of a language at once, and what they share.

Most rules are the same in all contexts. So the passes run once for a language, not once for every place where a cursor
may stand; numbers, texts and lexer states are shared likewise.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import product

from maze_lsp.errors import NothingLeftError
from maze_lsp.grammar import emit
from maze_lsp.grammar.earley import Table
from maze_lsp.grammar.lexer import States
from maze_lsp.grammar.model import Grammar, Guard, walk
from maze_lsp.grammar.passes.brackets import brackets
from maze_lsp.grammar.passes.contexts import Context, Root, contexts, needs_of, root
from maze_lsp.grammar.passes.fuse import fuse
from maze_lsp.grammar.passes.inline import inline
from maze_lsp.grammar.passes.leads import leads
from maze_lsp.grammar.passes.reserve import reserve
from maze_lsp.grammar.passes.restrict import identifiers, merge_roles
from maze_lsp.grammar.passes.share import share
from maze_lsp.grammar.passes.simplify import reachable, simplify
from maze_lsp.grammar.spelling import REFERENCE

LEVELS = 9
"""Levels of indentation below the hole's own, where the grammar says nothing else."""

_FLAGS = {
    "in_function": (),
    "in_async": ("in_function",),
    "in_generator": ("in_function",),
    "can_break": (),
    "in_loop": ("can_break",),
    "in_class": (),
}
"""The flags that a hole may have; each only together with others."""

_MAKING = threading.Lock()

Flags = tuple[tuple[str, bool | None], ...]


class Family:
    """Plain rules of some roots, ready to be written and to be read by."""

    def __init__(self, grammar: Grammar, roots: Iterable[Root]) -> None:
        names = [each.name for each in roots]
        resolved = simplify(contexts(grammar, roots, levels=LEVELS), *names)
        led = leads(resolved, *(name for name in names if name in resolved.rules))
        self.grammar = simplify(fuse(inline(led), identifiers(grammar, REFERENCE)), *names)
        self.roots = tuple(name for name in names if name in self.grammar.rules)
        self.states: States = {}

    @cached_property
    def body(self) -> emit.Body:
        return emit.Body(share(self.grammar))

    @cached_property
    def table(self) -> Table:
        return Table(self.grammar, *self.roots)


class Plain:
    """The plain rules of one start rule in one context."""

    def __init__(self, family: Family, rule: str, root: str) -> None:
        self.family, self.rule, self.root = family, rule, root

    @cached_property
    def grammar(self) -> Grammar:
        """These rules alone; the start rule has its own name again."""
        found = reachable(self.family.grammar.rules, [self.root])
        return self.family.grammar.with_rules({self.rule: found.pop(self.root)} | found)


@lru_cache(maxsize=1024)
def plain_rules(grammar: Grammar, start: str, flags: Flags, closed: bool, inside: bool) -> Plain:
    """Raises NothingLeftError where no text can be written there."""
    wanted = _root(grammar, start, dict(flags), inside)
    family = usual_family(grammar, closed) if start in grammar.starts else None
    if family is None or wanted.name not in _usual_roots(grammar):
        family = Family(prepared(grammar, closed), [wanted])
    if wanted.name not in family.roots:
        raise NothingLeftError(f"{grammar.origin}: nothing can be written for rule {start} in this context.")
    return Plain(family, start, wanted.name)


@lru_cache(maxsize=32)
def prepared(grammar: Grammar, closed: bool) -> Grammar:
    return brackets(reserve(merge_roles(grammar, frozenset({REFERENCE}) if closed else frozenset())))


def usual_family(grammar: Grammar, closed: bool) -> Family:
    """The rules of all usual roots. Who asks while they are made waits for them."""
    with _MAKING:
        return _usual_family(grammar, closed)


@lru_cache(maxsize=32)
def _usual_family(grammar: Grammar, closed: bool) -> Family:
    return Family(prepared(grammar, closed), _usual_roots(grammar).values())


@lru_cache(maxsize=32)
def _usual_roots(grammar: Grammar) -> dict[str, Root]:
    """All start rules wherever a hole may be, by name."""
    out: dict[str, Root] = {}
    for start in grammar.starts:
        known = needs_of(prepared(grammar, False))[start]
        before = [dict(zip(asked(grammar, start), held, strict=True)) for held in _all(len(asked(grammar, start)))]
        for flags in _usual_flags(known):
            for more in [{}, *before]:
                for inside in (False, True):
                    each = _root(grammar, start, {**dict.fromkeys(grammar.flags, False), **flags, **more}, inside)
                    out.setdefault(each.name, each)
    return out


def _usual_flags(known: Iterable[str]) -> Iterator[dict[str, bool | None]]:
    flags = [flag for flag in _FLAGS if flag in known]
    for values in _all(len(flags)):
        held = dict(zip(flags, values, strict=True))
        if all(held.get(other, True) for flag in flags if held[flag] for other in _FLAGS[flag]):
            yield {**held}


def _all(count: int) -> Iterator[tuple[bool, ...]]:
    return product((False, True), repeat=count)


def _root(grammar: Grammar, start: str, flags: dict[str, bool | None], inside: bool) -> Root:
    context: Context = {
        **dict.fromkeys(grammar.before),
        **flags,
        **dict.fromkeys(grammar.local, False),
        **grammar.features,
        "mode": _mode(grammar, inside),
        "level": 0,
    }
    return root(prepared(grammar, False), start, context)


def asked(grammar: Grammar, start: str) -> list[str]:
    """The flags that tell by what stands behind the hole, if the start rule asks for them."""
    guards = [each for each in walk(grammar.rules[start]) if isinstance(each, Guard)]
    return [flag for flag in grammar.before if any(c.variable == flag for each in guards for c in each.conditions)]


def _mode(grammar: Grammar, inside: bool) -> str:
    first = next(iter(grammar.spaces))
    changes = {outer: inner for _, _, outer, inner in grammar.brackets}
    return changes.get(first, first) if inside else first
