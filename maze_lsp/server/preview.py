"""Live text of one generation, by the notification `maze/preview`, for clients that ask for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer

_INTERVAL = 0.02
"""Seconds between two notifications: a screen shows no more, and a slow editor is not flooded."""


class Preview:
    """The text so far. Each notification carries all of it; the last one has `done`."""

    def __init__(self, server: MazeServer, base: dict[str, Any]) -> None:
        self._server = server
        self._base = base
        self._wanted = server.client.preview and server.settings.preview
        self._sent = 0.0
        self.text = ""

    def add(self, text: str) -> None:
        self.text += text
        if time.monotonic() - self._sent >= _INTERVAL:
            self._send(done=False)

    def reset(self) -> None:
        self.text = ""
        self._send(done=False)

    def done(self) -> None:
        self._send(done=True)

    def _send(self, *, done: bool) -> None:
        if not self._wanted:
            return
        self._sent = time.monotonic()
        self._server.protocol.notify("maze/preview", {**self._base, "text": self.text, "done": done})
