"""Work-done progress of one generation, cancellable from the client's own interface."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer

logger = logging.getLogger(__name__)


class Progress:
    """Begin, report, end. A client without progress sees nothing; a generation never waits for the client.

    `cancel` is called when the user cancels the progress. `token` is the client's own, None where it gave none.
    """

    def __init__(
        self, server: MazeServer, title: str, token: lsp.ProgressToken | None, cancel: Callable[[], None]
    ) -> None:
        self._server = server
        self._title = title
        self._token = token
        self._cancel = cancel
        self._begun = False
        self._over = False

    def begin(self) -> None:
        """Begin with the client's token, or ask for one of ours and begin when the client has agreed."""
        if self._token is not None:
            self._start(self._token)
        elif self._server.client.progress:
            token = str(uuid.uuid4())
            created = self._server.window_work_done_progress_create(lsp.WorkDoneProgressCreateParams(token))
            created.add_done_callback(lambda future: self._agreed(future, token))

    def _agreed(self, future: Future[Any], token: str) -> None:
        if future.cancelled() or future.exception() is not None:
            logger.info("the client shows no progress")
        elif not self._over:
            self._token = token
            self._start(token)

    def _start(self, token: lsp.ProgressToken) -> None:
        progress = self._server.work_done_progress
        progress.begin(token, lsp.WorkDoneProgressBegin(self._title, cancellable=True))
        self._begun = True
        loop = asyncio.get_running_loop()
        progress.tokens[token].add_done_callback(
            lambda future: future.cancelled() and loop.call_soon_threadsafe(self._cancel)
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
