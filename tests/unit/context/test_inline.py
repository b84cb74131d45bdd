"""What a suggestion at the cursor fills, and whether it is a line or a block."""

from __future__ import annotations

import pytest

from maze_lsp.context.inline import place_at
from tests.unit.context.support import marked


def check(source: str, expected: str, *, invoked: bool = False, language: str = "python") -> None:
    """`expected`: kind, `line` or `block`, and what has been begun; `nothing` where nothing is suggested."""
    snapshot, span = marked(source, language=language)
    place = place_at(snapshot, span.start, invoked=invoked)
    if place is None:
        assert expected == "nothing"
    else:
        size = "line" if place.one_line else "block"
        assert " ".join([place.hole.kind, size, place.hole.begun]).strip() == expected


def test_one_line_in_the_middle_of_a_statement() -> None:
    check("def f(a):\n    return foo(a, ‸\n", "statement line return foo(a,")
    check("def f(a):\n    return foo(a, ‸)\n", "arguments line a,")
    check("x = fo‸ + 1\n", "expression line fo")


def test_what_is_complete_may_be_followed_by_more() -> None:
    check("import os‸\n", "statements line import os")


def test_a_block_where_one_is_opened_or_the_line_is_empty() -> None:
    check("def f(a):‸\n", "statement block def f(a):")
    check("def f(a):\n    ‸\n", "body block")
    check("def f(a):\n    x = 1\n    ‸\n\ny = 2\n", "statements block")
    check("function f(a) {‸\n", "statement block function f(a) {", language="typescript")
    check("fn f() {\n    ‸\n}\n", "body block", language="rust")


@pytest.mark.parametrize("source", ["x = 1  # then ‸\n", '"""About ‸this"""\n', "x = 'ab‸'\n"])
def test_nothing_in_comments_and_strings(source: str) -> None:
    check(source, "nothing")


def test_a_string_when_it_is_asked_for() -> None:
    check("x = 'ab‸'\n", "string line ab", invoked=True)


def test_nothing_in_front_of_a_word() -> None:
    check("x = ‸y\n", "nothing", invoked=True)
    check("x = y‸z\n", "nothing", invoked=True)


def test_an_empty_string_is_a_hole() -> None:
    check("x = '‸'\n", "string line")
    check("x = 'a ‸'\n", "nothing")


def test_below_a_head_whose_block_is_there_when_it_is_asked_for() -> None:
    source = "def f(a):\n    if a:‸\n        return 1\n"
    check(source, "statements line", invoked=True)
    check(source, "nothing")


def test_behind_an_item_whose_separator_is_missing() -> None:
    check("NAMES = [\n    one,\n    two‸\n    three,\n]\n", "expression line two")
