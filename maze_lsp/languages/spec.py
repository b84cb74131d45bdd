"""What a language folder says about its language. Data only; no layer above is known here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from maze_lsp.errors import GrammarError

HoleKind = Literal[
    "body",
    "statements",
    "statement",
    "expression",
    "arguments",
    "type",
    "declaration",
    "parameters",
    "pattern",
    "members",
    "import",
    "element",
    "fields",
    "items",
    "arms",
    "string",
    "docstring",
    "value",
]
"""What a hole can be. `members` of a class, `fields` of a literal (`a: 1, b`), `items` of an array, `arms` of a match,
`element` of JSX, `string` the contents of a literal, `docstring` a docstring or a doc comment, `value` one of JSON."""

BETWEEN_BRACKETS: frozenset[HoleKind] = frozenset(
    {"body", "statements", "arguments", "parameters", "members", "fields", "items", "arms"}
)
"""Kinds that are captured with the brackets around them, which stay."""

PARTS: tuple[HoleKind, ...] = (
    "arguments",
    "parameters",
    "fields",
    "items",
    "members",
    "arms",
    "import",
    "element",
    "type",
    "pattern",
    "string",
    "docstring",
    "value",
    "expression",
)
"""Kinds that are parts of something, those first that say more of a place."""

_INHERITS = re.compile(r"^(?://|;)\s*inherits:\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LanguageSpec:
    """One language.

    `parser` names the module of its tree-sitter wheel; a function other than `language` follows after a colon.
    `start_rules` maps a hole's kind to the start rule of `grammar.lark`; kinds that are missing are not offered.
    `indent_unit` is used where a file gives no evidence of its own. `offside`: blocks are told by indentation.
    `lists`: types of nodes that stand between a block and its statements. `line_comment`: empty where there are none.
    `placeholders`: kind → what is put into an empty place of that kind to see what is around it, where a name will not
    do. `separator`: what has to stand between two `items` or `fields`, and is supplied where it is missing.
    `block`: how a block that is missing behind its head opens and closes.
    `trailing`: what has to stand behind the last of several `arguments`, `fields` … at the end of a line.
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
    placeholders: Mapping[HoleKind, str] = field(default_factory=dict)
    separator: str = ""
    trailing: str = ""
    block: tuple[str, str] = ("", "")

    def sources(self, name: str) -> tuple[Source, ...]:
        """One of the language's own files (`grammar.lark`, `holes.scm`, `scope.scm`), behind those that it inherits.

        A line `// inherits: javascript/grammar.lark` (or with `;`) names a file of another language's folder.
        """
        return tuple(_sources(self.folder / name, ()))


@dataclass(frozen=True, slots=True)
class Source:
    """A file of a language's folder; `origin` is its name for messages."""

    origin: str
    text: str


def _sources(path: Path, users: tuple[Path, ...]) -> Iterator[Source]:
    text = path.read_text(encoding="utf-8")
    for found in _INHERITS.finditer(text):
        inherited = path.parent.parent / found[1]
        if inherited in (*users, path):
            raise GrammarError(f"{path} inherits itself through {found[1]}.")
        if not inherited.is_file():
            raise GrammarError(f"{path} inherits {found[1]}, which does not exist.")
        yield from _sources(inherited, (*users, path))
    yield Source(f"{path.parent.name}/{path.name}", text)
