"""What may be generated in parts of Python: parameters, imports, patterns, cases, contents of strings."""

from __future__ import annotations

import pytest

from maze_lsp.grammar import emit_hole
from tests.unit.grammar.support import PYTHON, accepts, exhausted, fits


def check(start: str, yes: list[str], no: list[str]) -> None:
    assert [text for text in yes if not fits(text, start)] == []
    assert [text for text in no if fits(text, start)] == []


def test_parameters() -> None:
    check(
        "parameters",
        ["a", "a, /, b: int = 1, *, c=2, **k", "self,\n    *args: int,\n    b", "a: dict[str, int] = {},"],
        ["", "a b", "a=1, b", "*", "**k, a", "a.b", "1", "/", "(a, b)"],
    )


def test_imports() -> None:
    check("import", ["os", "os.path as p, sys"], ["", "os as", "os.", "from os", "os as a.b", "*", "(os)"])


def test_patterns() -> None:
    check(
        "pattern",
        ["_", "1 | 'a' | None", "Point(0, y=b) as c", "[a, *_]", "{'a': 1, **rest}", "a.b", "-1", "(a, b)", "a.B()"],
        ["", "a, b", "1 as _", "a + b", "f'a'", "_.a", "_()", "Point(y=1, 0)", "*a", "not a", "a if b"],
    )


def test_cases() -> None:
    check(
        "arms",
        ["case 1: pass", "case a, *b if c:\n        x()\n    case _:\n        return"],
        ["", "case:", "pass", "case 1:\n    x()", "case 1: pass\n    x()", "case 1: pass\ncase 2: pass"],
    )


@pytest.mark.parametrize(
    ("quotes", "yes", "no"),
    [
        ('"', ["it's", r"a\"b\n", "x" * 99], ['a"b', "a\nb", "\\", r"\x4"]),
        ("'", ['"it"', r"it\'s"], ["it's", "a\nb"]),
        ('"""', ['a\n"b" it\'s', 'a""b'], ['a"""b']),
        ("'''", ['a\n"b" it\'s'], ["a'''b"]),
    ],
)
def test_the_contents_of_a_string_by_its_quotes(quotes: str, yes: list[str], no: list[str]) -> None:
    lark = emit_hole(PYTHON, start="string", indent="", unit="    ", follow=quotes + ")")
    assert [text for text in yes if not accepts(lark, text)] == []
    assert [text for text in no if accepts(lark, text)] == []


def test_the_contents_of_a_string_end_with_its_quote() -> None:
    lark = emit_hole(PYTHON, start="string", indent="", unit="    ", follow='")', ending=True)
    assert exhausted(lark, "it's text\"")
