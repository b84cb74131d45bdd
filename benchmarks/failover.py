"""An endpoint is killed in the middle of generations: does the second one finish them?

    python -m benchmarks.failover [--generations N] [--seed N]

Two fake services for each generation speak llama.cpp's wire format and follow the grammar they are given, as
llguidance has it. The first is killed after a random number of pieces: its port is closed, its connections are reset.
Each text has to be the whole one, verified, written by both; no task or socket may be left.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from contextlib import aclosing
from dataclasses import dataclass

from benchmarks.report import at_least, at_most, finish, median, percentile
from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes_at
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import HoleContext
from maze_lsp.inference import connect
from maze_lsp.inference.types import Sampling
from maze_lsp.languages import by_id
from maze_lsp.pipeline import Delta, Failed, Finished, HoleRequest, Pipeline, Reset
from maze_lsp.settings import Layer, resolve
from maze_lsp.text import Span
from tests.server.fake_llamacpp import FakeLlama, fake_llamacpp

PIECE = 3
"""Characters a token."""

CASES = {
    "python": (
        "def total(items, limit):\n    ‸...\n\n\nprint(total([], 3))\n",
        "found = {}\n    for at, item in enumerate(items):\n        if item.price > limit:\n"
        "            found[at] = [item.name, 'é']\n"
        "    return sum(len(name) for name in found.values())",
    ),
    "go": (
        'package a\n\nfunc Total(items []Item, limit int) int {\n\t‸panic("TODO")\n}\n',
        "sum := 0\n\tfor i, item := range items {\n\t\tif item.Price > limit {\n"
        "\t\t\tsum += item.Price * i\n\t\t}\n\t}\n\treturn sum",
    ),
    "typescript": (
        "export function total(items: Item[], limit: number): number {\n  ‸// TODO\n}\n",
        "const found: string[] = [];\n  for (const item of items) {\n"
        "    if (item.price > limit) found.push(`${item.name}: ${item.price}`);\n"
        "  }\n  return found.length;",
    ),
}
"""For each language a file with a hole, and what belongs there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    language: str
    good: bool
    kept: bool
    seconds: float
    said: str


def context_of(language: str, source: str) -> HoleContext:
    spec = by_id(language)
    assert spec is not None
    at = source.index("‸")
    snapshot = open_snapshot(f"file:///a.{language}", 1, spec, source.replace("‸", ""))
    return derive(snapshot, holes_at(snapshot, Span(at, at))[0])


async def one(language: str, kill_after: int) -> Outcome:
    """A generation whose first service is killed after so many pieces."""
    source, text = CASES[language]
    context = context_of(language, source)
    end = "\n}\n" if language != "python" else "\n\n\nprint("
    document = context.prefix + context.hole.lead + text + end
    async with (
        fake_llamacpp(document=document, piece=PIECE, kill_after=kill_after) as first,
        fake_llamacpp(document=document, piece=PIECE) as second,
    ):
        addresses = [first.url, second.url]
        options = {"endpoints": addresses, "max_tokens": 2000, "suffix_digest": False, "open_files": False}
        settings = resolve([Layer("here", options)]).settings
        service = connect(settings)
        request = HoleRequest(context, Sampling(max_tokens=2000, seed=1))
        shown, kept, began = "", True, time.perf_counter()
        said, good = "it ended without a result", False
        try:
            async with aclosing(Pipeline(service, None, settings).generate(request)) as events:
                async for event in events:
                    match event:
                        case Delta():
                            shown += event.text
                        case Reset():
                            kept = False
                        case Failed():
                            said = str(event.error)
                        case Finished():
                            record = event.result.record
                            said = _wrong(
                                event.result.text,
                                text,
                                record.verdict,
                                [one.endpoint for one in record.requests],
                                addresses,
                            )
                            good = not said
        finally:
            await service.aclose()
        good = good and not _streams(first, second)
        return Outcome(language, good, kept and shown.startswith(text), time.perf_counter() - began, said)


def _wrong(got: str, wanted: str, verdict: str, wrote: list[str], asked: list[str]) -> str:
    """What is wrong with a result; empty where nothing is."""
    if got != wanted:
        return f"another text: {got!r}"
    if verdict != "enforced":
        return f"the verdict is {verdict}"
    return "" if wrote == asked else f"written by {wrote}"


def _streams(*fakes: FakeLlama) -> int:
    return sum(fake.streaming for fake in fakes)


async def all_of(generations: int, seed: int) -> list[Outcome]:
    chance = random.Random(seed)
    outcomes = []
    for number in range(generations):
        language = list(CASES)[number % len(CASES)]
        pieces = len(CASES[language][1]) // PIECE
        outcomes.append(await one(language, chance.randint(3, pieces - 1)))
        if outcomes[-1].said:
            print(f"{number}: {language}: {outcomes[-1].said}", flush=True)
    await asyncio.sleep(0.1)
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description="Endpoints killed in the middle of generations.")
    parser.add_argument("--generations", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    async def measured() -> tuple[list[Outcome], int, int]:
        await one("python", 5)  # what is made once
        files = _open_files()
        outcomes = await all_of(options.generations, options.seed)
        return outcomes, len(asyncio.all_tasks()) - 1, _open_files() - files

    outcomes, tasks, files = asyncio.run(measured())
    seconds = [outcome.seconds for outcome in outcomes]
    good, kept = sum(outcome.good for outcome in outcomes), sum(outcome.kept for outcome in outcomes)
    print(f"{good} of {len(outcomes)} finished, whole and verified, on the second; in {kept} all that was shown stayed")
    print(f"a generation with its failover: median {median(seconds):.2f} s, p95 {percentile(seconds, 0.95):.2f} s")
    finish(
        {"generations": len(outcomes), "median_s": round(median(seconds), 3)},
        [
            at_least("finished on the second endpoint, verified (share)", good / max(1, len(outcomes)), 1.0),
            at_least("shown text kept (share)", kept / max(1, len(outcomes)), 1.0),
            at_most("tasks left", tasks, 0),
            at_most("files and sockets left", files, 0),
        ],
    )


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


if __name__ == "__main__":
    main()
