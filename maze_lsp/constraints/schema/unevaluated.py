"""`unevaluatedProperties` and `unevaluatedItems`, without them: what is evaluated is worked out beforehand.

Which branches of an `anyOf` a value passes is not known, but it suffices to offer each set of branches: whoever passes
more is offered a wider set, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from maze_lsp.constraints.schema.negate import CannotError, Follow, Schema, negated

WORDS = ("unevaluatedProperties", "unevaluatedItems")
_MOST_VARIANTS = 32
_MOST_DEPTH = 12


@dataclass(frozen=True, slots=True)
class _Seen:
    """One way to pass: the schemas that hold, and what they evaluate. `items` None: all of them."""

    holds: tuple[Schema, ...] = ()
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    all_names: bool = False
    items: int | None = 0

    def joined(self, other: _Seen) -> _Seen:
        return _Seen(
            self.holds + other.holds,
            self.names | other.names,
            self.patterns | other.patterns,
            self.all_names or other.all_names,
            None if self.items is None or other.items is None else max(self.items, other.items),
        )


def variants(schema: Mapping[str, Any], follow: Follow) -> tuple[Schema, tuple[str, ...]] | None:
    """The schema without its `unevaluated…`, and those that had to be left out; None where it has none."""
    present = [word for word in WORDS if word in schema]
    if not present:
        return None
    rest = {word: value for word, value in schema.items() if word not in WORDS}
    wanted = [word for word in present if schema[word] is not True and schema[word] != {}]
    if not wanted:
        return rest, ()
    try:
        ways = _ways(rest, follow, 0)
    except CannotError:
        return rest, tuple(wanted)
    options = [_closed(way, schema, wanted) for way in ways]
    return {"anyOf": options}, ()


def _closed(way: _Seen, schema: Mapping[str, Any], wanted: list[str]) -> Schema:
    parts: list[Schema] = list(way.holds)
    if "unevaluatedProperties" in wanted and not way.all_names:
        parts.append(
            {
                "properties": dict.fromkeys(sorted(way.names), True),
                "patternProperties": dict.fromkeys(sorted(way.patterns), True),
                "additionalProperties": schema["unevaluatedProperties"],
            }
        )
    if "unevaluatedItems" in wanted and way.items is not None:
        parts.append({"prefixItems": [True] * way.items, "items": schema["unevaluatedItems"]})
    return {"allOf": parts}


def _ways(schema: Schema, follow: Follow, depth: int) -> list[_Seen]:
    """The ways to pass a schema. Raises CannotError where they cannot be told."""
    if isinstance(schema, bool):
        return [_Seen((schema,))]
    if depth > _MOST_DEPTH or "$dynamicRef" in schema or "contains" in schema or ("$id" in schema and depth):
        raise CannotError
    if depth and any(word in schema for word in WORDS):
        return [_whole(schema)]
    own = {word: value for word, value in schema.items() if word not in _BRANCHING}
    names, patterns = frozenset(schema.get("properties", ())), frozenset(schema.get("patternProperties", ()))
    has_all = any(word in schema for word in ("additionalProperties", "unevaluatedProperties"))
    items = None if "items" in schema or "unevaluatedItems" in schema else len(schema.get("prefixItems", ()))
    ways = [_Seen((own,), names, patterns, has_all, items)]
    for word, value in schema.items():
        if word in _BRANCHING and word not in ("then", "else"):
            ways = _product(ways, _branches(word, value, schema, follow, depth + 1))
    return ways


def _whole(schema: Mapping[str, Any]) -> _Seen:
    """A schema that evaluates all by itself: it is kept as it is."""
    branching = any(word in schema for word in _BRANCHING)
    all_names = any(word in schema for word in ("additionalProperties", "unevaluatedProperties"))
    all_items = "items" in schema or "unevaluatedItems" in schema
    if branching and not (all_names and all_items):
        raise CannotError
    names, patterns = frozenset(schema.get("properties", ())), frozenset(schema.get("patternProperties", ()))
    return _Seen((schema,), names, patterns, all_names, None if all_items else len(schema.get("prefixItems", ())))


_BRANCHING = frozenset({"$ref", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"})


def _branches(word: str, value: Any, schema: Mapping[str, Any], follow: Follow, depth: int) -> list[_Seen]:
    match word:
        case "$ref":
            target = follow(value)
            if target is None:
                raise CannotError
            return [_with(way, {"$ref": value}) for way in _ways(target, follow, depth)]
        case "allOf":
            found = [_Seen()]
            for one in value:
                found = _product(found, _ways(one, follow, depth))
            return found
        case "anyOf":
            return _any_of([_ways(one, follow, depth) for one in value])
        case "oneOf":
            return [_with(way, {"oneOf": value}) for one in value for way in _ways(one, follow, depth)]
        case "if":
            passed = _product(_ways(value, follow, depth), _ways(schema.get("then", True), follow, depth))
            failed = [_with(way, negated(value, follow)) for way in _ways(schema.get("else", True), follow, depth)]
            return passed + failed
    found = [_Seen()]
    for name, inner in value.items():
        absent = _Seen(({"properties": {name: False}},))
        present = [_with(way, {"required": [name]}) for way in _ways(inner, follow, depth)]
        found = _product(found, [absent, *present])
    return found


def _any_of(branches: list[list[_Seen]]) -> list[_Seen]:
    found: list[_Seen] = []
    for size in range(1, len(branches) + 1):
        for chosen in combinations(branches, size):
            ways = [_Seen()]
            for one in chosen:
                ways = _product(ways, one)
            found = _few(found + ways)
    return found


def _with(way: _Seen, schema: Schema) -> _Seen:
    return way.joined(_Seen((schema,)))


def _product(ways: Iterable[_Seen], others: Iterable[_Seen]) -> list[_Seen]:
    others = list(others)
    return _few([way.joined(other) for way in ways for other in others])


def _few(ways: list[_Seen]) -> list[_Seen]:
    if len(ways) > _MOST_VARIANTS:
        raise CannotError
    return ways
