"""How long each piece of an answer is waited for, what is said meanwhile, and what is said when it does not come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

from maze_lsp.errors import ServiceUnreachable
from maze_lsp.inference.options import Timeouts

NOTE_EVERY = 3.0
"""Seconds between two notes to somebody who waits for the first text."""

T = TypeVar("T")


def now() -> float:
    """Seconds of the event loop's clock, which never jumps."""
    return asyncio.get_running_loop().time()


class Notes:
    """Says every few seconds that the service is waited for, until `close`; a context that closes itself.

    `met`: it has answered before; one that has not is probably starting.
    """

    def __init__(self, progress: Callable[[str], None], *, met: bool) -> None:
        self._progress = progress
        self._began = now()
        self._words = "waiting for the service" if met else "the service is starting"
        self._timer: asyncio.TimerHandle | None = None
        self._schedule()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def loading(self) -> None:
        """It has said itself that it is starting."""
        self._words = "the service is starting"
        self._progress(f"{self._words}, {now() - self._began:.0f} s")

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(NOTE_EVERY, self._tick)

    def _tick(self) -> None:
        self._schedule()
        self._progress(f"{self._words}, {now() - self._began:.0f} s")


class Patience:
    """The limits of one attempt at a stream; `deadline` is that of all attempts together."""

    def __init__(self, endpoint: str, timeouts: Timeouts, deadline: float) -> None:
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._deadline = deadline
        self._time = asyncio.get_running_loop().time
        self._limit = self._time() + timeouts.first
        self._late = f"sent no text within {timeouts.first:.0f} s"
        self._text_came = False

    def renew(self, *, text: bool) -> None:
        """An event came. Those without text do not prolong the wait for the first one with text."""
        self._text_came = self._text_came or text
        if self._text_came:
            self._limit = self._time() + self._timeouts.between
            self._late = f"paused for more than {self._timeouts.between:.0f} s in the middle of the text"

    async def wait(self, awaitable: Awaitable[T]) -> T:
        limit = min(self._limit, self._deadline)
        try:
            async with asyncio.timeout_at(limit):
                return await awaitable
        except TimeoutError as error:
            late = f"did not finish within {self._timeouts.total:.0f} s" if limit == self._deadline else self._late
            raise ServiceUnreachable(
                f"{self._endpoint} {late}.", hint="Try again, or raise the time-outs in the settings."
            ) from error
