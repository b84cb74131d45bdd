"""TypeScript."""

from __future__ import annotations

from pathlib import Path

from maze_lsp.languages.javascript.spec import SPEC as JAVASCRIPT
from maze_lsp.languages.spec import LanguageSpec

SPEC = LanguageSpec(
    name="typescript",
    title="TypeScript",
    language_ids=("typescript",),
    extensions=(".ts", ".mts", ".cts"),
    parser="tree_sitter_typescript:language_typescript",
    folder=Path(__file__).parent,
    start_rules={
        "body": "body",
        "statements": "statements",
        "statement": "statement",
        "expression": "expression",
        "arguments": "arguments",
        "type": "type",
        "declaration": "declaration",
        "members": "members",
        "import": "import",
    },
    line_comment="//",
    indent_unit="  ",
    builtins=JAVASCRIPT.builtins,
)
