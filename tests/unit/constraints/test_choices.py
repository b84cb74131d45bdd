"""What a grammar forced and what it left open, along a text."""

from __future__ import annotations

from maze_lsp.constraints.choices import CHARACTERS, pieces

GRAMMAR = """%llguidance {}
start: "def " NAME "(x): return " NAME
NAME: /[a-z]+/
"""


def check(text: str, *expected: str) -> None:
    """Pieces, forced ones in `«…»`."""
    shown = [f"«{piece.text}»" if piece.forced else piece.text for piece in pieces(GRAMMAR, text)]
    assert shown == list(expected)


def test_forced_and_chosen() -> None:
    check("def f(x): return y", "«def »", "f", "(", "«x): return »", "y")


def test_a_text_is_followed_as_far_as_it_belongs() -> None:
    check("def f(y)", "«def »", "f", "(")


def test_what_might_have_stood_there() -> None:
    name = pieces(GRAMMAR, "def f(x): return y")[1]
    assert (name.allowed, name.excluded) == ("a–z", CHARACTERS - 26)
