"""The same hole by several models, or by one with several seeds, at once; and which of the texts is best.

Each candidate is a generation of its own, with its own proof and record.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

from maze_lsp.errors import MazeError, VerificationError
from maze_lsp.inference.fleet import Router
from maze_lsp.inference.types import Service
from maze_lsp.pipeline.events import Failed, Finished, Result
from maze_lsp.pipeline.recording import Ledger
from maze_lsp.pipeline.run import HoleRequest, Pipeline, new_id
from maze_lsp.pipeline.written import sampled_anew
from maze_lsp.settings import Settings

SEEDS = 3
"""Candidates of one model, where nobody says how many."""

_ENDINGS = ("finished", "closed", "cut")
"""From the best to the worst."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What came of one generation: a verified `result`, or the `error`. `number`: from 0, in the order of asking."""

    number: int
    id: str
    endpoint: str
    seed: int
    result: Result | None = None
    error: MazeError | None = None

    @property
    def logprob(self) -> float | None:
        """The mean natural log-probability of the text's tokens."""
        return self.result.record.logprob if self.result else None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in its place. `alike`: how many wrote the same; `tested`: what the test command said of it."""

    candidate: Candidate
    alike: int
    tested: bool | None = None


def services_of(service: Service) -> Sequence[Service]:
    """The services that a candidate each is asked of."""
    return service.services if isinstance(service, Router) else (service,)


async def candidates(
    service: Service, ledger: Ledger | None, settings: Settings, request: HoleRequest, count: int = 0
) -> AsyncGenerator[Candidate]:
    """`count` candidates as they are done, each endpoint in turn, later rounds with other seeds.

    0: one of each endpoint, or SEEDS of the only one. Closing the generator cancels those that are still made.
    """
    asked = services_of(service)
    number = count or (len(asked) if len(asked) > 1 else SEEDS)
    async with _tasks(
        [_one(at, asked[at % len(asked)], ledger, settings, _anew(request, at // len(asked))) for at in range(number)]
    ) as tasks:
        for done in asyncio.as_completed(tasks):
            yield await done


def rank(found: Sequence[Candidate], tested: Mapping[int, bool] | None = None) -> list[Ranked]:
    """The candidates, best first; of those with the same text the first stands for all, those that failed come last.

    What passed the proof comes before what did not; then what passed the tests, where they were run; then what the
    model finished by itself; then the likelier text. `tested`: by the candidates' numbers.
    """
    tested = tested or {}
    places: dict[str, list[Candidate]] = {}
    for one in sorted(found, key=lambda one: _place(one, tested.get(one.number))):
        places.setdefault(one.result.text if one.result else f"\0{one.number}", []).append(one)
    return [Ranked(alike[0], len(alike), tested.get(alike[0].number)) for alike in places.values()]


def _place(one: Candidate, tested: bool | None) -> tuple[bool, int, int, float, int]:
    ending = one.result.record.ending if one.result else ""
    return (
        one.result is None,
        {True: 0, None: 1, False: 2}[tested],
        _ENDINGS.index(ending) if ending in _ENDINGS else len(_ENDINGS),
        math.inf if one.logprob is None else -one.logprob,
        one.number,
    )


def _anew(request: HoleRequest, round: int) -> HoleRequest:
    return replace(request, id=new_id(), sampling=sampled_anew(request.sampling, round), logprobs=True)


async def _one(
    number: int, service: Service, ledger: Ledger | None, settings: Settings, request: HoleRequest
) -> Candidate:
    candidate = Candidate(number, request.id, service.endpoint, request.sampling.seed)
    async with aclosing(Pipeline(service, ledger, settings).generate(request)) as events:
        async for event in events:
            if isinstance(event, Failed):
                return replace(candidate, error=event.error)
            if isinstance(event, Finished):
                return replace(candidate, result=event.result)
    return replace(candidate, error=VerificationError("The generation ended without a result."))


@asynccontextmanager
async def _tasks(work: Sequence[Coroutine[None, None, Candidate]]) -> AsyncGenerator[list[asyncio.Task[Candidate]]]:
    """The coroutines as tasks, ended on leaving."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
