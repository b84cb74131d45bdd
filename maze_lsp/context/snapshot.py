"""Snapshots: opening, editing, and trying out a change. Parsing never fails; broken source gives a tree with errors.

A tree that belongs to a snapshot is never edited: each edit works on a copy (which is cheap, nodes are shared).
"""

from __future__ import annotations

from collections.abc import Iterable

import tree_sitter

from maze_lsp.context.types import Snapshot
from maze_lsp.errors import DocumentError
from maze_lsp.languages import parser_for
from maze_lsp.languages.spec import LanguageSpec
from maze_lsp.text import LineIndex, Span, parser_bytes

MAX_BYTES = 20 * 1024 * 1024
"""Larger files are refused: a parse would stall everything."""


def open_snapshot(uri: str, version: int, spec: LanguageSpec, text: str) -> Snapshot:
    """Parse a text from scratch. Raises DocumentError where it is too large or the language is off."""
    source = parser_bytes(text)
    refuse_large(len(source), uri)
    tree = parser_for(spec).parse(source)
    return Snapshot(uri, version, spec, text, tree, LineIndex(text))


def edit(snapshot: Snapshot, version: int, changes: Iterable[tuple[Span, str]]) -> Snapshot:
    """The snapshot after changes that apply one after the other, each to the text that the one before left.

    Offsets behind the end of the text are taken as its end.
    """
    text, tree = snapshot.text, snapshot.tree.copy()
    changed = False
    for span, new in changes:
        text, changed = _edit_tree(tree, text, span, new), True
    if not changed:
        return Snapshot(snapshot.uri, version, snapshot.language, text, tree, snapshot.lines, snapshot.memo)
    source = parser_bytes(text)
    refuse_large(len(source), snapshot.uri)
    tree = parser_for(snapshot.language).parse(source, tree)
    kept = {key: value for key, value in snapshot.memo.items() if key.startswith("kept.")}
    return Snapshot(snapshot.uri, version, snapshot.language, text, tree, LineIndex(text), kept)


def tried(snapshot: Snapshot, span: Span, new: str) -> Snapshot:
    """The snapshot as it would be with `span` replaced by `new`; same uri and version."""
    return edit(snapshot, snapshot.version, [(span, new)])


def refuse_large(size: int, what: str) -> None:
    """Raise DocumentError for a text of more than MAX_BYTES bytes."""
    if size > MAX_BYTES:
        raise DocumentError(
            f"{what} has {size / 1_048_576:.0f} MB; files over {MAX_BYTES // 1_048_576} MB are not worked on.",
            hint="Split it, or generate in a smaller file.",
        )


def _edit_tree(tree: tree_sitter.Tree, text: str, span: Span, new: str) -> str:
    """Tell a tree (not a snapshot's) of one change; returns the new text."""
    start, end = min(span.start, len(text)), min(span.end, len(text))
    after = text[:start] + new + text[end:]
    if start and text[start - 1] == "\r":
        start -= 1  # what follows a carriage return decides which byte the parser sees for it
        new = "\r" + new
    before = parser_bytes(text)
    head = len(parser_bytes(text[:start])) if not text.isascii() else start
    old = len(parser_bytes(text[start:end]))
    source = parser_bytes(after)
    added = len(parser_bytes(new))
    tree.edit(
        head,
        head + old,
        head + added,
        _point(before, head),
        _point(before, head + old),
        _point(source, head + added),
    )
    return after


def _point(source: bytes, byte: int) -> tuple[int, int]:
    return source.count(b"\n", 0, byte), byte - (source.rfind(b"\n", 0, byte) + 1)
