"""Holes: every marked one of a file, and what may be generated at a cursor or a selection. Never raises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import tree_sitter

from maze_lsp.context import cursor, layout, parts, places, selection, unwritten
from maze_lsp.context.tokens import literal_at
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.languages.spec import PARTS
from maze_lsp.text import Span

_MOST_BEGUN = 2


def holes(snapshot: Snapshot) -> tuple[Hole, ...]:
    """The holes that are marked as such in the file, in order."""
    return _offered(snapshot, unwritten.all_holes(snapshot))


def holes_at(snapshot: Snapshot, span: Span) -> tuple[Hole, ...]:
    """What may be generated at a cursor (an empty span) or in place of a selection, best first.

    Empty in ordinary comments and strings, and where nothing fits. Offsets outside the text are clamped.
    """
    size = len(snapshot.text)
    span = Span(min(span.start, size), min(span.end, size))
    text = span.text(snapshot.text)
    if not text.strip():
        return _offered(snapshot, _at_cursor(snapshot, span.end if text else span.start))
    start = span.start + len(text) - len(text.lstrip())
    chosen = Span(start, start + len(text.strip()))
    # A marker that is selected as a whole is no text to be rewritten.
    marked = [hole for hole in _at_cursor(snapshot, start) if hole.marker and hole.range == chosen]
    return _offered(snapshot, [*marked, *selection.holes(snapshot, chosen)])


def _at_cursor(snapshot: Snapshot, at: int) -> Iterator[Hole]:
    lines = snapshot.lines
    line = lines.line_of(at)
    text = lines.line_text(line)
    empty = layout.is_blank(text)
    anchor = at
    if empty or layout.is_comment(snapshot, text):
        above = places.code_above(snapshot, line)
        anchor = at if above is None else above - 1
    around = places.constructs(snapshot, Span(anchor, anchor))
    found = unwritten.find(snapshot, _near(snapshot, anchor, line, around))
    marked = _marked(snapshot, at, found)
    literal = literal_at(snapshot, at)
    if literal == "comment":
        yield from (hole for hole in marked if hole.marker and hole.range.start <= at <= hole.range.end)
        yield from _docstring(snapshot, at)
        return
    body = _body(snapshot, around)
    unfinished = unwritten.in_block(snapshot, body, found) if body is not None else None
    if unfinished is not None and empty:
        unfinished = _moved(snapshot, unfinished, at)
    if literal == "string":
        documented = list(_docstring(snapshot, at))
        yield from [unfinished] if unfinished is not None and documented else []
        yield from documented
        yield from (hole for hole in marked if hole.kind in PARTS)
        yield from (hole for hole in places.slots(snapshot, at) if hole.kind == "string" and not hole.typed_prefix)
        return
    if unfinished is not None and unfinished in marked:
        marked.remove(unfinished)
        marked.insert(0, unfinished)
    slots = list(places.slots(snapshot, at))
    vacant = [hole for hole in slots if not hole.typed_prefix]
    yield from vacant
    yield from (_moved(snapshot, hole, at) or hole for hole in marked) if empty else marked
    yield from [unfinished] if unfinished is not None else []
    if empty:
        inner = [] if marked or slots else list(parts.on_line(snapshot, at))
        yield from inner
        yield from places.empty_line(snapshot, at) if not marked and not inner else ()
    else:
        if not any(hole.kind not in PARTS for hole in marked):
            yield from _statement(snapshot, at, around)
        yield from (hole for hole in slots if hole.typed_prefix)
        alone = unfinished is None and not marked and not vacant
        line_begins = lines.line_start(line)
        ended = alone and not places.closers(snapshot.text[line_begins:at])
        below = (places.missing_block(snapshot, at) or places.behind_line(snapshot, at)) if ended else None
        yield from [below] if below is not None else []
        yield from _begun(snapshot, at) if alone and below is None else ()
    if body is not None and unfinished is None and _inside(snapshot, body, at):
        yield from _whole(snapshot, body, found)


def _begun(snapshot: Snapshot, at: int) -> list[Hole]:
    """The largest construct that is to be completed, and the next part of it of another kind."""
    found: list[Hole] = []
    for hole in cursor.begun_holes(snapshot, at, unfinished=True):
        if not found or (hole.kind != "statements" and len(hole.begun) < len(found[0].begun)):
            found.append(hole)
        if len(found) == _MOST_BEGUN:
            break
    return found


def _near(snapshot: Snapshot, anchor: int, line: int, around: Iterable[places.Construct]) -> tuple[int, int]:
    """The bytes to look for markers in: the cursor's line, the line before it, the body around."""
    lines = snapshot.lines
    spans = [
        lines.line_span(line),
        lines.line_span(lines.line_of(anchor)),
    ]
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    first, last = lines.byte(start), lines.byte(end)
    body = _body(snapshot, around)
    if body is not None:
        first, last = min(first, body.start_byte), max(last, body.end_byte)
    return max(first - 1, 0), last + 1


