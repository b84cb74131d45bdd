"""Positions in all three encodings, and files whose lines other programs count differently."""

from __future__ import annotations

import pytest

from maze_lsp.text import Span
from tests.server.conftest import Start
from tests.server.editor import Editor, full_capabilities
from tests.server.fake_llamacpp import FakeLlama

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
ASTRAL = 'faces = ["😀", "ü", "𝔘"]; wide = ‸...; end = "😀"\n'


async def check(editor: Editor, llama: FakeLlama, source: str, script: str, expected: str) -> None:
    """After edits that a server with wrong positions would garble, the text goes where it belongs."""
    llama.reset()
    llama.scripts = [script]
    text, span = editor.open(source)
    editor.edit(text, span, "«😀»")
    editor.edit(text, Span(span.start, span.start + 3), "")
    (first, *_) = await editor.actions(text, span)
    answer = await editor.run(first)
    assert answer["status"] == "applied", answer
    assert text.text == expected
    assert await editor.lenses(text)
    hover = await editor.hover(text, text.text.rindex(script) + 1)
    assert hover
    assert hover.range
    assert editor.span(text, hover.range).text(text.text) == script


async def test_the_client_prefers_in_its_own_order(start: Start) -> None:
    async with start(capabilities=full_capabilities("utf-7", "utf-32", "utf-8")) as editor:
        assert editor.encoding == "utf-32"


FILES = {
    "astral characters": ASTRAL,
    "crlf": "def f(a):\r\n    ‸...\r\n\r\nx = 1\r\n",
    "form feed": "import os\n\x0c\ndef f(a):\n    x = '\x0c'\n    return ‸...\n",
    "line separator": "x = '\u2028'  # \x85 \x0b\n\n\ndef f(a):\n    ‸...\n",
    "no final newline": "def f(a):\n    ‸...",
    "tabs": "def f(a):\n\tif a:\n\t\t‸...\n",
    "mixed tabs": "def f(a):\n\tif a:\n\t    ‸...\n\treturn 1\n",
    "lone carriage returns": "x = 1\rdef f(a):\r    ‸...\r",
    "byte order mark": "\ufeffdef f(a):\n    ‸...\n",
    "empty before": "\n\n\ndef f(a):\n    ‸...\n",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_odd_files(start: Start, llama: FakeLlama, encoding: str) -> None:
    async with start(capabilities=full_capabilities(encoding)) as editor:
        assert editor.encoding == encoding
        for source in FILES.values():
            script = "a + 1" if "return ‸" in source else "'𝔘'" if "wide" in source else "return a"
            await check(editor, llama, source, script, source.replace("‸...", script))


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
async def test_several_lines_take_the_line_ends_of_the_file(start: Start, llama: FakeLlama, eol: str) -> None:
    source = f"def f(a):{eol}    ‸...{eol}"
    script = f"if a:{eol}        return 1{eol}    return 2"
    async with start() as editor:
        await check(editor, llama, source, script, source.replace("‸...", script))
