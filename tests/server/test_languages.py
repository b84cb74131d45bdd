"""What the server offers in files of the other languages, by the ids that editors give."""

from __future__ import annotations

import pytest

from tests.server.conftest import Start
from tests.server.fake_llamacpp import FakeLlama

PREFIX = "Generate constrained: "


@pytest.mark.parametrize(
    ("name", "language", "source", "title"),
    [
        ("x.js", "javascript", 'function f() {\n  ‸throw new Error("not implemented");\n}\n', "function body"),
        ("x.jsx", "javascriptreact", "function f(a) {\n  // TODO: a list‸\n}\n", "function body"),
        ("x.ts", "typescript", "function f(): void {‸}\n", "function body"),
        ("x.ts", "typescript", "let a: ‸;\n", "type"),
        ("x.tsx", "typescriptreact", "const a = ‸;\n", "expression"),
        ("x.rs", "rust", "fn f() -> u8 {\n    ‸todo!()\n}\n", "function body"),
        ("x.rs", "rust", "fn f() {\n    g(‸);\n}\n", "arguments"),
        ("x.json", "json", '{"a": ‸}\n', "value"),
    ],
)
async def test_offered(start: Start, name: str, language: str, source: str, title: str) -> None:
    async with start() as editor:
        text, span = editor.open(source, name=name, language=language)
        found = [action.title for action in await editor.actions(text, span)]
        assert found[:1] == [PREFIX + title]


@pytest.mark.parametrize(
    ("name", "language", "source", "script", "expected"),
    [
        (
            "x.ts",
            "typescript",
            "function f(a: number): number {\n  ‸// TODO: twice\n}\n",
            "return 2 * a;\n}",
            "function f(a: number): number {\n  return 2 * a;\n}\n",
        ),
        (
            "x.rs",
            "rust",
            "fn f(a: u8) -> u8 {\n    ‸todo!()\n}\n",
            "let b = a + 1;\n    b * 2\n}",
            "fn f(a: u8) -> u8 {\n    let b = a + 1;\n    b * 2\n}\n",
        ),
    ],
)
async def test_a_body_is_inserted(
    start: Start, llama: FakeLlama, name: str, language: str, source: str, script: str, expected: str
) -> None:
    llama.scripts = [script]
    async with start() as editor:
        text, span = editor.open(source, name=name, language=language)
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied", answer
        assert text.text == expected
