"""What is still to be written: markers, empty blocks and comments that ask for code, as holes.

Which nodes are markers is said by the language's `holes.scm`; what a hole looks like around one is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import tree_sitter

from maze_lsp.context import layout, parts, places, queries
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.languages.spec import PARTS, HoleKind
from maze_lsp.text import Span

_CAPTURES = r"marker(?:\.\w+)?|kept|comment|never(?:\.statements)?|hole\.(?:body|statements|docstring)"


@dataclass(slots=True)
class Found:
    """Nodes by what the query says of them; sets hold node ids."""

    markers: dict[int, tree_sitter.Node] = field(default_factory=dict)
    kinds: dict[int, HoleKind] = field(default_factory=dict)
    """What a marker that is no statement stands for."""
    statements: set[int] = field(default_factory=set)
    blocks: dict[int, tree_sitter.Node] = field(default_factory=dict)
    comments: dict[int, tree_sitter.Node] = field(default_factory=dict)
    bodies: set[int] = field(default_factory=set)
    docstrings: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)


def find(snapshot: Snapshot, near: tuple[int, int] | None = None) -> Found:
    """Ask the query, for the whole file or for what touches some bytes."""
    found = Found()
    never: set[int] = set()
    for match in queries.matches(snapshot, "holes.scm", snapshot.tree.root_node, only=_CAPTURES, near=near):
        for name, nodes in match.items():
            mark, _, kind = name.partition(".")
            if mark == "marker":
                found.markers.update(_by_id(nodes))
                if kind == "statement":
                    found.statements.update(node.id for node in nodes)
                else:
                    found.kinds.update((node.id, _marked_kind(kind)) for node in nodes)
        found.blocks.update(_by_id(match.get("hole.statements", ())))
        found.blocks.update(_by_id(match.get("hole.body", ())))
        found.comments.update(_by_id(match.get("comment", ())))
        found.bodies.update(node.id for node in match.get("hole.body", ()))
        found.docstrings.update(node.id for node in match.get("hole.docstring", ()))
        found.kept.update(node.id for node in match.get("kept", ()))
        never.update(node.id for name in ("never", "never.statements") for node in match.get(name, ()))
    for node in never:
        found.blocks.pop(node, None)
        found.markers.pop(node, None)
    return found


def all_holes(snapshot: Snapshot) -> tuple[Hole, ...]:
    """Every place of the file that is marked as still to be written, in order, without overlaps."""
    found = find(snapshot)
    holes: list[Hole] = []
    for block in found.blocks.values():
        hole = in_block(snapshot, block, found)
        if hole is not None:
            holes.append(hole)
    taken = _Taken(holes)
    for marker in found.markers.values():
        hole = at_marker(snapshot, marker, found)
        quiet = hole is not None and hole.kind in PARTS and not hole.bulk  # it is most likely a value
        if hole is not None and not quiet and taken.add(hole):
            holes.append(hole)
    for comment in found.comments.values():
        hole = at_comment(snapshot, comment)
        if hole is not None and taken.add(hole):
            holes.append(hole)
    return tuple(sorted(holes, key=lambda hole: (hole.range, hole.kind)))


def in_block(snapshot: Snapshot, block: tree_sitter.Node, found: Found) -> Hole | None:
    """The hole that a block is, if nothing stands in it but markers, comments and (in a body) a docstring."""
    statements = [node for node in members(snapshot, block) if node.id not in found.comments]
    documented = bool(statements) and _is_docstring(statements[0], found)
    rest = statements[1:] if documented else statements
    if any(node.id not in found.markers for node in rest):
        return None
    kind: HoleKind = "body" if block.id in found.bodies else "statements"
    kept = block.id in found.kept or any(node.id in found.kept for node in rest)
    inner = places.extent(snapshot, block, kind)
    bracketed = len(inner) < _offset(snapshot, block.end_byte) - _offset(snapshot, block.start_byte)
    if bracketed and not (rest and _starts_line(snapshot, _offset(snapshot, rest[0].start_byte))):
        return _between(snapshot, block, kind, inner, marked=bool(rest), bulk=not kept)
    if not rest:
        if (documented and kind != "body") or _behind_error(block):
            return None
        after = _offset(snapshot, statements[0].end_byte if documented else block.start_byte)
        return _missing(snapshot, block, kind, after, bulk=not kept and not documented)
    first, last = _offset(snapshot, rest[0].start_byte), _offset(snapshot, rest[-1].end_byte)
    if not _starts_line(snapshot, first):
        return _inline(snapshot, block, kind, first, last, bulk=not kept)
    return _marked(snapshot, kind, first, last, bulk=not kept)


def at_marker(snapshot: Snapshot, marker: tree_sitter.Node, found: Found) -> Hole | None:
    """The hole of a marker that stands among other code."""
    start, end = _offset(snapshot, marker.start_byte), _offset(snapshot, marker.end_byte)
    bulk = marker.id not in found.kept
    if start == end:  # what the parser misses there; blanks stay in front of it
        line_end = snapshot.lines.line_span(snapshot.lines.line_of(end)).end
        behind = snapshot.text[end:line_end]
        start = end = end + len(behind) - len(behind.lstrip(" \t"))
    if marker.id not in found.statements:
        return _hole(snapshot, found.kinds[marker.id], start, end, bulk=bulk)
    if not _starts_line(snapshot, start) or not _ends_line(snapshot, end):
        return None
    return _marked(snapshot, "statements", start, end, bulk=bulk)


def at_comment(snapshot: Snapshot, comment: tree_sitter.Node) -> Hole | None:
    """The hole of a comment that asks for code and stands alone; None for every other comment."""
    start = _offset(snapshot, comment.start_byte)
    line = snapshot.lines.line_of(start)
    if not _starts_line(snapshot, start) or not layout.is_comment(snapshot, snapshot.lines.line_text(line)):
        return None
    first, last = layout.comments_above(snapshot, line), layout.comments_below(snapshot, line)
    todo = layout.todo_from(snapshot, first, last)
    if todo is None or line < todo:
        return None
    place = Span(layout.text_start(snapshot, todo), snapshot.lines.line_span(last).end)
    kinds = parts.kinds(snapshot, place)
    hole = _comment_hole(snapshot, kinds[0] if kinds else "statements", todo, last)
    return replace(hole, tail=parts.tail(snapshot, place)) if kinds else hole


def _missing(snapshot: Snapshot, block: tree_sitter.Node, kind: HoleKind, after: int, *, bulk: bool) -> Hole:
    """A block without a statement: behind its head (or docstring) and the comments that follow there."""
    lines = snapshot.lines
    head = block.parent or block
    head_indent = layout.leading(lines.line_text(lines.line_of(_offset(snapshot, head.start_byte))))
    line = last = lines.line_of(after)
    indent = head_indent + layout.unit_of(snapshot, after)
    if _starts_line(snapshot, _offset(snapshot, block.start_byte)) and after > _offset(snapshot, block.start_byte):
        indent = layout.leading(lines.line_text(lines.line_of(_offset(snapshot, block.start_byte))))
    while line + 1 < lines.line_count:
        text = lines.line_text(line + 1)
        if layout.is_comment(snapshot, text) and layout.width(layout.leading(text)) > layout.width(head_indent):
            indent = layout.leading(text)
            if layout.is_todo(snapshot, text):
                return _comment_hole(snapshot, kind, line + 1, layout.comments_below(snapshot, line + 1), bulk=True)
            last = line + 1
        elif not layout.is_blank(text):
            break
        line += 1
    span = lines.line_span(last)
    text = span.text(snapshot.text)
    start = max(after, span.start + len(text.rstrip(" \t\f")))
    lead = layout.eol_of(snapshot.text) + indent
    return _hole(snapshot, kind, start, max(start, span.end), indent=indent, lead=lead, bulk=bulk)


def _between(
    snapshot: Snapshot, block: tree_sitter.Node, kind: HoleKind, inner: Span, *, marked: bool, bulk: bool
) -> Hole | None:
    """A block between brackets without a statement on a line of its own; comments in it stay, unless they ask for code.

    Brackets of one line come to stand on lines of their own.
    """
    if any(child.is_missing for child in block.children):
        return None
    lines, eol = snapshot.lines, layout.eol_of(snapshot.text)
    first, last = lines.line_of(inner.start), lines.line_of(inner.end)
    outside = layout.leading(lines.line_text(first))
    indent = outside + layout.unit_of(snapshot, inner.start)
    todo = layout.todo_from(snapshot, first + 1, last - 1)
    if todo is not None:
        return _comment_hole(snapshot, kind, todo, layout.comments_below(snapshot, todo), bulk=True)
    inside = inner.text(snapshot.text)
    start = inner.start if marked else inner.start + len(inside.rstrip())
    return _hole(snapshot, kind, start, inner.end, indent=indent, lead=eol + indent, tail=eol + outside, bulk=bulk)


def _inline(
    snapshot: Snapshot, block: tree_sitter.Node, kind: HoleKind, first: int, last: int, *, bulk: bool
) -> Hole | None:
    """A block on the line of its head: it moves to lines of its own."""
    if not _ends_line(snapshot, last):
        return None
    lines = snapshot.lines
    head = block.parent or block
    start = first
    floor = lines.line_start(lines.line_of(first))
    while start > floor and snapshot.text[start - 1] in " \t\f":
        start -= 1
    head_line = lines.line_text(lines.line_of(_offset(snapshot, head.start_byte)))
    indent = layout.leading(head_line) + layout.unit_of(snapshot, first)
    lead = layout.eol_of(snapshot.text) + indent
    return _hole(snapshot, kind, start, last, indent=indent, lead=lead, bulk=bulk)


def _marked(snapshot: Snapshot, kind: HoleKind, first: int, last: int, *, bulk: bool) -> Hole:
    """Markers on lines of their own, together with the comments around them that ask for code."""
    lines = snapshot.lines
    first_line, last_line = lines.line_of(first), lines.line_of(last)
    above = layout.comments_above(snapshot, first_line)
    todo = layout.todo_from(snapshot, above, first_line - 1)
    if todo is not None:
        first = lines.line_start(todo) + len(layout.leading(lines.line_text(todo)))
    below = layout.comments_below(snapshot, last_line)
    end_of_line = lines.line_span(last_line).end
    behind = snapshot.text[last:end_of_line].lstrip(" \t\f")
    if layout.begins_comment(snapshot, behind) and layout.TODO.match(behind):
        last = end_of_line
    if layout.todo_from(snapshot, last_line + 1, below) is not None:
        last = lines.line_span(below).end
    return _hole(snapshot, kind, first, last, bulk=bulk)


def _comment_hole(snapshot: Snapshot, kind: HoleKind, first: int, last: int, *, bulk: bool | None = None) -> Hole:
    lines = snapshot.lines
    indent = layout.leading(lines.line_text(first))
    start = layout.text_start(snapshot, first)
    end = lines.line_start(last) + len(lines.line_text(last).rstrip(" \t\f"))
    return _hole(snapshot, kind, start, end, indent=indent, bulk=bool(indent) if bulk is None else bulk)


def _hole(
    snapshot: Snapshot,
    kind: HoleKind,
    start: int,
    end: int,
    *,
    indent: str | None = None,
    lead: str = "",
    tail: str = "",
    bulk: bool = True,
) -> Hole:
    if indent is None:
        indent = layout.leading(snapshot.lines.line_text(snapshot.lines.line_of(start)))
    unit = layout.unit_of(snapshot, start)
    marker = snapshot.text[start:end].strip()
    return Hole(kind, Span(start, end), indent, unit, marker=marker, lead=lead, tail=tail, bulk=bulk)


class _Taken:
    """Ranges that are holes already."""

    def __init__(self, holes: Iterable[Hole]) -> None:
        self._spans = [hole.range for hole in holes]

    def add(self, hole: Hole) -> bool:
        if any(span.overlaps(hole.range) for span in self._spans):
            return False
        self._spans.append(hole.range)
        return True


def _by_id(nodes: Iterable[tree_sitter.Node]) -> dict[int, tree_sitter.Node]:
    return {node.id: node for node in nodes}


def _marked_kind(name: str) -> HoleKind:
    """The kind in `@marker.KIND`; a plain `@marker` is an expression."""
    kind: HoleKind = name or "expression"  # type: ignore[assignment]
    return kind


def _behind_error(block: tree_sitter.Node) -> bool:
    """Whether a block is only what the parser made up behind code that it could not read."""
    before = block.prev_sibling
    return before is not None and (before.is_error or before.is_missing)


def _is_docstring(statement: tree_sitter.Node, found: Found) -> bool:
    return any(child.id in found.docstrings for child in statement.named_children)


def _offset(snapshot: Snapshot, byte: int) -> int:
    return snapshot.lines.offset_of_byte(byte)


def _starts_line(snapshot: Snapshot, offset: int) -> bool:
    start = snapshot.lines.line_start(snapshot.lines.line_of(offset))
    return layout.is_blank(snapshot.text[start:offset])


def _ends_line(snapshot: Snapshot, offset: int) -> bool:
    end = snapshot.lines.line_span(snapshot.lines.line_of(offset)).end
    rest = snapshot.text[offset:end].lstrip(" \t\f")
    return not rest or layout.begins_comment(snapshot, rest)


def members(snapshot: Snapshot, block: tree_sitter.Node) -> list[tree_sitter.Node]:
    """What stands in a block: statements and comments, in order."""
    lists = snapshot.language.lists
    found: list[tree_sitter.Node] = []
    for node in block.named_children:
        found += members(snapshot, node) if node.type in lists else [node]
    return found


def is_function_body(snapshot: Snapshot, block: tree_sitter.Node) -> bool:
    """Whether a block is the body of a function."""
    near = (max(block.start_byte - 1, 0), block.start_byte + 1)
    found = queries.matches(snapshot, "holes.scm", snapshot.tree.root_node, only=r"hole\.body", near=near)
    return any(node == block for match in found for node in match.get("hole.body", ()))


def written(snapshot: Snapshot, body: tree_sitter.Node, found: Found) -> Span | None:
    """What stands in a body on lines of its own, without its docstring."""
    statements = [node for node in members(snapshot, body) if node.id not in found.comments]
    if statements and _is_docstring(statements[0], found):
        statements = statements[1:]
    if not statements:
        return None
    start = _offset(snapshot, statements[0].start_byte)
    end = _offset(snapshot, statements[-1].end_byte)
    return Span(start, end) if _starts_line(snapshot, start) and _ends_line(snapshot, end) else None
