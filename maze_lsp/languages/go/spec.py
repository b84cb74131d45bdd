"""Go."""

from __future__ import annotations

from pathlib import Path

from maze_lsp.languages.spec import LanguageSpec

_BUILTINS = """
any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8
uint16 uint32 uint64 uintptr
true false iota nil _
append cap clear close complex copy delete imag len make max min new panic print println real recover
"""

SPEC = LanguageSpec(
    name="go",
    title="Go",
    language_ids=("go",),
    extensions=(".go",),
    parser="tree_sitter_go",
    folder=Path(__file__).parent,
    start_rules={
        "body": "body",
        "statements": "statements",
        "statement": "statement",
        "expression": "expression",
        "arguments": "arguments",
        "type": "type",
        "declaration": "declaration",
        "parameters": "parameters",
        "members": "members",
        "fields": "fields",
        "arms": "arms",
        "import": "import",
        "string": "string",
        "docstring": "docstring",
    },
    line_comment="//",
    indent_unit="\t",
    builtins=frozenset(_BUILTINS.split()),
    lists=frozenset({"statement_list"}),
    placeholders={"declaration": "var maze_hole int", "arms": "default:", "import": '"maze_hole"'},
    trailing=",",
    block=(" {", "}"),
)
