"""Two real services; the one that writes is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from benchmarks.failover import context_of
from maze_lsp.inference import connect
from maze_lsp.inference.embedded.service import EmbeddedService
from maze_lsp.inference.types import Sampling
from maze_lsp.pipeline import Delta, Failed, Finished, HoleRequest, Pipeline, Reset
from maze_lsp.settings import Layer, resolve

pytestmark = pytest.mark.model

SOURCE = 'def describe(items):\n    """A long report on all items."""\n    ‸...\n\n\nprint(describe([]))\n'


@pytest.fixture
def two(model_file: Path, tmp_path: Path) -> Iterator[list[tuple[subprocess.Popen[bytes], str]]]:
    """Two embedded services as `maze serve` runs them, each with a state folder, a port and a key of its own."""
    started = []
    for number in range(2):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = {**os.environ, "MAZE_STATE_DIR": str(tmp_path / str(number)), "MAZE_SERVE_KEY": f"key-{number}"}
        command = [sys.executable, "-m", "maze_lsp.cli", "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append((process, f"http://127.0.0.1:{port}"))
    yield started
    for process, _ in started:
        process.kill()
        process.wait()


async def well(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(240):
            try:
                if (await client.get(f"{url}/health")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.25)
    pytest.fail(f"{url} did not start")


async def test_a_service_killed_while_it_writes(two: list[tuple[subprocess.Popen[bytes], str]]) -> None:
    await asyncio.gather(*(well(url) for _, url in two))
    endpoints = [{"endpoint": url, "api_key": f"key-{number}"} for number, (_, url) in enumerate(two)]
    settings = resolve([Layer("here", {"endpoints": endpoints, "max_tokens": 120})]).settings
    service = connect(settings)
    request = HoleRequest(context_of("python", SOURCE), Sampling(max_tokens=120, temperature=0.8, seed=3, dry=0.8))
    shown, killed, result = "", False, None
    async with aclosing(Pipeline(service, None, settings).generate(request)) as events:
        async for event in events:
            match event:
                case Delta():
                    shown += event.text
                    if not killed and event.tokens >= 4:
                        two[0][0].send_signal(signal.SIGKILL)
                        killed = True
                case Reset():
                    pytest.fail(f"what was shown was taken back: {event.reason}")
                case Failed():
                    raise event.error
                case Finished():
                    result = event.result
    assert killed
    assert result is not None
    assert result.record.verdict == "enforced"
    assert [one.endpoint for one in result.record.requests] == [url for _, url in two]
    assert all(one.length for one in result.record.requests)
    assert shown.startswith(result.text) or result.record.ending == "closed"
    await service.aclose()


async def test_the_embedded_service_killed_while_it_writes_is_started_again_and_goes_on(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZE_STATE_DIR", str(tmp_path))
    settings = resolve([Layer("here", {"max_tokens": 120, "embedded_context": 2048})]).settings
    service = connect(settings)
    assert isinstance(service, EmbeddedService)
    before = (await service.instance()).pid
    request = HoleRequest(context_of("python", SOURCE), Sampling(max_tokens=120, temperature=0.8, seed=3, dry=0.8))
    killed, result = False, None
    async with aclosing(Pipeline(service, None, settings).generate(request)) as events:
        async for event in events:
            if isinstance(event, Delta) and not killed and event.tokens >= 4:
                os.kill(before, signal.SIGKILL)
                killed = True
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, Finished):
                result = event.result
    assert killed
    assert result is not None
    assert result.record.verdict == "enforced"
    assert result.record.requests[0].end == "broke off"
    after = (await service.instance()).pid
    assert after != before
    await service.aclose()
    os.kill(after, signal.SIGKILL)
