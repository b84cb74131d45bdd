"""Live text of one generation, by the notification `maze/preview`, for clients that ask for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

_INTERVAL = 0.02
"""Seconds between two notifications: a screen shows no more, and a slow editor is not flooded."""


class Preview:
    """The text so far, `lead` in front. Each notification carries all of it; the last one, and only it, has `done`.

    `send` takes the parameters of a notification; None where the client wants none.
    """

    def __init__(self, send: Callable[[dict[str, Any]], None] | None, base: dict[str, Any], lead: str) -> None:
        self._send = send
        self._base = base
        self._lead = lead
        self._sent = 0.0
        self._text = ""
        self._over = False

    def add(self, text: str) -> None:
        self._text += text
        if time.monotonic() - self._sent >= _INTERVAL:
            self._notify(done=False)

    def reset(self, kept: str = "") -> None:
        """What was shown is void, but for its beginning `kept`."""
        self._text = kept
        self._notify(done=False)

    def done(self) -> None:
        """The text is complete and about to be inserted, or nothing more comes: the client takes it off."""
        if not self._over:
            self._over = True
            self._notify(done=True)

    def _notify(self, *, done: bool) -> None:
        if self._send is not None:
            self._sent = time.monotonic()
            self._send({**self._base, "text": self._lead + self._text if self._text else "", "done": done})
