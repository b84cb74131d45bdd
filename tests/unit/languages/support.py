"""What the tests of languages share: the one marked hole of a source, and what becomes of it."""

from __future__ import annotations

from maze_lsp.context.holes import holes
from maze_lsp.context.inplace import problems
from maze_lsp.context.types import Hole, Snapshot


def filled(snapshot: Snapshot, hole: Hole, text: str) -> str:
    """The file with a text in a hole."""
    return snapshot.text[: hole.range.start] + hole.around(text) + snapshot.text[hole.range.end :]


def check_marked(snapshot: Snapshot, kind: str, text: str, expected: str) -> None:
    """The one marked hole is of a kind, and a text fits it; `expected` is the file with the text in it."""
    found = holes(snapshot)
    assert [hole.kind for hole in found] == [kind]
    assert filled(snapshot, found[0], text) == expected
    assert problems(snapshot, found[0].range, found[0].around(text)) == ()
