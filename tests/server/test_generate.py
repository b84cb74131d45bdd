"""maze.generate from the command to the record: what the editor is told on the way, and what it gets."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import types as lsp
from pytest_lsp import client_capabilities

from maze_lsp.text import Span
from tests.server.conftest import Start
from tests.server.editor import full_capabilities, plain
from tests.server.fake_llamacpp import FakeLlama

ADD = '''def add(a: int, b: int) -> int:
    """The sum of a and b."""
    ...‸


print(add(1, 2))
'''


async def check(start: Start, llama: FakeLlama, source: str, script: str, expected: str, **more: Any) -> None:
    """Generating at the mark of `source`, where the model wants to write `script`, makes it `expected`."""
    llama.scripts = [script]
    async with start() as editor:
        text, span = editor.open(source)
        answer = await editor.generate(text, span, **more)
        assert answer["status"] == "applied", answer
        assert text.text == expected
        assert len(editor.edits) == 1, "one edit is one step to undo"


async def test_body(start: Start, llama: FakeLlama) -> None:
    await check(start, llama, ADD, "return a + b", ADD.replace("...‸", "return a + b"))


async def test_expression(start: Start, llama: FakeLlama) -> None:
    source = "values = [1, 2]\nlargest = ‸...\nprint(largest)\n"
    await check(start, llama, source, "max(values)", source.replace("‸...", "max(values)"))


async def test_selection(start: Start, llama: FakeLlama) -> None:
    source = "def f(x):\n    «y = x\n    y = y * 2»\n    return y\n"
    await check(start, llama, source, "y = 2 * x", "def f(x):\n    y = 2 * x\n    return y\n")


async def test_kind_chooses_among_the_holes(start: Start, llama: FakeLlama) -> None:
    source = "def f(x):\n    y = ...‸\n    return y\n"
    await check(start, llama, source, "x + 1", "def f(x):\n    y = x + 1\n    return y\n", kind="expression")


async def test_what_breaks_the_file_is_never_inserted(start: Start, llama: FakeLlama) -> None:
    """The service does not obey the grammar, and nothing of what it writes can be used."""
    llama.enforces = False
    llama.scripts = ["))", ")"]
    async with start() as editor:
        text, span = editor.open(ADD)
        before = text.text
        answer = await editor.generate(text, span)
        assert answer["status"] in ("failed", "refused")
        assert "did not pass the proof" in answer["message"]
        assert text.text == before
        assert any("did not pass the proof" in message for message in editor.messages)


async def test_what_is_cut_is_said(start: Start, llama: FakeLlama) -> None:
    llama.enforces = False
    llama.scripts = ["return a + b\n    ))"]
    async with start() as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied"
        assert answer["ending"] == "cut"
        assert "The text was cut" in answer["message"]
        assert text.text == ADD.replace("...‸", "return a + b")


async def test_progress_created_by_the_server(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        text, span = editor.open(ADD)
        await editor.generate(text, span)
        await editor.until(lambda: any(r[-1].kind == "end" for r in editor.progress.values() if r))
        ((token, reports),) = editor.progress.items()
        assert token
        begin, *reported, end = reports
        assert begin.kind == "begin"
        assert begin.title == "Generating function body"
        assert begin.cancellable
        assert any("tokens" in (report.message or "") for report in reported)
        assert end.kind == "end"


async def test_progress_with_the_clients_token(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        text, span = editor.open(ADD)
        editor.progress["mine"] = []
        await editor.generate(text, span, token="mine")
        await editor.until(lambda: editor.progress["mine"] and editor.progress["mine"][-1].kind == "end")
        assert list(editor.progress) == ["mine"], "no token but the client's own is used"
        assert editor.progress["mine"][0].kind == "begin"


async def test_preview(start: Start, llama: FakeLlama) -> None:
    llama.hold_after = 2
    async with start() as editor:
        text, span = editor.open(ADD)
        running = editor.starting("maze.generate", editor.place(text, span))
        await editor.until(lambda: editor.previews)
        llama.release.set()
        answer = await running
        first, last = editor.previews[0], editor.previews[-1]
        assert first["text"]
        assert "return a + b".startswith(first["text"])
        assert not first["done"]
        assert last["text"] == "return a + b"
        assert last["done"]
        assert [preview["done"] for preview in editor.previews].count(True) == 1
        assert {preview["id"] for preview in editor.previews} == {answer["id"]}
        assert first["uri"] == text.uri
        assert first["version"] == 1
        assert first["range"]["start"] == {"line": 2, "character": 4}


@pytest.mark.parametrize("options", [{"preview": False}, {"topK": 5}])
async def test_no_preview_unless_asked_for(start: Start, llama: FakeLlama, options: dict[str, Any]) -> None:
    capabilities = full_capabilities()
    capabilities.experimental = None
    async with start(options=options, capabilities=capabilities) as editor:
        text, span = editor.open(ADD)
        await editor.generate(text, span)
        assert editor.previews == []


async def test_the_edit_is_annotated(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        text, span = editor.open(ADD)
        await editor.generate(text, span)
        (edit,) = editor.edits
        (change,) = edit.document_changes or []
        assert isinstance(change, lsp.TextDocumentEdit)
        assert change.text_document.version == 1
        (one,) = change.edits
        assert isinstance(one, lsp.AnnotatedTextEdit)
        annotation = (edit.change_annotations or {})[one.annotation_id]
        assert "fake-135m" in annotation.label


async def test_a_plain_client_gets_a_plain_edit(start: Start, llama: FakeLlama) -> None:
    capabilities = lsp.ClientCapabilities(workspace=lsp.WorkspaceClientCapabilities(apply_edit=True))
    async with start(capabilities=capabilities) as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied"
        assert text.text == ADD.replace("...‸", "return a + b")
        (edit,) = editor.edits
        assert list(edit.changes or {}) == [text.uri]
        assert edit.document_changes is None
        assert editor.progress == {}


@pytest.mark.parametrize("client", ["neovim@v0.11.0", "visual_studio_code"])
async def test_clients_as_they_are(start: Start, llama: FakeLlama, client: str) -> None:
    """With the capabilities that real editors declare; what they do not know is not sent (the client would warn)."""
    async with start(capabilities=client_capabilities(client)) as editor:
        text, span = editor.open(ADD)
        (first, *_) = await editor.actions(text, span)
        answer = await editor.run(first)
        assert answer["status"] == "applied", answer
        assert text.text == ADD.replace("...‸", "return a + b")
        assert len(await editor.lenses(text)) == 3
        assert await editor.hover(text, text.text.index("a + b"))
        assert len(await editor.hints(text)) == 1
        assert editor.messages == []


async def test_a_client_that_cannot_apply_edits_is_told(start: Start, llama: FakeLlama) -> None:
    async with start(capabilities=lsp.ClientCapabilities()) as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span)
        assert answer["status"] in ("refused", "failed")
        assert "return a + b" in answer["text"]
        assert llama.streaming == 0


async def test_status(start: Start, llama: FakeLlama) -> None:
    async with start(fresh=True) as editor:
        text, span = editor.open(ADD)
        await editor.until(lambda: ("ready", "") in editor.statuses)
        await editor.generate(text, span)
        await editor.until(lambda: editor.statuses[-1][0] == "ready")
        states = [state for state, _ in editor.statuses]
        assert "generating" in states
        assert states.index("ready") < states.index("generating")


async def test_a_service_that_does_not_enforce_is_said(start: Start, llama: FakeLlama) -> None:
    llama.enforces = False
    async with start(fresh=True) as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied"
        assert answer["verdict"] == "verified"
        assert "degraded" in [state for state, _ in editor.statuses]


async def test_intent_is_in_the_prompt_and_only_its_digest_in_the_record(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span, intent="add them carefully")
        assert "add them carefully" in llama.requests[-1]["prompt"]
        shown = await editor.command("maze.showProvenance", {"id": answer["id"]})
        assert shown["record"]["intent_digest"]
        assert "carefully" not in str(shown)


async def test_seed_of_the_request(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span, seed=4711)
        assert llama.requests[-1]["seed"] == 4711
        shown = await editor.command("maze.showProvenance", {"id": answer["id"]})
        assert shown["record"]["seed"] == 4711


async def test_answer(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied"
        assert answer["verdict"] == "enforced"
        assert answer["text"] == "return a + b"
        assert answer["message"]
        where = lsp.Range(*(lsp.Position(**answer["range"][end]) for end in ("start", "end")))
        assert editor.span(text, where).text(text.text) == "return a + b"


async def test_the_holes_of_a_file(start: Start) -> None:
    async with start() as editor:
        text, _ = editor.open("def f():\n    ...\n\n\ndef g():\n    pass\n")
        found = await editor.command("maze.holes", {"uri": text.uri})
        assert [(hole["kind"], hole["marker"]) for hole in found] == [("body", "..."), ("body", "pass")]
        assert found[0]["range"]["start"] == {"line": 1, "character": 4}


async def test_every_hole_can_be_generated_as_it_is_listed(start: Start, llama: FakeLlama) -> None:
    source = "def f(x):\n    ...\n\n\nclass C:\n    def g(self):\n\nx = ...\n# TODO: say it\n"
    llama.scripts = ["return 1"]
    async with start() as editor:
        text, _ = editor.open(source)
        for hole in await editor.command("maze.holes", {"uri": text.uri}):
            answer = await editor.command("maze.generate", {"uri": text.uri, **hole})
            assert answer.get("status") == "applied", (hole, answer)
            editor.edit(text, Span(0, len(text.text)), source)


async def test_two_at_once_in_different_places(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["return 1"]
    llama.hold_after = 1
    async with start() as editor:
        text, _ = editor.open("def f():\n    ...\n\n\ndef g():\n    ...\n")
        holes = await editor.command("maze.holes", {"uri": text.uri})
        both = [editor.starting("maze.generate", {"uri": text.uri, "version": 1, **hole}) for hole in holes]
        await editor.until(lambda: llama.streaming == 2)
        llama.release.set()
        assert [(await one)["status"] for one in both] == ["applied", "applied"]
        assert text.text == "def f():\n    return 1\n\n\ndef g():\n    return 1\n"


async def test_one_place_twice(start: Start, llama: FakeLlama) -> None:
    llama.hold_after = 1
    async with start() as editor:
        text, span = editor.open(ADD)
        first = editor.starting("maze.generate", editor.place(text, span))
        await editor.until(lambda: llama.streaming == 1)
        second = await editor.generate(text, span)
        assert second["status"] == "busy"
        assert "already in progress" in second["message"]
        llama.release.set()
        assert (await first)["status"] == "applied"
        assert len(llama.requests) == 1


async def test_one_place_twice_at_the_same_moment(start: Start, llama: FakeLlama) -> None:
    llama.hold_after = 1
    async with start() as editor:
        text, span = editor.open(ADD)
        both = [editor.starting("maze.generate", editor.place(text, span)) for _ in range(2)]
        await editor.until(lambda: any(one.done() for one in both))
        llama.release.set()
        assert sorted([(await one)["status"] for one in both]) == ["applied", "busy"]


async def test_plain_is_the_inverse_of_the_clients_objects() -> None:
    assert plain([{"a": (1, {"b": None})}]) == [{"a": [1, {"b": None}]}]
