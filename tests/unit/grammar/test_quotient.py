"""The left quotient: after a typed text it allows, byte for byte, what the grammar allows behind that text.

The laws are checked over small nasty grammars and over the languages' own; many more texts in benchmarks/cursor.py.
"""

from __future__ import annotations

import random
import sys
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import laws
from benchmarks.laws import Comparison, Subject
from maze_lsp.errors import GrammarError, TypedTextError
from maze_lsp.grammar import emit_hole, hole
from maze_lsp.grammar import quotient as quotients
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.earley import Row
from maze_lsp.grammar.lexer import State
from tests.unit.grammar.support import PYTHON, accepts, exhausted

NASTY = {subject.name: subject for subject in laws.nasty()}
LANGUAGES = ("python", "go", "javascript", "typescript", "rust", "json")
FLAGS = {"in_function": True}

seeds = st.integers(0, 2**32).map(random.Random)


def python(typed: str, start: str = "body", **more: object) -> str:
    """What completes a typed text of Python."""
    options: dict[str, object] = {"indent": "    ", "unit": "    ", "enclosing": FLAGS, **more}
    return emit_hole(PYTHON, start=start, typed=typed, **options)  # type: ignore[arg-type]


def check(subject: Subject, typed: str, rests: list[str], *, not_: list[str]) -> None:
    """After `typed` each of the rests completes the text; none of `not_` does."""
    lark = subject.lark(typed)
    for rest in rests:
        assert accepts(lark, rest), rest
        assert accepts(subject.lark(), typed + rest), "the table itself is wrong"
    for rest in not_:
        assert not accepts(lark, rest), rest
        assert not accepts(subject.lark(), typed + rest), "the table itself is wrong"
    assert_laws(subject, typed)


def assert_laws(subject: Subject, typed: str, rest: str = "") -> None:
    comparison = Comparison(random.Random(1))
    for _ in range(3):
        comparison.compare(subject, typed, rest)
    assert not comparison.found, comparison.found[0]


# --- the laws


@pytest.mark.parametrize("name", NASTY)
@settings(max_examples=15, deadline=None)
@given(rng=seeds)
def test_same_bytes_and_same_ends_behind_every_typed_text(name: str, rng: random.Random) -> None:
    found = laws.check(NASTY[name], rng, positions=120, budget=rng.choice([4, 12, 25])).found
    assert not found, found[0]


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=12, deadline=None)
@given(rng=seeds)
def test_the_laws_hold_in_real_grammars(language: str, rng: random.Random) -> None:
    subject = rng.choice(laws.subjects(language))
    found = laws.check(subject, rng, positions=60).found
    assert not found, found[0]


@pytest.mark.parametrize("name", NASTY)
@settings(max_examples=15, deadline=None)
@given(rng=seeds)
def test_a_rest_completes_a_typed_text_if_both_together_are_a_text(name: str, rng: random.Random) -> None:
    subject = NASTY[name]
    for (typed, rest), _ in zip(laws.typed_texts(subject, rng, budget=6), range(5), strict=False):
        lark = subject.lark(typed)
        for other in [rest, *(laws.mutated(rest, rng) for _ in range(3))]:
            if len(other) < 60:  # the matcher has a limit where the grammar is ambiguous
                assert accepts(lark, other) == accepts(subject.lark(), typed + other), (typed, other)


@pytest.mark.parametrize("name", NASTY)
@settings(max_examples=15, deadline=None)
@given(rng=seeds)
def test_what_is_no_beginning_is_refused_where_it_goes_wrong(name: str, rng: random.Random) -> None:
    subject = NASTY[name]
    comparison = Comparison(rng)
    for (typed, rest), _ in zip(laws.typed_texts(subject, rng, budget=10), range(8), strict=False):
        comparison.recognise(subject, laws.mutated(laws.mutated(typed + rest, rng), rng))
    assert not comparison.found, comparison.found[0]


