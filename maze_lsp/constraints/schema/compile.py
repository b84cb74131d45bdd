"""From a JSON Schema to a grammar of its values, as far as a grammar can say it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from llguidance import LLMatcher

from maze_lsp.constraints.replay import byte_tokenizer
from maze_lsp.constraints.schema.check import check_schema
from maze_lsp.constraints.schema.negate import Schema
from maze_lsp.constraints.schema.rewrite import Rewriter
from maze_lsp.errors import ConstraintError
from maze_lsp.grammar.emit import HEADER

_STRUCTURE = frozenset({"type", "properties", "required", "items", "prefixItems", "$ref", "$defs", "enum", "const"})
_LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""How generated JSON is written: on one line. Runs of blanks are a model's favourite way not to finish."""


@dataclass(frozen=True, slots=True)
class SchemaGrammar:
    """`lark`: the values as JSON on one line, properties in the schema's order; formats included where they are known.
    `proof`: the same without formats, blanks free. `left_out`: keywords that only `check.py` can verify.
    """

    lark: str
    proof: str
    left_out: tuple[str, ...]

    @property
    def exact(self) -> bool:
        return not self.left_out


def compile_schema(schema: Schema) -> SchemaGrammar:
    """The grammar of a schema. Raises ConstraintError for a reference that leads out of the document, for what is no
    schema, and where no value can be valid."""
    return _compiled(_ordered(schema))


@lru_cache(maxsize=256)
def _compiled(text: str) -> SchemaGrammar:
    schema = json.loads(text)
    try:
        plain, left = _usable(schema, formats=False)
        sent, _ = _usable(schema, formats=True) if '"format":' in text else (plain, left)
    except (ConstraintError, TypeError, ValueError, AttributeError):
        check_schema(schema)  # it says best what is wrong; asking it each time would take most of the time
        raise
    return SchemaGrammar(_lark(sent, _LAYOUT), _lark(plain, {}), tuple(left))


def _usable(schema: Schema, *, formats: bool) -> tuple[Schema, list[str]]:
    """The rewritten schema, weakened until llguidance takes it, and what is left out."""
    rewriter = Rewriter(schema, formats=formats)
    found = rewriter.document(schema)
    left = list(rewriter.left_out)
    if found is False:
        raise ConstraintError("No value is valid by this JSON Schema.")
    problem = _problem(found)
    if not problem:
        return found, left
    check_schema(schema)
    if "Unsatisfiable" in problem:
        raise ConstraintError(f"No value is valid by this JSON Schema: {problem}.")
    for weaker in (_without_combinations(found), True):
        if not _problem(weaker):
            return weaker, [*left, *(word for word in _words(found) if word not in left and word != "$defs")]
    raise AssertionError("any JSON is a grammar")


def _problem(schema: Schema) -> str:
    matcher = LLMatcher(byte_tokenizer(), _lark(schema, {}), log_level=0)
    if not matcher.is_error():
        return ""
    return matcher.get_error().partition("JSON schema:")[2].strip().splitlines()[0]


def _lark(schema: Schema, layout: Mapping[str, Any]) -> str:
    value = {"x-guidance": layout} if layout else {}
    whole = {**value, **schema} if isinstance(schema, Mapping) else value
    return f"{HEADER}\nstart: %json {_ordered(whole)}\n"


def _without_combinations(schema: Schema) -> Schema:
    """Types, properties and items alone."""
    if isinstance(schema, bool):
        return schema
    found: dict[str, Any] = {}
    for word, value in schema.items():
        if word not in _STRUCTURE:
            continue
        if word in ("properties", "$defs"):
            found[word] = {name: _without_combinations(inner) for name, inner in value.items()}
        elif word == "prefixItems":
            found[word] = [_without_combinations(inner) for inner in value]
        else:
            found[word] = _without_combinations(value) if isinstance(value, Mapping) and word == "items" else value
    return found


def _words(schema: Any) -> dict[str, None]:
    """The keywords in a schema."""
    found: dict[str, None] = {}
    if isinstance(schema, Mapping):
        for word, value in schema.items():
            found[word] = None
            inner = value.values() if word in ("properties", "patternProperties", "$defs") else (value,)
            for one in inner:
                found |= _words(one)
    elif isinstance(schema, list):
        for one in schema:
            found |= _words(one)
    return found


def _ordered(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
