"""Places and documents where nothing can be generated: no action, no noise, and a clear word when asked directly."""

from __future__ import annotations

from typing import Any

import pytest

from maze_lsp.text import Span
from tests.server.conftest import Start
from tests.server.fake_llamacpp import FakeLlama


async def check(start: Start, llama: FakeLlama, source: str, *words: str, **opened: Any) -> None:
    """No action is offered, nothing pops up, and `maze.generate` answers with these words; nothing was sent."""
    async with start() as editor:
        text, span = editor.open(source, **opened)
        assert await editor.actions(text, span) == []
        assert await editor.lenses(text) == []
        assert editor.messages == []
        answer = await editor.generate(text, span)
        assert answer["status"] == "refused", answer
        for word in words:
            assert word in answer["message"]
        assert llama.requests == []
        assert text.text == source.replace("‸", "")


async def test_unknown_language(start: Start, llama: FakeLlama) -> None:
    await check(
        start,
        llama,
        "‸IDENTIFICATION DIVISION.\n",
        "payroll.cob",
        "Supported: Go, ",
        name="payroll.cob",
        language="cobol",
    )


async def test_ordinary_comment(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, "x = 1  # an ordinary‸ comment\n", "Nothing can be generated here")


async def test_ordinary_string(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, "x = 'an ordinary‸ string'\n", "Nothing can be generated here")


async def test_twenty_megabytes(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, "x = ‸...\n" + "# " + "x" * (20 * 1024 * 1024), "MB")


async def test_a_large_file_that_shrinks_is_worked_on_again(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["1"]
    async with start() as editor:
        text, span = editor.open("x = ‸...\n" + "# " + "x" * (20 * 1024 * 1024))
        assert await editor.actions(text, span) == []
        editor.edit(text, Span(9, len(text.text)), "")
        assert (await editor.generate(text, span))["status"] == "applied"


@pytest.mark.parametrize("name", [".env.py", "credentials.py", "id_rsa.py"])
async def test_files_that_look_like_secrets(start: Start, llama: FakeLlama, name: str) -> None:
    await check(start, llama, "x = ‸...\n", "secrets", name=name)


async def test_a_file_that_the_settings_exclude(start: Start, llama: FakeLlama) -> None:
    async with start(configuration={"exclude": ["private/*"]}) as editor:
        text, span = editor.open("x = ‸...\n", name="private/a.py")
        answer = await editor.generate(text, span)
        assert answer["status"] == "refused"
        assert "maze.exclude" in answer["message"]
        assert llama.requests == []


async def test_a_file_that_git_ignores(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        repository = editor.folder / "repository"
        (repository / ".git").mkdir(parents=True)
        (repository / ".gitignore").write_text("ignored.py\n")
    await check(start, llama, "x = ‸...\n", "git", name="repository/ignored.py")


async def test_a_document_without_a_file(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["1"]
    async with start() as editor:
        text, span = editor.open("x = ‸...\n", name="untitled:Untitled-1")
        assert (await editor.generate(text, span))["status"] == "applied"


async def test_a_document_that_is_not_open(start: Start) -> None:
    async with start() as editor:
        argument = {"uri": "file:///nowhere.py", "position": {"line": 0, "character": 0}}
        answer = await editor.command("maze.generate", argument)
        assert answer["status"] == "refused"
        assert "file:///nowhere.py is not open" in answer["message"]
        assert "refused" in (await editor.command("maze.holes", {"uri": "file:///nowhere.py"}))["status"]


@pytest.mark.parametrize(
    "argument",
    [
        {},
        {"uri": 5},
        {"range": {"start": 1}},
        {"position": "1:2"},
        {"position": {"line": -1, "character": 0}},
        {"position": {"line": 0, "character": 4}, "seed": "seven"},
        {"position": {"line": 0, "character": 4}, "seed": -1},
        {"position": {"line": 0, "character": 4}, "seed": True},
        {"position": {"line": 0, "character": 4}, "intent": 7},
        {"position": {"line": 0, "character": 4}, "kind": "poem"},
        {"position": {"line": 0, "character": 4}, "kind": ["expression"]},
        {"position": {"line": 0, "character": 4}, "version": "one"},
    ],
)
async def test_bad_arguments(start: Start, llama: FakeLlama, argument: dict[str, Any]) -> None:
    async with start() as editor:
        text, _ = editor.open("x = ...\n")
        answer = await editor.command("maze.generate", {"uri": text.uri, **argument})
        assert answer["status"] == "refused", answer
        assert answer["message"]
        assert llama.requests == []


@pytest.mark.parametrize("arguments", [[], [None], [[]], ["file:///x.py"], [5], [{}, {}]])
async def test_arguments_of_another_shape(start: Start, arguments: list[Any]) -> None:
    async with start() as editor:
        answer = await editor.command("maze.generate", *arguments)
        assert answer["status"] == "refused"


async def test_positions_outside_the_document_are_clamped(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["1"]
    async with start() as editor:
        text, _ = editor.open("x = ...")
        far = {"line": 99, "character": 99}
        assert (await editor.command("maze.generate", {"uri": text.uri, "position": far}))["status"] == "applied"
        assert text.text == "x = 1"


async def test_requests_for_documents_that_are_not_open(start: Start) -> None:
    async with start() as editor:
        text, span = editor.open("x = ‸...\n")
        editor.close(text)
        assert await editor.actions(text, span) == []
        assert await editor.lenses(text) == []
        assert await editor.hints(text) == []
        assert await editor.hover(text, 1) is None
        assert editor.messages == []
