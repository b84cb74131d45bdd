"""Holes in parts of Python: parameters, imports, patterns, cases, strings, blocks whose head has no colon yet."""

from __future__ import annotations

import pytest

from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.inplace import problems
from maze_lsp.context.types import Hole
from tests.unit.context.support import marked, snapshot_of


def check(source: str, kind: str, text: str, expected: str | None = None) -> Hole:
    """The first hole at the cursor, and the file with a text in it, by default just where the cursor is."""
    snapshot, span = marked(source)
    hole = holes_at(snapshot, span)[0]
    assert hole.kind == kind
    new = hole.around(text)
    filled = snapshot.text[: hole.range.start] + new + snapshot.text[hole.range.end :]
    assert filled == (source.replace("‸", text) if expected is None else expected)
    assert problems(snapshot, hole.range, new) == ()
    return hole


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        ("def f(‸):\n    return 1\n", "parameters", "a, *b, c=1"),
        ("def f(a, ‸):\n    return 1\n", "parameters", "b: int = 1"),
        ("def f(\n    a,\n    ‸\n):\n    return 1\n", "parameters", "b"),
        ("import ‸\n", "import", "os.path as path"),
        ("from os import ‸\n", "import", "path as p"),
        ("from os import path, ‸\n", "import", "sep"),
        ("match x:\n    case ‸:\n        y()\n", "pattern", "Point(x=0) | [1, *_]"),
        ("match x:\n    case Point(x=‸):\n        y()\n", "pattern", "0 | 1"),
        ("match x:\n    case [1, ‸]:\n        y()\n", "pattern", "{'a': b}"),
        ("match x:\n    ‸\n", "arms", "case 1:\n        y()"),
        ("match x:\n    case 1:\n        y()\n    ‸\n", "arms", "case _: pass"),
        ('x = "‸"\n', "string", "it's"),
        ("x = '‸'\n", "string", 'a "b"'),
        ('x = """‸"""\n', "string", 'a\n"b" c'),
        ("f(\n    a,\n    ‸\n)\n", "expression", "b"),
        ("x = [\n    ‸\n]\n", "expression", "b"),
    ],
)
def test_parts_at_the_cursor(source: str, kind: str, text: str) -> None:
    check(source, kind, text)


@pytest.mark.parametrize("source", ['x = f"‸{a}"\n', 'x = f"‸"\n', 'x = b"‸"\n', 'x = r"‸"\n', 'x = "a‸b"\n'])
def test_no_contents_of_other_strings(source: str) -> None:
    snapshot, span = marked(source)
    assert holes_at(snapshot, span) == ()


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("def f(x)‸\n", "body", "def f(x):\n    y()\n"),
        ("def f(x) -> int‸\n\nz = 1\n", "body", "def f(x) -> int:\n    y()\n\nz = 1\n"),
        ("class A:\n\tdef f(self)‸\n\n\tz = 1\n", "body", "class A:\n\tdef f(self):\n\t\ty()\n\n\tz = 1\n"),
        ("class A(B)‸\n", "statements", "class A(B):\n    y()\n"),
        ("def f():\n    if x ‸\n    return 1\n", "statements", "def f():\n    if x:\n        y()\n    return 1\n"),
        ("for a in b‸\n", "statements", "for a in b:\n    y()\n"),
        ("try‸\nfinally:\n    z()\n", "statements", "try:\n    y()\nfinally:\n    z()\n"),
    ],
)
def test_a_head_without_its_colon(source: str, kind: str, expected: str) -> None:
    check(source, kind, "y()", expected)


def test_no_block_behind_what_is_no_head() -> None:
    check("x = f(y)‸\n", "statement", "z", "z\n")
    snapshot, span = marked("x = f(y)‸\n")
    assert all(":" not in hole.lead for hole in holes_at(snapshot, span))


@pytest.mark.parametrize(
    "source", ["f(..‸.)\n", "f(a=...‸)\n", "x[‸..., 1]\n", "x = [...‸]\n", "def f(a=...‸):\n    y()\n"]
)
def test_an_ellipsis_that_may_be_a_value_is_offered_at_the_cursor_only(source: str) -> None:
    snapshot, span = marked(source)
    found = [hole for hole in holes_at(snapshot, span) if hole.kind == "expression"]
    assert [(hole.marker, hole.bulk) for hole in found] == [("...", False)]
    assert holes(snapshot) == ()


def test_an_import_is_refused_where_it_does_not_fit() -> None:
    snapshot, span = marked("from os import ‸\n")
    hole = holes_at(snapshot, span)[0]
    assert problems(snapshot, hole.range, "path.join") == ("line 1: a name with a dot",)


def test_cases_to_be_written_anew() -> None:
    snapshot, span = marked("match x:\n    «case 1:\n        y()\n    case 2:\n        z()»\n")
    hole = holes_at(snapshot, span)[0]
    assert (hole.kind, hole.indent) == ("arms", "    ")
    assert hole.range.text(snapshot.text).startswith("case 1:")


def test_the_body_of_a_match_is_no_block_of_statements() -> None:
    assert holes(snapshot_of("match x:\n    case 1:\n        pass\n"))[0].indent == "        "


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("f(\n    a,\n    # TODO: b\n)\n", "expression"),
        ("def f(\n    a,\n    # TODO: b\n):\n    return 1\n", "parameters"),
        ("match x:\n    # TODO: cases\n", "arms"),
        ("class A:\n    # TODO: methods\n", "statements"),
    ],
)
def test_a_comment_asks_for_what_can_stand_there(source: str, kind: str) -> None:
    assert [hole.kind for hole in holes(snapshot_of(source))] == [kind]
