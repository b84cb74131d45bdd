"""That many streams at once do not hold up the event loop, and that one that floods does not keep it busy."""

from __future__ import annotations

import asyncio
from time import perf_counter
from weakref import WeakKeyDictionary

SHARE = 0.002
"""Seconds of one turn of the event loop in which events are handled, for all streams together."""
RATE = 5000
"""Events a second that are taken from one stream; no model writes so fast."""


class Turns:
    """One an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._began = 0.0

    async def take(self) -> None:
        """Go on at once while this turn of the loop is young, else in one of the next."""
        while True:
            if not self._began:
                self._began = perf_counter()
                # Runs at the beginning of the next turn, before all who have to wait for it.
                self._loop.call_soon(self._over)
                return
            if perf_counter() - self._began < SHARE:
                return
            await asyncio.sleep(0)

    def _over(self) -> None:
        self._began = 0.0


class Pace:
    """How many events of one stream were taken within the present second."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._taken = 0

    async def keep(self, events: int) -> None:
        """Wait where these are more than RATE allows; meanwhile nothing is read, so that the sender has to wait."""
        self._taken += events
        if self._taken < RATE:
            return
        left = self._taken / RATE - (perf_counter() - self._began)
        if left > 0:
            await asyncio.sleep(left)
        self._began, self._taken = perf_counter(), 0


_ALL: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns() -> Turns:
    """Those of the running loop."""
    loop = asyncio.get_running_loop()
    found = _ALL.get(loop)
    if found is None:
        found = _ALL[loop] = Turns(loop)
    return found
