"""Provenance in the editor: lenses, hover and hints over generated text, and the commands behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from lsprotocol import types as lsp

from maze_lsp.text import Span
from tests.server.conftest import Start
from tests.server.editor import PATIENCE, Editor, Text, full_capabilities, plain
from tests.server.fake_llamacpp import FakeLlama
from tests.server.test_generate import ADD


async def generated(editor: Editor, source: str = ADD) -> tuple[Text, Any]:
    text, span = editor.open(source)
    answer = await editor.generate(text, span)
    assert answer["status"] == "applied", answer
    return text, answer


async def eventually(ask: Callable[[], Awaitable[list[lsp.CodeLens]]]) -> list[lsp.CodeLens]:
    """The first answer that is not empty."""
    async with asyncio.timeout(PATIENCE):
        while not (answer := await ask()):
            await asyncio.sleep(0.02)
    return answer


def titles(lenses: list[lsp.CodeLens]) -> list[str]:
    return [lens.command.title for lens in lenses if lens.command]


async def test_lenses(start: Start) -> None:
    async with start() as editor:
        text, answer = await generated(editor)
        lenses = await editor.lenses(text)
        assert titles(lenses) == ["Accept", "Regenerate", "Why"]
        commands = [lens.command for lens in lenses if lens.command]
        assert [one.command for one in commands] == ["maze.accept", "maze.regenerate", "maze.showProvenance"]
        assert all(plain(one.arguments) == [{"id": answer["id"]}] for one in commands)
        assert {lens.range.start.line for lens in lenses} == {2}
        await editor.until(lambda: {"lens", "hint"} <= set(editor.refreshes))


async def test_hover_has_the_whole_record(start: Start) -> None:
    async with start() as editor:
        text, answer = await generated(editor)
        at = text.text.index("a + b")
        hover = await editor.hover(text, at)
        assert hover
        assert isinstance(hover.contents, lsp.MarkupContent)
        assert hover.contents.kind == lsp.MarkupKind.Markdown
        shown = hover.contents.value
        for words in ("enforced", "fake-135m", "llama.cpp b1-fake", "offered", "Seed", "7", answer["id"]):
            assert words in shown
        assert hover.range
        assert editor.span(text, hover.range).text(text.text) == "return a + b"
        assert await editor.hover(text, 2) is None


async def test_hover_for_a_client_without_markdown(start: Start) -> None:
    capabilities = full_capabilities()
    assert capabilities.text_document
    capabilities.text_document.hover = lsp.HoverClientCapabilities(content_format=[lsp.MarkupKind.PlainText])
    async with start(capabilities=capabilities) as editor:
        text, _ = await generated(editor)
        hover = await editor.hover(text, text.text.index("a + b"))
        assert hover
        assert isinstance(hover.contents, lsp.MarkupContent)
        assert hover.contents.kind == lsp.MarkupKind.PlainText
        assert "|" not in hover.contents.value
        assert "Verdict: enforced" in hover.contents.value


async def test_hint(start: Start) -> None:
    async with start() as editor:
        text, _ = await generated(editor)
        (hint,) = await editor.hints(text)
        assert isinstance(hint.label, str)
        assert len(hint.label) < 30
        assert "enforced" in hint.label
        assert hint.position.line == 2


async def test_spans_follow_edits(start: Start) -> None:
    async with start() as editor:
        text, _ = await generated(editor)
        editor.edit(text, Span(0, 0), "# 😀 above\n")
        assert {lens.range.start.line for lens in await editor.lenses(text)} == {3}
        editor.replace(text, "a + b", "a - b")
        hover = await editor.hover(text, text.text.index("a - b"))
        assert hover
        assert "edited since" in hover.contents.value  # type: ignore[union-attr]


async def test_the_spans_of_a_document(start: Start) -> None:
    """For clients that mark generated text themselves."""
    async with start() as editor:
        text, answer = await generated(editor)
        (span,) = await editor.command("maze.spans", {"uri": text.uri})
        assert (span["id"], span["state"], span["edited"]) == (answer["id"], "offered", False)
        assert (span["verdict"], span["model"], span["seed"]) == ("enforced", "fake-135m", 7)
        assert span["range"]["start"] == {"line": 2, "character": 4}
        await editor.command("maze.accept", {"id": answer["id"]})
        editor.replace(text, "a + b", "a - b")
        (span,) = await editor.command("maze.spans", {"uri": text.uri})
        assert (span["state"], span["edited"], span["version"]) == ("accepted", True, text.version)
        refused = await editor.command("maze.spans", {"uri": "file:///not/open.py"})
        assert "not open" in refused["message"]


async def test_the_grammar_goes_along_with_the_record(start: Start) -> None:
    async with start() as editor:
        _, answer = await generated(editor)
        before = len(editor.messages)
        shown = await editor.command("maze.showProvenance", {"id": answer["id"], "show": False})
        assert "start:" in shown["grammar"]
        assert len(editor.messages) == before


async def test_how_a_text_came_about(start: Start) -> None:
    """What the grammar forced and left open, and the tokens as they came."""
    async with start() as editor:
        _text, answer = await generated(editor)
        explained = await editor.command("maze.explain", {"id": answer["id"]})
        assert "".join(piece["text"] for piece in explained["pieces"]) == answer["text"]
        first = explained["pieces"][0]
        assert not first["forced"]
        assert "a–z" in first["allowed"]
        assert 0 < first["excluded"] < explained["characters"]
        assert "".join(token["text"] for token in explained["tokens"]).startswith(answer["text"])
        unknown = await editor.command("maze.explain", {"id": "nobody"})
        assert "no record" in unknown["message"]


async def test_a_deleted_span_has_no_marks(start: Start) -> None:
    async with start() as editor:
        text, _ = await generated(editor)
        editor.replace(text, "return a + b", "")
        assert await editor.lenses(text) == []
        assert await editor.hints(text) == []


async def test_undo_and_redo(start: Start) -> None:
    async with start() as editor:
        text, _ = await generated(editor)
        editor.replace(text, "return a + b", "...")
        assert await editor.lenses(text) == []
        editor.replace(text, "...", "return a + b")
        assert len(await editor.lenses(text)) == 3


async def test_accept(start: Start) -> None:
    async with start() as editor:
        text, answer = await generated(editor)
        editor.refreshes.clear()
        assert (await editor.command("maze.accept", {"id": answer["id"]}))["status"] == "accepted"
        assert "Accept" not in titles(await editor.lenses(text))
        hover = await editor.hover(text, text.text.index("a + b"))
        assert hover
        assert "accepted" in hover.contents.value  # type: ignore[union-attr]
        assert await editor.hints(text), "accepted text is still known to be generated"
        await editor.until(lambda: "lens" in editor.refreshes)


async def test_regenerate(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["return a + b", "return b + a"]
    async with start() as editor:
        text, answer = await generated(editor)
        again = await editor.command("maze.regenerate", {"id": answer["id"]})
        assert again["status"] == "applied", again
        assert again["id"] != answer["id"]
        assert text.text == ADD.replace("...‸", "return b + a")
        assert llama.requests[1]["seed"] != llama.requests[0]["seed"]
        assert len(await editor.lenses(text)) == 3
        old = await editor.command("maze.showProvenance", {"id": answer["id"]})
        assert "State: rejected" in old["lines"]


async def test_regenerate_asks_for_the_same(start: Start, llama: FakeLlama) -> None:
    """The intent of the first time is asked for again, and the old text is not taken for the user's own."""
    llama.scripts = ["return a + b", "return b + a"]
    async with start() as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span, intent="commute")
        await editor.command("maze.regenerate", {"id": answer["id"]})
        assert "commute" in llama.requests[1]["prompt"]
        assert "return a + b" not in llama.requests[1]["prompt"]


