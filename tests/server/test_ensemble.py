"""Several texts for one place: by all models, or one with several seeds; the user steps through them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.server.conftest import Start
from tests.server.editor import Editor, Text
from tests.server.fake_llamacpp import FakeLlama, fake_llamacpp
from tests.server.test_generate import ADD


@asynccontextmanager
async def two(start: Start, first: str = "return a + b", second: str = "return sum((a, b))") -> AsyncIterator[Editor]:
    """An editor whose server has two services; each writes its own text."""
    async with (
        fake_llamacpp(scripts=[first]) as one,
        fake_llamacpp(scripts=[second]) as other,
        start(options={"endpoint": "", "endpoints": [one.url, other.url]}, fresh=True) as editor,
    ):
        yield editor


async def all_of(editor: Editor, **more: Any) -> tuple[Text, Any]:
    text, span = editor.open(ADD)
    return text, await editor.command("maze.generateAll", editor.place(text, span, **more))


async def states(editor: Editor, answer: Any) -> list[str]:
    shown = [await editor.command("maze.showProvenance", {"id": one["id"]}) for one in answer["candidates"]]
    return [one["state"] for one in shown]


async def test_the_best_is_inserted_and_all_are_answered(start: Start) -> None:
    async with two(start) as editor:
        text, answer = await all_of(editor)
        assert answer["status"] == "applied", answer
        assert sorted(one["text"] for one in answer["candidates"]) == ["return a + b", "return sum((a, b))"]
        assert answer["id"] == answer["candidates"][0]["id"]
        assert answer["text"] in text.text
        assert len(editor.edits) == 1
        assert await states(editor, answer) == ["offered", "rejected"]


async def test_a_lens_steps_to_the_next_one(start: Start) -> None:
    async with two(start) as editor:
        text, answer = await all_of(editor)
        first, second = (one["text"] for one in answer["candidates"])
        lens = next(lens for lens in await editor.lenses(text) if lens.command and "Next" in lens.command.title)
        assert lens.command is not None
        assert lens.command.title == "Next candidate (1 of 2)"
        stepped = await editor.command(lens.command.command, {"id": answer["id"], "step": 1})
        assert stepped["status"] == "applied", stepped
        assert text.text == ADD.replace("...‸", second)
        assert await states(editor, answer) == ["rejected", "offered"]
        (span,) = await editor.command("maze.spans", {"uri": text.uri})
        assert span["id"] == answer["candidates"][1]["id"]
        await editor.command("maze.useCandidate", {"id": answer["candidates"][0]["id"]})
        assert text.text == ADD.replace("...‸", first), "and back again"
        assert len(editor.edits) == 3, "one edit each"


async def test_none_is_inserted_where_the_client_chooses(start: Start) -> None:
    async with two(start) as editor:
        text, answer = await all_of(editor, insert=False)
        assert answer["status"] == "candidates"
        assert editor.edits == []
        editor.replace(text, "print", "print2")
        used = await editor.command("maze.useCandidate", {"id": answer["candidates"][1]["id"]})
        assert used["status"] == "applied", used
        assert answer["candidates"][1]["text"] in text.text


async def test_in_review_they_are_proposed_one_after_the_other(start: Start) -> None:
    async with two(start) as editor:
        text, answer = await all_of(editor, review=True)
        assert answer["status"] == "proposed", answer
        second = answer["candidates"][1]
        stepped = await editor.command("maze.useCandidate", {"id": answer["id"], "step": 1})
        assert (stepped["status"], stepped["text"]) == ("proposed", second["text"])
        accepted = await editor.command("maze.accept", {"id": second["id"]})
        assert accepted["status"] == "applied", accepted
        assert text.text == ADD.replace("...‸", second["text"])


async def test_the_action_is_there_where_there_are_several_models(start: Start) -> None:
    async with two(start) as editor:
        text, span = editor.open(ADD)
        action = next(one for one in await editor.actions(text, span) if one.title == "Generate with all models")
        assert (await editor.run(action))["status"] == "applied"
    async with start() as editor:
        text, span = editor.open(ADD)
        assert not [one for one in await editor.actions(text, span) if "all models" in one.title]


async def test_one_model_with_several_seeds(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["return a + b", "return b + a", "return a + b"]
    async with start() as editor:
        _, answer = await all_of(editor, count=3)
        assert answer["status"] == "applied", answer
        assert len({request["seed"] for request in llama.requests}) == 3
        assert sorted((one["text"], one["alike"]) for one in answer["candidates"]) == [
            ("return a + b", 2),
            ("return b + a", 1),
        ]


async def test_text_that_was_edited_is_not_replaced(start: Start) -> None:
    async with two(start) as editor:
        text, answer = await all_of(editor)
        editor.replace(text, "return", "return 1 +")
        refused = await editor.command("maze.useCandidate", {"id": answer["id"], "step": 1})
        assert (refused["status"], "edited" in refused["message"]) == ("refused", True)
        assert "return 1 +" in text.text


async def test_an_endpoint_that_fails_is_listed_with_its_reason(start: Start) -> None:
    async with (
        fake_llamacpp(scripts=["return a"]) as one,
        fake_llamacpp(refuse=400) as other,
        start(options={"endpoint": "", "endpoints": [one.url, other.url]}, fresh=True) as editor,
    ):
        text, answer = await all_of(editor)
        assert answer["status"] == "applied", answer
        assert "HTTP 400" in answer["candidates"][1]["error"]
        assert await editor.lenses(text), "there is one to accept"
        assert not [lens for lens in await editor.lenses(text) if lens.command and "Next" in lens.command.title]


async def test_cancelling_ends_all(start: Start) -> None:
    async with (
        fake_llamacpp(hold_after=1) as one,
        fake_llamacpp(hold_after=1) as other,
        start(options={"endpoint": "", "endpoints": [one.url, other.url]}, fresh=True) as editor,
    ):
        text, span = editor.open(ADD)
        task = editor.starting("maze.generateAll", editor.place(text, span))
        await one.held.wait()
        await other.held.wait()
        await editor.command("maze.cancel", {"uri": text.uri})
        assert (await task)["status"] == "cancelled"
        await one.gone.wait()
        await other.gone.wait()


async def test_arguments_that_make_no_sense(start: Start) -> None:
    async with start() as editor:
        _, answer = await all_of(editor, count=99)
        assert answer["status"] == "refused"
        answer = await editor.command("maze.useCandidate", {"id": "unknown"})
        assert (answer["status"], "no candidate" in answer["message"]) == ("refused", True)


async def test_a_service_that_dies_is_replaced_under_the_editors_eyes(start: Start) -> None:
    body = "total = a\n    if b:\n        total += b\n    return total"
    document = ADD.split("...")[0] + body + "\n\n\nprint("
    async with fake_llamacpp(document=document, kill_after=8) as one, fake_llamacpp(document=document) as other:
        options = {"endpoint": "", "endpoints": [one.url, other.url], "suffix_digest": False}
        async with start(options=options, fresh=True) as editor:
            text, span = editor.open(ADD)
            answer = await editor.generate(text, span)
            assert (answer["status"], answer["verdict"]) == ("applied", "enforced"), answer
            assert text.text == ADD.replace("...‸", body)
            shown = await editor.command("maze.showProvenance", {"id": answer["id"]})
            assert [part["endpoint"] for part in shown["record"]["requests"]] == [one.url, other.url]
