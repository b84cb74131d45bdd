"""Constraints as people write them, whatever the form, as `ConstraintIR`.

A form is told by what it says, never guessed: what could be two things is an error that names both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from maze_lsp.constraints import gbnf
from maze_lsp.constraints.ir import MOST_TEXT, ConstraintIR
from maze_lsp.errors import ConstraintError

_FIELDS = frozenset(ConstraintIR.model_fields)
_ONLY_IR = _FIELDS - {"name", "description", "when"}
"""Keys that no JSON Schema has."""
# fmt: off
_SCHEMA_WORDS = frozenset({
    "$schema", "$id", "$ref", "$defs", "definitions", "type", "enum", "const", "properties", "items", "anyOf",
    "allOf", "oneOf", "not", "if", "required", "pattern", "format", "additionalProperties", "patternProperties",
    "minimum", "maximum", "minLength", "maxLength", "prefixItems", "contains", "propertyNames", "minItems",
    "maxItems", "uniqueItems", "minProperties", "maxProperties", "multipleOf", "exclusiveMinimum",
    "exclusiveMaximum", "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties",
    "unevaluatedItems", "$dynamicRef", "$anchor", "$dynamicAnchor", "$comment", "title", "description", "default",
    "examples", "schema_type",
})
# fmt: on
_MOST_DEPTH = 200


def read_constraints(text: str, *, name: str = "constraint") -> tuple[ConstraintIR, ...]:
    """The constraints in a text: JSON (one or several ConstraintIRs, a grammar of Ananke's, a JSON Schema, a list
    of choices), llguidance Lark or GBNF. `name`: what a constraint without a name is called, and errors name.

    Raises ConstraintError.
    """
    if len(text) > MOST_TEXT:
        raise ConstraintError(f"{name}: more than {MOST_TEXT // 1_000_000} million characters.")
    text = text.removeprefix("\ufeff")
    stripped = text.lstrip()
    if stripped[:1] in ("{", "["):
        return from_json(parse_json(text, name), name=name)
    if not stripped:
        raise ConstraintError(f"{name}: there is nothing in it.")
    if gbnf.is_gbnf(text):
        return (validated({"grammar": text, "grammar_format": "gbnf"}, name),)
    if any(line.startswith(("start:", "start :", "?start:")) for line in text.splitlines()):
        return (validated({"grammar": text, "grammar_format": "lark"}, name),)
    raise ConstraintError(
        f"{name}: neither JSON nor a grammar (Lark begins with a rule `start:`, GBNF with `root ::=`).",
        hint='A regular expression is written as {"regex_patterns": ["…"]}.',
    )


def parse_json(text: str, name: str) -> Any:
    """JSON without NaN, repeated keys and endless nesting."""
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_repeats)
    except json.JSONDecodeError as error:
        raise ConstraintError(f"{name}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise ConstraintError(f"{name}: nested too deeply.") from None
    except ValueError as error:
        raise ConstraintError(f"{name}: {error}.") from None
    if depth_exceeds(value, _MOST_DEPTH):
        raise ConstraintError(f"{name}: nested more than {_MOST_DEPTH} deep.")
    return value


def from_json(value: Any, *, name: str = "constraint") -> tuple[ConstraintIR, ...]:
    """The constraints that a JSON value is. Raises ConstraintError."""
    if isinstance(value, bool):
        return (validated({"json_schema": value}, name),)
    if isinstance(value, list):
        return _from_list(value, name)
    if not isinstance(value, Mapping):
        raise ConstraintError(f"{name}: an object or a list is expected.")
    keys = value.keys()
    if keys & _ONLY_IR:
        return (validated(dict(value), name),)
    if "rules" in keys and "start_symbol" in keys:
        return (validated({"grammar": dict(value)}, name),)
    if keys & _SCHEMA_WORDS or not keys:
        return (validated({"json_schema": dict(value)}, name),)
    unknown = ", ".join(f"`{key}`" for key in list(keys)[:5])
    raise ConstraintError(
        f"{name}: {unknown}: no field of a constraint and no keyword of JSON Schema.",
        hint=f"A constraint has: {', '.join(sorted(_FIELDS))}.",
    )


def _from_list(value: list[Any], name: str) -> tuple[ConstraintIR, ...]:
    if not value:
        raise ConstraintError(f"{name}: the list is empty.")
    if all(isinstance(one, str) for one in value):
        return (validated({"choices": value}, name),)
    if not all(isinstance(one, Mapping) for one in value):
        raise ConstraintError(f"{name}: a list holds either texts (choices) or constraints.")
    found: list[ConstraintIR] = []
    for number, one in enumerate(value, 1):
        found += from_json(one, name=f"{name} {number}")
    return tuple(found)


def validated(value: dict[str, Any], name: str) -> ConstraintIR:
    """The constraint with these fields. Raises ConstraintError, which says where what is wrong."""
    value = {"name": name, **value}
    if isinstance(value.get("json_schema"), Mapping):
        value["json_schema"] = seed_schema(value["json_schema"])
    try:
        return ConstraintIR.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        words = first["msg"].removeprefix("Value error, ")
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ConstraintError(f"{value['name']}: `{place}`: {words}{more}.") from None


def seed_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON Schema; Ananke calls its `type` `schema_type`, and leaves out what is empty or null."""
    if "schema_type" not in schema:
        return dict(schema)
    kept = {key: value for key, value in schema.items() if key != "schema_type" and value not in (None, [], {})}
    if isinstance(kept.get("properties"), Mapping):
        kept["properties"] = {
            key: seed_schema(inner) if isinstance(inner, Mapping) else inner
            for key, inner in kept["properties"].items()
        }
    return {"type": schema["schema_type"], **kept}


def depth_exceeds(value: Any, most: int) -> bool:
    """Whether lists and objects are nested deeper; works for any depth."""
    level = [value]
    for _ in range(most + 1):
        level = [
            inner
            for one in level
            if isinstance(one, Mapping | list)
            for inner in (one.values() if isinstance(one, Mapping) else one)
        ]
        if not level:
            return False
    return True


def _no_constant(word: str) -> Any:
    raise ValueError(f"`{word}` is no JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key `{twice}` is there twice")
    return found
