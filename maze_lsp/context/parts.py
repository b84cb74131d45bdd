"""What stands on lines of its own and is no statement: fields, members, arguments, arms, declarations."""

from __future__ import annotations

from collections.abc import Iterator

from maze_lsp.context import layout, places
from maze_lsp.context.trial import Trial, names, put
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.languages.spec import PARTS, HoleKind
from maze_lsp.text import Span


def on_line(snapshot: Snapshot, at: int) -> Iterator[Hole]:
    """What may be written on the empty line of a cursor, where that is no statement."""
    span = snapshot.lines.line_span(snapshot.lines.line_of(at))
    place = Span(span.end, span.end)
    found = kinds(snapshot, place)
    behind = tail(snapshot, place) if found else ""
    indent, unit = layout.leading(span.text(snapshot.text)), layout.unit_of(snapshot, at)
    yield from (Hole(kind, place, indent, unit, tail=behind) for kind in found)


def kinds(snapshot: Snapshot, span: Span) -> tuple[HoleKind, ...]:
    """What a name in place of some lines would be, best first; empty where it would be a statement, or nothing."""
    for name in names(snapshot.language):
        found = places.kinds_of(attempt) if (attempt := _put(snapshot, span, name)) else []
        if found:
            return () if "statement" in found else tuple(kind for kind in found if kind in (*PARTS, "declaration"))
    return ()


def tail(snapshot: Snapshot, span: Span) -> str:
    """What the language wants behind the last of several items on lines of their own, if it is not there."""
    trailing = snapshot.language.trailing
    if not trailing or snapshot.text[span.end :].lstrip(" \t").startswith(trailing):
        return ""
    fitting = (_put(snapshot, span, name, trailing) for name in names(snapshot.language))
    return trailing if any(attempt is not None and places.kinds_of(attempt) for attempt in fitting) else ""


def _put(snapshot: Snapshot, span: Span, name: str, behind: str = "") -> Trial | None:
    """The name in place, if it fits."""
    attempt = put(snapshot, span, name=name, tail=behind)
    return None if places.breaks(snapshot, attempt) or places.in_error(attempt) else attempt
