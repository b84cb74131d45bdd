"""Many editors at one service: what each of them sees.

    python -m benchmarks.load [--editors N] [--seconds S] [--pause S]

The service is the one of the settings (`MAZE_ENDPOINT`, `MAZE_API_KEY`, … as for `maze`), the embedded one where they
name none. Each editor has connections of its own. It opens an example, then goes on: a hole is generated whole (half
of the time), given up after the first text (a fifth), or asked for while typing, where each key ends the request
before (the rest). Between two of these it pauses, 1 s on average. All texts are generated under their grammar and
proven. Stops by itself; failures of the proof are the model's and counted apart from the service's.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field

from benchmarks.report import at_most, finish, percentile
from benchmarks.speed import contexts
from maze_lsp.cli.setup import load_settings
from maze_lsp.context.types import HoleContext
from maze_lsp.errors import MazeError, VerificationError
from maze_lsp.inference import connect
from maze_lsp.inference.types import Sampling, Service
from maze_lsp.pipeline.events import Delta, Failed, Finished
from maze_lsp.pipeline.run import HoleRequest, Pipeline
from maze_lsp.settings import Settings

GIVEN_UP = 0.2
TYPED = 0.3
KEYS = 5
"""Keys in a row while typing, 50 to 250 ms apart."""


@dataclass(slots=True)
class Seen:
    """Milliseconds, and counts. `whole`: from the request to the proven text; `cancelled`: until the stream is shut."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    cancelled: list[float] = field(default_factory=list)
    tokens: int = 0
    done: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def failed(self, error: MazeError) -> None:
        self.done["failed"] += 1
        if isinstance(error, VerificationError):
            self.done["not proven"] += 1
        else:
            self.errors[f"{type(error).__name__}: {error.message}"] += 1


@dataclass(slots=True)
class Editor:
    """One user. Everything that it draws by chance comes from its number."""

    settings: Settings
    holes: list[HoleContext]
    seen: Seen
    chance: random.Random
    pause: float

    async def work(self, until: float) -> None:
        service = connect(self.settings)
        try:
            await service.capabilities()
            await asyncio.sleep(self.chance.uniform(0, self.pause))
            while time.monotonic() < until:
                await self._act(service, until)
                await asyncio.sleep(self.chance.expovariate(1 / self.pause) if self.pause else 0)
        except MazeError as error:
            self.seen.failed(error)
        finally:
            await service.aclose()

    async def _act(self, service: Service, until: float) -> None:
        draw = self.chance.random()
        if draw < GIVEN_UP:
            await self._generate(service, until, give_up=True)
        elif draw < GIVEN_UP + TYPED:
            await self._type(service, until)
        else:
            await self._generate(service, until)

    async def _type(self, service: Service, until: float) -> None:
        for _ in range(KEYS):
            asked = asyncio.create_task(self._generate(service, until))
            await asyncio.wait([asked], timeout=self.chance.uniform(0.05, 0.25))
            if asked.done():
                return
            began = time.perf_counter()
            asked.cancel()
            await asyncio.wait([asked])
            self.seen.cancelled.append(1000 * (time.perf_counter() - began))
            self.seen.done["overtaken"] += 1

    async def _generate(self, service: Service, until: float, *, give_up: bool = False) -> None:
        request = HoleRequest(
            self.chance.choice(self.holes),
            Sampling(max_tokens=48, temperature=0.3, seed=self.chance.randrange(2**31)),
        )
        began = time.perf_counter()
        first = 0.0
        async with aclosing(Pipeline(service, None, self.settings).generate(request)) as stream:
            async for event in stream:
                if isinstance(event, Delta) and not first:
                    first = 1000 * (time.perf_counter() - began)
                    self.seen.first.append(first)
                    if give_up:
                        break
                elif isinstance(event, Failed):
                    self.seen.failed(event.error)
                elif isinstance(event, Finished):
                    self.seen.done["finished"] += 1
                    self.seen.whole.append(1000 * (time.perf_counter() - began))
                    self.seen.tokens += event.result.record.tokens
                if time.monotonic() > until + 30:
                    break
            began = time.perf_counter()
        if give_up:
            self.seen.cancelled.append(1000 * (time.perf_counter() - began))
            self.seen.done["given up"] += 1


async def run(editors: int, seconds: float, pause: float) -> None:
    settings = load_settings()
    service = connect(settings, lambda message: print(message, file=sys.stderr))
    try:
        known = await service.capabilities()
        print(
            f"{editors} editors, {seconds:.0f} s at {service.endpoint}: {known.server} {known.version}, {known.model}"
        )
        holes = [context for _, context in contexts()]
        seen, began = Seen(), time.monotonic()
        work = (
            Editor(settings, holes, seen, random.Random(number), pause).work(began + seconds)
            for number in range(editors)
        )
        await asyncio.gather(*work)
        elapsed = time.monotonic() - began
    finally:
        await service.aclose()
    report(seen, elapsed)


def report(seen: Seen, elapsed: float) -> None:
    figures: dict[str, object] = {"seconds": round(elapsed, 1), **seen.done}
    for name in ("first", "whole", "cancelled"):
        values: list[float] = getattr(seen, name)
        shares = {f"p{share}": round(percentile(values, share / 100), 1) for share in (50, 95, 99)}
        print(f"{name:10} " + ", ".join(f"{key} {value:.0f} ms" for key, value in shares.items()) + f" ({len(values)})")
        figures[f"{name}_ms"] = shares
    figures["tokens_per_s"] = round(seen.tokens / elapsed, 1)
    print(
        f"{seen.tokens / elapsed:.1f} tokens/s of proven text; " + ", ".join(f"{n} {k}" for k, n in seen.done.items())
    )
    for error, times in seen.errors.most_common():
        print(f"{times} times: {error}")
    finish(figures, [at_most("errors of the service", sum(seen.errors.values()), 0)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--editors", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two actions of an editor, on average")
    options = parser.parse_args()
    asyncio.run(run(options.editors, options.seconds, options.pause))


if __name__ == "__main__":
    main()