def test_nothing_typed_leaves_the_grammar_itself() -> None:
    assert python("") == emit_hole(PYTHON, start="body", indent="    ", unit="    ", enclosing=FLAGS)
    with pytest.raises(TypedTextError) as error:
        python("x = (1 + ]")
    assert error.value.offset == len("x = (1 + ")


# --- what ends within a terminal


def test_a_half_word_goes_on() -> None:
    words = NASTY["words and names"]
    check(words, "i", ["f x", "n", "nt", "nter y", "x: is not y"], not_=["f", "nter", ""])
    check(words, "in", ["", " x", "t", "ter x", "a in b"], not_=["ter", "fx y"])
    check(words, "x: is not", [" y", " yes"], not_=["", "y", " not"])


def test_a_sign_that_may_grow() -> None:
    signs = NASTY["signs that grow"]
    check(signs, "a -", ["", ">", "->", " -", "1"], not_=[">>>?", "(", "-"])
    check(signs, "a.", ["", ".", "..", " ."], not_=["(", "...("])
    check(signs, "1", ["", "2", ".5", "e3", " e"], not_=[".", ". 5", "e", "e+"])
    check(signs, "1.", ["5", "5e-1"], not_=["", " 5", "."])


def test_characters_of_several_bytes() -> None:
    shared = NASTY["characters that share a first byte"]
    check(shared, "é", ["", "x", "éx", " ð", "€"], not_=["ð", "è"])
    check(shared, "😀", ["😀", "😀 😁", "😀x"], not_=["", "😁", "😀😁"])
    check(shared, "₭", ["€", "₭€"], not_=["", "x"])


def test_terminals_that_match_alike_are_all_kept() -> None:
    ties = NASTY["ties"]
    check(ties, "ab", ["1", "2", "c2", "c3", "cbc3", " 1"], not_=["3 1", "c1", ""])
    check(ties, "<b", ["a>", "c>", "a b!>", "cba ba! b!>"], not_=["c b c>", "!>"])


def test_indentation_half_typed() -> None:
    lines = NASTY["lines"]
    check(lines, "if x:\n   ", ["     y"], not_=["y", " y", ""])
    check(lines, "if x:\n        y\n ", ["   z", "       z"], not_=["z", "  z", "    z\n  "])


def test_strings_and_their_holes() -> None:
    strings = NASTY["strings with holes"]
    check(strings, "'a{", ["{b'", "b}'", " b + 'c'}'"], not_=["b'", "}'"])
    check(strings, "'a\\", ["n'", "''"], not_=["'"])


def test_brackets_are_closed_in_order() -> None:
    lark = python("x = f(a, [1, {2: (3")
    assert accepts(lark, ")}])")
    assert accepts(lark, ", 4)}], b)\n    return x")
    assert not accepts(lark, ")]}]")
    assert not accepts(lark, ")}]))")


# --- names, the end, healing


def test_closed_names_go_on() -> None:
    lark = python("x = pr", names=frozenset({"print", "probe"}))
    assert accepts(lark, "int")
    assert accepts(lark, "obe + print")
    assert not accepts(lark, "y")
    with pytest.raises(TypedTextError):
        python("x = q", names=frozenset({"print"}))


def test_foreign_names_go_on() -> None:
    lark = python("x = grö", known=("größe",))
    assert accepts(lark, "ße + 1")
    assert not accepts(lark, "ser")
    with pytest.raises(TypedTextError) as error:
        python("x = grö")
    assert error.value.offset == len("x = gr")


def test_the_end_follows_where_the_text_is_complete() -> None:
    lark = python("return f(", ending=True, known=("print",))
    assert exhausted(lark, "x)\ndef")
    assert exhausted(lark, ")\n\n\nprint")
    assert not accepts(lark, "\ndef")
    assert not accepts(lark, "x\ndef")


def test_the_end_keeps_apart_from_what_is_typed() -> None:
    """What stands behind the hole must not become part of the name that is typed."""
    ended = emit_hole(PYTHON, typed="ab", follow="c", start="expression", indent="", unit="    ", ending=True)
    assert exhausted(ended, " c")
    assert not exhausted(ended, "c")
    assert exhausted(ended, "(c)c")
    assert not accepts(ended, " c c")


