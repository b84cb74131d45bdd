"""The protocol itself: what is announced, what is refused, and the traps of the library underneath."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp

from maze_lsp import __version__
from maze_lsp.errors import DocumentError
from tests.server.conftest import Start
from tests.server.editor import PATIENCE, SERVER, clean_environment, patiently
from tests.server.fake_llamacpp import FakeLlama
from tests.server.test_generate import ADD


class Wire:
    """A server and its raw messages."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self._folder, self._arguments, self._environment = folder, arguments, environment

    async def __aenter__(self) -> Wire:
        self.process = await asyncio.create_subprocess_exec(
            *SERVER[:3],
            *self._arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean_environment(self._folder, self._environment),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    def write(self, body: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def send(self, **message: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode())

    async def read(self) -> dict[str, Any]:
        assert self.process.stdout
        head = await patiently(self.process.stdout.readuntil(b"\r\n\r\n"))
        length = int(head.split(b"Content-Length:")[1].split(b"\r\n")[0])
        message: dict[str, Any] = json.loads(await self.process.stdout.readexactly(length))
        return message

    async def answer(self, to: object) -> dict[str, Any]:
        while (message := await self.read()).get("id") != to or "method" in message:
            pass
        return message

    async def initialize(self, capabilities: dict[str, Any] | None = None) -> dict[str, Any]:
        params = {"processId": None, "rootUri": None, "capabilities": capabilities or {}}
        self.send(id=1, method="initialize", params=params)
        answer = await self.answer(1)
        self.send(method="initialized", params={})
        return answer

    async def ended(self) -> tuple[int, str]:
        """The exit code and all that was written to stderr."""
        assert self.process.stderr
        code = await patiently(self.process.wait())
        return code, (await self.process.stderr.read()).decode()


async def test_capabilities(start: Start) -> None:
    async with start() as editor:
        assert editor.result
        info, offers = editor.result.server_info, editor.result.capabilities
        assert info == lsp.ServerInfo("maze-lsp", __version__)
        sync = offers.text_document_sync
        assert isinstance(sync, lsp.TextDocumentSyncOptions)
        assert (sync.open_close, sync.change) == (True, lsp.TextDocumentSyncKind.Incremental)
        actions = offers.code_action_provider
        assert isinstance(actions, lsp.CodeActionOptions)
        assert list(actions.code_action_kinds or []) == ["refactor.rewrite.generate"]
        assert offers.hover_provider
        assert offers.code_lens_provider
        assert offers.inlay_hint_provider
        assert offers.execute_command_provider
        commands = set(offers.execute_command_provider.commands)
        assert commands == {
            f"maze.{name}"
            for name in (
                *("generate", "cancel", "accept", "acceptInline", "regenerate", "showProvenance", "holes"),
                *("spans", "reject", "explain", "health", "generateAll", "useCandidate"),
            )
        }
        assert offers.completion_provider is None


def test_nothing_heavy_is_imported_before_the_answer() -> None:
    code = """
import sys
from maze_lsp.server.app import create_server
create_server()
heavy = {"pydantic", "httpx", "tree_sitter", "llguidance", "sqlite3", "websockets", "typer", "rich"}
print(sorted(heavy & set(sys.modules)))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_version() -> None:
    found = subprocess.run([*SERVER[:3], "--version"], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == f"maze-lsp {__version__}"


@pytest.mark.parametrize("arguments", [["--what"], ["--tcp"], ["--stdio", "--tcp", "127.0.0.1:0"], ["file.py"]])
def test_wrong_arguments(arguments: list[str]) -> None:
    found = subprocess.run([*SERVER[:3], *arguments], capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert "usage: maze-lsp" in found.stderr
    assert found.stdout == ""


async def test_shutdown_and_exit(tmp_path: Path) -> None:
    async with Wire(tmp_path) as wire:
        await wire.initialize()
        wire.send(id=2, method="shutdown")
        assert (await wire.answer(2))["result"] is None
        wire.send(id=3, method="textDocument/hover", params={})
        assert (await wire.answer(3))["error"]["code"] == -32600
        wire.send(method="exit")
        assert await wire.ended() == (0, "")


async def test_exit_without_shutdown(tmp_path: Path) -> None:
    async with Wire(tmp_path) as wire:
        await wire.initialize()
        wire.send(method="exit")
        assert (await wire.ended())[0] == 1


@pytest.mark.parametrize("initialized", [True, False])
async def test_an_editor_that_vanishes(tmp_path: Path, initialized: bool) -> None:
    async with Wire(tmp_path) as wire:
        if initialized:
            await wire.initialize()
        assert wire.process.stdin
        wire.process.stdin.close()
        assert await wire.ended() == (1, "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
async def test_terminated(tmp_path: Path) -> None:
    async with Wire(tmp_path) as wire:
        await wire.initialize()
        wire.process.send_signal(signal.SIGTERM)
        code, errors = await wire.ended()
        assert code in (-signal.SIGTERM, 128 + signal.SIGTERM)
        assert errors == ""


async def test_shutdown_in_the_middle_of_a_generation(start: Start, llama: FakeLlama) -> None:
    """The upstream connection is closed, the process ends, nothing is left."""
    llama.hold_after = 1
    async with start(fresh=True) as editor:
        text, span = editor.open(ADD)
        running = editor.starting("maze.generate", editor.place(text, span))
        await llama.held.wait()
        process = editor.client._server
        assert process
        await patiently(editor.client.shutdown_async(None))
        await asyncio.wait_for(llama.gone.wait(), 5)
        assert (await running)["status"] == "cancelled"
        editor.client.exit(None)
        assert await patiently(process.wait()) == 0
        editor.client.capabilities = None  # it has been shut down already


async def test_a_request_before_initialize(tmp_path: Path) -> None:
    async with Wire(tmp_path) as wire:
        wire.send(id=1, method="workspace/executeCommand", params={"command": "maze.cancel"})
        assert (await wire.answer(1))["error"]["code"] == -32002
        wire.send(method="textDocument/didOpen", params={})
        await wire.initialize()


async def test_unknown_methods(tmp_path: Path) -> None:
    async with Wire(tmp_path) as wire:
        await wire.initialize()
        wire.send(id="x", method="textDocument/poem", params={"a": {"jsonrpc": "2.0", "id": 4}})
        assert (await wire.answer("x"))["error"]["code"] == -32601
        wire.send(method="$/unknown", params={"a": 1})
        wire.send(method="maze/unknown", params=[1])
        wire.send(id="y", method="workspace/executeCommand", params={"command": "maze.poem"})
        answer = await wire.answer("y")
        assert "maze.poem" in json.dumps(answer)
        wire.send(method="$/cancelRequest", params={"id": "long ago"})
        wire.send(id=2, method="shutdown")
        await wire.answer(2)
        wire.send(method="exit")
        assert await wire.ended() == (0, "")


@pytest.mark.parametrize(
    "params",
    [
        {"textDocument": {"uri": "file:///x.py"}},
        {"textDocument": 5, "position": {"line": 0, "character": 0}},
        {"textDocument": {"uri": "file:///x.py"}, "position": {"line": "SECRET TEXT", "character": []}},
        [],
        None,
    ],
)
async def test_malformed_parameters_are_answered(tmp_path: Path, params: object) -> None:
    async with Wire(tmp_path) as wire:
        await wire.initialize()
        wire.send(id=7, method="textDocument/hover", params=params)
        error = (await wire.answer(7))["error"]
        assert error["code"] == -32602
        assert "textDocument/hover" in error["message"]
        assert not error.get("data")
        wire.send(method="textDocument/didChange", params=params)
        wire.send(id=2, method="shutdown")
        await wire.answer(2)
        wire.send(method="exit")
        code, errors = await wire.ended()
        assert code == 0
        assert "SECRET" not in errors
        assert "Traceback" not in errors


@pytest.mark.parametrize("body", [b"{", b"[]", b"5", b"\xff\xfe", b'{"jsonrpc": "2.0"}', b"null", b'{"id": {}}'])
async def test_what_is_no_message_does_not_end_the_server(tmp_path: Path, body: bytes) -> None:
    async with Wire(tmp_path) as wire:
        await wire.initialize()
        wire.write(body)
        wire.send(id=2, method="shutdown")
        assert (await wire.answer(2))["result"] is None


async def test_what_has_no_length_ends_the_server(tmp_path: Path) -> None:
    async with Wire(tmp_path) as wire:
        assert wire.process.stdin
        wire.process.stdin.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        code, errors = await wire.ended()
        assert code == 2
        assert "Content-Length" in errors


async def test_changes_of_documents_that_are_not_open_are_ignored(start: Start) -> None:
    async with start() as editor:
        text, _ = editor.open("x = 1\n")
        editor.close(text)
        editor.texts[text.uri] = text
        editor.replace(text, "1", "2")
        editor.close(text)
        again, span = editor.open("x = ‸...\n")
        assert await editor.actions(again, span)
        assert editor.messages == []


async def test_quiet_on_stderr_and_no_document_text_in_the_log(tmp_path: Path) -> None:
    """At every level but `trace` the log is without the text of documents; by default it is empty."""
    for level, quiet in (("warning", True), ("debug", False)):
        async with Wire(tmp_path, "--log-level", level) as wire:
            await wire.initialize()
            item = {"uri": "file:///x.py", "languageId": "python", "version": 1, "text": "SECRET = ...\n"}
            wire.send(method="textDocument/didOpen", params={"textDocument": item})
            place = {"textDocument": {"uri": "file:///x.py"}, "position": {"line": 0, "character": 1}}
            wire.send(id=5, method="textDocument/hover", params=place)
            await wire.answer(5)
            wire.send(id=2, method="shutdown")
            await wire.answer(2)
            wire.send(method="exit")
            code, errors = await wire.ended()
            assert code == 0
            assert "SECRET" not in errors
            assert not quiet or errors == ""


async def test_a_stray_print_does_not_reach_the_client(tmp_path: Path) -> None:
    code = """
import sys
from maze_lsp.server import app
make = app.create_server
def noisy():
    print("noise"); sys.stdout.flush()
    return make()
app.create_server = noisy
sys.argv = ["maze-lsp"]
from maze_lsp.server.__main__ import main
main()
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    body = json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"processId": None, "capabilities": {}}}
    ).encode()
    process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    assert (await patiently(process.stdout.readline())).startswith(b"Content-Length:")
    process.kill()
    await process.wait()


