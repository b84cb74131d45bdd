"""When requests are repeated and when an endpoint is left alone; what is said to somebody who waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

import pytest

from maze_lsp.errors import ServiceError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference import connect, patience, retry
from maze_lsp.inference.retry import Breaker, Budget
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Sampling, Service

from .fake import Connection, Fake, fake_service, llama_events, settings


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fake]:
    monkeypatch.setattr(retry, "BACKOFF_BASE", 0.001)
    async with fake_service() as service:
        yield service


async def ask(service: Service) -> str:
    stream = cast(AsyncGenerator[Chunk | Completed], service.stream(CompletionRequest("p", Sampling())))
    async with aclosing(stream):
        return "".join([item.text async for item in stream if isinstance(item, Chunk)])


async def test_an_endpoint_that_is_down_is_left_alone(fake: Fake) -> None:
    """The second request is refused at once, and says when the next one will be made."""
    fake.always("/completion", 502, b"")
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"))
    with pytest.raises(ServiceRefused):
        await ask(service)
    assert len(fake.requests) == retry.FAILURES
    with pytest.raises(ServiceUnreachable, match=r"HTTP 502.* failed 5 times in a row .* asked again in \d s"):
        await ask(service)
    assert len(fake.requests) == retry.FAILURES
    await service.aclose()


async def test_its_health_can_always_be_asked_for(fake: Fake) -> None:
    """And an answer ends the pause."""
    fake.always("/completion", 502, b"")
    fake.always("/health", 200, {"status": "ok"})
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"))
    with pytest.raises(ServiceError):
        await ask(service)
    assert await service.health() == "ok"
    fake.streams("/completion", llama_events("a"))
    assert await ask(service) == "a"
    await service.aclose()


def test_one_request_at_a_time_finds_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 100.0
    monkeypatch.setattr(retry.time, "monotonic", lambda: clock)
    breaker, error = Breaker("http://h"), ServiceUnreachable("down.")
    for _ in range(retry.FAILURES):
        breaker.check()
        breaker.failed(error)
    pauses = []
    for _ in range(6):
        with pytest.raises(ServiceUnreachable, match="down"):
            breaker.check()
        began = clock
        while True:
            clock += 0.5
            try:
                breaker.check()
            except ServiceUnreachable:
                continue
            break
        pauses.append(clock - began)
        with pytest.raises(ServiceUnreachable):
            breaker.check()
        breaker.failed(error)
    assert pauses == [2, 4, 8, 16, 30, 30]
    breaker.worked()
    breaker.check()


async def test_refusals_are_no_failures(fake: Fake) -> None:
    """A server that says no is alive."""
    fake.always("/completion", 401, {"error": "Unauthorized"})
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"))
    for _ in range(2 * retry.FAILURES):
        with pytest.raises(ServiceRefused, match="401"):
            await ask(service)
    await service.aclose()


def test_repetitions_have_a_budget() -> None:
    budget = Budget()
    spent = 0
    for _ in range(1000):
        budget.earn()
        while budget.spend():
            spent += 1
    assert spent == pytest.approx(1000 * retry.BUDGET_SHARE + retry.BUDGET, abs=1)


async def test_a_busy_server_is_not_asked_many_times_as_often(fake: Fake) -> None:
    fake.always("/completion", 429, {"error": "slow down"})
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"))
    hints = set()
    for _ in range(50):
        with pytest.raises(ServiceRefused) as caught:
            await ask(service)
        hints.add(caught.value.hint)
    assert 50 < len(fake.requests) <= 50 + retry.BUDGET + 50 * retry.BUDGET_SHARE
    assert any("not asked again at once" in hint for hint in hints)
    await service.aclose()


async def test_somebody_who_waits_is_told(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first answer may take as long as a machine takes to start; later ones are only awaited."""
    monkeypatch.setattr(patience, "NOTE_EVERY", 0.02)
    notes: list[str] = []

    async def slow(connection: Connection) -> None:
        said = len(notes)
        while len(notes) < said + 2:
            await asyncio.sleep(0.01)
        await connection.open_stream()
        await connection.send(llama_events("a"))

    fake.handlers["/completion"] = slow
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"), notes.append)
    assert await ask(service) == "a"
    assert set(notes) == {"the service is starting, 0 s"}
    notes.clear()
    assert await ask(service) == "a"
    assert set(notes) == {"waiting for the service, 0 s"}
    said = len(notes)
    await asyncio.sleep(0.1)
    assert len(notes) == said
    await service.aclose()


async def test_a_server_that_loads_is_waited_for(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than failures would be repeated, for questions and for texts; its health is told at once."""
    monkeypatch.setattr(retry, "LOADING_PAUSE", 0.002)
    notes: list[str] = []
    left = 30

    async def loading(connection: Connection) -> None:
        nonlocal left
        left -= 1
        if left > 0:
            await connection.answer(503, {"error": {"message": "Loading model", "code": 503}})
        elif connection.request.path == "/tokenize":
            await connection.answer(200, {"tokens": [1]})
        else:
            await connection.open_stream()
            await connection.send(llama_events("a"))

    for path in ("/completion", "/tokenize", "/health"):
        fake.handlers[path] = loading
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"), notes.append)
    assert await service.health() == "loading"
    assert await ask(service) == "a"
    assert notes[0] == "the service is starting, 0 s"
    left = 30
    assert await service.tokenize("x") == [1]
    await service.aclose()
