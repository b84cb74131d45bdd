"""Broken source is data: nothing raises, whatever is left of a file."""

from __future__ import annotations

import functools
import sysconfig
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.inplace import problems
from maze_lsp.text import Span
from tests.unit.context.support import snapshot_of

MODULES = ("bisect.py", "abc.py", "contextlib.py", "string.py", "this.py", "keyword.py")

JUNK = ("", "(", "'", '"""', "\r", "\f", "\t", "def f(", ":", "\n", "𝒳", "\ud800", "\0", "...", "# TODO")


@functools.cache
def module(name: str) -> str:
    return (Path(sysconfig.get_path("stdlib")) / name).read_text(encoding="utf-8")


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A stretch of the standard library with pieces cut out or put in."""
    text = module(draw(st.sampled_from(MODULES)))
    start = draw(st.integers(0, len(text)))
    text = text[start : start + draw(st.integers(0, 3000))]
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        junk = draw(st.sampled_from(JUNK))
        text = text[:at] + junk + text[at + draw(st.integers(0, 20)) :]
    return text


@given(broken(), st.data())
@settings(max_examples=150, deadline=None)
def test_nothing_raises(text: str, data: st.DataObject) -> None:
    snapshot = snapshot_of(text)
    for hole in holes(snapshot):
        assert 0 <= hole.range.start <= hole.range.end <= len(text)
    start = data.draw(st.integers(0, len(text) + 3))
    end = data.draw(st.one_of(st.just(start), st.integers(start, len(text) + 3)))
    for hole in holes_at(snapshot, Span(start, end)):
        assert 0 <= hole.range.start <= hole.range.end <= len(text)
        context = derive(snapshot, hole, budget_chars=500)
        for name in context.scope.names:
            assert name.kind == "builtin" or name.range.text(text) == name.name
        problems(snapshot, hole.range, hole.lead + "pass")
