"""JSON."""

from __future__ import annotations

from pathlib import Path

from maze_lsp.languages.spec import LanguageSpec

SPEC = LanguageSpec(
    name="json",
    title="JSON",
    language_ids=("json", "jsonc"),
    extensions=(".json", ".jsonc", ".webmanifest", ".geojson", ".jsonld", ".code-workspace"),
    parser="tree_sitter_json",
    folder=Path(__file__).parent,
    start_rules={"value": "value", "fields": "fields", "items": "items", "string": "string"},
    # for prompts, and in files for programs that take comments; no generated text has one
    line_comment="//",
    indent_unit="  ",
    builtins=frozenset(),
    placeholders={"value": "null", "items": "null", "fields": '"maze_hole": null'},
    separator=",",
)
