"""The course of one request: what happens between its attempts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from maze_lsp.errors import ServiceRefused
from maze_lsp.inference import retry
from maze_lsp.inference.patience import Notes, now
from maze_lsp.inference.retry import Breaker, Budget, Failed


class Standing:
    """What is known of an endpoint from all that was asked there. `met`: it has answered before."""

    def __init__(self, endpoint: str, progress: Callable[[str], None]) -> None:
        self.progress = progress
        self.budget = Budget()
        self.breaker = Breaker(endpoint)
        self.met = False

    def answered(self) -> None:
        self.met = True
        self.breaker.worked()

    def failed(self, failure: Failed) -> None:
        if failure.loading:
            return
        if failure.dead:
            self.breaker.failed(failure.error)
        elif isinstance(failure.error, ServiceRefused):
            self.breaker.worked()


class Course:
    """`loading_until`: so long a server that is loading is waited for; `deadline` holds for all attempts together.

    A context: notes are made within it.
    """

    def __init__(self, standing: Standing, *, retries: int, loading_until: float, deadline: float) -> None:
        self._standing = standing
        self._retries = retries
        self._attempt = 0
        self._loading_until = min(loading_until, deadline)
        self._deadline = deadline
        self._notes = Notes(standing.progress, met=standing.met)
        standing.budget.earn()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._notes.close()

    def text_came(self) -> None:
        self._notes.close()

    async def after(self, failure: Failed, *, shown: bool) -> None:
        """Wait until the next attempt. Raises the failure's error where there is none; never after text was `shown`."""
        self._standing.failed(failure)
        delay = None if shown else retry.pause(self._attempt, failure)
        if delay is not None and not self._granted(failure, now() + delay):
            delay = None
        if delay is None:
            raise failure.error from failure.__cause__
        await asyncio.sleep(delay)

    def _granted(self, failure: Failed, at: float) -> bool:
        if failure.loading:
            self._notes.loading()
            return at < self._loading_until
        if self._attempt >= self._retries or at >= self._deadline:
            return False
        if not self._standing.budget.spend():
            failure.error.hint = f"{failure.error.hint} It failed so often that it was not asked again at once.".strip()
            return False
        self._attempt += 1
        return True
