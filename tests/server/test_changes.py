"""The document changes while a text is generated for it: moved along and verified again, or refused; never lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from maze_lsp.text import Span
from tests.server.conftest import Start
from tests.server.editor import Editor, Text
from tests.server.fake_llamacpp import FakeLlama

SOURCE = """def add(a, b):
    ...‸


print(add(1, 2))
"""
Change = Callable[[Editor, Text], None]


async def check(start: Start, llama: FakeLlama, change: Change, expected: str | None) -> None:
    """With `change` made in the middle of the stream the document ends as `expected`; None: refused, unchanged."""
    llama.hold_after = 2
    async with start() as editor:
        text, span = editor.open(SOURCE)
        running = editor.starting("maze.generate", editor.place(text, span))
        await llama.held.wait()
        change(editor, text)
        changed = text.text
        llama.release.set()
        answer = await running
        if expected is None:
            assert answer["status"] == "refused", answer
            assert answer["text"] == "return a + b", "what was generated is not lost"
            assert text.text == changed
            assert editor.messages
            assert await editor.lenses(text) == []
            return
        assert answer["status"] == "applied", answer
        assert text.text == expected
        (lens, *_) = await editor.lenses(text)
        line = text.text[: text.text.index("return a + b")].count("\n")
        assert lens.range.start.line == line


GENERATED = SOURCE.replace("...‸", "return a + b")


async def test_lines_above(start: Start, llama: FakeLlama) -> None:
    await check(
        start, llama, lambda e, t: e.edit(t, Span(0, 0), "import os  # 😀\n\n"), "import os  # 😀\n\n" + GENERATED
    )


async def test_lines_below(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, lambda e, t: e.replace(t, "1, 2", "3, 4"), GENERATED.replace("1, 2", "3, 4"))


async def test_the_line_above(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, lambda e, t: e.replace(t, "a, b", "a, b, c"), GENERATED.replace("a, b", "a, b, c"))


async def test_there_and_back(start: Start, llama: FakeLlama) -> None:
    def change(editor: Editor, text: Text) -> None:
        editor.replace(text, "print", "xprint")
        editor.replace(text, "xprint", "print")

    await check(start, llama, change, GENERATED)


async def test_the_place_itself(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, lambda e, t: e.replace(t, "...", "pass"), None)


async def test_inside_the_place(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, lambda e, t: e.replace(t, "...", ".. ."), None)


async def test_the_indentation_of_the_place(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, lambda e, t: e.replace(t, "    ...", "        ..."), None)


async def test_the_place_is_deleted(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, lambda e, t: e.edit(t, Span(0, len(t.text)), ""), None)


async def test_what_is_around_no_longer_fits(start: Start, llama: FakeLlama) -> None:
    """The function becomes a bracket: the text would break the file now."""
    await check(start, llama, lambda e, t: e.replace(t, "def add(a, b):\n    ...", "x = (\n    ..."), None)


async def test_the_document_is_replaced_as_a_whole_by_the_same_text(start: Start, llama: FakeLlama) -> None:
    def change(editor: Editor, text: Text) -> None:
        editor.edit(text, Span(0, len(text.text)), text.text)

    await check(start, llama, change, GENERATED)


async def test_a_change_on_the_way_of_the_edit(start: Start, llama: FakeLlama) -> None:
    """The user types just when the edit arrives: the editor refuses its version, and it is made anew."""
    async with start() as editor:
        text, span = editor.open(SOURCE)
        typed: list[str] = []

        def once() -> None:
            if not typed:
                typed.append("x")
                editor.edit(text, Span(0, 0), "# typed\n")

        editor.before_edit = once
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied", answer
        assert text.text == "# typed\n" + GENERATED


async def test_an_editor_that_refuses_the_edit(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        text, span = editor.open(SOURCE)
        editor.takes_edits = False
        answer = await editor.generate(text, span)
        assert answer["status"] in ("refused", "failed")
        assert "read only" in answer["message"]
        assert answer["text"] == "return a + b"


@pytest.mark.parametrize("line", ["# one\n", "# one\n# two\n"])
async def test_a_command_for_an_older_version_means_the_place_that_it_saw(
    start: Start, llama: FakeLlama, line: str
) -> None:
    async with start() as editor:
        text, span = editor.open(SOURCE)
        argument = editor.place(text, span)
        editor.edit(text, Span(0, 0), line)
        answer = await editor.command("maze.generate", argument)
        assert answer["status"] == "applied"
        assert text.text == line + GENERATED


async def test_a_command_for_a_place_that_was_edited_since(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        text, span = editor.open(SOURCE)
        (action, *_) = await editor.actions(text, span)
        editor.replace(text, "...", "return 5")
        answer = await editor.run(action)
        assert answer["status"] == "refused"
        assert "changed" in answer["message"] or "edited" in answer["message"]
        assert llama.requests == []
