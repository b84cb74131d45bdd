"""JSON files in the language server: a value ends where the text of the file goes on, on whatever line that is."""

from __future__ import annotations

import pytest

from tests.server.conftest import Start
from tests.server.fake_llamacpp import FakeLlama

PREFIX = "Generate constrained: "


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ('{"a": ‸}\n', "value"),
        ("{‸}\n", "fields"),
        ('{"a": [‸]}\n', "items"),
        ('{"a": "‸"}\n', "text of the string"),
        ('{"a": «null»}\n', "value"),
    ],
)
async def test_offered(start: Start, source: str, title: str) -> None:
    async with start() as editor:
        text, span = editor.open(source, name="x.json", language="json")
        found = [action.title for action in await editor.actions(text, span)]
        assert found[:1] == [PREFIX + title]


@pytest.mark.parametrize(
    ("source", "written", "expected"),
    [
        ('{\n  "a": ‸\n}\n', "[1,\n 2]\n}", '{\n  "a": [1,\n 2]\n}\n'),
        ('{\n  "a": ‸,\n  "b": 1\n}\n', '{"c": null}, "d"', '{\n  "a": {"c": null},\n  "b": 1\n}\n'),
        ('{\n  "b": 1\n  ‸\n}\n', '\n  "a": 2,\n  "c": 3\n}', '{\n  "b": 1,\n  "a": 2,\n  "c": 3\n}\n'),
        ('{"a": "‸"}\n', 'some \\"text\\""}', '{"a": "some \\"text\\""}\n'),
        ("‸\n", '{"a": [true]}\n', '{"a": [true]}\n'),
    ],
)
async def test_generated(start: Start, llama: FakeLlama, source: str, written: str, expected: str) -> None:
    llama.scripts = [written]
    async with start() as editor:
        text, span = editor.open(source, name="x.json", language="json")
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied", answer
        assert text.text == expected
