"""Several constraints at once."""

from __future__ import annotations

from typing import Any

import pytest

from maze_lsp.constraints.conjoin import conjoin
from maze_lsp.constraints.proof import accepts, why_not
from maze_lsp.constraints.reading import validated
from maze_lsp.constraints.types import CompiledConstraint
from maze_lsp.errors import ConstraintError

BRACKETS = 'start: e\ne: "(" e ")" | "x"\n'


def conjoined(*constraints: dict[str, Any]) -> CompiledConstraint:
    return conjoin([validated(one, f"c{number}") for number, one in enumerate(constraints)])


def check(constraints: list[dict[str, Any]], yes: list[str], no: list[str], enforced: list[str]) -> None:
    """`enforced`: the names of the parts that the grammar which is sent says."""
    compiled = conjoined(*constraints)
    assert [part.name for part in compiled.parts if part.enforcement == "grammar"] == enforced
    for text in yes:
        assert why_not(compiled.proof, text) == ""
    for text in no:
        assert not accepts(compiled.proof, text)


def check_conflict(*constraints: dict[str, Any], names: str) -> None:
    with pytest.raises(ConstraintError, match=f"^No text satisfies {names}"):
        conjoined(*constraints)


def test_regexes_choices_and_lengths_become_one_terminal() -> None:
    check(
        [{"regex_patterns": ["[a-z]+", ".{3}"]}, {"choices": ["abc", "abcd", "ABC"]}, {"max_length": 3}],
        yes=["abc"],
        no=["abcd", "ABC", "xyz"],
        enforced=["c0 (regex 1)", "c0 (regex 2)", "c1", "c2"],
    )


def test_a_grammar_is_sent_and_the_rest_checked() -> None:
    check([{"grammar": BRACKETS}, {"regex_patterns": [".{5}"]}], yes=["((x))"], no=["(x)", "((x)"], enforced=["c0"])


def test_schemas_are_one_and_what_no_grammar_says_is_checked() -> None:
    unique = {"json_schema": {"properties": {"a": {"uniqueItems": True}}}}
    check(
        [{"json_schema": {"type": "object", "required": ["a"]}}, unique],
        yes=['{"a": [1, 2]}'],
        no=['{"a": [1, 1]}', "{}"],
        enforced=["c0", "c1"],
    )


def test_the_higher_priority_is_the_one_that_is_enforced() -> None:
    other = 'start: "(" /x*/ ")"\n'
    check(
        [{"grammar": BRACKETS}, {"grammar": other, "priority": 5}],
        yes=["(x)"],
        no=["((x))", "(xx)"],
        enforced=["c1"],
    )


def test_a_conflict_names_a_smallest_set() -> None:
    digits, letters = {"regex_patterns": ["[0-9]+"]}, {"regex_patterns": ["[a-z]+"]}
    check_conflict(letters, {"max_length": 9}, digits, names="`c0` and `c2` together")
    check_conflict({"json_schema": {"type": "object"}}, {"max_length": 9}, digits, names="`c0` and `c2` together")
    check_conflict({"json_schema": {"type": "integer"}}, {"json_schema": {"type": "string"}}, names="`c0` and `c1`")
    check_conflict(
        {"json_schema": {"type": "integer", "minimum": 100}}, {"regex_patterns": ["[0-9]{1,2}"]}, names="`c0`"
    )
    check_conflict(
        {"grammar": BRACKETS}, {"regex_patterns": [r"\(+x\){3}"]}, {"max_length": 6}, names="`c0` and `c1` and `c2`"
    )
    check_conflict({"choices": ["a"]}, {"choices": ["b"]}, names="`c0` and `c1`")


def test_what_is_against_a_proof_is_said_with_its_place_and_what_may_stand_there() -> None:
    compiled = conjoined(
        {"json_schema": {"properties": {"b": {"not": {"multipleOf": 2}}}, "required": ["b"], "type": "object"}}
    )
    assert why_not(compiled.proof, '{"b": 3}') == ""
    assert why_not(compiled.proof, '{\n"b": ?}').startswith("line 2, column 6: `?` cannot stand there; expected ")
    assert why_not(compiled.proof, '{"b": ').startswith("the text ends too early; expected ")
    assert "/b" in why_not(compiled.proof, '{"b": 2}')


@pytest.mark.parametrize("lead", ["", '"a" ', "\n    | "])
def test_rules_that_would_end_the_process_are_refused(lead: str) -> None:
    """llguidance 1.9.1 follows them by recursion, and so would the server."""
    chain = "".join(f"r{n}: {lead}r{n + 1}\n" for n in range(3000))
    with pytest.raises(ConstraintError, match="deep"):
        conjoined({"grammar": f'start: r0\n{chain}r3000: "x"\n'})
    gbnf = "root ::= r0\n" + "".join(f'r{n} ::= "(" r{n + 1} | root\n' for n in range(3000)) + 'r3000 ::= "x"\n'
    with pytest.raises(ConstraintError, match="deep"):
        conjoined({"grammar": gbnf})


def test_hostile_constraints_are_refused() -> None:
    for constraint, words in (
        ({"regex_patterns": ["(a{900}){900}"]}, "repeats too much"),
        ({"grammar": "start: start start\n"}, "No text|compile"),
        ({"grammar": "start: nowhere\n"}, "nowhere"),
        ({"grammar": "start: /(/\n"}, "compile"),
        ({"json_schema": {"$ref": "http://localhost/x"}}, "not in it"),
    ):
        with pytest.raises(ConstraintError, match=words):
            conjoined(constraint)
