"""The verdict of the `jsonschema` package: what a schema says, also where a grammar cannot say it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

from maze_lsp.constraints.schema.negate import Schema
from maze_lsp.errors import ConstraintError


def check_schema(schema: Schema) -> None:
    """Raise ConstraintError, with the place, where this is no JSON Schema."""
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        place = "/".join(map(str, error.absolute_path))
        raise ConstraintError(f"Not a JSON Schema: at `/{place}`: {error.message[:200]}.") from None


def violation(schema: Schema, text: str) -> str:
    """What is wrong with a JSON text, in words; empty where it is valid."""
    try:
        value = json.loads(text)
    except ValueError as error:
        return f"it is no JSON: {error}"
    return value_violation(schema, value)


def value_violation(schema: Schema, value: Any) -> str:
    kind = validator_for(schema, default=Draft202012Validator)
    error = next(iter(kind(_closed(schema)).iter_errors(value)), None)
    if error is None:
        return ""
    place = "".join(f"/{part}" for part in error.absolute_path) or "the value"
    return f"{place}: {error.message[:200]}"


def _closed(schema: Schema) -> Any:
    return dict(schema) if isinstance(schema, Mapping) else schema
