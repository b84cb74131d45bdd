"""A server may send any JSON, and any bytes: what comes out is text or a `ServiceError`, never another exception."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from maze_lsp.errors import ServiceError
from maze_lsp.inference import connect
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Message, Sampling

from . import fake

JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | strategies.text(),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.text(), inner, max_size=3),
    max_leaves=6,
)
LLAMA = strategies.fixed_dictionaries(
    {},
    optional={
        "content": JSON,
        "stop": JSON,
        "tokens_predicted": JSON,
        "timings": JSON,
        "stop_type": JSON,
        "error": JSON,
    },
)
CHOICE = strategies.fixed_dictionaries({}, optional={"text": JSON, "finish_reason": JSON})
VLLM = strategies.fixed_dictionaries(
    {}, optional={"choices": JSON | strategies.lists(CHOICE | JSON, max_size=2), "usage": JSON}
)


DELTA = strategies.fixed_dictionaries({}, optional={"content": JSON, "reasoning": JSON, "tool_calls": JSON})
CHAT = strategies.fixed_dictionaries(
    {}, optional={"delta": DELTA | JSON, "finish_reason": JSON, "logprobs": JSON, "index": JSON}
)
META = strategies.fixed_dictionaries(
    {}, optional={"finish_reason": JSON, "completion_tokens": JSON, "output_token_logprobs": JSON}
)
SGLANG = strategies.fixed_dictionaries({}, optional={"text": JSON, "meta_info": META | JSON})
MODAL = strategies.fixed_dictionaries({}, optional={"token": JSON, "done": JSON, "error": JSON, "finish_reason": JSON})
WHOLE = strategies.fixed_dictionaries(
    {}, optional={"generated_text": JSON, "finish_reason": JSON, "metadata": JSON, "stats": JSON, "error": JSON}
)
OUTPUT = strategies.fixed_dictionaries({}, optional={"choices": JSON, "text": JSON, "usage": JSON, "error": JSON})
POLLED = strategies.fixed_dictionaries(
    {"status": strategies.sampled_from(["COMPLETED", "FAILED", "CANCELLED"]) | JSON},
    optional={"stream": strategies.lists(strategies.fixed_dictionaries({"output": OUTPUT | JSON}), max_size=2) | JSON},
)


async def check(dialect: str, path: str, raw: bytes, *, chat: bool = False, kind: str = "text/event-stream") -> None:
    async with fake.fake_service() as server:
        server.always("/v1/models", 200, fake_models())
        server.always("/run", 200, {"id": "j"})

        async def answer(connection: fake.Connection) -> None:
            await connection.open_stream(kind)
            await connection.send(raw)

        server.handlers[path] = answer
        service = connect(fake.settings(endpoint=server.url, dialect=dialect, total_timeout=0.3))
        stream = cast(
            AsyncGenerator[Chunk | Completed],
            service.stream(CompletionRequest("p", Sampling(), messages=MESSAGES if chat else ())),
        )
        try:
            async for item in stream:
                if isinstance(item, Chunk):
                    item.text.encode("utf-8")
        except ServiceError:
            pass
        finally:
            await service.aclose()


def fake_models() -> dict[str, Any]:
    return {"data": [3, {"id": 7}, {"name": "x"}]}


MESSAGES = (Message("user", "u"),)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def as_events(values: list[Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(value).encode() + b"\n\n" for value in values)


@QUICK
@given(strategies.lists(LLAMA | JSON, max_size=3))
def test_any_events_from_llamacpp(events: list[Any]) -> None:
    raw = as_events(events)
    asyncio.run(check("llamacpp", "/completion", raw))


@QUICK
@given(strategies.lists(VLLM | JSON, max_size=3))
def test_any_events_from_vllm(events: list[Any]) -> None:
    raw = as_events(events)
    asyncio.run(check("vllm", "/v1/completions", raw))


@QUICK
@given(strategies.lists(CHAT | JSON, max_size=3))
def test_any_events_of_a_chat(choices: list[Any]) -> None:
    raw = as_events([{"choices": [one]} for one in choices])
    asyncio.run(check("openai", "/v1/chat/completions", raw, chat=True))


@QUICK
@given(strategies.lists(SGLANG | JSON, max_size=3))
def test_any_events_from_sglang(events: list[Any]) -> None:
    raw = as_events(events)
    asyncio.run(check("sglang", "/generate", raw))


@QUICK
@given(strategies.lists(MODAL | JSON, max_size=3))
def test_any_events_from_modal(events: list[Any]) -> None:
    raw = as_events(events)
    asyncio.run(check("modal", "/generate/stream", raw))


@QUICK
@given(WHOLE | JSON)
def test_any_answer_from_modal(answer: Any) -> None:
    asyncio.run(check("modal", "/generate", json.dumps(answer).encode(), kind="application/json"))


@QUICK
@given(POLLED | JSON)
def test_any_output_from_runpod(answer: Any) -> None:
    asyncio.run(check("runpod", "/stream/j", json.dumps(answer).encode(), kind="application/json"))


@QUICK
@given(strategies.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    asyncio.run(check("llamacpp", "/completion", b"data: " + raw + b"\n\n"))


@pytest.mark.parametrize(
    "data",
    [
        '{"content": "\\ud83d", "stop": true}',
        '{"content": "a", "stop": true, "tokens_predicted": 1e999}',
        '{"content": "a", "stop": true, "tokens_predicted": ' + "9" * 4000 + "}",
        "[" * 100_000,
    ],
)
async def test_nasty_values(data: str) -> None:
    await check("llamacpp", "/completion", b"data: " + data.encode() + b"\n\n")
