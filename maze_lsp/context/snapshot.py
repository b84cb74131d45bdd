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

KEPT = "kept."
"""Entries of `Snapshot.memo` whose key begins so are handed on to the snapshot after an edit."""

MAX_BYTES = 20 * 1024 * 1024
"""Larger files are refused: a parse would stall everything."""

_PIECE = 16_384
"""Bytes of a large text that are parsed in one go: a few milliseconds."""


def open_snapshot(uri: str, version: int, spec: LanguageSpec, text: str) -> Snapshot:
    """Parse a text from scratch. Raises DocumentError where it is too large or the language is off."""
    source = parser_bytes(text)
    refuse_large(len(source), uri)
    tree = _parsed(parser_for(spec), source)
    return Snapshot(uri, version, spec, text, tree, LineIndex(text))


def edit(snapshot: Snapshot, version: int, changes: Iterable[tuple[Span, str]]) -> Snapshot:
    """The snapshot after changes that apply one after the other, each to the text that the one before left.

    Offsets behind the end of the text are taken as its end.
    """
    lines, tree = snapshot.lines, snapshot.tree.copy()
    for span, new in changes:
        lines = _edit_tree(tree, lines, span, new)
    source = parser_bytes(lines.text)
    refuse_large(len(source), snapshot.uri)
    tree = parser_for(snapshot.language).parse(source, tree)
    kept = {key: value for key, value in snapshot.memo.items() if key.startswith(KEPT)}
    return Snapshot(snapshot.uri, version, snapshot.language, lines.text, tree, lines, kept)


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


def _parsed(parser: tree_sitter.Parser, source: bytes) -> tree_sitter.Tree:
    """A parse from scratch. The parser never lets other threads run by itself, but reading a piece does."""
    if len(source) <= _PIECE:
        return parser.parse(source)
    tree = parser.parse(lambda at, _point: source[at : at + _PIECE])
    # The same again, from the finished tree and therefore fast: the nodes find their texts in one piece.
    return parser.parse(source, tree)


def _edit_tree(tree: tree_sitter.Tree, lines: LineIndex, span: Span, new: str) -> LineIndex:
    """Tell a tree (not a snapshot's) of one change; returns the lines of the new text."""
    size = len(lines.text)
    start, end = min(span.start, size), min(span.end, size)
    after = lines.edited(Span(start, end), new)
    new_end = start + len(new)
    if start and lines.text[start - 1] == "\r":
        start -= 1  # what follows a carriage return decides which byte the parser sees for it
    tree.edit(
        lines.byte(start),
        lines.byte(end),
        after.byte(new_end),
        lines.point(start),
        lines.point(end),
        after.point(new_end),
    )
    return after
