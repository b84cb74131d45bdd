"""What is put on other people's machines: the command that starts vLLM, and the key at its door."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
KEY = "a-key-of-more-than-16"


@pytest.fixture(autouse=True)
def there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DEPLOY))
    monkeypatch.setenv("VLLM_API_KEY", KEY)


def command(**environment: str) -> list[str]:
    made: list[str] = importlib.import_module("vllm_command").command({"VLLM_API_KEY": KEY, **environment})
    return made


def after(flag: str, arguments: list[str]) -> str:
    return arguments[arguments.index(flag) + 1]


def test_the_command() -> None:
    made = command(MAZE_MODEL="org/coder", MAZE_GPUS="4", MAZE_VLLM_ARGUMENTS="--dtype bfloat16 --x 'a b'")
    assert made[:2] == ["-m", "vllm.entrypoints.openai.api_server"]
    assert json.loads(after("--structured-outputs-config", made)) == {"backend": "guidance"}
    assert (after("--model", made), after("--served-model-name", made)) == ("org/coder", "org/coder")
    assert (after("--tensor-parallel-size", made), after("--port", made)) == ("4", "8000")
    assert after("--middleware", made) == "only_with_key.OnlyWithKey"
    assert made[-4:] == ["--dtype", "bfloat16", "--x", "a b"]
    assert KEY not in " ".join(made)  # arguments can be seen by other users of the machine


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "MAZE_MODEL must be set"),
        ({"MAZE_MODEL": "m", "VLLM_API_KEY": ""}, "VLLM_API_KEY must be set"),
        ({"MAZE_MODEL": "m", "VLLM_API_KEY": "too short"}, "at least 16"),
        ({"MAZE_MODEL": "m", "MAZE_GPUS": "two"}, "MAZE_GPUS must be a whole number"),
        ({"MAZE_MODEL": "m", "MAZE_CONTEXT": "0"}, "MAZE_CONTEXT must be a whole number"),
    ],
)
def test_what_it_refuses(environment: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        command(**environment)


async def asked(path: str, *headers: tuple[bytes, bytes], kind: str = "http", method: str = "GET") -> Any:
    """The status that a caller gets; `websocket.close` where a socket is closed."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def receive() -> Any:
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    only = importlib.import_module("only_with_key").OnlyWithKey(app)
    await only({"type": kind, "path": path, "method": method, "headers": list(headers)}, receive, send)
    return sent[0].get("status", sent[0]["type"])


@pytest.mark.parametrize("path", ["/v1/completions", "/invocations", "/metrics", "/tokenize", "/health/../invocations"])
async def test_nobody_without_the_key(path: str) -> None:
    good = (b"authorization", f"Bearer {KEY}".encode())
    assert await asked(path) == 401
    assert await asked(path, (b"authorization", b"Bearer wrong")) == 401
    assert await asked(path, (b"authorization", KEY.encode())) == 401
    assert await asked(path, good, (b"authorization", b"Bearer wrong")) == 401
    assert await asked(path, good) == 200
    assert await asked(path, (b"Authorization", good[1])) == 200


async def test_probes_need_none() -> None:
    assert await asked("/health") == 200
    assert await asked("/ping", method="POST") == 401
    assert await asked("/health", kind="websocket") == "websocket.close"


async def test_no_server_without_a_good_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "short")
    with pytest.raises(ValueError, match="VLLM_API_KEY"):
        await asked("/health")


def test_the_modal_app_can_be_read() -> None:
    """It needs Modal's package, so only its syntax and the files that it takes along are looked at."""
    source = (DEPLOY / "modal_app.py").read_text("utf-8")
    ast.parse(source)
    for name in ("only_with_key.py", "vllm_command.py"):
        assert name in source
        assert name in (DEPLOY / "runpod" / "Dockerfile").read_text("utf-8")
