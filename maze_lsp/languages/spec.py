"""What a language folder says about its language. Data only; no layer above is known here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HoleKind = Literal[
    "body",
    "statements",
    "statement",
    "expression",
    "arguments",
    "type",
    "declaration",
    "docstring",
    "value",
]


@dataclass(frozen=True, slots=True)
class LanguageSpec:
    """One language.

    `parser` names the module of its tree-sitter wheel; a function other than `language` follows after a colon.
    `start_rules` maps a hole's kind to the start rule of `grammar.lark`; kinds that are missing are not offered.
    `indent_unit` is used where a file gives no evidence of its own. `offside`: blocks are told by indentation.
    `lists`: types of nodes that stand between a block and its statements.
    """

    name: str
    title: str
    language_ids: tuple[str, ...]
    extensions: tuple[str, ...]
    parser: str
    folder: Path
    start_rules: Mapping[HoleKind, str]
    line_comment: str
    indent_unit: str
    builtins: frozenset[str]
    offside: bool = False
    lists: frozenset[str] = frozenset()

    def read(self, name: str) -> str:
        """The text of one of the language's own files (`grammar.lark`, `holes.scm`, `scope.scm`)."""
        return (self.folder / name).read_text(encoding="utf-8")
