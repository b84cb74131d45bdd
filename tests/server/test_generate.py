"""maze.generate from the command to the record: what the editor is told on the way, and what it gets."""

from __future__ import annotations

from typing import Any

from lsprotocol import types as lsp

from tests.server.conftest import Start
from tests.server.editor import Editor, Text
from tests.server.fake_llamacpp import FakeLlama

ADD = '''def add(a: int, b: int) -> int:
    """The sum of a and b."""
    ...‸


print(add(1, 2))
'''


async def check(start: Start, llama: FakeLlama, source: str, script: str, expected: str, **more: Any) -> None:
    """Generating at the mark of `source` leaves the document as `expected`."""
    llama.scripts = [script]
    async with start() as editor:
        text, span = editor.open(source)
        answer = await editor.generate(text, span, **more)
        assert answer["status"] == "applied", answer
        assert text.text == expected


async def test_a_body_is_filled(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, ADD, "return a + b", ADD.replace("...‸", "return a + b"))
