"""The complement of a JSON Schema, where JSON Schema without `not` can say it exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text

Schema = Mapping[str, Any] | bool
Follow = Callable[[str], Schema | None]
"""The schema behind a `$ref`; None where it cannot be followed here."""

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
ANNOTATIONS = frozenset(
    {
        "$schema",
        "$id",
        "$anchor",
        "$comment",
        "$defs",
        "$vocabulary",
        "definitions",
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "format",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
    }
)
"""Keywords that refuse nothing by themselves (draft 2020-12: `format` is an annotation)."""
_MOST_DEPTH = 16


class CannotError(Exception):
    """There is no exact complement that can be written."""


def negated(schema: Schema, follow: Follow, depth: int = 0) -> Schema:
    """What is valid exactly where `schema` is not. Raises CannotError."""
    if isinstance(schema, bool):
        return not schema
    if depth > _MOST_DEPTH:
        raise CannotError
    options: list[Schema] = []
    for word, value in schema.items():
        if word in ANNOTATIONS:
            continue
        rule = _RULES.get(word)
        if rule is None or (word in ("properties", "items") and "patternProperties" in schema):
            raise CannotError(word)
        options += rule(value, schema, lambda one: negated(one, follow, depth + 1), follow)
    if not options:
        return False
    return options[0] if len(options) == 1 else {"anyOf": options}


Rule = Callable[[Any, Mapping[str, Any], Callable[[Schema], Schema], Follow], list[Schema]]


def _type(value: Any, *_: Any) -> list[Schema]:
    kinds = {value} if isinstance(value, str) else set(value)
    if "integer" in kinds and "number" not in kinds:
        raise CannotError("integer")
    kinds |= {"integer"} if "number" in kinds else set()
    return [{"type": [kind for kind in TYPES if kind not in kinds and kind != "integer"]}]


def _const(value: Any, *_: Any) -> list[Schema]:
    return _enum([value])


def _enum(values: Any, *_: Any) -> list[Schema]:
    """All values but some scalars: type by type."""
    words = [value for value in values if isinstance(value, str)]
    numbers = sorted(value for value in values if isinstance(value, int | float) and not isinstance(value, bool))
    if any(isinstance(value, list | Mapping) for value in values):
        raise CannotError("enum")
    others: list[Schema] = [{"type": ["array", "object"]}]
    others += [] if None in values else [{"type": "null"}]
    left = [flag for flag in (False, True) if not any(value is flag for value in values)]
    others += [{"enum": left}] if left else []
    others.append({"type": "string", "pattern": _without(words)} if words else {"type": "string"})
    if not numbers:
        return [*others, {"type": "number"}]
    bounds = [None, *numbers, None]
    for low, high in pairwise(bounds):
        between = {"exclusiveMinimum": low, "exclusiveMaximum": high}
        others.append({"type": "number", **{key: bound for key, bound in between.items() if bound is not None}})
    return others


def _without(words: list[str]) -> str:
    """A pattern of all texts but these."""
    return f"^{_other_than(sorted(set(words)))}$"


def _other_than(words: list[str]) -> str:
    firsts = sorted({word[0] for word in words if word})
    options = [] if "" in words else [""]
    away = rx.Chars(rx.complement(rx.normal_ranges((ord(char), ord(char)) for char in firsts)))
    options.append(regex_text.write(away)[1:-1] + "(?s:.)*")
    for char in firsts:
        rest = _other_than([word[1:] for word in words if word.startswith(char)])
        options.append(regex_text.write(rx.literal(char))[1:-1] + rest)
    return f"(?:{'|'.join(options)})"


def _required(names: Any, *_: Any) -> list[Schema]:
    return [{"type": "object", "properties": {name: False}} for name in names]


def _properties(value: Any, _schema: Any, negate: Callable[[Schema], Schema], *_: Any) -> list[Schema]:
    return [
        {"type": "object", "required": [name], "properties": {name: other}}
        for name, inner in value.items()
        if (other := negate(inner)) is not False
    ]


def _bound(opposite: str, kind: str, step: int) -> Rule:
    def rule(value: Any, *_: Any) -> list[Schema]:
        bound = value + step if step else value
        return [{"type": kind, opposite: bound}] if not step or bound >= 0 else []

    return rule


def _all_of(value: Any, _schema: Any, negate: Callable[[Schema], Schema], *_: Any) -> list[Schema]:
    return [negate(one) for one in value]


def _any_of(value: Any, _schema: Any, negate: Callable[[Schema], Schema], *_: Any) -> list[Schema]:
    return [{"allOf": [negate(one) for one in value]}]


def _not(value: Any, *_: Any) -> list[Schema]:
    return [value]


def _ref(value: Any, _schema: Any, negate: Callable[[Schema], Schema], follow: Follow) -> list[Schema]:
    target = follow(value)
    if target is None:
        raise CannotError("$ref")
    return [negate(target)]


def _items(value: Any, schema: Mapping[str, Any], *_: Any) -> list[Schema]:
    """Only `items: false`, which bounds the length."""
    if value is True:
        return []
    if value is not False:
        raise CannotError("items")
    return [{"type": "array", "minItems": len(schema.get("prefixItems", ())) + 1}]


_RULES: dict[str, Rule] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "required": _required,
    "properties": _properties,
    "minimum": _bound("exclusiveMaximum", "number", 0),
    "maximum": _bound("exclusiveMinimum", "number", 0),
    "exclusiveMinimum": _bound("maximum", "number", 0),
    "exclusiveMaximum": _bound("minimum", "number", 0),
    "minLength": _bound("maxLength", "string", -1),
    "maxLength": _bound("minLength", "string", 1),
    "minItems": _bound("maxItems", "array", -1),
    "maxItems": _bound("minItems", "array", 1),
    "minProperties": _bound("maxProperties", "object", -1),
    "maxProperties": _bound("minProperties", "object", 1),
    "allOf": _all_of,
    "anyOf": _any_of,
    "not": _not,
    "$ref": _ref,
    "items": _items,
}
