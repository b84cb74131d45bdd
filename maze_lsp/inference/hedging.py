"""Two requests for one text: the second is made where the first is late, and who answers first is listened to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import cast

from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Service

Item = Chunk | Completed
Second = Callable[[], Awaitable[tuple[Service, Callable[[], None]] | None]]
"""Who is asked beside, and what is called if it wins; None where there is nobody."""


class _Runner:
    """A stream, and the task that waits for its first item."""

    def __init__(self, service: Service, request: CompletionRequest, won: Callable[[], None] = lambda: None) -> None:
        self.stream = cast(AsyncGenerator[Item], service.stream(request))
        self.first = asyncio.ensure_future(anext(self.stream, None))
        self.won = won

    async def close(self) -> None:
        if not self.first.done():
            self.first.cancel()
        await asyncio.gather(self.first, return_exceptions=True)
        await self.stream.aclose()


async def raced(request: CompletionRequest, service: Service, second: Second, delay: float) -> AsyncGenerator[Item]:
    """The stream of the quicker one; the other's connection is closed as soon as that is known.

    A fault counts only where both have one, and then it is the first's.
    """
    runners = [_Runner(service, request)]
    try:
        await asyncio.wait({runners[0].first}, timeout=delay)
        if not runners[0].first.done() and (found := await second()) is not None:
            runners.append(_Runner(found[0], request, found[1]))
        winner = await _quicker(runners)
        for loser in [runner for runner in runners if runner is not winner]:
            runners.remove(loser)
            await loser.close()
        winner.won()
        item = winner.first.result()
        while item is not None:
            yield item
            item = await anext(winner.stream, None)
    finally:
        for runner in runners:
            await runner.close()


async def _quicker(runners: list[_Runner]) -> _Runner:
    while True:
        done = [runner for runner in runners if runner.first.done()]
        good = [runner for runner in done if runner.first.exception() is None]
        if good:
            return good[0]
        if len(done) == len(runners):
            error = runners[0].first.exception()
            assert error is not None
            raise error
        await asyncio.wait([r.first for r in runners if not r.first.done()], return_when=asyncio.FIRST_COMPLETED)
