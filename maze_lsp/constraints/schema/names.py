"""What `propertyNames` says, as one pattern on names."""

from __future__ import annotations

from typing import Any

from maze_lsp.constraints.schema.negate import ANNOTATIONS, Follow, Schema
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text

_ANY = "(?s:.)"


def names_pattern(schema: Schema, follow: Follow) -> str | None:
    """An anchored pattern that exactly the allowed names match; None where there is none that can be written."""
    if isinstance(schema, bool):
        return f"^{_ANY}*$" if schema else None
    words = {word: value for word, value in schema.items() if word not in ANNOTATIONS}
    if words.get("type", "string") in ("string", ["string"]):
        words.pop("type", None)
    if "$ref" in words and len(words) == 1:
        target = follow(words["$ref"])
        return None if target is None else names_pattern(target, follow)
    if words.keys() <= {"minLength", "maxLength"}:
        low, high = int(words.get("minLength", 0)), words.get("maxLength")
        return f"^{_ANY}{{{low},{'' if high is None else int(high)}}}$"
    if words.keys() == {"pattern"}:
        return str(words["pattern"])
    values = [words["const"]] if words.keys() == {"const"} else words["enum"] if words.keys() == {"enum"} else None
    return None if values is None else _one_of(values)


def _one_of(values: Any) -> str | None:
    names = [value for value in values if isinstance(value, str)]
    return f"^(?:{'|'.join(regex_text.write(rx.literal(name))[1:-1] for name in names)})$" if names else None