class Inside:
    """A server inside this process, so that it can be looked into; requests of its own are answered at once."""

    def __init__(self) -> None:
        from maze_lsp.server.app import create_server

        self.server = create_server()
        self.sent: list[dict[str, Any]] = []
        self.server.protocol.set_writer(self)

    def write(self, data: bytes) -> None:
        message = json.loads(data.partition(b"\r\n\r\n")[2])
        self.sent.append(message)
        if "id" in message and "method" in message:
            result = {"applied": True} if message["method"] == "workspace/applyEdit" else None
            asyncio.get_running_loop().call_soon(partial(self.send, id=message["id"], result=result))

    def close(self) -> None: ...

    def send(self, **message: Any) -> None:
        self.server.protocol.receive(json.dumps({"jsonrpc": "2.0", **message}).encode())

    async def answer(self, to: object) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while not (found := [m for m in self.sent if m.get("id") == to and "method" not in m]):
                await asyncio.sleep(0.01)
        return found[0]


@pytest.mark.parametrize("error", [ValueError("SECRET"), DocumentError("It is no good.", hint="Do this.")])
async def test_errors_carry_no_traceback_and_no_paths(error: Exception) -> None:
    inside = Inside()

    def fail(_params: Any) -> None:
        raise error

    inside.server.feature(lsp.TEXT_DOCUMENT_DEFINITION)(fail)
    inside.server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)(fail)
    inside.send(id=1, method="initialize", params={"processId": None, "rootUri": None, "capabilities": {}})
    place = {"textDocument": {"uri": "file:///x.py"}, "position": {"line": 0, "character": 0}}
    inside.send(id=2, method="textDocument/definition", params=place)
    answer = (await inside.answer(2))["error"]
    assert "data" not in answer
    assert "SECRET" not in json.dumps(answer)
    assert "maze_lsp/" not in json.dumps(answer)
    expected = "It is no good. Do this." if isinstance(error, DocumentError) else "(ValueError)"
    assert expected in answer["message"]
    inside.send(method="workspace/didChangeWatchedFiles", params={"changes": []})
    await asyncio.sleep(0.05)
    assert [message for message in inside.sent if "method" in message] == [], "nothing pops up"


