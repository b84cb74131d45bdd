"""Holes at any cursor: what has been begun before it, and what may complete that."""

from __future__ import annotations

import pytest

from maze_lsp.constraints.compile import compile_hole, last_piece
from maze_lsp.constraints.replay import Replay
from maze_lsp.context.cursor import begun_holes
from maze_lsp.context.derive import derive
from maze_lsp.context.inplace import problems
from maze_lsp.context.types import Hole, Snapshot
from tests.unit.context.support import marked


def opened(source: str, language: str) -> tuple[Snapshot, int]:
    snapshot, span = marked(source, language=language)
    return snapshot, span.start


def check(
    source: str, kind: str, begun: str, *, yes: str = "", no: str = "", language: str = "python", wrong: str = ""
) -> Hole:
    """The first hole at the cursor; of the texts (apart by ` ¦ `) those of `yes` complete it and fit into the file,
    those of `no` are refused by the grammar, those of `wrong` in the file."""
    snapshot, at = opened(source, language)
    hole = next(begun_holes(snapshot, at))
    assert (hole.kind, hole.begun) == (kind, begun)
    proof = compile_hole(derive(snapshot, hole)).proof
    for text in filter(None, [*yes.split(" ¦ "), *wrong.split(" ¦ ")]):
        replay = Replay(proof)
        assert replay.feed(text) == text, f"{text!r} should go on behind {begun!r}"
        assert replay.complete, f"{text!r} should complete {begun!r}"
        fits = not problems(snapshot, hole.construct, hole.begun + hole.around(text), tail=hole.tail)
        assert fits == (text not in wrong.split(" ¦ ")), text
    for text in filter(None, no.split(" ¦ ")):
        replay = Replay(proof)
        assert not (replay.feed(text) == text and replay.complete), f"{text!r} should be refused behind {begun!r}"
    return hole


def test_behind_an_argument_of_a_call_that_is_open() -> None:
    source = "def f(a, b):\n    return foo(a, ‸\n\nx = 1\n"
    check(source, "statement", "return foo(a, ", yes="b) ¦ *b) + 1 ¦ x=2) if a else b", no="b ¦ ) + ¦ )) ¦ b; c)")


def test_between_brackets_that_are_closed_already() -> None:
    check("def f(a):\n    foo(a, bar(b‸), 2)\n", "arguments", "b", yes="ar, c ¦ [0]", no="ar) ¦ =")
    check("foo(a, b‸)\n", "arguments", "a, b", yes="ar, c=1", no=")")


def test_what_stands_behind_on_the_line_must_still_fit() -> None:
    check("x = fo‸ + 1\n", "expression", "fo", yes="o.bar(2)", no=" = 3 ¦ ) ¦ o; y")
    check("y = (a if b‸ else 0)\n", "expression", "b", yes="ar(1)", no=": ¦ )")


@pytest.mark.parametrize(
    ("source", "begun", "yes", "no"),
    [
        ("x = pri‸\n", "x = pri", "nt(1) ¦ mes", "nt( ¦ mes ="),  # a name
        ("retur‸\n", "retur", "ns = 1 ¦ ned(2)", "n 1"),  # legal nowhere here
        ("def f():\n    retur‸\n", "retur", "n 1 ¦ ned(2) ¦ n", "n return"),  # a keyword
        ("a = 12‸\n", "a = 12", "34 ¦ .5 ¦ e10 ¦  + 1", ".5.5 ¦ a"),  # a number
        ("a.b‸\n", "a.b", "ar = 1 ¦ .c()", "ar ="),  # a member
        ("x = 'ab‸\n", "x = 'ab", "c' ¦ \\n' + y", "c ¦ \n'"),  # a string
        ("x = 'a#b‸\n", "x = 'a#b", "c'", "c"),  # no comment
        ("x = f'{a‸\n", "x = f'{a", "bc}' ¦ !r:>{w}}x'", "bc' ¦ }"),  # the code in a string
        ("import os.pa‸\n", "import os.pa", "th ¦ th as p, sys", "th as"),  # a path
        ("x <‸\n", "x <", " 2 ¦ = 2 ¦ < 2 ¦ <= 2", "> 2 ¦ =< 2"),  # an operator that can grow
    ],
)
def test_within_a_token(source: str, begun: str, yes: str, no: str) -> None:
    check(source, "statement", begun, yes=yes, no=no)


