"""Does a text fit where it is to go? The file is parsed again with the text in place and compared with before."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter

from maze_lsp.context import layout, places, queries
from maze_lsp.context.snapshot import tried
from maze_lsp.context.types import Snapshot
from maze_lsp.text import Span

_STRUCTURE = r"hole\.(?:statement|statements|body|declaration)"


def problems(snapshot: Snapshot, span: Span, text: str) -> tuple[str, ...]:
    """What is wrong with the file once `span` is replaced by `text`, empty where nothing new is.

    New are ERROR and MISSING nodes and empty blocks that were not there before, and code behind the span that
    would no longer belong to what it belonged to. Each message names the line (1-based) in the new text.
    """
    after = tried(snapshot, span, text)
    inserted = Span(span.start, span.start + len(text))
    found = list(_new_errors(snapshot, span, after, inserted))
    if not found:
        found += _reattached(snapshot, span, after, inserted)
    return tuple(dict.fromkeys(found))


def _new_errors(before: Snapshot, span: Span, after: Snapshot, inserted: Span) -> Iterator[str]:
    shift = len(inserted) - len(span)
    known = set()
    old_around = []
    for node in _faults(before):
        start, end = _extent(before, node)
        known.add((node.type, start if start <= span.start else start + shift))
        if start < span.start and end > span.end:
            old_around.append(node)
    new = [node for node in _faults(after) if _key(after, node) not in known]
    overlapping = [node for node in new if Span(*_extent(after, node)).overlaps(inserted)]
    outside = [node for node in new if node not in overlapping]
    for node in overlapping:
        yield _message(after, node)
    spare = len(known) - sum(1 for node in _faults(after) if _key(after, node) in known)
    if len(outside) > spare:
        for node in outside:
            yield _message(after, node)


def _faults(snapshot: Snapshot) -> Iterator[tree_sitter.Node]:
    """ERROR and MISSING nodes of a file, and, where blocks go by indentation, blocks without a statement."""
    yield from places.errors(snapshot.tree.root_node)


def _empty_blocks(snapshot: Snapshot, inserted: Span) -> Iterator[tree_sitter.Node]:
    lines = snapshot.lines
    near = (lines.byte(inserted.start), lines.byte(inserted.end) + 1)
    root = snapshot.tree.root_node
    for match in queries.matches(snapshot, "holes.scm", root, only=r"hole\.statements", near=near):
        for node in match.get("hole.statements", ()):
            if node.start_byte == node.end_byte and inserted.start < lines.offset_of_byte(node.start_byte):
                yield node


def _reattached(before: Snapshot, span: Span, after: Snapshot, inserted: Span) -> Iterator[str]:
    """Complaints about empty blocks in the text and about following code that has changed its place in the tree."""
    if before.language.offside:
        for node in _empty_blocks(after, inserted):
            yield f"line {node.start_point[0] + 1}: a block is missing after this line"
    follower = _follower(before, span.end)
    if follower is None:
        return
    shift = len(inserted) - len(span)
    old = _structure(before, follower, span, 0)
    new = _structure(after, follower + shift, inserted, shift)
    if old != new:
        line = after.lines.line_of(follower + shift) + 1
        yield f"line {line}: the code after the generated text would become part of it"


def _follower(snapshot: Snapshot, at: int) -> int | None:
    """The offset of the first code on the lines behind an offset (comments and empty lines left out)."""
    lines = snapshot.lines
    for line in range(lines.line_of(at) + 1, lines.line_count):
        text = lines.line_text(line)
        if not layout.is_blank(text) and not layout.is_comment(snapshot, text):
            return lines.line_start(line) + len(text) - len(text.lstrip(" \t\f"))
    return None


def _structure(snapshot: Snapshot, at: int, span: Span, shift: int) -> list[tuple[str, object]]:
    """What a place belongs to, innermost first: statements, blocks and definitions with where they begin."""
    lines = snapshot.lines
    byte = lines.byte(at)
    root = snapshot.tree.root_node
    found: dict[int, tree_sitter.Node] = {}
    for match in queries.matches(snapshot, "holes.scm", root, only=_STRUCTURE, near=(byte, byte + 1)):
        for nodes in match.values():
            for node in nodes:
                if node.start_byte <= byte < node.end_byte:
                    found[node.id] = node
    chain: list[tuple[str, object]] = []
    for node in sorted(found.values(), key=lambda one: (one.end_byte - one.start_byte, -one.start_byte)):
        start = lines.offset_of_byte(node.start_byte)
        where: object = "in the hole" if span.start <= start <= span.end else start
        if start > span.end:
            where = start - shift
        chain.append((node.type, where))
    return chain


def _extent(snapshot: Snapshot, node: tree_sitter.Node) -> tuple[int, int]:
    convert = snapshot.lines.offset_of_byte
    return convert(node.start_byte), convert(node.end_byte)


def _key(snapshot: Snapshot, node: tree_sitter.Node) -> tuple[str, int]:
    return node.type, snapshot.lines.offset_of_byte(node.start_byte)


def _message(snapshot: Snapshot, node: tree_sitter.Node) -> str:
    line = node.start_point[0] + 1
    if node.is_missing:
        return f"line {line}: {node.type!r} is missing"
    start, end = _extent(snapshot, node)
    text = " ".join(snapshot.text[start:end].split())
    shown = text if len(text) <= 40 else text[:39] + "…"
    return f"line {line}: {shown!r} cannot stand here"
