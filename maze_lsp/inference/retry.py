"""When a failed request is made again, and when it is not: pauses, a budget of repetitions, a circuit breaker.

Knows no HTTP. Times are monotonic, in seconds: the wall clock may jump.
"""

from __future__ import annotations

import random
import time

from maze_lsp.errors import ServiceError, ServiceUnreachable

MAX_RETRIES = 4
BACKOFF_BASE, BACKOFF_CAP, RETRY_AFTER_CAP = 0.4, 8.0, 30.0
LOADING_PAUSE = 1.0
"""Between two questions to a server that says that it is loading."""
BUDGET, BUDGET_SHARE = 10.0, 0.2
"""So many repetitions at once, and in the long run so many a request."""
FAILURES, COOL_DOWN, COOL_DOWN_CAP = 5, 2.0, 30.0
"""After so many failures in a row an endpoint is left alone; the pause doubles as long as it stays dead."""


class Failed(Exception):
    """One attempt failed.

    `again`: a repetition may help. `wait`: what the server asks for. `loading`: it says that it is starting. `dead`:
    nothing sane came from it: no connection, a broken one, a server error.
    """

    def __init__(
        self,
        error: ServiceError,
        *,
        again: bool = False,
        wait: float | None = None,
        loading: bool = False,
        dead: bool = False,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.again = again
        self.wait = wait
        self.loading = loading
        self.dead = dead


def pause(attempt: int, failure: Failed) -> float | None:
    """Before the next attempt: exponential with full jitter; None where there is to be none."""
    if not failure.again:
        return None
    if failure.wait is not None and failure.wait > RETRY_AFTER_CAP:
        failure.error.hint = f"It asks to come back in {failure.wait:.0f} s."
        return None
    if failure.loading:
        return max(failure.wait or 0.0, random.uniform(LOADING_PAUSE / 2, LOADING_PAUSE))
    return max(failure.wait or 0.0, random.uniform(0, min(BACKOFF_CAP, BACKOFF_BASE * 2**attempt)))


class Budget:
    """How many repetitions are left. Each request earns a part of one, so that a service that fails for
    long is not asked several times as often as one that works."""

    def __init__(self) -> None:
        self._left = BUDGET

    def earn(self) -> None:
        self._left = min(BUDGET, self._left + BUDGET_SHARE)

    def spend(self) -> bool:
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Breaker:
    """Whether an endpoint is asked at all. Open after FAILURES in a row; then one request at a time finds out."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._failures = 0
        self._pause = 0.0
        self._until = 0.0
        self._last: ServiceError | None = None

    def check(self) -> None:
        """Raises ServiceUnreachable while the endpoint is left alone; else the caller is the one who asks."""
        if self._failures < FAILURES:
            return
        left = self._until - time.monotonic()
        if left > 0:
            last = self._last.message if self._last else f"{self._endpoint} does not answer."
            raise ServiceUnreachable(
                f"{last} It failed {self._failures} times in a row and is asked again in {max(1, round(left))} s.",
                hint=self._last.hint if self._last and self._last.hint else "Is the service running?",
            )
        # Whoever else comes meanwhile is refused. If the one who asks gives up, the next one may ask after the pause.
        self._until = time.monotonic() + self._pause

    def worked(self) -> None:
        self._failures, self._pause, self._last = 0, 0.0, None

    def failed(self, error: ServiceError) -> None:
        self._failures += 1
        self._last = error
        if self._failures >= FAILURES:
            self._pause = min(COOL_DOWN_CAP, 2 * self._pause or COOL_DOWN)
            self._until = time.monotonic() + self._pause
