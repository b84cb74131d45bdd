"""The verdict of the `jsonschema` package: what a schema says, also where a grammar cannot say it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

from maze_lsp.constraints.schema.negate import Schema
from maze_lsp.errors import ConstraintError

SECONDS = 10.0


def check_schema(schema: Schema) -> None:
    """Raise ConstraintError, with the place, where this is no JSON Schema."""
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        place = "/".join(map(str, error.absolute_path))
        raise ConstraintError(f"Not a JSON Schema: at `/{place}`: {error.message[:200]}.") from None


def violation(schema: Schema, text: str, *, within: float = SECONDS) -> str:
    """What is wrong with a JSON text, in words; empty where it is valid.

    Python's regular expressions can take for ever: a schema that has some is asked in a process of its own, which is
    ended after `within` seconds. What cannot be told by then counts as wrong.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        return f"it is no JSON: {error}"
    return _in_process(schema, value, within) if _has_pattern(schema) else value_violation(schema, value)


def _in_process(schema: Schema, value: Any, within: float) -> str:
    command = [sys.executable, "-m", __name__]
    asked = json.dumps([schema, value])
    try:
        ran = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=within, check=True)
    except subprocess.TimeoutExpired:
        return f"its regular expressions could not be matched within {within:.0f} s"
    except (subprocess.CalledProcessError, OSError) as error:
        return f"it could not be checked: {error}"
    return str(json.loads(ran.stdout))


def _has_pattern(schema: Any) -> bool:
    if isinstance(schema, Mapping):
        return any(word in schema for word in ("pattern", "patternProperties")) or any(
            map(_has_pattern, schema.values())
        )
    return isinstance(schema, list) and any(map(_has_pattern, schema))


def value_violation(schema: Schema, value: Any) -> str:
    kind = validator_for(schema, default=Draft202012Validator)
    error = next(iter(kind(_closed(schema)).iter_errors(value)), None)
    if error is None:
        return ""
    place = "".join(f"/{part}" for part in error.absolute_path) or "the value"
    return f"{place}: {error.message[:200]}"


def _closed(schema: Schema) -> Any:
    return dict(schema) if isinstance(schema, Mapping) else schema


if __name__ == "__main__":
    print(json.dumps(value_violation(*json.load(sys.stdin))))
