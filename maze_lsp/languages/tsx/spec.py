"""TypeScript with JSX."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from maze_lsp.languages.typescript.spec import SPEC as TYPESCRIPT

SPEC = replace(
    TYPESCRIPT,
    name="tsx",
    title="TSX",
    language_ids=("typescriptreact",),
    extensions=(".tsx",),
    parser="tree_sitter_typescript:language_tsx",
    folder=Path(__file__).parent,
    start_rules={**TYPESCRIPT.start_rules, "element": "element"},
)
