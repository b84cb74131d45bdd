"""The holes of a selection: whole statements, or an expression, that are to be written anew."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter

from maze_lsp.context import layout, places, queries, unwritten
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.languages.spec import PARTS, HoleKind
from maze_lsp.text import Span

_BLOCKS = ("body", "statements")
_WIDEST = 4
"""A selected part of an expression stands for the whole one up to this many times its size."""


def holes(snapshot: Snapshot, span: Span) -> Iterator[Hole]:
    """What a selection (without blanks at its ends) stands for, best first."""
    around = places.constructs(snapshot, span)
    if _within_literal(snapshot, span):
        yield from _of_parts(snapshot, span, [item for item in around if item[1] in ("docstring", "string")])
        yield from _of_todo(snapshot, span)
        return
    parts = list(_of_parts(snapshot, span, around))
    whole = list(_of_statements(snapshot, span, around))
    exact = bool(parts) and parts[0].range == span and not (whole and whole[0].range == span)
    yield from parts + whole if exact or (parts and not whole_lines(snapshot, span)) else whole + parts


def whole_lines(snapshot: Snapshot, span: Span) -> bool:
    """Whether nothing but blanks and a comment shares the lines of a span."""
    lines, text = snapshot.lines, snapshot.text
    before = text[lines.line_start(lines.line_of(span.start)) : span.start]
    after = text[span.end : lines.line_span(lines.line_of(span.end)).end].lstrip(" \t\f")
    return layout.is_blank(before) and (not after or layout.begins_comment(snapshot, after))


def _of_parts(snapshot: Snapshot, span: Span, around: list[places.Construct]) -> Iterator[Hole]:
    """The smallest expression, type or arguments that cover the selection."""
    trailing = snapshot.language.trailing
    if trailing and span.text(snapshot.text).endswith(trailing):
        span = Span(span.start, span.end - len(trailing))  # it stays
    for node, kind in around:
        if kind not in PARTS:
            continue
        covered = _without_blanks(snapshot, places.extent(snapshot, node, kind))
        if not (covered.start <= span.start and span.end <= covered.end):
            continue
        if len(covered) <= _WIDEST * len(span):
            yield _hole(snapshot, kind, covered)
        return


def _of_statements(snapshot: Snapshot, span: Span, around: list[places.Construct]) -> Iterator[Hole]:
    """The statements that the selection touches, in the smallest block that holds them all."""
    blocks = [(node, kind) for node, kind in around if kind in _BLOCKS]
    blocks.append((snapshot.tree.root_node, "statements"))
    lines = snapshot.lines
    first, last = lines.byte(span.start), lines.byte(span.end)
    for block, _ in blocks:
        if not block.start_byte <= first or (block.end_byte < last and block.parent is not None):
            continue
        touched = [
            node for node in unwritten.members(snapshot, block) if node.end_byte > first and node.start_byte < last
        ]
        if not touched:
            continue
        covered = _extent(snapshot, touched)
        if not whole_lines(snapshot, covered):
            continue
        if len(touched) == 1 and _only_inside(snapshot, span, covered):
            return
        is_body = any(node == block and kind == "body" for node, kind in around)
        others = [node for node in unwritten.members(snapshot, block) if node not in touched]
        rest = [node for node in others if not _is_docstring(node, around)]
        kind: HoleKind = "body" if is_body and not rest else "statements"
        if block.parent is None and len(touched) == 1 and (touched[0], "declaration") in around:
            kind = "declaration"
        yield _hole(snapshot, kind, covered)
        return


def _only_inside(snapshot: Snapshot, span: Span, covered: Span) -> bool:
    """Whether the selection is a small piece of one long statement: nothing that could be meant."""
    return len(covered) > _WIDEST * len(span) and not whole_lines(snapshot, span)


def _of_todo(snapshot: Snapshot, span: Span) -> Iterator[Hole]:
    found = unwritten.find(snapshot, (snapshot.lines.byte(span.start), snapshot.lines.byte(span.end)))
    for comment in found.comments.values():
        hole = unwritten.at_comment(snapshot, comment)
        if hole is not None and hole.range.overlaps(span):
            yield hole
            return


def _within_literal(snapshot: Snapshot, span: Span) -> bool:
    """Whether all of the selection is in a comment, or inside a string without being all of it."""
    lines = snapshot.lines
    first, last = lines.byte(span.start), lines.byte(span.end)
    sizes: dict[str, int] = {}
    root = snapshot.tree.root_node
    for match in queries.matches(snapshot, "holes.scm", root, only="comment|string|code", near=(first, last)):
        for name, nodes in match.items():
            for node in nodes:
                within = node.start_byte <= first and last <= node.end_byte
                if name == "string" and (node.start_byte, node.end_byte) == (first, last):
                    within = False
                if within:
                    size = node.end_byte - node.start_byte
                    sizes[name] = min(size, sizes.get(name, size))
    literal = min(sizes, key=lambda name: sizes[name], default="code")
    return literal != "code"


def _is_docstring(node: tree_sitter.Node, around: list[places.Construct]) -> bool:
    return any(
        kind == "docstring" and node.start_byte == other.start_byte and node.end_byte == other.end_byte
        for other, kind in around
    )


def _extent(snapshot: Snapshot, nodes: list[tree_sitter.Node]) -> Span:
    lines = snapshot.lines
    return Span(lines.offset_of_byte(nodes[0].start_byte), lines.offset_of_byte(nodes[-1].end_byte))


def _without_blanks(snapshot: Snapshot, span: Span) -> Span:
    text = span.text(snapshot.text)
    return Span(span.start + len(text) - len(text.lstrip()), span.start + len(text.rstrip())) if text.strip() else span


def _hole(snapshot: Snapshot, kind: HoleKind, span: Span) -> Hole:
    return Hole(kind, span, places.indent_of(snapshot, span.start), layout.unit_of(snapshot, span.start))
