"""Work-done progress of one generation, cancellable from the client's own interface."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer


class Progress:
    """Begin, report, end. A client without progress sees nothing; a generation never waits for the client."""

    def __init__(self, server: MazeServer, title: str, token: lsp.ProgressToken | None) -> None:
        self._server = server
        self._title = title
        self._token = token
        self._begun = False
        self._over = False

    async def begin(self, task: asyncio.Task[object]) -> None:
        """Begin, asking the client first unless it gave a token. The client's cancel cancels `task`."""
        progress = self._server.work_done_progress
        if self._token is None:
            if not self._server.client.progress:
                return
            token = str(uuid.uuid4())
            await asyncio.shield(progress.create_async(token))
            self._token = token
        if self._over:
            progress.tokens.pop(self._token, None)
            return
        progress.begin(self._token, lsp.WorkDoneProgressBegin(self._title, cancellable=True))
        self._begun = True
        loop = asyncio.get_running_loop()
        progress.tokens[self._token].add_done_callback(
            lambda future: future.cancelled() and loop.call_soon_threadsafe(task.cancel)
        )

    def report(self, message: str) -> None:
        if self._begun and self._token is not None:
            self._server.work_done_progress.report(self._token, lsp.WorkDoneProgressReport(message=message))

    def end(self, message: str) -> None:
        """End it, and drop the token, which pygls would keep for ever."""
        self._over = True
        if self._begun and self._token is not None:
            self._begun = False
            self._server.work_done_progress.end(self._token, lsp.WorkDoneProgressEnd(message=message))
            self._server.work_done_progress.tokens.pop(self._token, None)
