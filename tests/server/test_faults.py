"""What goes wrong around a generation: said once, clearly, with nothing inserted; the next one works."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.server.conftest import Start
from tests.server.fake_llamacpp import FakeLlama
from tests.server.test_generate import ADD


async def check(start: Start, llama: FakeLlama, *words: str) -> None:
    """The generation fails with these words, the document stays, the status says so; without the fault it works."""
    async with start() as editor:
        text, span = editor.open(ADD)
        before = text.text
        answer = await editor.generate(text, span)
        assert answer["status"] == "failed", answer
        for word in words:
            assert word in answer["message"]
        assert "Traceback" not in str(answer)
        assert text.text == before
        await editor.until(lambda: editor.statuses[-1][0] == "error")
        assert len(editor.messages) == 1
        assert editor.messages[0] == answer["message"]
        if editor.previews:
            assert editor.previews[-1]["done"]
        llama.die_after, llama.refuse = None, 0
        assert (await editor.generate(text, span))["status"] == "applied"
        await editor.until(lambda: editor.statuses[-1][0] == "ready")


async def test_the_service_dies_in_the_middle(start: Start, llama: FakeLlama) -> None:
    llama.die_after = 2
    await check(start, llama, "127.0.0.1")


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_the_service_refuses(start: Start, llama: FakeLlama, status: int) -> None:
    llama.refuse = status
    await check(start, llama, "127.0.0.1")


async def test_nobody_listens(start: Start) -> None:
    async with start(options={"endpoint": "http://127.0.0.1:9", "connectTimeout": 1, "totalTimeout": 2}) as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span)
        assert answer["status"] == "failed"
        assert "127.0.0.1:9" in answer["message"]


async def test_a_ledger_that_cannot_be_opened(start: Start, tmp_path: Path) -> None:
    """Generation works, the user is told once, and the record is shown as long as the server lives."""
    (tmp_path / "file").write_text("not a folder")
    async with start(environment={"MAZE_LEDGER": str(tmp_path / "file" / "ledger.sqlite3")}) as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied"
        await editor.until(lambda: editor.messages)
        (message,) = editor.messages
        assert "record" in message
        assert "ledger" in message
        assert len(await editor.lenses(text)) == 3
        assert await editor.hover(text, text.text.index("a + b"))
        assert (await editor.command("maze.accept", {"id": answer["id"]}))["status"] == "accepted"


async def test_a_ledger_that_becomes_unwritable(start: Start, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    async with start(environment={"MAZE_LEDGER": str(ledger)}) as editor:
        text, span = editor.open(ADD)
        assert (await editor.generate(text, span))["status"] == "applied"
        connection = sqlite3.connect(ledger)
        connection.execute("DROP TABLE records")
        connection.commit()
        connection.close()
        editor.replace(text, "return a + b", "...")
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied"
        assert any("recorded" in warning for warning in answer["warnings"])
        await editor.until(lambda: editor.messages)


async def test_a_model_that_does_not_exist(start: Start) -> None:
    """No endpoint: the embedded service would be started, but its model is not there."""
    options = {"endpoint": "", "dialect": "auto", "model": "/nowhere/model.gguf"}
    async with start(options=options) as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span)
        assert answer["status"] == "failed"
        assert "/nowhere/model.gguf" in answer["message"]
