"""Texts that wait until the user accepts them: the setting `review`, or the argument of the same name."""

from __future__ import annotations

from typing import Any

from maze_lsp.text import Span
from tests.server.conftest import Start
from tests.server.editor import Editor, Text
from tests.server.fake_llamacpp import FakeLlama
from tests.server.test_generate import ADD

LONG = "total = a\n    if b:\n        total += b\n    return total"


async def proposed(editor: Editor, source: str = ADD) -> tuple[Text, Any]:
    text, span = editor.open(source)
    before = text.text
    answer = await editor.generate(text, span, review=True)
    assert answer["status"] == "proposed", answer
    assert text.text == before
    return text, answer


def shown(editor: Editor) -> list[tuple[str, bool]]:
    return [(proposal["text"], proposal["done"]) for proposal in editor.proposals]


async def test_nothing_is_inserted_before_it_is_accepted(start: Start) -> None:
    async with start() as editor:
        text, answer = await proposed(editor)
        assert (answer["text"], answer["verdict"]) == ("return a + b", "enforced")
        await editor.until(lambda: editor.proposals)
        assert shown(editor) == [("return a + b", False)]
        assert editor.edits == []
        assert await editor.lenses(text) == []
        accepted = await editor.command("maze.accept", {"id": answer["id"]})
        assert accepted["status"] == "applied", accepted
        assert "return a + b" in text.text
        assert shown(editor)[-1] == ("", True)
        assert len(editor.edits) == 1
        (span,) = await editor.command("maze.spans", {"uri": text.uri})
        assert span["state"] == "accepted"


async def test_the_setting(start: Start) -> None:
    async with start(options={"review": True}) as editor:
        text, span = editor.open(ADD)
        assert (await editor.generate(text, span))["status"] == "proposed"
        assert (await editor.generate(text, span, review=False))["status"] == "applied"
        assert shown(editor)[-1] == ("", True)


async def test_line_by_line(start: Start, llama: FakeLlama) -> None:
    """A line is followed by those without which it would not parse; each step is one edit."""
    llama.scripts = [LONG]
    async with start() as editor:
        text, answer = await proposed(editor)
        one = await editor.command("maze.accept", {"id": answer["id"], "lines": 1})
        assert (one["text"], one["status"]) == ("total = a", "applied")
        assert editor.proposals[-1]["text"] == LONG.removeprefix("total = a")
        two = await editor.command("maze.accept", {"id": answer["id"], "lines": 1})
        assert two["text"] == "\n    if b:\n        total += b"
        three = await editor.command("maze.accept", {"id": answer["id"], "lines": 1})
        assert (three["text"], three["rest"]) == ("\n    return total", "")
        assert LONG in text.text
        assert len(editor.edits) == 3
        (span,) = await editor.command("maze.spans", {"uri": text.uri})
        assert (span["edited"], span["id"]) == (False, answer["id"])
        assert shown(editor)[-1] == ("", True)


async def test_some_lines_and_not_the_rest(start: Start, llama: FakeLlama) -> None:
    llama.scripts = [LONG]
    async with start() as editor:
        text, answer = await proposed(editor)
        await editor.command("maze.accept", {"id": answer["id"], "lines": 2})
        await editor.command("maze.reject", {"id": answer["id"]})
        assert "total += b" in text.text
        assert "return total" not in text.text
        why = await editor.command("maze.showProvenance", {"id": answer["id"]})
        assert (why["state"], why["record"]["taken"]) == ("accepted", "line")


async def test_rejected(start: Start) -> None:
    """Nothing stays of it, and it can be rejected once."""
    async with start() as editor:
        text, answer = await proposed(editor)
        before = text.text
        assert (await editor.command("maze.reject", {"id": answer["id"]}))["status"] == "rejected"
        assert shown(editor)[-1] == ("", True)
        assert text.text == before
        assert "no proposal" in (await editor.command("maze.reject", {"id": answer["id"]}))["message"]
        assert "no record" in (await editor.command("maze.showProvenance", {"id": answer["id"]}))["message"]


async def test_regenerated(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["return a + b", "return b + a"]
    async with start() as editor:
        text, answer = await proposed(editor)
        editor.edit(text, Span(0, 0), "# above\n")
        again = await editor.command("maze.regenerate", {"id": answer["id"]})
        assert (again["status"], again["text"]) == ("proposed", "return b + a")
        assert shown(editor) == [("return a + b", False), ("", True), ("return b + a", False)]
        await editor.command("maze.accept", {"id": again["id"]})
        assert "return b + a" in text.text


async def test_an_edit_of_the_place_takes_it_away(start: Start) -> None:
    async with start() as editor:
        text, answer = await proposed(editor)
        editor.edit(text, Span(0, 0), "# above\n")
        editor.replace(text, "...", "pass  # mine")
        await editor.until(lambda: shown(editor)[-1] == ("", True))
        refused = await editor.command("maze.accept", {"id": answer["id"]})
        assert refused["status"] != "applied"
        assert "pass  # mine" in text.text
