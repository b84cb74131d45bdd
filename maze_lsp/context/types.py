"""What the server derives from an open file: snapshot, hole, scope and the context of one generation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import tree_sitter

from maze_lsp.languages.spec import HoleKind, LanguageSpec
from maze_lsp.text import LineIndex, Span

NameKind = Literal["parameter", "local", "enclosing", "module", "import", "builtin", "member"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An open file at one moment. Immutable: handlers and tasks keep one across an `await`.

    `memo` holds what was worked out from the snapshot, under the name of the module that did; nothing else.
    """

    uri: str
    version: int
    language: LanguageSpec
    text: str
    tree: tree_sitter.Tree
    lines: LineIndex
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Hole:
    """A place to be filled.

    `range`: what the generated text replaces (empty where the cursor stands in blank space); it starts at the first
    character that is not indentation, so that the indentation before it is already in the file.
    `indent`: the exact white space at the start of the hole's lines. `unit`: one level of indentation in this file.
    `marker`: the text that marks the hole (`...`, `pass`, a `TODO` comment), empty where there is none.
    `lead`: text that has to be inserted before the generated text and is not generated (a newline and indentation
    where the body is still missing), empty in most holes.
    `tail`: the same behind the generated text (where the bracket that closes its block stands on the same line).
    `bulk`: whether "fill all" may take it (`pass` in an abstract method is offered, but never in bulk).
    `begun`: what stands before the range of the construct that the text completes; it stays.
    """

    kind: HoleKind
    range: Span
    indent: str
    unit: str
    typed_prefix: str = ""
    marker: str = ""
    lead: str = ""
    tail: str = ""
    bulk: bool = True
    begun: str = ""

    @property
    def construct(self) -> Span:
        """The range with what has been begun before it."""
        return Span(self.range.start - len(self.begun), self.range.end)

    def around(self, text: str) -> str:
        """A generated text as it is inserted."""
        return self.lead + text + self.tail


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    kind: NameKind
    type_text: str
    range: Span


@dataclass(frozen=True, slots=True)
class Scope:
    """Names that exist at the hole, nearest first; `complete` is False where a star import hides some."""

    names: tuple[Name, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Enclosing:
    """Legality of context-dependent statements at the hole (`return`, `await`, `break` …).

    `in_brackets`: the hole stands between round or square brackets, where lines may break. `can_break`: a
    loop is around, or something else that `break` leaves. `in_generator`: `yield` is legal.
    """

    in_function: bool = False
    in_async: bool = False
    in_loop: bool = False
    in_class: bool = False
    in_brackets: bool = False
    can_break: bool = False
    in_generator: bool = False


@dataclass(frozen=True, slots=True)
class HoleContext:
    """Everything a generation needs to know about its place. Plain data; derived without any I/O.

    `prefix` and `suffix` are the text before and behind the hole (secrets blanked), already cut to the budget in
    characters. `intent` is what the `TODO` or docstring at the hole asks for. `eol` is the file's line ending.
    `memo` is as in `Snapshot`.
    """

    snapshot: Snapshot
    hole: Hole
    scope: Scope
    prefix: str
    suffix: str
    signature: str
    docstring: str
    imports: tuple[str, ...]
    expected_type: str
    intent: str
    enclosing: Enclosing
    eol: str
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
