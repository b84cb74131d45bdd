"""What a suggestion at the cursor would fill: one hole, and whether it is one line or a whole block."""

from __future__ import annotations

from dataclasses import dataclass, replace

from maze_lsp.context import cursor, layout, places
from maze_lsp.context.cursor import begun_holes, begun_how
from maze_lsp.context.holes import holes_at
from maze_lsp.context.tokens import literal_at
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.text import Span

_LITERALS = ("string", "docstring")
_CLOSERS = ")]}\"'`;,:"


@dataclass(frozen=True, slots=True)
class Place:
    hole: Hole
    one_line: bool


def place_at(snapshot: Snapshot, at: int, *, invoked: bool) -> Place | None:
    """Where a suggestion goes; None where there is nothing to suggest.

    Nothing in comments and strings unless the user asked for it or the literal is empty, nothing in front of a word.
    A block where the line opens one or is empty, else one line.
    """
    text, line = snapshot.text, snapshot.lines.line_span(snapshot.lines.line_of(at))
    before, behind = text[line.start : at], text[at : line.end]
    literal = literal_at(snapshot, at)
    if layout.is_word(behind[:1]) or (not invoked and literal == "comment"):
        return None
    if literal == "string" and not invoked:
        hole = _empty(snapshot, at)
        return Place(hole, one_line=hole.kind == "string") if hole is not None and hole.kind in _LITERALS else None
    hole = _empty(snapshot, at) if layout.is_blank(before + behind) else _begun(snapshot, at) or _empty(snapshot, at)
    if hole is None and invoked:
        hole = _below(snapshot, at)
        return Place(hole, one_line=True) if hole is not None else None
    if hole is None:
        return None
    opens = before.rstrip().endswith(":" if snapshot.language.offside else "{")
    block = not behind.strip(_CLOSERS + " \t") and (opens or layout.is_blank(before) or bool(hole.lead.strip()))
    return Place(hole, one_line=not block)


def _begun(snapshot: Snapshot, at: int) -> Hole | None:
    """What has been begun; where that could end here, more of the same block may follow it."""
    hole = next(begun_holes(snapshot, at), None)
    if hole is None or hole.kind != "statement":
        return hole
    more = replace(hole, kind="statements")
    complete = begun_how(snapshot, hole) == "complete"
    return more if complete and begun_how(snapshot, more) in ("complete", "unfinished") else hole


def _empty(snapshot: Snapshot, at: int) -> Hole | None:
    """What may stand at a cursor where nothing has been begun."""
    for hole in holes_at(snapshot, Span(at, at)):
        inside = hole.range.start <= at <= hole.range.end
        if inside and not hole.marker and not hole.range.text(snapshot.text).strip():
            return hole
    return None


def _below(snapshot: Snapshot, at: int) -> Hole | None:
    """What may stand on a line of its own below that of a cursor, which is complete.

    In a block whose head ends at the cursor and that is there already; else as deep as the line itself.
    """
    lines, text = snapshot.lines, snapshot.text
    line = lines.line_of(at)
    span, below = lines.line_span(line), places.next_code(snapshot, line)
    if not layout.is_blank(text[at : span.end]):
        return None
    indents = [layout.leading(lines.line_text(each)) for each in (line, below) if each is not None]
    place = Span(span.start + len(span.text(text).rstrip(" \t\f")), span.end)
    found = cursor.named_at(snapshot, place, layout.eol_of(text) + max(indents, key=layout.width))
    return next((hole for hole in found if hole.kind in snapshot.language.start_rules), None)
