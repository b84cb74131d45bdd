"""From a hole to everything that a generation needs to know about its place. Pure; does no I/O."""

from __future__ import annotations

import re

import tree_sitter

from maze_lsp.context import layout, queries, secrets
from maze_lsp.context.declarations import text_of
from maze_lsp.context.scope import imports_of, scope_at
from maze_lsp.context.surroundings import enclosing_of, expected_type, function_around, heads_around
from maze_lsp.context.trial import Trial, trial
from maze_lsp.context.types import Hole, HoleContext, Snapshot

_IMPORT_SHARE = 4
"""Imports take at most this part of a prefix that has to be cut."""
_SUFFIX_SHARE = 4
"""What stands behind the hole takes at most this part of the budget (more where the prefix leaves some)."""
_QUOTE = re.compile("[\"'`]")
_STRING = re.compile(r"""^[A-Za-z]{0,3}(\"{3}|'{3}|"|')(.*)\1$""", re.DOTALL)


def derive(snapshot: Snapshot, hole: Hole, *, intent: str = "", budget_chars: int = 6000) -> HoleContext:
    """The context of a hole. `budget_chars` bounds prefix and suffix together, in characters.

    A prefix that is too long keeps the imports, the heads of the classes and functions around the hole, and the
    nearest lines. `intent` given by the user wins over what the file says.
    """
    attempt = trial(snapshot, hole)
    function = function_around(attempt)
    docstring = _docstring(attempt, function)
    imports = imports_of(snapshot, hole)
    before, after = snapshot.text[: hole.range.start], snapshot.text[hole.range.end :]
    for_suffix = max(budget_chars // _SUFFIX_SHARE, budget_chars - len(before))
    suffix = _head(after, min(for_suffix, len(after)))
    prefix = _prefix(snapshot, hole, attempt, imports, budget_chars - len(suffix))
    return HoleContext(
        snapshot=snapshot,
        hole=hole,
        scope=scope_at(snapshot, hole),
        prefix=secrets.blank(prefix),
        suffix=secrets.blank(suffix),
        signature=_signature(function) if function is not None else "",
        docstring=docstring,
        imports=imports,
        expected_type=expected_type(attempt),
        intent=intent.strip() or todo_at(snapshot, hole) or (docstring if hole.kind == "body" else ""),
        enclosing=enclosing_of(attempt),
        eol=layout.eol_of(snapshot.text),
    )


def todo_at(snapshot: Snapshot, hole: Hole) -> str:
    """What the comments at a hole ask for, or a text in its marker, without the tag; empty where nothing does."""
    lines = snapshot.lines
    first, last = lines.line_of(hole.range.start), lines.line_of(hole.range.end)
    if layout.is_blank(snapshot.text[lines.line_start(first) : hole.range.start]):
        first = layout.comments_above(snapshot, first)
    texts = [lines.line_text(at).strip() for at in range(first, last + 1)]
    mark = snapshot.language.line_comment
    asked: list[str] = []
    for text in texts:
        comment = text[text.index(mark) :] if mark and mark in text else ""
        tag = layout.TODO.match(comment)
        if tag is not None:
            asked.append(comment[tag.end() :].strip())
        elif asked and layout.begins_comment(snapshot, text):
            asked.append(text.lstrip(mark).strip())
    return "\n".join(line for line in asked if line) or _asked_in(hole.marker)


def _asked_in(marker: str) -> str:
    """What the string in a marker asks for: `sort` of `panic("TODO: sort")`."""
    quote = _QUOTE.search(marker)
    tag = layout.TODO.match(marker, quote.end()) if quote else None
    return _QUOTE.split(marker[tag.end() :])[0].strip() if tag else ""


def _prefix(snapshot: Snapshot, hole: Hole, attempt: Trial, imports: tuple[str, ...], budget: int) -> str:
    before = snapshot.text[: hole.range.start]
    if len(before) <= budget:
        return before
    eol = layout.eol_of(snapshot.text)
    heads = [(node.start_byte, _head_lines(attempt, node)) for node in heads_around(attempt)]
    room = budget - sum(len(text) + len(eol) for _, text in heads)
    kept_imports = _fitting(imports, budget // _IMPORT_SHARE, eol)
    room = max(room - len(kept_imports), min(budget // 2, 400))
    near = _tail(before, room)
    start = len(before) - len(near)
    outside = [text for byte, text in heads if attempt.offset(hole, byte) < start]
    above = "".join(text + eol for text in outside)
    return kept_imports + above + near


def _fitting(imports: tuple[str, ...], room: int, eol: str) -> str:
    kept = ""
    for text in dict.fromkeys(imports):
        if len(kept) + len(text) + len(eol) <= room:
            kept += text + eol
    return kept


def _tail(text: str, room: int) -> str:
    """The last lines of a text that fit; at least what stands on its last line."""
    if len(text) <= room:
        return text
    cut = len(text) - room
    newline = _next_line(text, cut)
    last_line = max(text.rfind("\n"), text.rfind("\r")) + 1
    return text[min(newline, last_line) :]


def _next_line(text: str, at: int) -> int:
    found = re.compile(r"\r\n|\n|\r").search(text, at)
    return found.end() if found else len(text)


def _head(text: str, room: int) -> str:
    """The first lines of a text that fit; a first line that is too long is cut."""
    if len(text) <= room:
        return text
    cut = max(text.rfind("\n", 0, room), text.rfind("\r", 0, room))
    return text[: cut + 1] if cut >= 0 else text[:room]


def _head_lines(attempt: Trial, node: tree_sitter.Node) -> str:
    """A definition's head with the indentation of its line."""
    start = attempt.snapshot.lines.offset_of_byte(node.start_byte)
    line = attempt.snapshot.lines.line_of(start)
    return layout.leading(attempt.snapshot.lines.line_text(line)) + _signature(node)


def _signature(node: tree_sitter.Node) -> str:
    """The text of a definition up to its body."""
    text = node.text or b""
    body = node.child_by_field_name("body")
    if body is not None:
        text = text[: body.start_byte - node.start_byte]
    head = text.decode("utf-8", "replace").rstrip()
    return re.sub(r"\s*#[^\n]*$", "", head) if body is not None else head


def _docstring(attempt: Trial, function: tree_sitter.Node | None) -> str:
    """The text of the function's docstring, without its quotes."""
    body = function.child_by_field_name("body") if function is not None else None
    if body is None:
        return ""
    near = (body.start_byte, body.start_byte + 1)
    for match in queries.matches(
        attempt.snapshot, "holes.scm", attempt.snapshot.tree.root_node, only=r"hole\.docstring", near=near
    ):
        for node in match.get("hole.docstring", ()):
            if node.start_byte == body.start_byte:
                return _unquoted(text_of(node))
    return ""


def _unquoted(literal: str) -> str:
    found = _STRING.match(literal)
    text = found.group(2) if found else literal
    return "\n".join(line.strip() for line in text.strip().splitlines())
