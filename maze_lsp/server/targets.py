"""What a command means: which document, which place, which hole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from maze_lsp.errors import NoHoleError, UsageError
from maze_lsp.server import convert
from maze_lsp.text import Encoding, Span

if TYPE_CHECKING:
    from maze_lsp.context.types import Hole, Snapshot

TITLES = {
    "body": "function body",
    "statements": "statements",
    "statement": "statement",
    "expression": "expression",
    "arguments": "arguments",
    "type": "type",
    "declaration": "declaration",
    "docstring": "docstring",
    "value": "value",
}


def title_of(hole: Hole, selected: Span) -> str:
    """The words for a hole in a menu: a marked hole by its kind, text that the user selected as such."""
    if len(selected) and not hole.marker and hole.range.overlaps(selected):
        return f"selection ({TITLES[hole.kind]})"
    if len(hole.range) and not hole.marker:
        return f"{TITLES[hole.kind]} (rewrite)"
    return TITLES[hole.kind]


def place_of(arguments: dict[str, Any], snapshot: Snapshot, encoding: Encoding) -> Span:
    """The place that a command names by `range` or `position`. Raises UsageError where it names none."""
    lines = snapshot.lines
    if (wanted := convert.range_from_json(arguments.get("range"))) is not None:
        return convert.span(lines, wanted, encoding)
    if (position := convert.position_from_json(arguments.get("position"))) is not None:
        at = convert.offset(lines, position, encoding)
        return Span(at, at)
    raise UsageError("maze.generate was not told where.", hint="Give `range` or `position`, as LSP has them.")


def choose(holes: Sequence[Hole], place: Span, kind: object) -> Hole:
    """The hole that is meant: of the wanted kind, best the one with exactly the wanted range."""
    fitting = [hole for hole in holes if kind in (None, "", hole.kind)]
    if not fitting:
        offered = ", ".join(dict.fromkeys(hole.kind for hole in holes))
        if holes:
            raise NoHoleError(f"There is no hole of kind `{kind}` here.", hint=f"There is: {offered}.")
        raise NoHoleError(
            "Nothing can be generated here.",
            hint="Put the cursor into a body, on a marker such as `...` or a TODO, or select whole statements.",
        )
    return next((hole for hole in fitting if hole.range == place), fitting[0])
