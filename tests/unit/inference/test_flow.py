"""Streams that are read slowly, sent too fast, or given up: memory stays small, and nothing is left open."""

from __future__ import annotations

import asyncio
import random
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from time import perf_counter
from typing import cast

import pytest

from maze_lsp.inference import connect, turns
from maze_lsp.inference.turns import Pace
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Sampling, Service

from .fake import Connection, Fake, event, fake_service, settings
from .faults import open_files

PIECE = event({"content": "x" * 1000, "stop": False}) * 50


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with fake_service() as service:
        yield service


def stream_of(service: Service) -> AsyncGenerator[Chunk | Completed]:
    return cast(AsyncGenerator[Chunk | Completed], service.stream(CompletionRequest("p", Sampling())))


async def test_a_slow_reader_holds_up_the_sender(fake: Fake) -> None:
    """The server wants to send 60 MB; the reader sleeps. Nothing is gathered on our side."""
    sent = 0

    async def flood(connection: Connection) -> None:
        nonlocal sent
        await connection.open_stream()
        while sent < 60 * 2**20:
            await connection.send(PIECE)
            sent += len(PIECE)

    fake.handlers["/completion"] = flood
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"))
    async with aclosing(stream_of(service)) as stream:
        await anext(stream)
        tracemalloc.start()
        for _ in range(20):
            await anext(stream)
            await asyncio.sleep(0.02)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sent < 30 * 2**20  # what the system keeps in its own buffers
    assert peak < 4 * 2**20
    await service.aclose()


async def test_a_stream_is_not_taken_faster_than_any_model_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "RATE", 1000)
    pace, began = Pace(), perf_counter()
    taken = 0
    while perf_counter() - began < 0.3:
        await pace.keep(100)
        taken += 100
    assert taken <= 1000 * (perf_counter() - began) + 1100


async def test_a_flood_does_not_keep_others_from_their_turn(fake: Fake) -> None:
    """Twenty streams come as fast as they can; something else on the loop is done all the time."""

    async def flood(connection: Connection) -> None:
        await connection.open_stream()
        for _ in range(20):
            await connection.send(PIECE)
        await connection.send(event({"content": "", "stop": True}))

    async def read() -> int:
        return sum([1 async for _ in stream_of(service)])

    fake.handlers["/completion"] = flood
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"))
    reading = asyncio.gather(*(read() for _ in range(20)))
    others = 0
    while not reading.done():
        await asyncio.sleep(0)
        others += 1
    assert await reading == [1001] * 20
    assert others > 20
    await service.aclose()


async def test_streams_that_are_given_up_at_any_moment_leave_nothing(fake: Fake) -> None:
    async def slow(connection: Connection) -> None:
        async def write() -> None:
            await asyncio.sleep(0.005)
            with suppress(ConnectionError):
                await connection.open_stream()
                while True:
                    await connection.send(event({"content": "a", "stop": False}))
                    await asyncio.sleep(0.002)

        writing = asyncio.create_task(write())
        await connection.closed_by_client()
        writing.cancel()
        await asyncio.wait([writing])

    async def consume() -> None:
        async with aclosing(stream_of(service)) as stream:
            async for _ in stream:
                pass

    fake.handlers["/completion"] = slow
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"))
    files, tasks = open_files(), asyncio.all_tasks()
    moments = random.Random(7)
    for _ in range(100):
        task = asyncio.create_task(consume())
        await asyncio.sleep(moments.uniform(0, 0.02))
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
    async with asyncio.timeout(10):
        while fake.busy:
            await asyncio.sleep(0.01)
        await service.aclose()
        while asyncio.all_tasks() - tasks or open_files() - files:
            await asyncio.sleep(0.01)
