"""Suggestions at the cursor, over the wire: made, typed along, cancelled, taken."""

from __future__ import annotations

import asyncio

from lsprotocol import types as lsp

from maze_lsp.text import Span
from tests.server.conftest import Start
from tests.server.editor import Editor, Text, full_capabilities, patiently, plain
from tests.server.fake_llamacpp import FakeLlama

OPEN_CALL = "def f(a, b):\n    return max(a, ‸\n\n\nx = 1\n"


async def check(editor: Editor, llama: FakeLlama, source: str, script: str, expected: str) -> tuple[Text, Span]:
    """Of what the model would write, the suggestion is that; put at its range it changes nothing else."""
    llama.scripts = [script]
    text, span = editor.open(source)
    items = await editor.inline(text, span.start)
    assert [item.insert_text for item in items] == ([expected] if expected else [])
    for item in items:
        assert item.range == editor.range(text, span)
    return text, span


async def test_the_rest_of_a_line_that_has_been_begun(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        await check(editor, llama, OPEN_CALL, " b) + 1\n    y = 2\n", "b) + 1")
        prompt = llama.requests[-1]["prompt"]
        assert prompt.endswith("return max(a,"), "the last piece is written again under the grammar"


async def test_one_line_ends_the_request(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        await check(editor, llama, "import os‸\n", " os\nimport sys\nimport re\nimport abc\n" * 9, "\nimport sys")
        await editor.until(lambda: not llama.streaming)


async def test_a_block(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        script = "\n    x = a\n    return x\n"
        await check(editor, llama, "def f(a):\n    ‸\n", script, "x = a\n    return x")


async def test_the_rest_of_the_line_is_not_repeated(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        await check(editor, llama, "x = fo‸ + 1\n", " foo(2) + 1", "o(2)")


async def test_nothing_unasked_in_comments_and_strings(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        for source in ("x = 1  # so ‸\n", "x = 'ab‸'\n"):
            text, span = editor.open(source)
            assert await editor.inline(text, span.start, invoked=False) == []
        assert not llama.requests


async def test_typing_along_asks_nobody(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        text, span = await check(editor, llama, OPEN_CALL, " b) + 1\n", "b) + 1")
        asked = len(llama.requests)
        editor.edit(text, span, "b)")
        (item,) = await editor.inline(text, span.start + 2, invoked=False)
        assert item.insert_text == " + 1"
        editor.edit(text, Span(span.start, span.start + 2), "")
        (item,) = await editor.inline(text, span.start, invoked=False)
        assert item.insert_text == "b) + 1"
        assert len(llama.requests) == asked


async def test_the_request_before_is_cancelled_up_to_the_service(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        llama.scripts, llama.hold_after = [" b) + 1\n"], 1
        text, span = editor.open(OPEN_CALL)
        first = asyncio.ensure_future(editor.inline(text, span.start))
        await asyncio.wait_for(llama.held.wait(), 60)
        llama.hold_after = None
        editor.edit(text, span, "b")
        llama.scripts = [" b) + 2\n"]
        second = await editor.inline(text, span.start + 1)
        assert await first == []
        assert [item.insert_text for item in second] == [") + 2"]
        await asyncio.wait_for(llama.gone.wait(), 60)
        await editor.until(lambda: not llama.streaming)


async def test_a_request_that_the_client_cancels_leaves_nothing_running(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        llama.hold_after = 1
        text, span = editor.open(OPEN_CALL)
        params = lsp.InlineCompletionParams(
            lsp.InlineCompletionContext(lsp.InlineCompletionTriggerKind.Invoked),
            lsp.TextDocumentIdentifier(text.uri),
            editor.range(text, span).start,
        )
        request = editor.client.protocol.send_request_async(
            lsp.TEXT_DOCUMENT_INLINE_COMPLETION, params, msg_id="the-one"
        )
        task = asyncio.ensure_future(request)
        await asyncio.wait_for(llama.held.wait(), 60)
        editor.client.cancel_request(lsp.CancelParams("the-one"))
        await asyncio.wait_for(llama.gone.wait(), 60)
        await asyncio.wait({task}, timeout=60)
        assert task.done()
        await editor.until(lambda: not llama.streaming)


async def test_it_can_be_turned_off_and_still_be_asked_for(start: Start, llama: FakeLlama) -> None:
    async with start(options={"inline": False}) as editor:
        text, span = editor.open(OPEN_CALL)
        assert await editor.inline(text, span.start, invoked=False) == []
        assert not llama.requests
        assert await editor.inline(text, span.start)


async def test_what_is_taken_is_recorded_and_only_that(start: Start, llama: FakeLlama) -> None:
    async with start(fresh=True) as editor:
        text, span = await check(editor, llama, OPEN_CALL, " b) + 1\n", "b) + 1")
        (item,) = await editor.inline(text, span.start)
        assert not await editor.lenses(text)
        editor.edit(text, span, item.insert_text)
        assert item.command
        (argument,) = plain(item.command.arguments)
        answer = await editor.command(item.command.command, argument)
        assert answer["status"] == "accepted"
        assert (await editor.command("maze.showProvenance", {"id": answer["id"]}))["state"] == "accepted"
        assert await editor.hover(text, span.start + 1)
        again = await editor.command(item.command.command, argument)
        assert again["status"] == "refused"


async def test_clients_without_it_get_an_item_of_the_list(start: Start, llama: FakeLlama) -> None:
    capabilities = full_capabilities()
    assert capabilities.text_document
    capabilities.text_document.inline_completion = None
    capabilities.text_document.completion = lsp.CompletionClientCapabilities()
    async with start(capabilities=capabilities) as editor:
        llama.scripts = [" b) + 1\n"]
        text, span = editor.open(OPEN_CALL)
        params = lsp.CompletionParams(
            lsp.TextDocumentIdentifier(text.uri),
            editor.range(text, span).start,
            context=lsp.CompletionContext(lsp.CompletionTriggerKind.Invoked),
        )
        answer = await patiently(editor.client.text_document_completion_async(params))
        assert isinstance(answer, lsp.CompletionList)
        (item,) = answer.items
        assert item.text_edit == lsp.TextEdit(editor.range(text, span), "b) + 1")
        params.context = lsp.CompletionContext(lsp.CompletionTriggerKind.TriggerCharacter, ".")
        assert await patiently(editor.client.text_document_completion_async(params)) is None


async def test_what_is_typed_while_it_is_made_goes_along_with_it(start: Start, llama: FakeLlama) -> None:
    """The request is answered for the document as it is by then; what does not go along is never shown."""
    async with start() as editor:
        for typed, expected in (("b)", [" + 1"]), ("c", [])):
            llama.reset()
            llama.scripts, llama.hold_after = [" b) + 1\n"], 1
            text, span = editor.open(OPEN_CALL.replace("max", f"max{len(typed)}"))
            request = asyncio.ensure_future(editor.inline(text, span.start))
            await asyncio.wait_for(llama.held.wait(), 60)
            editor.edit(text, span, typed)
            await editor.command("maze.holes", {"uri": text.uri})
            llama.release.set()
            assert [item.insert_text for item in await request] == expected


async def test_blanks_on_the_line_are_replaced(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        llama.scripts = ["\n    y = a\n    return y\n"]
        text, span = editor.open("def f(a):\n    x = 1\n      ‸\n\n\nz = 1\n")
        (item,) = await editor.inline(text, span.start)
        assert item.range
        where = editor.span(text, item.range)
        assert not where.text(text.text).strip()
        assert where.start <= span.start <= where.end
        assert "\n" not in where.text(text.text)
        editor.edit(text, where, item.insert_text)
        compile(text.text, "it.py", "exec")


async def test_word_by_word(start: Start, llama: FakeLlama) -> None:
    """The record says that a part was taken; what was generated is followed as it grows."""
    async with start(fresh=True) as editor:
        text, span = await check(editor, llama, OPEN_CALL, " b) + 1\n", "b) + 1")
        (item,) = await editor.inline(text, span.start)
        assert item.command
        (argument,) = plain(item.command.arguments)
        editor.edit(text, span, "b)")
        answer = await editor.command(item.command.command, {**argument, "length": 2, "part": "word"})
        assert answer["status"] == "accepted"
        shown = await editor.command("maze.showProvenance", {"id": answer["id"]})
        assert (shown["state"], shown["record"]["taken"]) == ("accepted", "word")
        editor.edit(text, Span(span.start + 2, span.start + 2), " + 1")
        assert (await editor.command(item.command.command, argument))["status"] == "accepted"
        hover = await editor.hover(text, span.start + 4)
        assert hover
        assert hover.range
        assert editor.span(text, hover.range).text(text.text) == "b) + 1"


async def test_the_command_may_come_before_the_edit(start: Start, llama: FakeLlama) -> None:
    async with start(fresh=True) as editor:
        text, span = await check(editor, llama, OPEN_CALL, " b) + 1\n", "b) + 1")
        (item,) = await editor.inline(text, span.start)
        assert item.command
        taking = editor.starting(item.command.command, *plain(item.command.arguments))
        editor.edit(text, span, item.insert_text)
        assert (await taking)["status"] == "accepted"
        assert await editor.hover(text, span.start + 1)


async def test_closing_the_document_ends_it(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        llama.hold_after = 1
        text, span = editor.open(OPEN_CALL)
        request = asyncio.ensure_future(editor.inline(text, span.start))
        await asyncio.wait_for(llama.held.wait(), 60)
        editor.close(text)
        assert await request == []
        await asyncio.wait_for(llama.gone.wait(), 60)


async def test_a_generation_that_was_asked_for_has_the_service_to_itself(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        llama.hold_after = 1
        text, span = editor.open(OPEN_CALL)
        suggesting = asyncio.ensure_future(editor.inline(text, span.start))
        await asyncio.wait_for(llama.held.wait(), 60)
        llama.held.clear()
        other, place = editor.open("def g(a):\n    ...‸\n")
        running = editor.starting("maze.generate", editor.place(other, place))
        assert await suggesting == []
        await asyncio.wait_for(llama.held.wait(), 60)
        asked = len(llama.requests)
        assert await editor.inline(text, span.start, invoked=False) == []
        assert len(llama.requests) == asked
        llama.release.set()
        assert (await running)["status"] == "applied"


async def test_faults_of_the_service_are_told_to_those_who_ask(start: Start, llama: FakeLlama) -> None:
    """Unasked, the service is left alone for a while then."""
    async with start(fresh=True) as editor:
        llama.refuse = 400
        text, span = editor.open(OPEN_CALL)
        assert await editor.inline(text, span.start, invoked=False) == []
        asked = len(llama.requests)
        assert asked
        assert await editor.inline(text, span.start, invoked=False) == []
        assert len(llama.requests) == asked
        assert editor.messages == []
        assert await editor.inline(text, span.start) == []
        assert len(editor.messages) == 1


async def test_a_client_with_it_is_offered_no_list(start: Start) -> None:
    async with start() as editor:
        assert editor.result
        assert editor.result.capabilities.inline_completion_provider is not None
        assert editor.result.capabilities.completion_provider is None
