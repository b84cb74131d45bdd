"""A text is right in its place if the file has no new fault and nothing behind it changes hands."""

from __future__ import annotations

import pytest

from maze_lsp.context.holes import holes_at
from maze_lsp.context.inplace import problems
from tests.unit.context.support import marked


def check(source: str, text: str) -> tuple[str, ...]:
    snapshot, span = marked(source)
    hole = holes_at(snapshot, span)[0]
    return problems(snapshot, hole.range, hole.lead + text)


BODY = "def f(a):\n    ...‸\n\ndef g():\n    return 1\n"


@pytest.mark.parametrize(
    "text", ["return a", "if a:\n        return 1\n    return 2", "x = (\n        1\n    )\n    return x"]
)
def test_what_fits(text: str) -> None:
    assert check(BODY, text) == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("return (a", 2),
        ("x = = 1", 2),
        ("return 1)", 2),
        ("x = 1\n    return 'abc", 3),
        ("if a:", 2),
        ("x = 1\n    for b in a:", 3),
        ("x = '''", 2),
    ],
)
def test_what_does_not_fit_is_said_with_its_line(text: str, line: int) -> None:
    found = check(BODY, text)
    assert found
    assert any(message.startswith(f"line {line}:") for message in found), found


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("def f(a):\n    ...‸\n    return 1\n", "if a:"),
        ("def f(a):\n    ...‸\n    return 1\n", "x ="),
        ("def f(a):\n    ...‸\n    b = 2\n", "x = \\"),
        ("if a:\n    ...‸\nelse:\n    b()\n", "c()\nd()"),
        ("class A:\n    def f(self):\n        ...‸\n\n    def g(self):\n        return 1\n", "x = 1\ny = 2"),
    ],
)
def test_code_behind_must_stay_what_it_was(source: str, text: str) -> None:
    assert check(source, text)


def test_faults_that_were_there_do_not_count() -> None:
    broken = "x = = 1\n\ndef f(a):\n    ...‸\n\ndef g(:\n    return 1\n"
    assert check(broken, "return a") == ()
    assert check(broken, "return (a")
