"""Settings as the editor gives them: pulled, pushed, changed, wrong, and from a workspace that is not trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp

from tests.server.conftest import Start
from tests.server.editor import Editor, full_capabilities
from tests.server.fake_llamacpp import FakeLlama, fake_llamacpp
from tests.server.test_generate import ADD


async def sent(editor: Editor, llama: FakeLlama) -> dict[str, Any]:
    """The request of one generation with the settings as they are."""
    text, span = editor.open(ADD)
    answer = await editor.generate(text, span)
    assert answer["status"] == "applied", answer
    editor.close(text)
    return llama.requests[-1]


async def test_the_editors_configuration_wins_over_its_options(start: Start, llama: FakeLlama) -> None:
    async with start(options={"maxTokens": 11, "topK": 5}, configuration={"maxTokens": 22}) as editor:
        request = await sent(editor, llama)
        assert (request["n_predict"], request["top_k"]) == (22, 5)


async def test_the_environment_and_the_user_file(start: Start, llama: FakeLlama, tmp_path: Path) -> None:
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "config.toml").write_text("max_tokens = 33\ntop_k = 3\n")
    async with start(environment={"MAZE_MAX_TOKENS": "44"}) as editor:
        request = await sent(editor, llama)
        assert (request["n_predict"], request["top_k"]) == (44, 3)


async def test_changed_settings_are_pulled_again(start: Start, llama: FakeLlama) -> None:
    async with start(configuration={"maxTokens": 22}) as editor:
        assert (await sent(editor, llama))["n_predict"] == 22
        editor.client.set_configuration({"maze": {"maxTokens": 33}})
        editor.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings=None))
        await editor.actions(*editor.open(ADD, name="other.py"))
        assert (await sent(editor, llama))["n_predict"] == 33


async def test_a_client_that_pushes(start: Start, llama: FakeLlama) -> None:
    capabilities = full_capabilities()
    assert capabilities.workspace
    capabilities.workspace.configuration = None
    async with start(capabilities=capabilities) as editor:
        pushed = lsp.DidChangeConfigurationParams(settings={"maze": {"maxTokens": 55}})
        editor.client.workspace_did_change_configuration(pushed)
        assert (await sent(editor, llama))["n_predict"] == 55


async def test_a_new_endpoint_is_used_by_the_next_generation(start: Start, llama: FakeLlama) -> None:
    async with fake_llamacpp() as other, start() as editor:
        await sent(editor, llama)
        editor.client.set_configuration({"maze": {"endpoint": other.url, "dialect": "llamacpp"}})
        editor.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings=None))
        await editor.actions(*editor.open(ADD, name="other.py"))
        await sent(editor, other)
        assert (len(llama.requests), len(other.requests)) == (1, 1)


async def test_bad_values_are_named_once_and_the_rest_works(start: Start, llama: FakeLlama) -> None:
    configuration = {"maxTokens": "many", "temprature": 1, "topK": 9}
    async with start(configuration=configuration) as editor:
        request = await sent(editor, llama)
        assert request["top_k"] == 9
        assert request["n_predict"] == 256
        await editor.until(lambda: editor.messages)
        (message,) = editor.messages
        assert "max_tokens" in message
        assert "`temprature`" in message
        assert "`temperature`" in message
        editor.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings=None))
        await sent(editor, llama)
        assert len(editor.messages) == 1, "the same complaint is not made twice"


async def test_a_bad_endpoint_is_named(start: Start, llama: FakeLlama) -> None:
    async with start(options={"endpoint": "not an address"}) as editor:
        text, span = editor.open(ADD)
        await editor.generate(text, span)
        assert "`endpoint`" in editor.messages[0]
        assert "not an address" in editor.messages[0]


@pytest.mark.parametrize("configuration", [[], 5, "x", None])
async def test_a_configuration_of_another_shape(start: Start, llama: FakeLlama, configuration: Any) -> None:
    async with start() as editor:
        editor.client.set_configuration({"maze": configuration})
        editor.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings=None))
        await sent(editor, llama)


async def test_an_untrusted_workspace_cannot_choose_the_endpoint(start: Start, llama: FakeLlama) -> None:
    async with fake_llamacpp() as other:
        environment = {"MAZE_ENDPOINT": llama.url, "MAZE_DIALECT": "llamacpp"}
        bad = {"endpoint": other.url, "keepText": True}
        options = {"trusted": False, "endpoint": None, "dialect": None}
        async with start(options=options, configuration=bad, environment=environment) as editor:
            await sent(editor, llama)
            assert other.requests == []
            await editor.until(lambda: editor.messages)
            assert "not trusted" in " ".join(editor.messages)


async def test_the_key_is_sent_to_its_endpoint_and_shown_nowhere(start: Start, llama: FakeLlama) -> None:
    async with start(options={"apiKey": "s3cr3t-value"}) as editor:
        text, span = editor.open(ADD)
        answer = await editor.generate(text, span)
        shown = await editor.command("maze.showProvenance", {"id": answer["id"]})
        said = [answer, shown, editor.messages, editor.statuses, editor.progress]
        assert "s3cr3t-value" not in str(said)
