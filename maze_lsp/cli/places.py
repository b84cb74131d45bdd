"""Places on the command line: FILE:LINE[:COL], 1-based, columns in characters; and the snapshot of a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from maze_lsp import languages
from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.errors import NoHoleError, UsageError
from maze_lsp.text import Span
from maze_lsp.workspace import documents

_NUMBERS = re.compile(r":(\d+)(?::(\d+))?$")


@dataclass(frozen=True, slots=True)
class Place:
    """A file and a 1-based position in it; `column` is None where only the line was given."""

    path: Path
    line: int
    column: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" + (f":{self.column}" if self.column is not None else "")


def parse_place(text: str) -> Place | None:
    """FILE:LINE[:COL] read from the right (file names and Windows drives may have colons); None for other text.

    `a:1:2` is line 1 of `a`, unless there is no such file and one called `a:1`.
    """
    found = _NUMBERS.search(text)
    if found is None or found.start() == 0:
        return None
    path, line, column = text[: found.start()], int(found[1]), found[2]
    if column is not None and not Path(path).exists():
        longer = Path(f"{path}:{found[1]}")
        if longer.exists():
            return Place(longer, int(column))
    return Place(Path(path), line, None if column is None else int(column))


def place_of(text: str) -> Place:
    """The same, for arguments that have to be a place. Raises UsageError."""
    place = parse_place(text)
    if place is None:
        raise UsageError(
            f"`{text}` is not a place in a file.", hint="Write FILE:LINE or FILE:LINE:COLUMN, counted from 1."
        )
    return place


def snapshot_of(path: Path) -> Snapshot:
    """A file, read and parsed. Raises DocumentError where it cannot be worked on."""
    spec = languages.by_path(path)
    text = documents.read(str(path))
    if spec is None:
        raise languages.unknown_language(str(path))
    return open_snapshot(path.absolute().as_uri(), 0, spec, text)


def offset_of(snapshot: Snapshot, place: Place) -> int:
    """The offset of a place. Raises UsageError where the file has no such line or column."""
    lines = snapshot.lines
    if not 1 <= place.line <= lines.line_count:
        count = "1 line" if lines.line_count == 1 else f"{lines.line_count} lines"
        raise UsageError(f"{place.path} has {count}; there is no line {place.line}.")
    span = lines.line_span(place.line - 1)
    if place.column is None:
        text = span.text(snapshot.text)
        return span.start + len(text) - len(text.lstrip()) if text.strip() else span.end
    if not 1 <= place.column <= len(span) + 1:
        raise UsageError(
            f"Line {place.line} of {place.path} has {len(span)} characters; there is no column {place.column}.",
            hint=f"Columns are counted from 1; {len(span) + 1} is the end of the line.",
        )
    return span.start + place.column - 1


def holes_of(snapshot: Snapshot, place: Place) -> tuple[Hole, ...]:
    """What may be generated at a place, best first: on a line without a column, its marked holes come first."""
    at = offset_of(snapshot, place)
    found = [*holes_at(snapshot, Span(at, at))]
    if place.column is None:
        line = place.line - 1
        end = snapshot.lines.line_span(line).end
        marked = [hole for hole in holes(snapshot) if snapshot.lines.line_of(hole.range.start) == line]
        found = [*marked, *found, *holes_at(snapshot, Span(end, end))]
    return tuple(dict.fromkeys(found))


def hole_of(snapshot: Snapshot, place: Place, kind: str = "") -> Hole:
    """The best hole at a place, or the best of a kind. Raises NoHoleError."""
    found = holes_of(snapshot, place)
    if not found:
        raise NoHoleError(
            f"Nothing can be generated at {place}.",
            hint=f"It may be in a comment or a string; `maze holes {place.path}` lists what can be filled.",
        )
    if not kind:
        return found[0]
    for hole in found:
        if hole.kind == kind:
            return hole
    offered = ", ".join(dict.fromkeys(hole.kind for hole in found))
    raise NoHoleError(f"There is no hole of kind `{kind}` at {place}.", hint=f"There is: {offered}.")


def position(snapshot: Snapshot, offset: int) -> tuple[int, int]:
    """The 1-based line and column of an offset."""
    line, column = snapshot.lines.position(offset, "utf-32")
    return line + 1, column + 1


def shown(snapshot: Snapshot, span: Span) -> dict[str, int]:
    """A range as JSON output has it: 1-based, the end behind the last character."""
    line, column = position(snapshot, span.start)
    end_line, end_column = position(snapshot, span.end)
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
