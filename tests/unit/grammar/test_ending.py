"""What the sent grammar allows behind the text, so that a stock server stops."""

from __future__ import annotations

import pytest

from maze_lsp.grammar import emit_hole
from tests.unit.grammar.support import PYTHON, accepts, compiled, exhausted

FLAGS = {"in_function": True}


def lark(start: str, *, indent: str = "    ", **more: object) -> str:
    more = {"enclosing": FLAGS, "ending": True, "known": ("print", "x"), **more}
    return emit_hole(PYTHON, start=start, indent=indent, unit="    ", **more)  # type: ignore[arg-type]


def stays_open(text: str, count: int, grammar: str) -> bool:
    """Whether after the first `count` characters more may follow."""
    matcher = compiled(grammar).deep_copy()
    return matcher.try_consume_tokens(list(text[:count].encode())) == count and not matcher.is_stopped()


@pytest.mark.parametrize(
    "end",
    [
        "\ndef",
        "\n\n\ndef",
        "\n\n# Tests\nprint",
        "\n\n@",
        "\n  \n   x",
        "  # done\n)",
        "\n```",
        "\n\n\n\n    # c\n\nif",
    ],
)
@pytest.mark.parametrize("start", ["body", "statements"])
def test_a_block_ends_where_a_line_is_indented_less(start: str, end: str) -> None:
    grammar = lark(start)
    assert accepts(grammar, "x = 1\n    return x")
    assert accepts(grammar, "x = 1\n    return x" + end)
    assert accepts(grammar, "if x:\n        return x" + end)
    assert not accepts(emit_hole(PYTHON, start=start, indent="    ", unit="    ", enclosing=FLAGS), "return x" + end)


def test_nothing_follows_the_end() -> None:
    grammar = lark("body")
    assert exhausted(grammar, "return x\ndef")
    assert not accepts(grammar, "return x\ndef helper")
    assert not accepts(grammar, "return x\nx\n    y")
    assert stays_open("return x\nd", 10, grammar)


def test_only_known_words_begin_the_line_behind_the_hole() -> None:
    grammar = lark("body")
    assert accepts(grammar, "return x\nprint")
    assert not accepts(grammar, "return x\nunheard_of")


def test_a_block_goes_on_at_its_own_indentation() -> None:
    grammar = lark("body")
    for text in ("a = 1\n\n    # note\n    b = 2", "if a:\n        b\n    else:\n        c\n    d"):
        assert accepts(grammar, text)
        assert stays_open(text, len(text), grammar)


def test_a_block_at_the_margin_ends_after_a_blank_line() -> None:
    grammar = lark("statements", indent="")
    assert accepts(grammar, "a = 1\nb = 2")
    assert accepts(grammar, "a = 1\nb = 2\n\nclass")
    assert not accepts(grammar, "a = 1\n\nb = 2\nc = 3")


def test_a_statement_ends_before_any_line_that_does_not_belong_to_it() -> None:
    for indent in ("", "    "):
        grammar = lark("statement", indent=indent)
        assert accepts(grammar, f"if a:\n{indent}    b\n{indent}else:\n{indent}    c\n{indent}return")
        assert accepts(grammar, f"a = 1\n{indent}x")
        assert accepts(grammar, f"a = 1\n{indent}for")
        assert accepts(grammar, f"try:\n{indent}    b\n{indent}finally:\n{indent}    c\n{indent}for")
        assert not accepts(grammar, f"a = 1\n{indent}else")
        assert not accepts(grammar, f"a = 1\n{indent}x = 2")


@pytest.mark.parametrize(("follow", "end"), [(")", ")"), ("  )", " )"), ("", "\n"), (", b)", ","), ("\n", "\n")])
def test_an_expression_ends_with_what_stands_behind_the_hole(follow: str, end: str) -> None:
    grammar = lark("expression", follow=follow)
    assert accepts(grammar, "a + f(b)" + end)
    assert exhausted(grammar, "a + f(b)" + end)


def test_line_ends_of_the_file() -> None:
    grammar = lark("body", eol="\r\n")
    assert accepts(grammar, "if x:\r\n        y\r\n\r\ndef")
    assert not accepts(grammar, "if x:\n        y")