def test_a_statement_over_several_lines() -> None:
    check("x = [\n    1,\n    a + ‸\n]\n", "expression", "a + ", yes="b", no="b] ¦ b,, c")
    check(
        "const x = a\n  .b()\n  .c(y => ‸\nz();\n",
        "statement",
        "const x = a\n  .b()\n  .c(y => ",
        yes="y + 1);",
        no="y + 1;",
        language="typescript",
    )


def test_a_head_whose_block_is_there_already() -> None:
    source = "class A:\n    def f(self, sour‸\n        return 1\n\n    x = 1\n"
    assert check(source, "parameters", "self, sour", yes="ce, *rest", no="ce):").tail == "):"
    assert check("if a and ‸\n    pass\n", "expression", "a and ", yes="b", no="b:").tail == ":"


def test_a_block_of_its_own() -> None:
    check("def f(a):\n    if a‸\n", "statement", "if a", yes="bc: pass ¦ :\n        return 1", no=":\n    return 1")


def test_what_does_not_fit_behind_the_cursor_is_refused_in_place() -> None:
    check("if a‸:\n    pass\n", "expression", "a", yes=" and b", no=":")


def test_other_languages() -> None:
    check(
        "interface X { a: num‸ }\n", "members", "a: num", yes="ber; b: string ¦ ber", language="typescript", no="ber }"
    )
    check("class A {\n  foo(a: str‸\n}\n", "members", "foo(a: str", yes="ing) { return 1; }", language="typescript")
    check("fn f() {\n    let x = a.b‸;\n}\n", "expression", "a.b", yes="ar()?", no="ar();", language="rust")
    check("package a\n\nfunc f() {\n\tx := a + ‸\n}\n", "statement", "x := a + ", yes="b", no="b := c", language="go")
    check('{"a": [1, 2‸]}\n', "items", "1, 2", yes="3, 4", no="3]", language="json")


@pytest.mark.parametrize("source", ["x = 1  # foo‸\n", "# ‸x\n", "x = 1\n‸\n", "x = ]‸\n", "f(‸lo, hi)\n"])
def test_nothing_in_comments_and_where_nothing_is_begun(source: str) -> None:
    assert list(begun_holes(*opened(source, "python"))) == []


def test_contents_that_have_no_rule_where_they_stand() -> None:
    snapshot, at = opened('"""\nAbout os.‸\n"""\nx = 1\n', "python")
    assert all(hole.kind != "string" for hole in begun_holes(snapshot, at))


def test_only_what_cannot_end_yet() -> None:
    snapshot, at = opened("x = a‸\n", "python")
    assert list(begun_holes(snapshot, at))
    assert not list(begun_holes(snapshot, at, unfinished=True))


@pytest.mark.parametrize(
    ("prompt", "piece"),
    [
        ("return foo(a, ", " "),
        ("x = pri", " pri"),
        ("foo(bar", "bar"),
        ("foo((", "(("),
        ("a = 12", " 12"),
        ("if x:\n    ", "\n    "),
        ("x <", " <"),
        ("x", ""),
    ],
)
def test_the_last_piece_of_a_prompt_is_written_again(prompt: str, piece: str) -> None:
    assert last_piece(prompt) == piece


def test_the_sent_grammar_repeats_what_was_taken_off_the_prompt() -> None:
    snapshot, at = opened("def f(r):\n    return 2 * mat‸\n", "python")
    compiled = compile_hole(derive(snapshot, next(begun_holes(snapshot, at))))
    assert compiled.heal == " mat"
    replay = Replay(compiled.lark)
    assert replay.feed(" math.pi * r") == " math.pi * r"
    assert Replay(compiled.lark).feed(" max") == " ma"
