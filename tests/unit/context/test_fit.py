"""The law of holes: in a file without faults, whatever is offered can be filled, and the file stays without them."""

from __future__ import annotations

import ast
import functools
import sysconfig
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from maze_lsp.constraints.compile import compile_hole
from maze_lsp.constraints.replay import Replay
from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.inplace import problems
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.languages.spec import HoleKind
from maze_lsp.text import Span
from tests.unit.context.support import snapshot_of

FILLED: dict[HoleKind, str] = {
    "body": "pass",
    "statements": "x = 1",
    "statement": "pass",
    "expression": "x",
    "arguments": "x, y=1",
    "type": "int",
    "declaration": "def f(): pass",
    "docstring": '"""x"""',
    "parameters": "x",
    "import": "x",
    "pattern": "1",
    "arms": "case 1: pass",
    "string": "x",
}
MODULES = ("bisect.py", "abc.py", "contextlib.py", "string.py", "heapq.py", "queue.py", "typing.py")


@functools.cache
def module(name: str) -> str:
    return (Path(sysconfig.get_path("stdlib")) / name).read_text(encoding="utf-8")


def completion(snapshot: Snapshot, hole: Hole) -> str:
    """The shortest text that completes what has been begun."""
    close = Replay(compile_hole(derive(snapshot, hole)).proof).shortest_close()
    assert close is not None
    return close


@given(st.sampled_from(MODULES), st.data())
@settings(max_examples=80, deadline=None)
def test_what_is_offered_can_be_filled(name: str, data: st.DataObject) -> None:
    text = module(name)
    start = data.draw(st.integers(0, len(text)))
    end = min(start + data.draw(st.one_of(st.just(0), st.integers(0, 200))), len(text))
    snapshot = snapshot_of(text)
    for hole in holes_at(snapshot, Span(start, end)):
        tail = hole.tail if hole.begun else ""
        new = completion(snapshot, hole) if hole.begun else hole.lead + FILLED[hole.kind]
        assert problems(snapshot, hole.construct, hole.begun + new + tail, tail=tail) == ()
        if hole.kind == "parameters" and text[: hole.range.start].rstrip()[-1] != "(":
            continue  # with a default or without: that depends on its neighbours
        ast.parse(text[: hole.range.start] + new + text[hole.range.end :])


def test_all_marked_holes_of_a_module_can_be_filled_at_once() -> None:
    text = module("typing.py")
    found = holes(snapshot_of(text))
    assert len(found) > 5
    for hole in reversed(found):
        text = text[: hole.range.start] + hole.lead + FILLED[hole.kind] + text[hole.range.end :]
    ast.parse(text)
