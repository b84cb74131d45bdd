"""`ConstraintIR`: one constraint in all the forms that it may have. The field names are those of Ananke's Maze.

Pure data, immutable, equal in every process: its digest is that of its canonical JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from maze_lsp.languages.spec import HoleKind

MOST_TEXT = 10_000_000
"""Characters of a constraint's grammar or schema, written out."""


def _plain(text: str) -> str:
    """A text that can be written as UTF-8 and holds no NUL."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"half a surrogate pair at character {error.start}") from None
    if "\0" in text:
        raise ValueError(f"a NUL at character {text.index(chr(0))}")
    return text


Text = Annotated[str, AfterValidator(_plain), Field(max_length=MOST_TEXT)]
Texts = tuple[Text, ...]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Pattern(_Model):
    """A regular expression; `flags` are letters out of `i` (case does not matter), `s` (`.` takes line ends), `x`."""

    pattern: Text
    flags: Annotated[str, Field(pattern=r"^[isx]*$")] = ""


class SeedRule(_Model):
    lhs: Text
    rhs: Texts


class SeedGrammar(_Model):
    """Rules as Ananke writes them: alternatives as repeated `lhs`, an empty `rhs` for the empty text."""

    rules: tuple[SeedRule, ...] = Field(min_length=1)
    start_symbol: Text


class TokenMasks(_Model):
    """Tokens that may or may not be generated: ids of the vocabulary that `tokenizer` names, or texts.

    A text is mapped to ids by the served model's own tokenizer, and has to be one token of it.
    """

    allowed_tokens: tuple[int | Text, ...] | None = None
    forbidden_tokens: tuple[int | Text, ...] | None = None
    tokenizer: Text = ""

    @model_validator(mode="after")
    def _named(self) -> TokenMasks:
        ids = [token for token in (*(self.allowed_tokens or ()), *(self.forbidden_tokens or ())) if type(token) is int]
        if ids and not self.tokenizer:
            raise ValueError("token ids mean nothing without their vocabulary: `tokenizer` has to name it")
        if any(token < 0 for token in ids):
            raise ValueError("a token id is not negative")
        return self


class Terms(_Model):
    """Things that code uses, in any language that has them."""

    identifiers: Texts = ()
    calls: Texts = ()
    imports: Texts = ()
    literals: Texts = ()

    def __bool__(self) -> bool:
        return bool(self.identifiers or self.calls or self.imports or self.literals)


class When(_Model):
    """Where a project's constraint is meant: all that is said has to hold."""

    language: Texts = ()
    glob: Texts = ()
    kind: tuple[HoleKind, ...] = ()
    name: Text = ""
    """A regular expression: the whole name of the function or class that the hole is in."""


Format = Literal["lark", "gbnf", "seed"]


class ConstraintIR(_Model):
    """One constraint. All that it says holds together: each of `regex_patterns` has to match the whole text.

    `priority`: where constraints conflict and the user lets one give way, the lower one does. `max_length` counts
    characters. `apply`: `always` where `when` holds, or only `offer`ed. Bad values raise pydantic's ValidationError;
    `reading.read_constraint` turns it into a ConstraintError that names the place.
    """

    name: Text = "constraint"
    description: Text = ""
    json_schema: dict[str, Any] | bool | None = None
    grammar: SeedGrammar | Text | None = None
    grammar_format: Format | None = None
    regex_patterns: tuple[Pattern, ...] = ()
    choices: Texts | None = None
    token_masks: TokenMasks | None = None
    must_use: Terms = Terms()
    must_not_use: Terms = Terms()
    max_length: Annotated[int, Field(gt=0)] | None = None
    priority: int = 0
    when: When = When()
    apply: Literal["offer", "always"] = "offer"

    @field_validator("regex_patterns", mode="before")
    @classmethod
    def _spelled_out(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [{"pattern": one} if isinstance(one, str) else one for one in value]
        return value

    @field_validator("choices")
    @classmethod
    def _some(cls, value: Texts | None) -> Texts | None:
        if value is not None and not value:
            raise ValueError("at least one choice is needed")
        return value

    @property
    def empty(self) -> bool:
        """Whether nothing is constrained."""
        return not self.kinds

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of its fields say something, as they are called."""
        said = {
            "json_schema": self.json_schema is not None,
            "grammar": self.grammar is not None,
            "regex_patterns": bool(self.regex_patterns),
            "choices": self.choices is not None,
            "token_masks": self.token_masks is not None,
            "must_use": bool(self.must_use),
            "must_not_use": bool(self.must_not_use),
            "max_length": self.max_length is not None,
        }
        return tuple(name for name, is_said in said.items() if is_said)

    @property
    def key(self) -> str:
        """SHA-256 (hex) of all of it as it is written: what is compiled also has names and an order."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what it constrains: name, description and where it is offered do not count."""
        said = self.model_dump(mode="json", include=set(self.kinds), exclude_none=True)
        return hashlib.sha256(canonical(said).encode()).hexdigest()


def file_schema() -> dict[str, Any]:
    """The JSON Schema of files with constraints: `docs/constraint.schema.json`."""
    schema = ConstraintIR.model_json_schema()
    definitions = schema.pop("$defs")
    schema["properties"]["regex_patterns"]["items"] = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Pattern"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Constraints for maze-lsp",
        "anyOf": [{"$ref": "#/$defs/ConstraintIR"}, {"type": "array", "items": {"$ref": "#/$defs/ConstraintIR"}}],
        "$defs": {**definitions, "ConstraintIR": schema},
    }


def canonical(value: Any) -> str:
    """JSON with sorted keys and without blanks; whole numbers are written without a fraction, as in `1.0`."""
    return json.dumps(_plain_numbers(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _plain_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_numbers(inner) for inner in value]
    return value
