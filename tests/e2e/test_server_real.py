"""The language server with the real embedded model, driven as an editor drives it."""

from __future__ import annotations

import ast
import asyncio
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from maze_lsp.workspace.folders import cache_dir
from tests.server.editor import editor, plain

pytestmark = pytest.mark.model

SOURCE = '''"""Prices."""


def total(prices: list[float], tax: float) -> float:
    """Return the sum of the prices with the tax added."""
    ...‸


largest = ...
print(total([1.0, 2.0], 0.2), largest)
'''


@pytest.fixture
def environment(embedded_environment: dict[str, str]) -> dict[str, str]:
    """That of the running service, with the user's own cache folder, where the model is."""
    return {**embedded_environment, "MAZE_CACHE_DIR": str(cache_dir())}


async def test_a_body_and_an_expression(environment: dict[str, str], tmp_path: Path) -> None:
    """Nothing is configured: the service is joined, the text streams in, is proven, inserted and recorded."""
    options = {"preview": True, "maxTokens": 96, "seed": 7, "embeddedThreads": 1}
    async with editor(tmp_path, options=options, environment=environment) as one:
        text, span = one.open(SOURCE)
        (action, *_) = await one.actions(text, span)
        assert action.title == "Generate constrained: function body"
        answer = await one.run(action)
        assert answer["status"] == "applied", answer
        assert answer["verdict"] == "enforced"
        assert len([preview for preview in one.previews if preview["text"]]) > 1
        assert one.previews[-1]["text"].rstrip() == answer["text"]
        ast.parse(text.text)
        where = text.text.index("largest = ...") + len("largest = ")
        expression = await one.generate(text, type(span)(where, where))
        assert expression["status"] == "applied", expression
        ast.parse(text.text)
        assert len(one.edits) == 2
        assert len(await one.lenses(text)) == 6
        assert len(await one.hints(text)) == 2
        shown = await one.command("maze.showProvenance", {"id": answer["id"]})
        assert shown["record"]["server"] == "llama.cpp (embedded)"
        assert shown["record"]["endpoint"] == "embedded"
        assert [part["verdict"] for part in shown["record"]["parts"]] == ["enforced", "verified"]
        states = [state for state, _ in one.statuses]
        assert states[-1] == "ready"
        assert "generating" in states
        assert one.messages == ["\n".join(shown["lines"])]


async def test_cancelled_in_the_middle(environment: dict[str, str], tmp_path: Path) -> None:
    """The model's slot is free for the next generation at once."""
    async with editor(tmp_path, options={"preview": True, "seed": 7}, environment=environment) as one:
        text, span = one.open(SOURCE)
        running = one.starting("maze.generate", one.place(text, span, intent="explain each step at length"))
        await one.until(lambda: any(preview["text"] for preview in one.previews))
        assert (await one.command("maze.cancel", {"uri": text.uri}))["cancelled"] == 1
        assert (await running)["status"] == "cancelled"
        assert text.text == SOURCE.replace("‸", "")
        assert (await one.generate(text, span))["status"] == "applied"
        ast.parse(text.text)


async def test_a_suggestion_is_shown_typed_along_and_taken(environment: dict[str, str], tmp_path: Path) -> None:
    async with editor(tmp_path, options={"seed": 7, "embeddedThreads": 1}, environment=environment) as one:
        source = "def total(prices, tax):\n    result = sum(‸\n    return result\n"
        text, span = one.open(source)
        (item,) = await one.inline(text, span.start)
        whole = str(item.insert_text)
        one.edit(text, span, whole[0])
        (rest,) = await one.inline(text, span.start + 1, invoked=False)
        assert whole[0] + str(rest.insert_text) == whole
        assert rest.range
        one.edit(text, one.span(text, rest.range), str(rest.insert_text))
        ast.parse(text.text)
        assert rest.command
        answer = await one.command(rest.command.command, *plain(rest.command.arguments))
        assert answer["status"] == "accepted", answer
        shown = await one.command("maze.showProvenance", {"id": answer["id"]})
        assert shown["record"]["taken"] == "whole"
        assert [part["verdict"] for part in shown["record"]["parts"]] == ["enforced", "verified"]


async def test_the_service_ends_with_its_last_editor(model_file: Path, tmp_path: Path) -> None:
    """The first generation starts it, with words; when the editor has gone nothing is left running."""
    settings = {"embeddedIdleSeconds": 1, "maxTokens": 16, "embeddedThreads": 1}
    async with editor(tmp_path, options=settings, environment={"MAZE_CACHE_DIR": str(cache_dir())}) as one:
        text, span = one.open(SOURCE)
        assert (await one.generate(text, span))["status"] == "applied"
        assert "starting" in [state for state, _ in one.statuses]
        assert len(services_of(tmp_path)) == 1
    async with asyncio.timeout(60):
        while services_of(tmp_path):
            await asyncio.sleep(0.2)


def services_of(folder: Path) -> list[int]:
    """The processes that keep their state in a folder, the language server aside."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            mine = process.environ().get("MAZE_STATE_DIR", "").startswith(str(folder))
            if mine and "maze_lsp.server" not in process.cmdline():
                found.append(process.pid)
    return found
