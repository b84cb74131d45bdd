"""The notation, and what is said about mistakes in it."""

from __future__ import annotations

import pytest

from maze_lsp.errors import GrammarError
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Repeat, Rule, Seq, Terminal
from tests.unit.grammar.support import small


def test_rules_and_terminals() -> None:
    grammar = small('WORD: /[a-z]+/\nstart: WORD@reference ("," ^WORD)*\n  | other\nother: !"as"\n')
    assert grammar.terminals["WORD"] == rx.Repeat(rx.Chars(((97, 122),)), 1, None)
    first, other = grammar.rules["start"].items  # type: ignore[union-attr]
    assert first == Seq(
        (
            Terminal("WORD", role="reference"),
            Repeat(Seq((Terminal('","'), Terminal("WORD", glued=True))), 0, True),
        )
    )
    assert other == Rule("other")
    assert grammar.rules["other"] == Terminal('"as"', apart=True)
    assert grammar.reserved == {"as"}
    assert grammar.lines == {"start": 3, "other": 5}


def test_terminals_may_use_each_other_in_any_order() -> None:
    grammar = small('A: B "x" & ~C\nB: /[a-c]/\nC: "ax"\nstart: A\n')
    assert rx.matches(grammar.terminals["A"], "bx")
    assert not rx.matches(grammar.terminals["A"], "ax")


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("start: nothing", "small.lark:2, rule start", "rule nothing is not defined"),
        ("start: NOTHING", "small.lark:2, rule start", "terminal NOTHING is not defined"),
        ('start: "a"\nstart: "b"', "small.lark:3, rule start", "already defined in line 2"),
        ('start: "a" |', "small.lark:2, rule start", "an alternative is empty"),
        ('start: "a"?', "small.lark:2, rule start", "can be empty"),
        ('start: ("a"', "small.lark:2, rule start", ") is missing"),
        ('start: "a")', "small.lark:2, rule start", "unexpected )"),
        ('start: ""', "small.lark:2, rule start", "empty literal"),
        ('start: "a" § "b"', "small.lark:2, rule start", "not understood"),
        ("A: /[/\nstart: A", "small.lark:2, rule A", "not understood"),
        ("A: /(?=a)/\nstart: A", "small.lark:2, rule A", "not supported in terminals"),
        ("A: /a(/\nstart: A", "small.lark:2, rule A", "not a regular expression"),
        ("A: B\nB: A\nstart: A", "small.lark:3, rule B", "terminal A is defined by itself"),
        ('A: "a" & "b"\nstart: A', "small.lark:2, rule A", "no text matches"),
        ("A: /a/\nstart: A@owner", "small.lark:3, rule start", "owner is not a role"),
        ('start: [loop] "a"', "small.lark:2, rule start", "loop is not a flag"),
        ('start: "a"{+loop}', "small.lark:2, rule start", "loop is not a flag"),
        ('start: "a"{mode=odd}', "small.lark:2, rule start", "odd is not a mode"),
        ('start: "a"{loop}', "small.lark:2, rule start", "not a change of context"),
        ('start: ^("a")', "small.lark:2, rule start", "in front of a terminal only"),
        ("%colour red", "small.lark:2, rule %colour", "not a directive that is known"),
        ("what is this", "small.lark:2", "expected `name: …`"),
    ],
)
def test_mistakes_name_file_line_and_rule(text: str, place: str, what: str) -> None:
    with pytest.raises(GrammarError) as caught:
        small(text + "\n")
    message = str(caught.value)
    assert message.startswith(place + ":"), message
    assert what in message
    assert "docs/grammar-dialect.md" in message


def test_lines_are_continued_in_modes_that_exist() -> None:
    with pytest.raises(GrammarError, match=r"small\.lark:2, rule %continued: .*not a mode"):
        small('%continued inside /\\n/\nstart: "a"\n')


def test_white_space_has_to_match_nothing_too() -> None:
    with pytest.raises(GrammarError, match=r"small\.lark:1, rule %space: .*empty"):
        small('%space outside / +/\nstart: "a"\n')


def test_gaps_behind_terminals() -> None:
    grammar = small('%behind wide /[ \\n]*/ "," OPEN\n%behind none SIGN\nOPEN: "("\nSIGN: "-"\nstart: OPEN SIGN ","\n')
    assert grammar.behind == {'","': "wide", "OPEN": "wide", "SIGN": "none"}
    assert set(grammar.gaps) == {"wide"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('%behind wide / */ NOTHING\nstart: "a"', "terminal NOTHING is not defined"),
        ('%behind word / */ "a"\nstart: "a"', "a gap cannot be called word"),
        ('%behind wide "a"\nstart: "a"', "not a directive that is known"),
    ],
)
def test_mistakes_in_gaps(text: str, what: str) -> None:
    with pytest.raises(GrammarError, match=what):
        small(text)
