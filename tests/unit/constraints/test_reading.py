"""Constraints in all the forms that people write them in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from maze_lsp.constraints.gbnf import lark_of as gbnf_lark
from maze_lsp.constraints.ir import ConstraintIR, Pattern, file_schema
from maze_lsp.constraints.patterns import read_pattern
from maze_lsp.constraints.reading import read_constraints
from maze_lsp.constraints.replay import accepts
from maze_lsp.constraints.schema.check import value_violation
from maze_lsp.constraints.seed_grammar import lark_of as seed_lark
from maze_lsp.errors import ConstraintError
from maze_lsp.grammar import regex as rx


def check(text: str, *kinds: str) -> ConstraintIR:
    (found,) = read_constraints(text)
    assert found.kinds == kinds
    return found


def check_refused(text: str, *words: str) -> None:
    with pytest.raises(ConstraintError) as error:
        read_constraints(text, name="mine.json")
    for word in words:
        assert word in str(error.value)


def test_the_form_is_told_by_what_is_said() -> None:
    check('{"name": "n", "regex_patterns": ["a+", {"pattern": "b", "flags": "i"}]}', "regex_patterns")
    check('{"type": "object", "properties": {"a": {}}}', "json_schema")
    check('["yes", "no"]', "choices")
    check('{"rules": [{"lhs": "S", "rhs": ["a"]}], "start_symbol": "S"}', "grammar")
    check("%llguidance {}\nstart: /a/\n", "grammar")
    check('root ::= "a" | "b"\n', "grammar")
    check("{}", "json_schema")


def test_several_constraints_in_one_text_keep_their_order_and_get_names() -> None:
    found = read_constraints('[{"regex_patterns": ["a"]}, {"name": "second", "max_length": 5}]', name="f")
    assert [one.name for one in found] == ["f 1", "second"]


def test_a_schema_with_the_keys_of_ananke_is_one() -> None:
    found = check(
        '{"json_schema": {"schema_type": "object", "properties": {"a": {"schema_type": "string"}}, "required": []}}',
        "json_schema",
    )
    assert found.json_schema == {"type": "object", "properties": {"a": {"type": "string"}}}


def test_what_is_wrong_is_said_with_its_place() -> None:
    check_refused('{"a": 1,\n "a": 2}', "mine.json", "`a`", "twice")
    check_refused('{"a": \n nope}', "line 2")
    check_refused('{"name": "n", "priority": "high"}', "n:", "`priority`")
    check_refused('{"frobnicate": 1}', "`frobnicate`")
    check_refused("hello", "neither JSON nor a grammar")
    check_refused("", "nothing in it")
    check_refused("[" * 1000 + "]" * 1000, "nested")
    check_refused('{"enum": [NaN]}', "NaN")
    check_refused('{"token_masks": {"allowed_tokens": [1, 2]}}', "tokenizer")
    check_refused('["a", {"type": "string"}]', "either")
    check_refused('{"choices": []}', "at least one")
    check_refused('["\\u0000"]', "NUL")
    check_refused('["\\ud800"]', "surrogate")


def test_the_digest_is_that_of_what_is_constrained() -> None:
    one = read_constraints('{"type": "object", "properties": {"a": {"minimum": 1.0}, "b": {}}}', name="one")[0]
    other = read_constraints('{"properties": {"b": {}, "a": {"minimum": 1}}, "type": "object"}', name="other")[0]
    assert one.digest == other.digest
    assert one.digest != read_constraints('["a"]')[0].digest


SEED = {
    "rules": [
        {"lhs": "expr", "rhs": ["term", "+", "expr"]},
        {"lhs": "expr", "rhs": ["term"]},
        {"lhs": "term", "rhs": ["/[0-9]+/"]},
        {"lhs": "term", "rhs": ["(", "expr", ")"]},
        {"lhs": "term", "rhs": ['"NIL"', "rest"]},
        {"lhs": "rest", "rhs": []},
        {"lhs": "rest", "rhs": ["!"]},
    ],
    "start_symbol": "expr",
}


@pytest.mark.parametrize(
    ("text", "fits"), [("1+(2+NIL)", True), ("NIL!", True), ("1+", False), ("nil", False), ("", False)]
)
def test_a_grammar_of_ananke(text: str, fits: bool) -> None:
    grammar = check(json.dumps(SEED), "grammar").grammar
    assert not isinstance(grammar, str | None)
    assert accepts(seed_lark(grammar), text) is fits


def test_a_symbol_that_may_be_a_name_is_not_guessed() -> None:
    for symbol in ("IDENT", "my_rule", "Expr"):
        (found,) = read_constraints(json.dumps({"rules": [{"lhs": "s", "rhs": [symbol]}], "start_symbol": "s"}))
        with pytest.raises(ConstraintError, match=f"`{symbol}` has no rule"):
            seed_lark(found.grammar)  # type: ignore[arg-type]


def test_a_rule_without_end_is_refused() -> None:
    rules = [{"lhs": "s", "rhs": ["a"]}, {"lhs": "a", "rhs": ["x", "a"]}]
    (found,) = read_constraints(json.dumps({"rules": rules, "start_symbol": "s"}))
    with pytest.raises(ConstraintError, match="never comes to an end"):
        seed_lark(found.grammar)  # type: ignore[arg-type]


GBNF = """
root  ::= item ("," ws item)*   # a list
item  ::= "abc" | "a" rest | "(" item ")"
rest  ::= "bd" | [x-z]{2,3}
ws    ::= [ \\t]*
"""


@pytest.mark.parametrize(
    ("text", "fits"),
    [("abc", True), ("abd", True), ("axx, abd", True), ("abd,(abc)", True), ("abe", False), ("ax", False)],
)
def test_gbnf_means_characters_where_words_begin_alike(text: str, fits: bool) -> None:
    assert accepts(gbnf_lark(GBNF), text) is fits


def test_gbnf_without_recursion_is_one_word_and_may_be_empty() -> None:
    lark = gbnf_lark('root ::= "a"? [^b]{0,2}\n')
    assert [accepts(lark, text) for text in ("", "acc", "accc", "b")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('x ::= "y"', "no rule `root`"),
        ("root ::= y", "no rule `y`"),
        ("root ::= (", "not closed"),
        ("root ::= *", "nothing to repeat"),
        ('root ::= "a"\nroot ::= "b"', "line 2"),
        ("root ::= 'a'", "not understood"),
        ("root ::= [z-a]", "wrong way round"),
        ('root ::= "a"{5,2}', "fewer at most"),
        ("root ::= " + "(" * 300, "deep"),
    ],
)
def test_broken_gbnf(text: str, words: str) -> None:
    with pytest.raises(ConstraintError, match="GBNF") as error:
        gbnf_lark(text)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("pattern", "flags", "yes", "no"),
    [
        ("^a+?$", "", ("a", "aaa"), ("", "b", "ab")),
        ("(^a|b$)", "", ("a", "b"), ("ab",)),
        ("ab", "i", ("AB", "aB"), ("a",)),
        ("a.b", "s", ("a\nb",), ("ab",)),
        ("a.b", "", ("axb",), ("a\nb",)),
        (r"a \d # number", "x", ("a1",), ("a 1",)),
        (r"(?P<year>\d{4})-\d\d", "", ("2026-11",), ("2026-1",)),
    ],
)
def test_patterns_of_users(pattern: str, flags: str, yes: tuple[str, ...], no: tuple[str, ...]) -> None:
    tree = read_pattern(Pattern(pattern=pattern, flags=flags))
    assert all(rx.matches(tree, text) for text in yes)
    assert not any(rx.matches(tree, text) for text in no)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("a(?=b)", "look-ahead"),
        (r"(a)\1", "references"),
        ("a^b", "anchor"),
        ("a(", "not a regular expression"),
        ("a" * 30_000, "longer"),
    ],
)
def test_patterns_that_cannot_be_enforced(pattern: str, words: str) -> None:
    with pytest.raises(ConstraintError, match=words):
        read_pattern(Pattern(pattern=pattern))


def test_the_schema_of_constraint_files_is_published_and_right() -> None:
    published = Path(__file__).parents[3] / "docs" / "constraint.schema.json"
    assert json.loads(published.read_text()) == file_schema(), "write `file_schema()` there"
    for text in (
        '{"name": "n", "regex_patterns": ["a", {"pattern": "b", "flags": "i"}], "when": {"kind": ["body"]}}',
        "[]",
    ):
        assert value_violation(file_schema(), json.loads(text)) == ""
    assert value_violation(file_schema(), {"regex": "a"})
