"""Code actions: what is offered where, and in which form for which client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp

from tests.server.conftest import Start
from tests.server.editor import full_capabilities, plain
from tests.server.fake_llamacpp import FakeLlama
from tests.server.test_protocol import Wire

PREFIX = "Generate constrained: "


async def check(start: Start, source: str, *titles: str, **more: Any) -> None:
    """At the mark of `source` the first actions are these, in this order; none where none is named."""
    async with start() as editor:
        text, span = editor.open(source, **more)
        found = [action.title for action in await editor.actions(text, span)]
        assert all(title.startswith(PREFIX) for title in found)
        found = [title.removeprefix(PREFIX) for title in found]
        assert found[: len(titles)] == list(titles) if titles else found == []


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("def f(x):\n    ...‸\n", "function body"),
        ("def f(x):\n    ‸pass\n", "function body"),
        ("def f(x):\n    raise NotImplementedError‸\n", "function body"),
        ('def f(x):\n    """Doc."""\n    ‸\n', "function body"),
        ("x = ‸...\n", "expression"),
        ("def f(x):\n    «y = x»\n    return y\n", "selection"),
    ],
)
async def test_offered(start: Start, source: str, title: str) -> None:
    await check(start, source, title)


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n# an ordinary ‸comment\n",
        "x = 'an ordinary ‸string'\n",
        'x = """\n...‸\n"""\n',
    ],
)
async def test_nothing_in_ordinary_comments_and_strings(start: Start, source: str) -> None:
    await check(start, source)


async def test_a_todo_is_a_hole(start: Start) -> None:
    async with start() as editor:
        text, span = editor.open("def f(x):\n    # TODO: dou‸ble x\n    return x\n")
        assert await editor.actions(text, span)


async def test_a_hole_in_broken_code(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["return x"]
    async with start() as editor:
        text, span = editor.open("def broken(:\n\n\ndef f(x):\n    ...‸\n\n\nclass (\n")
        (first, *_) = await editor.actions(text, span)
        assert first.title == PREFIX + "function body"
        answer = await editor.run(first)
        assert answer["status"] == "applied"
        assert "def f(x):\n    return x\n" in text.text


async def test_the_form_of_an_action(start: Start) -> None:
    async with start() as editor:
        text, span = editor.open("def f(x):\n    ...‸\n")
        (first, *_) = await editor.actions(text, span)
        assert first.kind == "refactor.rewrite.generate"
        assert list(first.tags or []) == [lsp.CodeActionTag.LlmGenerated]
        data = plain(first.data)
        assert data["uri"] == text.uri
        assert data["version"] == 1
        assert data["kind"] == "body"
        assert data["range"]["start"] == {"line": 1, "character": 4}
        assert first.edit is None
        assert first.command is None, "this client asks for it"
        resolved = await editor.client.code_action_resolve_async(first)
        assert resolved.command
        assert resolved.command.command == "maze.generate"
        assert plain(resolved.command.arguments) == [data]


async def test_titles_and_kinds_are_distinct(start: Start) -> None:
    async with start() as editor:
        text, span = editor.open("def f(x):\n    y = g(...‸, 1)\n    return y\n")
        titles = [action.title for action in await editor.actions(text, span)]
        assert len(titles) == len(set(titles)), titles


async def test_no_tag_for_a_client_that_does_not_know_tags(start: Start) -> None:
    capabilities = full_capabilities()
    assert capabilities.text_document
    assert capabilities.text_document.code_action
    capabilities.text_document.code_action.tag_support = None
    async with start(capabilities=capabilities) as editor:
        text, span = editor.open("def f(x):\n    ...‸\n")
        (first, *_) = await editor.actions(text, span)
        assert first.tags is None


async def test_a_client_without_literals_gets_commands(start: Start) -> None:
    capabilities = full_capabilities()
    assert capabilities.text_document
    capabilities.text_document.code_action = lsp.CodeActionClientCapabilities()
    async with start(capabilities=capabilities) as editor:
        text, span = editor.open("def f(x):\n    ...‸\n")
        params = lsp.CodeActionParams(
            lsp.TextDocumentIdentifier(text.uri), editor.range(text, span), lsp.CodeActionContext(diagnostics=[])
        )
        (first, *_) = await editor.client.text_document_code_action_async(params) or []
        assert isinstance(first, lsp.Command)
        assert first.command == "maze.generate"


@pytest.mark.parametrize(
    ("only", "offered"),
    [
        (["refactor"], True),
        (["refactor.rewrite"], True),
        (["refactor.rewrite.generate"], True),
        ([""], True),
        (["quickfix"], False),
        (["refactor.rewrite.generate.more"], False),
        (["source", "refactor"], True),
        (["refactor.re"], False),
    ],
)
async def test_only_the_kinds_that_are_asked_for(start: Start, only: list[str], offered: bool) -> None:
    async with start() as editor:
        text, span = editor.open("def f(x):\n    ...‸\n")
        assert bool(await editor.actions(text, span, only)) is offered


@pytest.mark.parametrize("declared", ["options", "capabilities", None])
async def test_instruction_only_for_clients_that_ask_the_user(start: Start, declared: str | None) -> None:
    capabilities = full_capabilities()
    capabilities.experimental = {"maze": {"instruction": True}} if declared == "capabilities" else None
    options = {"instruction": True} if declared == "options" else {}
    async with start(capabilities=capabilities, options=options) as editor:
        text, span = editor.open("def f(x):\n    ...‸\n")
        found = [action for action in await editor.actions(text, span) if "instruction" in action.title]
        if declared is None:
            assert found == []
            return
        (action,) = found
        assert action.title == "Generate constrained with instruction…"
        resolved = await editor.client.code_action_resolve_async(action)
        assert resolved.command
        assert resolved.command.command == "maze.generateWithInstruction"
        answer = await editor.command("maze.generate", {**plain(resolved.command.arguments)[0], "intent": "one"})
        assert answer["status"] == "applied"


async def test_a_client_that_does_not_resolve_gets_the_command_at_once(tmp_path: Path) -> None:
    """Seen on the wire: the client of these tests takes an action with a command for a command."""
    async with Wire(tmp_path) as wire:
        literals = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["refactor"]}}, "dataSupport": True}
        await wire.initialize({"textDocument": {"codeAction": literals}})
        item = {"uri": "file:///x.py", "languageId": "python", "version": 1, "text": "def f():\n    ...\n"}
        wire.send(method="textDocument/didOpen", params={"textDocument": item})
        where = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 4}}
        document = {"uri": "file:///x.py"}
        params = {"textDocument": document, "range": where, "context": {"diagnostics": []}}
        wire.send(id=5, method="textDocument/codeAction", params=params)
        (first, *_) = (await wire.answer(5))["result"]
        assert first["kind"] == "refactor.rewrite.generate"
        assert first["command"]["command"] == "maze.generate"
        assert first["command"]["arguments"] == [first["data"]]
        assert "tags" not in first


async def test_resolve_gives_the_command_from_the_data(start: Start) -> None:
    async with start() as editor:
        assert editor.result
        provider = editor.result.capabilities.code_action_provider
        assert isinstance(provider, lsp.CodeActionOptions)
        assert provider.resolve_provider
        text, span = editor.open("def f(x):\n    ...‸\n")
        (first, *_) = await editor.actions(text, span)
        bare = lsp.CodeAction(first.title, kind=first.kind, data=plain(first.data))
        resolved = await editor.client.code_action_resolve_async(bare)
        assert resolved.command
        answer = await editor.command(resolved.command.command, *plain(resolved.command.arguments))
        assert answer["status"] == "applied"
