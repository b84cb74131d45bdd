"""A generation can be cancelled at every stage, in every way; nothing is left running and nothing is inserted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from lsprotocol import types as lsp

from tests.server.conftest import Start
from tests.server.editor import Editor, Text, plain
from tests.server.fake_llamacpp import FakeLlama
from tests.server.test_generate import ADD

Way = Callable[[Editor, Text, Any], Awaitable[None]]


async def by_command_for_all(editor: Editor, text: Text, running: Any) -> None:
    assert (await editor.command("maze.cancel"))["cancelled"] == 1


async def by_command_for_the_document(editor: Editor, text: Text, running: Any) -> None:
    assert (await editor.command("maze.cancel", {"uri": text.uri}))["cancelled"] == 1


async def by_command_for_the_id(editor: Editor, text: Text, running: Any) -> None:
    assert (await editor.command("maze.cancel", {"id": editor.previews[0]["id"]}))["cancelled"] == 1


async def by_progress(editor: Editor, text: Text, running: Any) -> None:
    (token,) = editor.progress
    editor.client.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(token))


async def by_closing(editor: Editor, text: Text, running: Any) -> None:
    editor.close(text)


WAYS: list[Way] = [
    by_command_for_all,
    by_command_for_the_document,
    by_command_for_the_id,
    by_progress,
    by_closing,
]


async def check(start: Start, llama: FakeLlama, way: Way) -> None:
    """Cancelled in the middle of the text: the service sees the connection close, the editor an answer and an end."""
    llama.hold_after = 2
    async with start() as editor:
        text, span = editor.open(ADD)
        before = text.text
        running = editor.starting("maze.generate", editor.place(text, span))
        await editor.until(lambda: editor.previews and editor.progress)
        await llama.held.wait()
        await way(editor, text, running)
        answer = await running
        assert answer["status"] == "cancelled"
        await asyncio.wait_for(llama.gone.wait(), 5)
        assert llama.streaming == 0
        assert text.text == before
        await editor.until(lambda: editor.statuses[-1][0] == "ready")
        assert editor.previews[-1]["done"]
        ((*_, end),) = editor.progress.values()
        assert end.kind == "end"
        assert editor.messages == [], "a cancel is no fault"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_while_streaming(start: Start, llama: FakeLlama, way: Way) -> None:
    await check(start, llama, way)


async def test_by_cancelling_the_request(start: Start, llama: FakeLlama) -> None:
    """`$/cancelRequest` of the command: answered, and the generation behind it stops."""
    llama.hold_after = 2
    async with start() as editor:
        text, span = editor.open(ADD)
        params = lsp.ExecuteCommandParams("maze.generate", [editor.place(text, span)])
        request = editor.client.protocol.send_request(lsp.WORKSPACE_EXECUTE_COMMAND, params, msg_id="the-one")
        await llama.held.wait()
        editor.client.cancel_request(lsp.CancelParams("the-one"))
        answer = plain(await asyncio.wait_for(asyncio.wrap_future(request), 10))
        assert answer["status"] == "cancelled"
        await asyncio.wait_for(llama.gone.wait(), 5)


async def test_before_the_service_answers(start: Start, llama: FakeLlama) -> None:
    llama.hold_after = 0
    async with start() as editor:
        text, span = editor.open(ADD)
        running = editor.starting("maze.generate", editor.place(text, span))
        await llama.held.wait()
        await by_command_for_all(editor, text, running)
        assert (await running)["status"] == "cancelled"
        await asyncio.wait_for(llama.gone.wait(), 5)


async def test_at_once(start: Start, llama: FakeLlama) -> None:
    """The cancel comes right behind the command, before anything was asked of anybody."""
    async with start() as editor:
        text, span = editor.open(ADD)
        running = editor.starting("maze.generate", editor.place(text, span))
        await asyncio.sleep(0)
        cancelled = (await editor.command("maze.cancel"))["cancelled"]
        answer = await running
        assert (cancelled, answer["status"]) == (1, "cancelled")
        assert text.text == ADD.replace("‸", "")


async def test_while_the_service_is_unreachable(start: Start) -> None:
    """Nobody listens there: the wait for a connection and its retries can be cancelled."""
    async with start(options={"endpoint": "http://127.0.0.1:9", "dialect": "llamacpp"}) as editor:
        text, span = editor.open(ADD)
        running = editor.starting("maze.generate", editor.place(text, span))
        await asyncio.sleep(0.05)
        await editor.command("maze.cancel")
        answer = await running
        assert answer["status"] in ("cancelled", "failed")


async def test_while_the_editor_is_asked_to_insert(start: Start, llama: FakeLlama) -> None:
    """The edit is on its way and cannot be called back: it is seen through, and there is one answer."""
    async with start() as editor:
        text, span = editor.open(ADD)
        cancels: list[Any] = []
        editor.before_edit = lambda: cancels.append(editor.starting("maze.cancel"))
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied"
        assert text.text == ADD.replace("...‸", "return a + b")
        await cancels[0]
        assert await editor.lenses(text)


async def test_the_next_generation_works(start: Start, llama: FakeLlama) -> None:
    llama.hold_after = 2
    async with start() as editor:
        text, span = editor.open(ADD)
        for _ in range(2):
            llama.held.clear()
            running = editor.starting("maze.generate", editor.place(text, span))
            await llama.held.wait()
            await editor.command("maze.cancel")
            assert (await running)["status"] == "cancelled"
        llama.hold_after = None
        assert (await editor.generate(text, span))["status"] == "applied"


async def test_cancelling_nothing(start: Start) -> None:
    async with start() as editor:
        assert (await editor.command("maze.cancel"))["cancelled"] == 0
        assert (await editor.command("maze.cancel", {"id": "unknown"}))["cancelled"] == 0


async def test_a_late_answer_of_the_editor_does_no_harm(start: Start, llama: FakeLlama) -> None:
    """Cancelled while a request to the editor is open; the reply that comes then breaks nothing."""
    async with start() as editor:
        text, span = editor.open(ADD)
        running = editor.starting("maze.generate", editor.place(text, span))
        await editor.command("maze.cancel")
        await running
        await editor.until(
            lambda: not editor.progress or all(r and r[-1].kind == "end" for r in editor.progress.values())
        )
        assert (await editor.generate(text, span))["status"] == "applied"
        assert editor.messages == []
