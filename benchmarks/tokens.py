"""What a constraint costs a server: tokens per second with the grammar against without, same prompt, same run.

    python -m benchmarks.tokens [--rounds N] [--full] [--server embedded|vllm]

With the Python and the Go grammar of a function's body, on the embedded service; with `--full` on a real vLLM too
(`make vllm`). Rounds are interleaved, each with a prompt of its own; the figure is the ratio of the medians. Only the
decoding counts: from the first text to the last, tokens behind the first. On a busy machine look at the processor time
a token, which is told beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, cast

import psutil

from benchmarks import vllm
from benchmarks.report import at_least, finish, median
from maze_lsp.constraints.compile import compile_hole
from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes
from maze_lsp.context.prompt import build_prompt
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import HoleContext
from maze_lsp.inference import connect
from maze_lsp.inference.embedded.service import EmbeddedService
from maze_lsp.inference.types import Completed, CompletionRequest, Sampling, Service
from maze_lsp.languages import by_id
from maze_lsp.settings import Settings

PYTHON = '''
import collections


def most_common_words(text: str, limit: int = 10) -> list[tuple[str, int]]:
    """Return the most common words of a text with their counts.

    Words are compared without regard to case; punctuation at their ends is not part of them. The result is sorted
    by count, then alphabetically, and holds at most `limit` entries.

    >>> most_common_words("the cat and the dog", 1)
    [("the", 2)]
    """
    ...
'''
GO = """
package words

import (
	"sort"
	"strings"
)

// Count is a word and how often it was found.
type Count struct {
	Word  string
	Times int
}

// MostCommon returns the most common words of a text with their counts, sorted by count, then alphabetically, and at
// most limit of them. Words are compared without regard to case; punctuation at their ends is not part of them.
func MostCommon(text string, limit int) []Count {
	panic("todo")
}
"""
SOURCES = {"python": ("#", PYTHON), "go": ("//", GO)}
BARS = {"embedded": 0.90, "vllm": 0.95}
PATIENT: dict[str, Any] = {"first_token_timeout": 300, "token_timeout": 300, "total_timeout": 1800}
"""For busy machines."""
LONG_ENOUGH = 24
"""Tokens; a shorter text says little of the speed."""


def context_of(nonce: str, language: str = "python") -> HoleContext:
    """A function's body that is to be written, in a file whose first line is of its own."""
    spec = by_id(language)
    assert spec is not None
    mark, source = SOURCES[language]
    snapshot = open_snapshot("file:///bench", 0, spec, f"{mark} {nonce}{source}")
    return derive(snapshot, holes(snapshot)[0])


@dataclass(slots=True)
class Pace:
    """Of the tokens behind the first: seconds, and seconds of the server's processors."""

    tokens: int = 0
    seconds: float = 0.0
    processor: float = 0.0

    @property
    def speed(self) -> float:
        return self.tokens / self.seconds if self.seconds else 0.0


Clock = Callable[[], float]


async def pace(
    service: Service, context: HoleContext, sampling: Sampling, *, constrained: bool, clock: Clock = lambda: 0.0
) -> Pace:
    """The decoding of one answer, as a client sees it. `clock`: the server's processor time so far."""
    prompt, constraint = build_prompt(context), compile_hole(context)
    request = CompletionRequest(
        prompt.removesuffix(constraint.heal),
        sampling,
        grammar=constraint.lark if constrained else None,
        extra={} if constrained else {"ignore_eos": True},
    )
    found, first, tokens = Pace(), 0, 0
    began = used = 0.0
    async with aclosing(cast(Any, service.stream(request))) as stream:
        async for item in stream:
            if isinstance(item, Completed):
                break
            tokens = item.tokens or tokens + 1
            if not first:
                first, began, used = tokens, time.perf_counter(), clock()
            found = Pace(tokens - first, time.perf_counter() - began)
    found.processor = clock() - used
    return found


async def measure(service: Service, language: str, rounds: int, clock: Clock) -> dict[bool, list[Pace]]:
    """What was seen with the grammar (True) and without."""
    for constrained in (True, False):
        await pace(service, context_of("warm up", language), Sampling(max_tokens=16), constrained=constrained)
    seen: dict[bool, list[Pace]] = {True: [], False: []}
    for number in range(4 * rounds):
        sampling = Sampling(max_tokens=96, temperature=0.6, seed=number + 1)
        context = context_of(f"round {number}", language)
        with_grammar = await pace(service, context, sampling, constrained=True, clock=clock)
        if with_grammar.tokens < LONG_ENOUGH:
            continue
        seen[True].append(with_grammar)
        seen[False].append(await pace(service, context, sampling, constrained=False, clock=clock))
        if len(seen[True]) == rounds:
            break
    return seen


@asynccontextmanager
async def service_of(server: str) -> AsyncIterator[tuple[Service, Clock]]:
    def say(message: str) -> None:
        print(message, file=sys.stderr)

    if server == "embedded":
        # Of its own: an editor's requests to the one that all share would be measured too.
        with TemporaryDirectory() as state:
            os.environ["MAZE_STATE_DIR"] = state
            service = connect(Settings(embedded_idle_seconds=2, **PATIENT), say)
            assert isinstance(service, EmbeddedService)
            try:
                yield service, clock_of((await service.instance()).pid)
            finally:
                await service.aclose()
        return
    say("starting vLLM")
    with vllm.running() as running:
        service = connect(running.settings(**PATIENT))
        try:
            yield service, clock_of(running.pid)
        finally:
            await service.aclose()


def clock_of(pid: int) -> Clock:
    """Seconds that the process has used, with its children."""
    root = psutil.Process(pid)

    def used() -> float:
        times = [process.cpu_times() for process in (root, *root.children(recursive=True))]
        return float(sum(time.user + time.system for time in times))

    return used


async def run(servers: list[str], rounds: int) -> None:
    figures: dict[str, object] = {}
    bars: list[dict[str, object]] = []
    for server in servers:
        async with service_of(server) as (service, clock):
            await service.capabilities()
            for language in SOURCES:
                seen = await measure(service, language, rounds, clock)
                constrained, free = (median([one.speed for one in seen[kind]]) for kind in (True, False))
                cost, cost_free = (per_token(seen[kind]) for kind in (True, False))
                print(
                    f"{server}, {language}: {constrained:.1f} tokens/s with the grammar, {free:.1f} without; "
                    f"{cost:.2f} and {cost_free:.2f} ms of the processor a token ({cost_free / cost:.3f})",
                    flush=True,
                )
                figures[f"{server}_{language}"] = [round(constrained, 1), round(free, 1)]
                figures[f"{server}_{language}_processor_ms"] = [round(cost, 3), round(cost_free, 3)]
                ratio = constrained / free if free else 0.0
                bars.append(at_least(f"{server}, {language}: constrained / unconstrained", ratio, BARS[server]))
    finish(figures, bars)


def per_token(seen: list[Pace]) -> float:
    """Milliseconds of the server's processors a token."""
    return 1000 * sum(one.processor for one in seen) / max(1, sum(one.tokens for one in seen))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--full", action="store_true", help="on a real vLLM too")
    parser.add_argument("--server", choices=list(BARS), help="on this one only")
    options = parser.parse_args()
    servers = [options.server] if options.server else ["embedded", "vllm"] if options.full else ["embedded"]
    if "vllm" in servers and (why := vllm.missing()):
        sys.exit(why)
    asyncio.run(run(servers, options.rounds))


if __name__ == "__main__":
    main()