def _marked(snapshot: Snapshot, at: int, found: unwritten.Found) -> list[Hole]:
    """Marked holes on the line of the cursor (for an empty line: those that it would become part of)."""
    lines = snapshot.lines
    line = lines.line_of(at)
    candidates = [unwritten.in_block(snapshot, block, found) for block in found.blocks.values()]
    candidates += [unwritten.at_marker(snapshot, marker, found) for marker in found.markers.values()]
    here = [comment for comment in found.comments.values() if comment.start_point[0] == line]
    candidates += [unwritten.at_comment(snapshot, comment) for comment in here]
    holes: list[Hole] = []
    empty = layout.is_blank(lines.line_text(line))
    for hole in candidates:
        if hole is None or any(hole.range.overlaps(other.range) for other in holes):
            continue
        first, last = lines.line_of(hole.range.start), lines.line_of(hole.range.end)
        on_line = first <= line <= last
        if on_line and hole.kind in PARTS and not hole.range.start <= at <= hole.range.end:
            continue
        if on_line or (empty and hole.lead and _moved(snapshot, hole, at) is not None):
            holes.append(hole)
    return holes


def _moved(snapshot: Snapshot, hole: Hole, at: int) -> Hole | None:
    """A missing block moved to the empty line of the cursor, if that line belongs to it; None if it is outside."""
    lines = snapshot.lines
    line = lines.line_of(at)
    span = lines.line_span(line)
    indent = layout.leading(span.text(snapshot.text))
    outside = layout.width(indent) <= layout.width(hole.indent) - layout.width(hole.unit)
    if hole.marker:
        return None if outside and line > lines.line_of(hole.range.end) else hole
    between = snapshot.text[hole.range.end : span.start]
    if hole.range.end > span.start or between.strip():
        return hole
    if outside or not hole.lead:
        return hole
    if indent == hole.indent or layout.width(indent) > layout.width(hole.indent) - layout.width(hole.unit):
        return replace(hole, range=Span(span.end, span.end), indent=indent, lead="")
    return hole


def _docstring(snapshot: Snapshot, at: int) -> Iterator[Hole]:
    for node, kind in places.constructs(snapshot, Span(at, at)):
        span = places.extent(snapshot, node, kind)
        if kind == "docstring" and span.start <= at <= span.end:
            indent = places.indent_of(snapshot, span.start)
            yield Hole("docstring", span, indent, layout.unit_of(snapshot, at), bulk=False)


def _body(snapshot: Snapshot, around: Iterable[places.Construct]) -> tree_sitter.Node | None:
    """The body of the innermost function around, found from its head, too; None directly in a class."""
    for node, kind in around:
        if kind == "body":
            return node
        if kind == "declaration":
            body = node.child_by_field_name("body")
            if body is not None:
                return body if unwritten.is_function_body(snapshot, body) else None
    return None


def _inside(snapshot: Snapshot, body: tree_sitter.Node, at: int) -> bool:
    byte = snapshot.lines.byte(at)
    return body.start_byte <= byte <= body.end_byte


def _statement(snapshot: Snapshot, at: int, around: Iterable[places.Construct]) -> Iterator[Hole]:
    """The simple statement at the cursor, to be written anew."""
    byte = snapshot.lines.byte(at)
    for node, kind in around:
        if kind != "statement" or not node.start_byte <= byte <= node.end_byte:
            continue
        span = places.extent(snapshot, node, kind)
        whole_lines = selection.whole_lines(snapshot, span)
        if whole_lines and not node.has_error:
            indent = places.indent_of(snapshot, span.start)
            yield Hole("statement", span, indent, layout.unit_of(snapshot, at))
        return


def _whole(snapshot: Snapshot, body: tree_sitter.Node, found: unwritten.Found) -> Iterator[Hole]:
    """A body that is written already, to be written anew; its docstring stays."""
    span = unwritten.written(snapshot, body, found)
    if span is not None:
        indent = places.indent_of(snapshot, span.start)
        yield Hole("body", span, indent, layout.unit_of(snapshot, span.start))


def _offered(snapshot: Snapshot, found: Iterable[Hole]) -> tuple[Hole, ...]:
    """Each hole once, and only kinds that the language has a rule for."""
    rules = snapshot.language.start_rules
    unique: dict[tuple[str, Span, str], Hole] = {}
    for hole in found:
        if hole.kind in rules:
            unique.setdefault((hole.kind, hole.range, hole.lead), hole)
    return tuple(unique.values())
