"""The embedded service with the real model: generation, sharing, and every way in which a process can die."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from maze_lsp.errors import ModelError, ServiceUnreachable
from maze_lsp.inference import connect
from maze_lsp.inference.embedded import processes
from maze_lsp.inference.embedded.files import running
from maze_lsp.inference.embedded.service import MAX_STARTS, EmbeddedService
from maze_lsp.inference.report import report
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Message, Sampling, Service
from maze_lsp.settings import Settings

from .conftest import embedded_settings

pytestmark = pytest.mark.model

LONG = CompletionRequest("def f(x):\n", Sampling(max_tokens=4000, temperature=0.0), extra={"ignore_eos": True})
IDLE = 2

EDITOR = """
import asyncio, json, sys
from types import SimpleNamespace
from maze_lsp.inference import connect

async def main():
    service = connect(SimpleNamespace(**json.loads(sys.argv[1])), lambda message: None)
    instance = await service.instance()
    print(json.dumps({"pid": instance.pid, "url": instance.url}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await service.aclose()

asyncio.run(main())
"""

UPGRADED = """
from maze_lsp.inference.embedded import config
config.__version__ = "999.0"
"""

SERVE = """
import json, sys
from types import SimpleNamespace
from maze_lsp.errors import MazeError
from maze_lsp.inference.embedded.serve import serve

def ready(instance, file):
    print(json.dumps({"pid": instance.pid, "url": instance.url, "file": file}), flush=True)

try:
    host = {"host": sys.argv[3]} if sys.argv[3:] else {}
    settings = SimpleNamespace(**json.loads(sys.argv[1]))
    serve(settings, port=int(sys.argv[2]), progress=lambda message: None, ready=ready, **host)
except MazeError as error:
    print(error, file=sys.stderr)
    raise SystemExit(error.exit_code)
"""


@pytest.fixture
def home(model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder in which no service runs yet; whatever is started in it is ended afterwards."""
    monkeypatch.setenv("MAZE_STATE_DIR", str(tmp_path))
    yield tmp_path
    for file in tmp_path.glob("embedded/*/service"):
        with suppress(OSError, ValueError):
            os.kill(json.loads(file.read_text())["pid"], signal.SIGKILL)


@pytest.fixture
def children() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def start(
    children: list[subprocess.Popen[str]], program: str, *arguments: str, **changes: Any
) -> subprocess.Popen[str]:
    values = json.dumps(vars(embedded_settings(embedded_idle_seconds=IDLE, **changes)))
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", program, values, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    children.append(process)
    return process


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The first line that a child prints."""
    assert process.stdout
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    return cast(dict[str, Any], json.loads(line))


def eventually(holds: Callable[[], bool], within: float = 30.0) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def gone(pid: int) -> bool:
    return not processes.alive(pid)


def stream_of(service: Service, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
    return cast(AsyncGenerator[Chunk | Completed], service.stream(request))


async def text_of(service: Service, request: CompletionRequest) -> str:
    return "".join([item.text async for item in stream_of(service, request) if isinstance(item, Chunk)])


async def test_messages_under_a_grammar(embedded: Service) -> None:
    request = CompletionRequest(
        "",
        Sampling(max_tokens=16, temperature=0.0),
        "%llguidance {}\nstart: /[a-c]{5}/",
        messages=(Message("user", "Say hello."),),
    )
    assert re.fullmatch("[a-c]{5}", await text_of(embedded, request))


async def test_log_probabilities_and_biases(embedded: Service) -> None:
    request = CompletionRequest("def f(x):\n", Sampling(max_tokens=6, temperature=0.0), logprobs=True)
    chunks = [item async for item in stream_of(embedded, request) if isinstance(item, Chunk)]
    assert all(chunk.logprob is not None and chunk.logprob <= 0 for chunk in chunks)
    token = (await embedded.tokenize("zebra"))[-1]
    biased = CompletionRequest("def f(x):\n", Sampling(max_tokens=3, temperature=0.0), token_bias={token: 100.0})
    assert await text_of(embedded, biased) == 3 * "bra"


async def test_by_the_protocol_of_openai_alone(embedded: EmbeddedService) -> None:
    """The way in which llama.cpp takes a grammar is found among those of all servers."""
    instance = await embedded.instance()
    service = connect(Settings(endpoint=instance.url, api_key=instance.key, dialect="openai"))
    try:
        seen = await service.capabilities()
        assert (seen.grammar, seen.way, seen.chat) == (True, "grammar", False)
        request = CompletionRequest("def f(x):", Sampling(max_tokens=16), "%llguidance {}\nstart: /[a-c]{5}/")
        assert re.fullmatch("[a-c]{5}", await text_of(service, request))
    finally:
        await service.aclose()


async def test_the_report_of_maze_health(embedded: Service) -> None:
    proven = (await report(embedded)).proven
    assert (proven.big_grammars, proven.token_ids, proven.token_bias) == (True, True, True)
    assert (proven.logprobs, proven.prefix_cache) == (True, True)
    assert proven.queue is not None


async def test_capabilities_are_proven(embedded: Service) -> None:
    capabilities = await embedded.capabilities()
    assert capabilities.grammar
    assert capabilities.model == "smollm2-135m"
    assert capabilities.version.startswith("xllamacpp 20")
    assert capabilities.context_size == 8192
    assert await embedded.health() == "ok"
    assert await embedded.models() == ["smollm2-135m"]


async def test_the_grammar_is_enforced(embedded: Service) -> None:
    grammar = "%llguidance {}\nstart: /    return [a-c]{1,5} \\+ [0-9]{3}/"
    request = CompletionRequest("def f(x):\n", Sampling(max_tokens=64, temperature=1.0, seed=7), grammar)
    items = [item async for item in stream_of(embedded, request)]
    text = "".join(item.text for item in items if isinstance(item, Chunk))
    end = items[-1]
    assert isinstance(end, Completed)
    assert end.tokens > 0
    assert end.prompt_tokens > 0
    assert end.finish_reason == "stop"
    pattern = r"    return [a-c]{1,5} \+ [0-9]{3}"
    assert re.fullmatch(pattern, text)
    assert not re.fullmatch(pattern, await text_of(embedded, CompletionRequest(request.prompt, request.sampling)))


async def test_tokenize(embedded: Service) -> None:
    assert len(await embedded.tokenize("def add(a, b):")) > 3
    assert await embedded.tokenize("") == []


async def test_cancelling_frees_the_slot(embedded: Service) -> None:
    instance = await cast(EmbeddedService, embedded).instance()
    headers = {"Authorization": f"Bearer {instance.key}"}

    async def busy(client: httpx.AsyncClient) -> bool:
        slots = (await client.get("/slots")).json()
        return any(slot["is_processing"] for slot in slots)

    async with httpx.AsyncClient(base_url=instance.url, headers=headers, timeout=30) as client:
        async with aclosing(stream_of(embedded, LONG)) as stream:
            async for _ in stream:
                break
            assert await busy(client)
        for _ in range(100):
            if not await busy(client):
                return
            await asyncio.sleep(0.05)
    pytest.fail("the slot is still busy after the stream was closed")


async def test_nobody_without_the_key(embedded: Service) -> None:
    instance = await cast(EmbeddedService, embedded).instance()
    async with httpx.AsyncClient(base_url=instance.url, timeout=30) as client:
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            answer = await client.post("/completion", json={"prompt": "a", "n_predict": 1}, headers=headers)
            assert answer.status_code == 401


async def test_the_key_is_in_a_private_file_only(embedded: Service, embedded_environment: dict[str, str]) -> None:
    instance = await cast(EmbeddedService, embedded).instance()
    check_private(instance.key, instance.pid, Path(embedded_environment["MAZE_STATE_DIR"]))


def check_private(key: str, pid: int, state: Path) -> None:
    (file,) = state.glob("embedded/*/service")
    assert file.stat().st_mode & 0o777 == 0o600
    assert key in file.read_text()
    if Path("/proc").is_dir():
        assert key not in Path(f"/proc/{pid}/cmdline").read_text()


def test_two_editors_that_start_together_share_one_service(home: Path, children: list[subprocess.Popen[str]]) -> None:
    first, second = start(children, EDITOR), start(children, EDITOR)
    assert told(first) == told(second)


def test_killed_editors_leave_nothing_behind(home: Path, children: list[subprocess.Popen[str]]) -> None:
    first = start(children, EDITOR)
    pid = told(first)["pid"]
    second = start(children, EDITOR)
    assert told(second)["pid"] == pid
    first.kill()  # the one that started the service
    first.wait()
    time.sleep(IDLE + 2)
    assert not gone(pid)
    second.kill()
    second.wait()
    assert eventually(lambda: gone(pid))
    assert not list(home.glob("embedded/*/service"))


def test_an_editor_killed_while_the_service_starts(home: Path, children: list[subprocess.Popen[str]]) -> None:
    first = start(children, EDITOR)
    assert eventually(lambda: bool(list(home.glob("embedded/*/service"))))
    first.kill()
    first.wait()
    (file,) = home.glob("embedded/*/service")
    pid = json.loads(file.read_text())["pid"]
    second = start(children, EDITOR)
    assert told(second)["pid"] == pid  # it joins what the first one began
    second.communicate()
    assert second.returncode == 0
    assert eventually(lambda: gone(pid))


async def test_a_service_killed_in_the_middle_of_a_text(home: Path) -> None:
    said: list[str] = []
    service = cast(EmbeddedService, connect(embedded_settings(), said.append))
    before = (await service.instance()).pid

    async def killed_while_it_writes() -> None:
        async for _ in stream_of(service, LONG):
            with suppress(ProcessLookupError):
                os.kill(before, signal.SIGKILL)

    with pytest.raises(ServiceUnreachable, match="died in the middle"):
        await killed_while_it_writes()
    assert await text_of(service, CompletionRequest("def f", Sampling(max_tokens=4)))
    assert (await service.instance()).pid != before
    assert any("started again" in line for line in said)
    await service.aclose()


async def test_a_service_that_died_between_two_requests(home: Path) -> None:
    service = cast(EmbeddedService, connect(embedded_settings()))
    os.kill((await service.instance()).pid, signal.SIGKILL)
    assert await text_of(service, CompletionRequest("def f", Sampling(max_tokens=4)))
    await service.aclose()


async def test_a_service_that_dies_again_and_again_is_given_up(home: Path) -> None:
    service = cast(EmbeddedService, connect(embedded_settings()))
    for _ in range(MAX_STARTS):
        pid = (await service.instance()).pid
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda pid=pid: gone(pid))  # type: ignore[misc]
    with pytest.raises(ServiceUnreachable, match="times within a minute"):
        await service.instance()
    await service.aclose()


async def test_a_corrupt_model(home: Path, model_file: Path) -> None:
    corrupt = home / "corrupt.gguf"
    with model_file.open("rb") as source:
        corrupt.write_bytes(source.read(3_000_000))
    service = connect(embedded_settings(model=str(corrupt)))
    with pytest.raises(ModelError, match=r"corrupt\.gguf cannot be loaded.*maze models pull"):
        await service.capabilities()
    assert "cannot be loaded" in await service.health()
    await service.aclose()


async def test_a_missing_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZE_CACHE_DIR", str(home / "cache"))
    service = connect(embedded_settings())
    with pytest.raises(ModelError, match="maze models pull smollm2-135m"):
        await service.capabilities()
    await service.aclose()


async def test_a_state_folder_that_cannot_be_made(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MAZE_STATE_DIR", str(tmp_path / "file"))
    service = connect(embedded_settings())
    with pytest.raises(ServiceUnreachable, match="MAZE_STATE_DIR"):
        await service.capabilities()


def test_serve_says_when_the_port_is_taken(home: Path, children: list[subprocess.Popen[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(children, SERVE, str(port))
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert f"port {port}: address already in use" in errors
    assert "--port" in errors


def test_serve_at_a_port_with_a_key_of_ones_own(
    home: Path, children: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("MAZE_SERVE_KEY", "my-own-key")
    process = start(children, SERVE, str(port))
    address = told(process)["url"]
    assert address == f"http://127.0.0.1:{port}"
    answer = httpx.get(address + "/props", headers={"Authorization": "Bearer my-own-key"}, timeout=30)
    assert answer.status_code == 200
    request = {"prompt": "a", "n_predict": 4000, "ignore_eos": True, "stream": True}
    headers = {"Authorization": "Bearer my-own-key"}
    with httpx.stream("POST", address + "/completion", json=request, headers=headers, timeout=30) as stream:
        assert next(stream.iter_lines())
        process.send_signal(signal.SIGINT)  # does not wait for a text of 4,000 tokens
        process.communicate(timeout=15)
    assert process.returncode == 0


def test_editors_use_what_serve_started(home: Path, children: list[subprocess.Popen[str]]) -> None:
    serving = start(children, SERVE, "0")
    pid = told(serving)["pid"]
    assert pid == serving.pid
    editor = start(children, EDITOR)
    assert told(editor)["pid"] == pid
    editor.communicate()
    time.sleep(IDLE + 2)
    assert not gone(pid)  # in the foreground it stays until it is told to stop
    second = start(children, SERVE, "0")
    assert told(second)["pid"] == pid
    serving.send_signal(signal.SIGTERM)
    serving.communicate(timeout=30)
    assert gone(pid)
    second.communicate(timeout=30)
    assert second.returncode == 3


def test_two_models_run_side_by_side(home: Path, children: list[subprocess.Popen[str]], model_file: Path) -> None:
    other = home / "other.gguf"
    other.symlink_to(model_file)
    editors = [start(children, EDITOR), start(children, EDITOR, model=str(other))]
    pids = [told(editor)["pid"] for editor in editors]
    assert pids[0] != pids[1]
    assert {one.model for one in running()} == {"smollm2-135m", "other"}
    for editor in editors:
        editor.communicate()
    assert eventually(lambda: all(gone(pid) for pid in pids))


def test_an_upgrade_under_a_running_editor(home: Path, children: list[subprocess.Popen[str]]) -> None:
    old = start(children, EDITOR)
    before = told(old)["pid"]
    new = start(children, UPGRADED + EDITOR)
    after = told(new)["pid"]
    assert after != before
    assert not gone(before)  # the old one serves on for the editor that has it
    another = start(children, EDITOR)
    assert told(another)["pid"] == before
    for editor in (old, another):
        editor.communicate()
    assert eventually(lambda: gone(before))
    assert not gone(after)


def test_serve_says_what_it_takes(home: Path, children: list[subprocess.Popen[str]], model_file: Path) -> None:
    serving = start(children, SERVE, "0")
    pid = told(serving)["pid"]
    (instance,) = running()
    assert (instance.pid, instance.file, instance.size) == (pid, str(model_file), model_file.stat().st_size)
    assert instance.memory() > 50_000_000


def test_serve_for_others(home: Path, children: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    key = "a-key-that-others-were-given"
    refused = start(children, SERVE, "0", "0.0.0.0")
    _, errors = refused.communicate(timeout=60)
    assert refused.returncode == 2
    assert "MAZE_SERVE_KEY is not set" in errors
    monkeypatch.setenv("MAZE_SERVE_KEY", key)
    serving = start(children, SERVE, "0", "0.0.0.0")
    address = told(serving)["url"]
    headers = {"Authorization": f"Bearer {key}"}
    assert httpx.get(address + "/props", headers=headers, timeout=30).status_code == 200
    assert httpx.get(address + "/props", timeout=30).status_code == 401
    assert httpx.get(address + "/slots", headers=headers, timeout=30).status_code == 501  # what others ask is not shown
    editor = start(children, EDITOR)
    assert told(editor)["url"] != address  # editors have one of their own
    editor.communicate()
