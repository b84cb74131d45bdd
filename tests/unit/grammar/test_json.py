"""What may be generated in JSON: exactly the texts of RFC 8259, as a strict reader takes them."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maze_lsp.grammar import emit_hole, load
from maze_lsp.grammar.derive import Deriver
from maze_lsp.grammar.family import plain_rules
from maze_lsp.grammar.passes.lines import Layout, spelled
from maze_lsp.languages.json.spec import SPEC
from tests.unit.grammar.support import accepts, exhausted

JSON = load(SPEC)
PLACES = {"value": "%s", "fields": "{%s}", "items": "[%s]", "string": '"%s"'}
BLANK = " \t\n\r"
SMALL = settings(max_examples=200, deadline=None)


def fits(text: str, kind: str = "value", eol: str = "\n") -> bool:
    return accepts(emit_hole(JSON, start=kind, indent="", unit="  ", eol=eol), text)


def is_json(text: str) -> bool:
    """What Python's reader says, without the constants that it takes beyond the RFC."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        json.loads(text, parse_constant=refuse, parse_int=str, parse_float=str)
    except ValueError:
        return False
    return True


def check(kind: str, yes: list[str], no: list[str]) -> None:
    assert [text for text in yes if not fits(text, kind)] == []
    assert [text for text in no if fits(text, kind)] == []
    assert [text for text in yes if not is_json(PLACES[kind].replace("%s", text))] == []


def test_values() -> None:
    check(
        "value",
        ["null", "true", "0", "-0", "-1.50e+10", "1E5", '""', '"a\x7f𝒳"', "[]", "{}", "[ ]", "{\r\n\t}", '{"":[{}]}'],
        ["", "01", "+1", ".5", "1.", "1e", "-", "0x1", "NaN", "Infinity", "nul", "True", "'a'", "a", "1 2", " 1", "1 "],
    )


def test_strings() -> None:
    check(
        "value",
        [r'"\"\\\/\b\f\n\r\t"', r'"é"', r'"\ud800"', r'"\uDFFF\uD800"', '"\u2028/"'],
        ['"\n"', '"\t"', '"\x00"', r'"\x41"', r'"\u12g4"', r'"\u123"', '"', r'"\"', '"""', r'"\U0041"', r'"\'"'],
    )


def test_no_comma_too_many_and_no_comment() -> None:
    check(
        "value",
        ["[1,2 ,\n3]", '{"a" : 1 , "a":2}', "[[[],[]]]"],
        [
            "[1,]",
            "[,1]",
            "[1,,2]",
            "[1 2]",
            '{"a":1,}',
            '{"a"}',
            '{"a":}',
            "{a:1}",
            "{1:2}",
            "[1}",
            "[1 // one\n]",
            "[/**/]",
        ],
    )


def test_what_stands_between_brackets_and_quotes() -> None:
    check(
        "fields", ['"a": 1', '"a": 1,\n  "b": {"c": []}'], ["", "1", '"a"', '"a": 1,', '{"a": 1}', '"a": 1}, {"b": 2']
    )
    check("items", ["1", '1, "a", [2]'], ["", "1,", '"a": 1', "1], [2"])
    check("string", ["text", r"a\"b\\", "'"], ["", '"', 'a"b', "a\n", "\\"])


def test_white_space_is_that_of_the_rfc() -> None:
    check("value", ["[ \t\r\n1\n\n,\r2]"], ["[\f1]", "[\v1]", "[\xa01]", "[\u20281]", "[\ufeff1]"])
    for eol in ("\n", "\r\n", "\r"):
        assert fits("[\n1,\r\n2,\r3]", eol=eol)


def test_any_depth() -> None:
    check("value", ["[" * 300 + "]" * 300, '{"a":' * 200 + "1" + "}" * 200], ["[" * 300 + "]" * 299])


def test_a_value_ends_with_what_stands_behind_it_on_any_line() -> None:
    for follow, end in (("}", "}"), ("\n}", "\n}"), (",\n", ","), ("", "\n")):
        lark = emit_hole(JSON, start="value", indent="", unit="  ", ending=True, follow=follow, names=frozenset())
        assert exhausted(lark, '{"a": [1]}' + end)
        assert not accepts(lark, "1 2")


def trees() -> st.SearchStrategy[Any]:
    scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    return st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(trees(), st.booleans(), st.sampled_from([None, 0, 1, "\t"]), st.sampled_from(BLANK), st.sampled_from(BLANK))
@SMALL
def test_whatever_is_written_in_any_style_is_accepted(
    value: Any, escaped: bool, indent: int | str | None, behind: str, around: str
) -> None:
    separators = ("," + behind, around + ":" + behind)
    text = json.dumps(value, ensure_ascii=escaped, indent=indent, separators=separators)
    assert fits(text)


# pieces of texts that are JSON or nearly
PIECES = [*'{}[]:,"\\/', *BLANK, *"0123456789+-.eEux", *"\x00\x1f\x7f\x0b\xa0é'#", "//", "/*", "\\ud800", '"a"', '"a":']
PIECES += ["null", "true", "false", "NaN", "-Infinity"]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A JSON text of which pieces were dropped, doubled, swapped or put in."""
    text = json.dumps(draw(trees()), indent=draw(st.sampled_from([None, 1])))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        end = at + draw(st.integers(0, 2))
        put = draw(st.sampled_from([*PIECES, text[at:end] * 2, text[at:end][::-1], ""]))
        text = text[:at] + put + text[end:]
    return text


@given(mutated() | st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=6))
@example("-")
@example("[1.0e]")
@example('"\\u12"')
@settings(max_examples=800, deadline=None)
def test_accepted_exactly_where_a_strict_reader_does(text: str) -> None:
    text = text.strip(BLANK).encode("utf-8", "ignore").decode()
    assert fits(text) == is_json(text)


@pytest.mark.parametrize("kind", list(PLACES))
def test_random_texts_of_the_grammar_are_json(kind: str) -> None:
    plain = plain_rules(JSON, kind, (), False, False)
    layout = Layout("", "  ", "\n")
    deriver = Deriver(plain.grammar, lambda terminal: spelled(plain.grammar, terminal, layout), random.Random(1), 40)
    texts = [deriver.text(kind) for _ in range(200)]
    assert [text for text in texts if not is_json(PLACES[kind].replace("%s", text))] == []
    assert [text for text in texts if not fits(text, kind)] == []