@pytest.mark.parametrize(
    ("source", "script", "again"),
    [
        ("def f(a):\n    # TODO: double it\n    ‸\n", "return 2 * a", "return a * 2"),
        ("x = max(‸..., 1)\n", "2", "3"),
        ("class C:\n    def f(self):‸\n\n    x = 1\n", "return 1", "return 2"),
        ("def f(a):\n    «y = a»\n    return y\n", "y = a * 2", "y = 2 * a"),
    ],
)
async def test_regenerate_every_kind(start: Start, llama: FakeLlama, source: str, script: str, again: str) -> None:
    llama.scripts = [script, again]
    async with start() as editor:
        text, answer = await generated(editor, source)
        once = text.text
        assert once.count(script) == 1
        second = await editor.command("maze.regenerate", {"id": answer["id"]})
        assert second["status"] == "applied", second
        assert text.text == once.replace(script, again)


async def test_show_provenance(start: Start) -> None:
    async with start() as editor:
        _, answer = await generated(editor)
        shown = await editor.command("maze.showProvenance", {"id": answer["id"]})
        assert shown["record"]["id"] == answer["id"]
        assert shown["record"]["verdict"] == "enforced"
        assert "Verdict: enforced" in shown["lines"]
        assert any("Verdict: enforced" in message for message in editor.messages)


@pytest.mark.parametrize("command", ["maze.accept", "maze.regenerate", "maze.showProvenance"])
@pytest.mark.parametrize("arguments", [[{"id": "unknown"}], [{}], [], [None], ["unknown"], [{"id": 5}]])
async def test_unknown_ids(start: Start, command: str, arguments: list[Any]) -> None:
    async with start() as editor:
        answer = await editor.command(command, *arguments)
        assert answer["status"] == "refused"
        assert answer["message"]


async def test_found_again_when_the_file_is_opened_again(start: Start) -> None:
    async with start() as editor:
        text, answer = await generated(editor)
        editor.close(text)
        reopened, _ = editor.open("# a line above\n" + text.text, name=text.uri)
        lenses = await eventually(lambda: editor.lenses(reopened))
        assert titles(lenses) == ["Accept", "Regenerate", "Why"]
        assert lenses[0].range.start.line == 3
        again = await editor.command("maze.regenerate", {"id": answer["id"]})
        assert again["status"] == "applied", again


async def test_found_again_by_another_server(start: Start) -> None:
    async with start() as editor:
        text, _ = await generated(editor)
        source, name = text.text, text.uri
    async with start(fresh=True, folder=editor.folder) as another:
        text, _ = another.open(source, name=name)
        assert len(await eventually(lambda: another.lenses(text))) == 3


@pytest.mark.parametrize(("key", "ask"), [("codeLens", "lenses"), ("inlayHints", "hints"), ("hover", "hover")])
async def test_marks_can_be_turned_off(start: Start, key: str, ask: str) -> None:
    async with start(configuration={key: False}) as editor:
        text, _ = await generated(editor)
        if ask == "hover":
            assert await editor.hover(text, text.text.index("a + b")) is None
        else:
            assert await getattr(editor, ask)(text) == []


async def test_lens_range_in_units_of_the_encoding(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["'a'"]
    source = 'def f():\n    return "😀" + "" + ‸...\n'
    async with start(capabilities=full_capabilities("utf-8")) as editor:
        text, _ = await generated(editor, source)
        (lens, *_) = await editor.lenses(text)
        assert editor.span(text, lens.range).end <= text.text.index("'a'")
        assert lens.range.end.character <= len('    return "😀" + "" + '.encode())
        assert lens.range.start.character <= lens.range.end.character
