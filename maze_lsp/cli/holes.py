"""`maze holes FILE`: the holes of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from maze_lsp.cli import console
from maze_lsp.cli.places import position, shown, snapshot_of
from maze_lsp.context import holes as finding
from maze_lsp.context.derive import todo_at
from maze_lsp.context.types import Hole, Snapshot


def holes(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A source file.", show_default=False)],
    as_json: console.Json = False,
) -> None:
    """List the holes of a file: what is marked as not written yet.

    For each: its place, what may be written there, and what marks it. `maze generate FILE:LINE:COL` fills one.
    """
    snapshot = snapshot_of(file)
    found = finding.holes(snapshot)
    if as_json:
        console.write_json({"file": str(file), "holes": [_plain(snapshot, hole) for hole in found]})
        return
    if not found:
        console.say(f"{file} has no marked holes; `maze generate {file}:LINE` works anywhere in its code.")
        return
    rows = []
    for hole in found:
        line, column = position(snapshot, hole.range.start)
        rows.append((f"{file}:{line}:{column}", hole.kind, hole.marker.split("\n")[0], _asked(snapshot, hole)))
    console.write_table(("place", "kind", "marker", "asked for"), rows)


def _asked(snapshot: Snapshot, hole: Hole) -> str:
    return todo_at(snapshot, hole).split("\n")[0]


def _plain(snapshot: Snapshot, hole: Hole) -> dict[str, Any]:
    return {
        "kind": hole.kind,
        **shown(snapshot, hole.range),
        "marker": hole.marker,
        "asked": todo_at(snapshot, hole),
        "bulk": hole.bulk,
    }
