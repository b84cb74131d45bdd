"""What the HTTP client costs over plain httpx, and how soon it lets go.

A server in a process of its own speaks llama.cpp's format as it is told. Measured are: the first delta and each token
against plain httpx reading the same stream, alternating in one run; 100 streams at once; memory of open streams;
cancels. Per token and on the loop processor time is what counts: other processes on the machine must not.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, cast

import httpx
import psutil

from benchmarks.report import at_least, at_most, finish, median, percentile
from maze_lsp.inference import connect
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Sampling, Service
from tests.unit.inference.fake import Connection, event, fake_service, settings

TOKENS, STREAMS = 1000, 100
PACED, PACE = 300, 0.001
"""Tokens, and seconds between two of them, where the time for each is measured: each comes by itself."""
EVERY = 0.01
"""Seconds between two tokens of each of many streams."""
LATE = 0.1
"""Seconds within which the server has to see a cancel."""


# The server's process.


async def serve() -> None:
    """Prompts are orders: `tokens`, seconds between them (`every`), seconds before the head (`wait`), and an `id` under
    which the moment is kept at which the client was seen to leave."""
    left: dict[str, float] = {}
    came: list[str] = []

    async def complete(connection: Connection) -> None:
        order = json.loads(connection.request.body["prompt"])
        came.append(order["id"])
        writing = asyncio.create_task(write(connection, order))
        leaving = asyncio.create_task(connection.closed_by_client())
        done, _ = await asyncio.wait([writing, leaving], return_when=asyncio.FIRST_COMPLETED)
        if leaving in done or writing.exception():
            left[order["id"]] = time.monotonic()
        for task in (writing, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await task

    async def tell(connection: Connection) -> None:
        await connection.answer(200, {"came": came, "left": left, "busy": fake.busy - 1})

    async with fake_service() as fake:
        fake.handlers = {"/completion": complete, "/left": tell}
        print(fake.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def write(connection: Connection, order: dict[str, Any]) -> None:
    connection.last = True
    await asyncio.sleep(order.get("wait", 0))
    await connection.open_stream()
    piece = event({"index": 0, "content": " tok", "tokens": [1], "stop": False, "tokens_predicted": 1})
    begun = time.monotonic()
    for number in range(order["tokens"]):
        await connection.send(piece)
        late = begun + (number + 1) * order["every"] - time.monotonic()
        if order["every"] and late > 0:
            await asyncio.sleep(late)
    await connection.send(event({"content": "", "stop": True, "stop_type": "eos", "tokens_predicted": order["tokens"]}))


# The client's process.


@asynccontextmanager
async def server() -> AsyncIterator[str]:
    command = [sys.executable, "-m", "benchmarks.client", "--serve"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdout
    assert process.stdin
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


def stream_of(service: Service, **order: Any) -> AsyncGenerator[Chunk | Completed]:
    request = CompletionRequest(json.dumps({"id": "", "tokens": TOKENS, "every": 0, **order}), Sampling())
    return cast(AsyncGenerator[Chunk | Completed], service.stream(request))


async def ours(service: Service, **order: Any) -> tuple[float, float]:
    """Seconds to the first delta by the clock, and processor seconds of the whole."""
    began, busy, first = time.perf_counter(), time.process_time(), 0.0
    async with aclosing(stream_of(service, **order)) as stream:
        async for _ in stream:
            first = first or time.perf_counter() - began
    return first, time.process_time() - busy


async def plain(client: httpx.AsyncClient, url: str, **order: Any) -> tuple[float, float]:
    """The same stream, read by lines, each decoded."""
    body = {"prompt": json.dumps({"id": "", "tokens": TOKENS, "every": 0, **order}), "stream": True}
    began, busy, first = time.perf_counter(), time.process_time(), 0.0
    async with client.stream("POST", url + "/completion", json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                json.loads(line[6:])
                first = first or time.perf_counter() - began
    return first, time.process_time() - busy


async def added(service: Service, client: httpx.AsyncClient, url: str, rounds: int) -> tuple[float, float]:
    """Milliseconds added to the first delta, and to each token."""
    firsts: tuple[list[float], list[float]] = ([], [])
    whole: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 2):
        results = (
            await ours(service, tokens=PACED, every=PACE),
            await plain(client, url, tokens=PACED, every=PACE),
        )
        singles = (await ours(service, tokens=1), await plain(client, url, tokens=1))
        if number > 1:
            for index in (0, 1):
                whole[index].append(results[index][1])
                firsts[index].append(singles[index][0])
    first = 1000 * (median(firsts[0]) - median(firsts[1]))
    token = 1000 * (median(whole[0]) - median(whole[1])) / PACED
    print(f"first delta: {1000 * median(firsts[0]):.2f} ms, plain httpx {1000 * median(firsts[1]):.2f} ms (clock)")
    print(
        f"a token: {1000 * median(whole[0]) / PACED:.4f} ms, plain httpx {1000 * median(whole[1]) / PACED:.4f} ms "
        "(processor)"
    )
    return first, token


class Turns:
    """How long each turn of the event loop takes, which is what others on it have to wait: processor seconds, without
    the wait for the network."""

    def __enter__(self) -> Turns:
        self.took: list[float] = []
        self._loop: Any = cast(Any, asyncio.get_running_loop())
        once = self._loop._run_once

        def timed() -> None:
            busy = time.thread_time()
            once()
            self.took.append(time.thread_time() - busy)

        self._loop._run_once = timed
        return self

    def __exit__(self, *_: object) -> None:
        del self._loop._run_once


async def many(service: Service, every: float) -> float:
    """The longest turn of the loop in milliseconds while STREAMS streams are read."""
    # The collector's walks over all that was imported are nothing of the client's.
    gc.collect()
    gc.freeze()
    await asyncio.sleep(0)
    with Turns() as turns:
        began = time.perf_counter()
        await asyncio.gather(*(ours(service, every=every, id=str(number)) for number in range(STREAMS)))
        took = time.perf_counter() - began
    p99, longest = 1000 * percentile(turns.took, 0.99), 1000 * max(turns.took)
    how = "paced" if every else "as fast as they come"
    print(
        f"{STREAMS} streams of {TOKENS} tokens {how}, {took:.1f} s: {len(turns.took)} turns of the loop, "
        f"{p99:.1f} ms p99, {longest:.1f} ms at most"
    )
    return longest


async def memory(service: Service) -> float:
    """Megabytes a stream that is open and has brought text."""
    process = psutil.Process()
    streams = [stream_of(service, every=0.05, id=f"open {number}") for number in range(STREAMS)]
    gc.collect()
    before = process.memory_info().rss
    for stream in streams:
        await anext(stream)
        await anext(stream)
    used: float = (process.memory_info().rss - before) / STREAMS / 2**20
    for stream in streams:
        await stream.aclose()
    print(f"an open stream: {used:.3f} MB")
    return used


async def cancels(service: Service, client: httpx.AsyncClient, url: str, tries: int) -> tuple[list[float], int]:
    """Seconds from a cancel to the moment at which the server saw it, for `tries` requests that had reached it, and how
    many it did not see. Those that were given up before they reached it are counted by nobody."""
    moments = random.Random(1)
    given_up: dict[str, float] = {}
    ours_took: list[float] = []
    told: dict[str, Any] = {"came": []}

    async def one(name: str) -> None:
        async def consume() -> None:
            async with aclosing(stream_of(service, every=0.004, wait=moments.uniform(0, 0.02), id=name)) as stream:
                async for _ in stream:
                    pass

        task = asyncio.create_task(consume())
        await asyncio.sleep(moments.uniform(0, 0.06))
        given_up[name] = time.monotonic()
        task.cancel()
        await asyncio.wait([task])
        ours_took.append(time.monotonic() - given_up[name])

    def reached() -> set[str]:
        return given_up.keys() & set(told["came"])

    while len(reached()) < tries:
        for _ in range(20):
            await asyncio.gather(*(one(f"cancel {len(given_up)} {number}") for number in range(2)))
        await asyncio.sleep(0.2)
        told = (await client.get(url + "/left")).json()
    delays = [max(0.0, told["left"][name] - given_up[name]) for name in reached() if name in told["left"]]
    unseen = len(reached()) - len(delays)
    print(
        f"{len(given_up)} cancels, {len(reached())} of requests that had reached the server: it saw {len(delays)}, "
        f"{1000 * percentile(delays, 0.5):.1f} ms p50, {1000 * percentile(delays, 0.99):.1f} ms p99, "
        f"{1000 * max(delays):.1f} ms at most; {told['busy']} still answered; closed on our side after "
        f"{1000 * percentile(ours_took, 0.99):.1f} ms p99"
    )
    return delays, unseen + told["busy"]


async def run(rounds: int, tries: int) -> None:
    async with server() as url, httpx.AsyncClient(trust_env=False) as client:
        service = connect(settings(endpoint=url, dialect="llamacpp", total_timeout=300.0))
        try:
            first, token = await added(service, client, url, rounds)
            used = await memory(service)
            stalls = [await many(service, EVERY), await many(service, 0)]
            delays, unseen = await cancels(service, client, url, tries)
        finally:
            await service.aclose()
    in_time = sum(delay <= LATE for delay in delays) / (len(delays) + unseen)
    finish(
        {"cancels": len(delays) + unseen, "cancel_p99_ms": round(1000 * percentile(delays, 0.99), 1)},
        [
            at_most("added to the first delta, ms", first, 5),
            at_most("added to each token, ms", token, 0.1),
            at_most("longest stall of the loop, streams paced, ms", stalls[0], 20),
            at_most("longest stall of the loop, streams at full speed, ms", stalls[1], 20),
            at_most("memory of an open stream, MB", used, 1),
            at_least("cancels that the server saw within 100 ms, share", in_time, 1),
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--cancels", type=int, default=1000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    asyncio.run(serve() if options.serve else run(options.rounds, options.cancels))


if __name__ == "__main__":
    main()