async def test_ended_generations_leave_nothing_behind(
    llama: FakeLlama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pygls keeps the tokens and futures of what has ended."""
    monkeypatch.setenv("MAZE_STATE_DIR", str(tmp_path))
    inside = Inside()
    options = {"endpoint": llama.url, "dialect": "llamacpp"}
    workspace = {"applyEdit": True, "configuration": True, "codeLens": {"refreshSupport": True}}
    capabilities = {"window": {"workDoneProgress": True}, "workspace": workspace}
    params = {"processId": None, "rootUri": None, "capabilities": capabilities, "initializationOptions": options}
    inside.send(id=1, method="initialize", params=params)
    inside.send(method="initialized", params={})
    uri = (tmp_path / "x.py").as_uri()
    item = {"uri": uri, "languageId": "python", "version": 1, "text": ADD.replace("‸", "")}
    inside.send(method="textDocument/didOpen", params={"textDocument": item})
    argument = {"uri": uri, "position": {"line": 2, "character": 4}}
    command = {"command": "maze.generate", "arguments": [argument]}
    for number in (2, 3):
        inside.send(id=number, method="workspace/executeCommand", params=command)
        assert (await inside.answer(number))["result"]["status"] == "applied"
    await asyncio.sleep(0.1)
    protocol = inside.server.protocol
    assert protocol._request_futures == {}
    assert protocol._result_types == {}
    assert inside.server.work_done_progress.tokens == {}
    assert not inside.server.running
    inside.send(id=9, method="shutdown")
    await inside.answer(9)
    assert [task for task in asyncio.all_tasks() if "maze_lsp" in repr(task.get_coro())] == []
