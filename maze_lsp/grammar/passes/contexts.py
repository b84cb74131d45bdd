"""Resolves contexts: one plain rule for every rule and context in which it is really used.

Flags, mode and level become part of a rule's name, but only those on which the rule depends, so that `expr` exists
once for all levels. Guards that do not hold and blocks below the deepest level disappear, and with them every
alternative that needs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from maze_lsp.grammar.model import (
    NEVER,
    Alt,
    Change,
    Expr,
    Grammar,
    Guard,
    Repeat,
    Rule,
    Seq,
    Terminal,
    Value,
    Within,
    alt,
    children,
    repeat,
    seq,
)
from maze_lsp.grammar.regex import Regex

Context = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Root:
    """A rule in a context (all flags, `mode` and `level`), under a name of its own."""

    name: str
    rule: str
    context: Context


def root(grammar: Grammar, rule: str, context: Context) -> Root:
    """A start rule in a context; contexts that make no difference to it have the same name."""
    return Root(f"{rule}{_suffix(needs_of(grammar)[rule], context)}__start", rule, context)


def contexts(grammar: Grammar, roots: Iterable[Root], *, levels: int) -> Grammar:
    """The rules that are reachable from some roots, as plain rules; the roots first.

    `levels`: the deepest level of indentation, where the grammar knows no lower one.
    """
    needs = needs_of(grammar)
    first: dict[tuple[Regex, Regex | None], str] = {}  # alike: one terminal
    modes = {
        mode: first.setdefault((space, grammar.continued.get(mode)), mode) for mode, space in grammar.spaces.items()
    }
    out: dict[str, Expr] = {}
    todo: list[tuple[str, str, Context]] = [(each.name, each.rule, each.context) for each in roots]
    seen = {variant for variant, _, _ in todo}
    todo.reverse()

    def resolve(expr: Expr, here: Context) -> Expr:
        match expr:
            case Rule(name):
                variant = name + _suffix(needs[name], here)
                if variant not in seen:
                    seen.add(variant)
                    todo.append((variant, name, here))
                return Rule(variant)
            case Terminal(name, glued=glued):
                if name in grammar.newlines:
                    level = here["level"]
                    assert isinstance(level, int)
                    return Terminal(name, level=level, glued=True)
                return replace(expr, mode="" if glued else modes[str(here["mode"])])
            case Guard(conditions, item):
                return resolve(item, here) if all(c.holds(here[c.variable]) for c in conditions) else NEVER
            case Within(changes, item):
                inner = changed(changes, here)
                deeper = inner["level"]
                assert isinstance(deeper, int)
                too_deep = deeper != here["level"] and deeper > min([levels, *_depths(grammar, inner)])
                return NEVER if too_deep else resolve(item, inner)
            case Seq(items):
                return seq(resolve(item, here) for item in items)
            case Alt(items):
                return alt(resolve(item, here) for item in items)
            case Repeat(item, low, many):
                return repeat(resolve(item, here), low, many)

    while todo:
        variant, name, here = todo.pop()
        out[variant] = resolve(grammar.rules[name], here)
    return grammar.with_rules(out)


def _depths(grammar: Grammar, here: Context) -> list[int]:
    """The limits on levels that hold for sure."""
    return [depth for c, depth in grammar.depths if here[c.variable] is not None and c.holds(here[c.variable])]


def changed(changes: tuple[Change, ...], context: Context) -> Context:
    """The context after some changes."""
    out = dict(context)
    for each in changes:
        if each.variable == "level":
            level = out["level"]
            assert isinstance(level, int)
            out["level"] = level + 1
        elif each.before is None or out[each.variable] == each.before:
            out[each.variable] = each.value
    return out


@lru_cache(maxsize=64)
def needs_of(grammar: Grammar) -> dict[str, frozenset[str]]:
    """Rule → the variables on which it depends."""
    needs: dict[str, frozenset[str]] = dict.fromkeys(grammar.rules, frozenset())
    users: dict[str, set[str]] = {name: set() for name in grammar.rules}
    depths = frozenset(condition.variable for condition, _ in grammar.depths)

    def of(expr: Expr, user: str) -> frozenset[str]:
        match expr:
            case Rule(name):
                users[name].add(user)
                return needs[name]
            case Terminal(name, glued=glued):
                if name in grammar.newlines:
                    return frozenset({"level"})
                return frozenset() if glued else frozenset({"mode"})
            case Guard(conditions, item):
                return of(item, user) | {c.variable for c in conditions}
            case Within(changes, item):
                fixed = {c.variable for c in changes if c.before is None and c.variable != "level"}
                return (of(item, user) - fixed) | (
                    depths if any(c.variable == "level" for c in changes) else frozenset()
                )
        return frozenset().union(*(of(child, user) for child in children(expr)))

    todo = list(grammar.rules)
    while todo:
        name = todo.pop()
        new = of(grammar.rules[name], name)
        if new != needs[name]:
            needs[name] = new
            todo.extend(users[name])
    return needs


def _suffix(variables: frozenset[str], context: Context) -> str:
    parts = []
    for variable in sorted(variables):
        value = context[variable]
        if variable == "level":
            parts.append(f"l{value}")
        elif variable == "mode":
            parts.append(str(value))
        elif value is not False:
            parts.append(variable if value else f"maybe_{variable}")
    return "".join(f"__{part}" for part in parts)
