"""Regex trees against Python's own engine, and the text that llguidance reads."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
from tests.unit.grammar.support import accepts

_LEAVES = st.sampled_from(["a", "b", "[ab]", "[^a]", "ab", "[a-c]", r"\n", " "])
PATTERNS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}{pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{1,2}", "{0,2}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)
WORDS = st.text("abc \n", max_size=6)


@given(PATTERNS, WORDS)
def test_matches_as_python_does(pattern: str, word: str) -> None:
    assert rx.matches(regex_text.parse(pattern), word) == bool(re.fullmatch(pattern, word))


@given(PATTERNS, PATTERNS, WORDS)
def test_boolean_operators(one: str, two: str, word: str) -> None:
    a, b = regex_text.parse(one), regex_text.parse(two)
    assert rx.matches(rx.intersect([a, b]), word) == (rx.matches(a, word) and rx.matches(b, word))
    assert rx.matches(rx.union([a, b]), word) == (rx.matches(a, word) or rx.matches(b, word))
    assert rx.matches(rx.negate(a), word) != rx.matches(a, word)


@given(PATTERNS, WORDS)
def test_nonempty_only_loses_the_empty_word(pattern: str, word: str) -> None:
    regex = regex_text.parse(pattern)
    assert rx.matches(rx.nonempty(regex), word) == (rx.matches(regex, word) and word != "")


@given(PATTERNS, WORDS)
def test_starting_with(pattern: str, word: str) -> None:
    regex = regex_text.parse(pattern)
    wanted = rx.matches(regex, word) and word[:1] in ("a", "b")
    assert rx.matches(rx.starting_with(regex, ((97, 98),)), word) == bool(wanted)


@given(PATTERNS, PATTERNS)
def test_emptiness_and_first_characters(one: str, two: str) -> None:
    both = rx.intersect([regex_text.parse(one), rx.negate(regex_text.parse(two))])
    first = rx.first_ranges(both)
    assert rx.matches_nothing(both) == (not first and not rx.nullable(both))
    for low, _ in first:
        assert not rx.matches_nothing(rx.derivative(both, low))


@settings(max_examples=60, deadline=None)
@given(PATTERNS, PATTERNS, st.lists(WORDS, min_size=1, max_size=4))
def test_written_text_means_the_same_to_llguidance(one: str, two: str, words: list[str]) -> None:
    regex = rx.concat(
        [rx.literal("<"), rx.intersect([regex_text.parse(one), rx.negate(regex_text.parse(two))]), rx.literal(">")]
    )
    if rx.matches_nothing(regex):
        return
    lark = f"%llguidance {{}}\nstart: T\nT: {regex_text.write(regex)}\n"
    for word in words:
        assert accepts(lark, f"<{word}>") == rx.matches(regex, f"<{word}>"), lark


@pytest.mark.parametrize("text", ["/", "\\", '"', "[", "]", "^", "-", "é", "\x01", "😀", "\t", "{", "#", "|"])
def test_every_character_is_written_so_that_it_is_read(text: str) -> None:
    for regex in (rx.literal(text + "."), rx.concat([rx.Chars(((ord(text),) * 2, (0x2603, 0x2603))), rx.literal(".")])):
        assert accepts(f"%llguidance {{}}\nstart: T\nT: {regex_text.write(regex)}\n", text + ".")


@pytest.mark.parametrize("pattern", [r"a\b", "^a", "(?i)a", r"(a)\1", "(?=a)b", "a*?"])
def test_what_is_not_regular_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"not supported|not a regular"):
        regex_text.parse(pattern)
