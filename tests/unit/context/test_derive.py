"""The context of a hole: what goes into the prompt and what steers the constraint."""

from __future__ import annotations

import pytest

from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes_at
from maze_lsp.context.types import Enclosing, HoleContext
from tests.unit.context.support import marked

FILE = '''import os
from typing import Any


class Store:
    """Things."""

    async def load(
        self, name: str
    ) -> list[str]:  # the names
        """Load what is there.

        Sorted.
        """
        for part in name:
            ‸

    def after(self) -> None:
        return None
'''


def check(source: str, **options: object) -> HoleContext:
    """The context of the first hole at the cursor; prefix and suffix are those of the file."""
    snapshot, span = marked(source)
    hole = holes_at(snapshot, span)[0]
    context = derive(snapshot, hole, **options)  # type: ignore[arg-type]
    if not options:
        assert context.prefix == snapshot.text[: hole.range.start]
        assert context.suffix == snapshot.text[hole.range.end :]
    return context


def test_the_whole_context() -> None:
    context = check(FILE)
    assert context.signature == "async def load(\n        self, name: str\n    ) -> list[str]:"
    assert context.docstring == "Load what is there.\n\nSorted."
    assert context.imports == ("import os", "from typing import Any")
    assert context.enclosing == Enclosing(in_function=True, in_async=True, in_loop=True, in_class=True, can_break=True)
    assert context.eol == "\n"


@pytest.mark.parametrize(
    ("source", "enclosing"),
    [
        ("‸\n", Enclosing()),
        ("for a in b:\n    ‸\n", Enclosing(in_loop=True, can_break=True)),
        ("for a in b:\n    c()\nelse:\n    ‸\n", Enclosing()),
        ("while a:\n    def f():\n        ‸\n", Enclosing(in_function=True)),
        ("def f():\n    while a:\n        class C:\n            ‸\n", Enclosing(in_class=True)),
        ("async def f():\n    def g():\n        ‸\n", Enclosing(in_function=True)),
        ("async def f():\n    x = ‸\n", Enclosing(in_function=True, in_async=True)),
        ("x = [a, ‸]\n", Enclosing(in_brackets=True)),
        ("x = f(a)[(‸)]\n", Enclosing(in_brackets=True)),
        ("x = f(a) + ‸\n", Enclosing()),
        ("x = f(f'{‸}')\n", Enclosing()),
        ("class C:\n    def f(self):\n        if a:\n            ‸\n", Enclosing(in_function=True, in_class=True)),
    ],
)
def test_which_statements_are_legal(source: str, enclosing: Enclosing) -> None:
    assert check(source).enclosing == enclosing


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f() -> dict[str, int]:\n    return ‸\n", "dict[str, int]"),
        ("x: list[int] = ‸\n", "list[int]"),
        ("def f(a: int = ‸):\n    return a\n", "int"),
        ("def f() -> int:\n    return g(‸)\n", ""),
        ("def f() -> int:\n    def g() -> str:\n        return ‸\n", "str"),
        ("x = ‸\n", ""),
    ],
)
def test_the_expected_type_is_what_is_written_down(source: str, expected: str) -> None:
    assert check(source).expected_type == expected


def test_the_intent_is_given_or_asked_for_or_documented() -> None:
    todo = "def f():\n    '''Doc.'''\n    # TODO(me): sort the list\n    #   in place\n    pass‸\n"
    assert check(todo).intent == "sort the list\nin place"
    assert check(todo, intent="Reverse it").intent == "Reverse it"
    assert check("def f():\n    '''Doc.'''\n    ‸\n").intent == "Doc."
    assert check("def f():\n    # TODO\n    pass‸\n").intent == ""


def test_line_endings_are_the_files() -> None:
    assert check("def f():\r\n    ‸\r\n").eol == "\r\n"
    assert check("def f():\r    ‸\r").eol == "\r"


def test_a_cut_prefix_keeps_imports_heads_and_the_nearest_lines() -> None:
    filler = "".join(f"def filler{n}():\n    return {n}\n\n\n" for n in range(400))
    body = "".join(f"        line{n} = {n}\n" for n in range(300))
    source = f"import os\n{filler}class Store:\n    x = 1\n\n    def load(self) -> int:\n{body}        ‸\n{filler}"
    context = check(source, budget_chars=2000)
    assert len(context.prefix) + len(context.suffix) <= 2000
    assert context.prefix.startswith("import os\nclass Store:\n    def load(self) -> int:\n        line")
    assert context.prefix.endswith("        line299 = 299\n        ")
    assert context.suffix.startswith("\ndef filler0()")


def test_a_prefix_is_cut_at_a_line_and_keeps_its_last_one() -> None:
    source = "# " + "long " * 100 + "\nx = 1\ny = " + "1 + " * 40 + "‸\n"
    prefix = check(source, budget_chars=100).prefix
    assert prefix == "y = " + "1 + " * 40


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ('API_KEY = "sk-abcdefghijklmnopqrstuvwx"', "sk-abc"),
        ('x = "ghp_0123456789abcdefghijABCDEFGHIJ012345"', "ghp_"),
        ('password: str = "hunter2!Xq9#"', "hunter2"),
        ('c = {"auth_token": "q8Zr1Tz0Lm5Xp2"}', "q8Zr"),
        ('url = "postgres://me:pa55word@host/db"', "pa55word"),
        ('blob = "Zx81kQp0WmN5vB2cR7tYuI3oL9aS4dFg"', "Zx81"),
        ('k = """-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----"""', "MIIabc"),
    ],
)
def test_secrets_are_blanked_before_and_behind(line: str, secret: str) -> None:
    context = check(f"{line}\ndef f():\n    return ‸\n{line}\n", intent="x")
    assert secret in context.snapshot.text
    assert secret not in context.prefix + context.suffix
    assert "…" in context.prefix
    assert "…" in context.suffix


@pytest.mark.parametrize(
    "line",
    ['key = "name"', 'token = "access_token"', 'keyword = "something"', 'x = "a perfectly ordinary sentence here"',
     'h = "0123456789abcdef0123456789abcdef"', "password = getpass()"],
)  # fmt: skip
def test_ordinary_strings_stay(line: str) -> None:
    assert line in check(f"{line}\ndef f():\n    return ‸\n").prefix