def test_blanks_that_are_typed_may_be_those_in_front_of_the_end() -> None:
    ended = emit_hole(PYTHON, typed="ab ", follow=")", start="expression", indent="", unit="    ", ending=True)
    assert exhausted(ended, ")")
    assert exhausted(ended, "+ c)")
    assert not accepts(ended, "c)")
    assert not accepts(ended, "))")


def test_the_prompt_is_healed_in_front() -> None:
    lark = python("x = pri", heal="pri", names=frozenset({"print"}))
    assert accepts(lark, "print")
    assert not accepts(lark, "nt")


# --- size


@pytest.mark.parametrize(
    ("name", "typed", "rest"),
    [
        (
            "a class",
            "class A:\n" + 250 * "        def f(self, a, b=1):\n            return self.g(a)[b] + 1\n\n",
            "        x",
        ),
        ("a list", "x = [" + 1000 * "1, ", "2]"),
        ("brackets", "x = " + 100 * "(", "1" + 100 * ")"),
        ("calls", "x = " + 25 * "f(a, [b, {c: ", "d" + 25 * "}])"),
        ("not", "x = " + 300 * "not ", "y"),
        ("a docstring", '"""' + 1000 * "lorem ipsum ", '"""'),
        ("lambdas", "x = " + 100 * "lambda: ", "y"),
        ("a sum", "x = a" + 500 * " + a", "\n    y"),
        ("powers", "x = a" + 300 * " ** a", ""),
        ("unions", "x: A" + 200 * " | A", " = 1"),
        ("attributes", "x = a" + 500 * ".b", ".c"),
    ],
)
def test_long_texts_leave_few_rules(name: str, typed: str, rest: str) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)  # nothing may go as deep as the text is long
    try:
        lark = python(typed)
    finally:
        sys.setrecursionlimit(limit)
    assert len(lark) < 2 * len(python("")) + 20_000
    assert accepts(lark, rest)


def test_too_many_rules_are_refused() -> None:
    with pytest.raises(GrammarError, match="too deeply"):
        python("x = " + 1000 * "(")


# --- the laws have teeth


def _no_seam(_: State) -> rx.Ranges:
    return ()


def _exact_seam(state: State) -> rx.Ranges:
    return rx.normal_ranges(pair for _, rest in state.alive for pair in rx.first_ranges(rest))


def _first_only(state: State) -> tuple[int, ...]:
    return tuple(number for number, rest in state.alive if rx.nullable(rest))[:1]


_GROWING, _BEFORE = State.growing.func, Row.before


def _claims(state: State, char: str) -> bool:
    """As it is, whatever has been done to `growing`."""
    return char > "\x7f" and any(low <= ord(char) <= high for low, high in _GROWING(state))


MUTANTS: dict[str, list[tuple[object, str, object]]] = {
    "no seam": [(State, "growing", property(_no_seam)), (State, "claims", _claims)],
    "a seam of characters, not of bytes": [(State, "growing", property(_exact_seam)), (State, "claims", _claims)],
    "a recogniser that looks at whole characters": [(State, "claims", lambda *_: False)],
    "ties dropped": [(State, "complete", property(_first_only))],
    "the empty rest kept": [(rx, "nonempty", lambda regex: regex)],
    "loops dropped": [(quotients, "_star", lambda _: quotients.EMPTY)],
    "one origin instead of all": [(Row, "before", lambda row, symbol, number: islice(_BEFORE(row, symbol, number), 1))],
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_laws_catch_wrong_constructions(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name, changed in MUTANTS[mutant]:
        monkeypatch.setattr(owner, name, changed)
    hole._reader.cache_clear()
    try:
        assert _disagreements()
    finally:
        hole._reader.cache_clear()


def _disagreements() -> bool:
    rng = random.Random(7)
    return any(laws.check(subject, rng, positions=3000, budget=8, steps=15).found for subject in NASTY.values())
