"""From the arguments of a command back to the hole that an action was offered for. Pure."""

from __future__ import annotations

from typing import Any

import pytest

from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.errors import NoHoleError, UsageError
from maze_lsp.server import targets
from maze_lsp.server.targets import arguments_of, wish_of
from maze_lsp.text import Encoding, Span
from tests.unit.context.support import marked, snapshot_of

SOURCE = '''class Cart:
    """Ünïcödé 😀."""

    def total(self):
        """D."""
        if self:
            y = g(..., "😀")
        for z in self:
            pass
        return y

    def empty(self):

def f(x): return 1
x = [...]
# TODO: more
'''


def hole_of(arguments: dict[str, Any], snapshot: Snapshot, encoding: Encoding) -> Hole:
    return targets.hole_of(wish_of(arguments), snapshot, encoding)


def check(source: str, encoding: Encoding = "utf-16") -> int:
    """Whatever is offered at any cursor of `source` is found again from its arguments; how many that were."""
    snapshot, count = snapshot_of(source), 0
    for at in range(len(source) + 1):
        offered: dict[tuple[str, Span], Hole] = {}
        for hole in holes_at(snapshot, Span(at, at)):
            offered.setdefault((hole.kind, hole.range), hole)
        for hole in offered.values():
            arguments = arguments_of(snapshot, hole, Span(at, at), encoding)
            assert hole_of(arguments, snapshot, encoding) == hole, source[:at] + "‸" + source[at:]
            count += 1
    for hole in holes(snapshot):
        assert hole_of(arguments_of(snapshot, hole, hole.range, encoding), snapshot, encoding) == hole
        count += 1
    return count


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_every_offer_is_found_again(encoding: Encoding) -> None:
    assert check(SOURCE, encoding) > 100


def test_line_ends() -> None:
    assert check(SOURCE.replace("\n", "\r\n")) > 100


def test_a_position_instead_of_a_range() -> None:
    snapshot, _ = marked("def f():\n    ...‸\n")
    found = hole_of({"position": {"line": 1, "character": 5}}, snapshot, "utf-16")
    assert (found.kind, found.range.text(snapshot.text)) == ("body", "...")


def test_kind_alone_picks_among_several() -> None:
    snapshot, span = marked("def f(x):\n    y = ...‸\n    return y\n")
    kinds = [hole.kind for hole in holes_at(snapshot, span)]
    assert len(set(kinds)) > 1
    for kind in kinds:
        assert hole_of({"position": {"line": 1, "character": 11}, "kind": kind}, snapshot, "utf-16").kind == kind


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "where"),
        ({"range": {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}}}, "where"),
        ({"range": "1:2"}, "where"),
        ({"position": {"line": True, "character": 0}}, "where"),
        ({"position": {"line": 1.5, "character": 0}}, "where"),
    ],
)
def test_bad_places(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        hole_of(arguments, snapshot_of("x = ...\n"), "utf-16")


def test_no_hole_there() -> None:
    with pytest.raises(NoHoleError, match="Nothing can be generated"):
        hole_of({"position": {"line": 0, "character": 5}}, snapshot_of("# comment\n"), "utf-16")


def test_no_hole_of_that_kind() -> None:
    with pytest.raises(NoHoleError, match=r"`type`.*body"):
        hole_of({"position": {"line": 1, "character": 5}, "kind": "type"}, snapshot_of("def f():\n    ...\n"), "utf-16")
