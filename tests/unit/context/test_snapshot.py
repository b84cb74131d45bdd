"""A tree after edits is the tree of the edited text, whatever the line endings."""

from __future__ import annotations

from typing import Any

import pytest
import tree_sitter
from hypothesis import given
from hypothesis import strategies as st

from maze_lsp.context import snapshot as snapshots
from maze_lsp.context.snapshot import edit, open_snapshot
from maze_lsp.errors import DocumentError
from maze_lsp.languages import by_id
from maze_lsp.text import Span
from tests.unit.context.support import snapshot_of

PIECES = [
    "\r",
    "\n",
    "\r\n",
    " ",
    "    ",
    "\t",
    "\f",
    "é",
    "𝒳",
    "\ud800",
    "x",
    "def f():",
    "(",
    ")",
    "'",
    "#",
    "=",
    "pass",
]
texts = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)


def dump(node: tree_sitter.Node) -> Any:
    extent = (node.start_byte, node.end_byte, node.start_point, node.end_point)
    return node.type, node.is_missing, extent, [dump(child) for child in node.children]


@given(texts, st.data())
def test_editing_is_parsing_anew(text: str, data: st.DataObject) -> None:
    snapshot = snapshot_of(text)
    for _ in range(3):
        start = data.draw(st.integers(0, len(snapshot.text)))
        end = data.draw(st.integers(start, len(snapshot.text)))
        snapshot = edit(snapshot, 2, [(Span(start, end), data.draw(texts))])
    assert dump(snapshot.tree.root_node) == dump(snapshot_of(snapshot.text).tree.root_node)


def test_an_edit_leaves_the_snapshot_before_it_alone() -> None:
    before = snapshot_of("def f():\n    return 1\n")
    whole = dump(before.tree.root_node)
    after = edit(before, 2, [(Span(0, 0), "x = 1\n"), (Span(6, 6), "y = 2\n")])
    assert after.text == "x = 1\ny = 2\ndef f():\n    return 1\n"
    assert (before.version, after.version) == (1, 2)
    assert before.text == "def f():\n    return 1\n"
    assert dump(before.tree.root_node) == whole


def test_changes_apply_one_after_the_other() -> None:
    after = edit(snapshot_of("abc"), 2, [(Span(0, 1), ""), (Span(0, 1), "x"), (Span(9, 9), "!")])
    assert after.text == "xc!"


def test_too_large_a_file_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MAX_BYTES", 10)
    spec = by_id("python")
    assert spec is not None
    with pytest.raises(DocumentError, match="not worked on"):
        open_snapshot("file:///big.py", 1, spec, "x = 1234567\n")
    small = open_snapshot("file:///big.py", 1, spec, "x = 1\n")
    with pytest.raises(DocumentError, match="not worked on"):
        edit(small, 2, [(Span(0, 0), "y = 123456\n")])


@given(st.lists(st.sampled_from(PIECES), max_size=60), st.integers(4, 9))
def test_a_large_text_parsed_in_pieces_has_the_same_tree(pieces: list[str], size: int) -> None:
    text = "".join(pieces)
    whole = snapshot_of(text).tree.root_node
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshots, "_PIECE", size)
        piecewise = snapshot_of(text).tree.root_node
    assert dump(piecewise) == dump(whole)
    assert piecewise.text == whole.text
