"""Go files in the language server."""

from __future__ import annotations

import pytest

from tests.server.conftest import Start
from tests.server.fake_llamacpp import FakeLlama

PREFIX = "Generate constrained: "


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ('package p\n\nfunc f() int {\n\t‸panic("TODO")\n}\n', "function body"),
        ("package p\n\nfunc f() {‸}\n", "function body"),
        ("package p\n\nvar x = ‸\n", "expression"),
        ("package p\n\ntype T struct {\n\t‸\n}\n", "members"),
        ("package p\n\n// T is ‸a type.\ntype T int\n", "documentation (rewrite)"),
        ("package p\n\nfunc f() {\n\t«x := 1»\n\tg(x)\n}\n", "selection"),
    ],
)
async def test_offered(start: Start, source: str, title: str) -> None:
    async with start() as editor:
        text, span = editor.open(source, name="x.go", language="go")
        found = [action.title for action in await editor.actions(text, span)]
        assert found[:1] == [PREFIX + title]


async def test_nothing_in_a_comment(start: Start) -> None:
    async with start() as editor:
        text, span = editor.open(
            "package p\n\nfunc f() {\n\t// an ordinary ‸comment\n\tg()\n}\n", name="x.go", language="go"
        )
        assert await editor.actions(text, span) == []


async def test_a_body_between_brackets_of_one_line_is_inserted(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["return a + b\n}"]
    async with start() as editor:
        text, span = editor.open("package p\n\nfunc add(a, b int) int {‸}\n", name="x.go", language="go")
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied", answer
        assert text.text == "package p\n\nfunc add(a, b int) int {\n\treturn a + b\n}\n"
