"""The state of one connection: client, documents, settings, service, ledger and running generations.

What costs start-up time (settings, HTTP, parsers, SQLite) is imported where it is first needed.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls import uris
from pygls.lsp.server import LanguageServer

from maze_lsp.errors import LedgerError
from maze_lsp.server.client import Client
from maze_lsp.server.documents import Document, Documents

if TYPE_CHECKING:
    from maze_lsp.inference.types import Service
    from maze_lsp.provenance.ledger import Ledger
    from maze_lsp.provenance.record import Entry
    from maze_lsp.server.generation import Generations
    from maze_lsp.settings import Layer, Settings

logger = logging.getLogger(__name__)


class MazeServer(LanguageServer):
    """The language server with its state. Handlers get it as their first argument."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = Client()
        self.documents = Documents()
        self.entries: dict[str, Entry] = {}
        self._settings: Settings | None = None
        self._told: set[str] = set()
        self._service: Service | None = None
        self._service_of: Settings | None = None
        self._ledger: Ledger | None = None
        self._ledger_tried = False
        self._generations: Generations | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.progress_listener: Callable[[str], None] | None = None
        self.expected_token = ""
        self.stop_reading: Event | None = None
        self.connection: asyncio.StreamWriter | None = None

    async def hang_up(self) -> None:
        """Close the connection of a client that was refused, once it has been told."""
        await asyncio.sleep(0.1)
        if self.stop_reading is not None:
            self.stop_reading.set()
        if self.connection is not None:
            self.connection.close()

    # -- what pygls calls

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Errors outside a request go to the log, not into the user's face."""
        logger.error("%s: %s", getattr(source, "__name__", source), error)

    # -- tasks

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside the handlers. It is kept until it ends, its error is logged."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a background task failed", exc_info=error)

    # -- settings

    @property
    def settings(self) -> Settings:
        if self._settings is None:
            self.apply_settings(None)
        assert self._settings is not None
        return self._settings

    def apply_settings(self, configuration: dict[str, Any] | None) -> None:
        """Resolve all layers anew; `configuration` is the editor's section `maze`, None where it gave none."""
        from maze_lsp.settings import Layer, resolve
        from maze_lsp.workspace.preferences import user_layers

        layers, problems = user_layers(os.environ)
        trusted = self.client.trusted
        own: list[Layer] = [Layer("initializationOptions", dict(self.client.options), trusted)]
        if configuration:
            own.append(Layer("editor configuration", configuration, trusted))
        resolved = resolve([*layers, *own])
        self._settings = resolved.settings
        set_log_level(resolved.settings.log_level)
        for problem in [*problems, *resolved.problems]:
            if problem not in self._told:
                self._told.add(problem)
                self.tell(f"Maze settings: {problem}", lsp.MessageType.Warning)

    # -- service and ledger

    async def service(self, progress: Callable[[str], None]) -> Service:
        """The inference service of the present settings; nothing is started before the first request to it."""
        from maze_lsp.inference import connect

        settings = self.settings
        if self._service is not None and self._service_of != settings and not self.generations.running():
            await self._service.aclose()
            self._service = None
        self.progress_listener = progress
        if self._service is None:
            self._service_of = settings
            self._service = await asyncio.to_thread(connect, settings, self._relay)
        return self._service

    def _relay(self, message: str) -> None:
        if self.progress_listener is not None:
            self.progress_listener(message)

    def ledger(self) -> Ledger | None:
        """The ledger, None where it cannot be used: generating goes on, and the user is told once. May block."""
        if not self._ledger_tried:
            from maze_lsp.provenance.ledger import Ledger
            from maze_lsp.workspace.preferences import ledger_path

            self._ledger_tried = True
            try:
                self._ledger = Ledger.open(ledger_path(self.settings))
            except LedgerError as error:
                self.tell(f"Generations will not be recorded: {error}", lsp.MessageType.Warning)
        return self._ledger

    async def entry(self, record_id: str) -> Entry | None:
        """A record with its state, from memory or the ledger."""
        known = self.entries.get(record_id)
        if known is not None:
            return known
        ledger = await asyncio.to_thread(self.ledger)
        if ledger is None:
            return None
        try:
            found = await asyncio.to_thread(ledger.get, record_id)
        except LedgerError as error:
            logger.warning("%s", error)
            return None
        if found is not None:
            self.entries[record_id] = found
        return found

    # -- generations

    @property
    def generations(self) -> Generations:
        if self._generations is None:
            from maze_lsp.server.generation import Generations

            self._generations = Generations(self)
        return self._generations

    def busy(self) -> bool:
        return self._generations is not None and bool(self._generations.running())

    async def stop(self) -> None:
        """Cancel what runs, release the service and close the ledger."""
        if self._generations is not None:
            await self._generations.cancel_all()
        if self._service is not None:
            await self._service.aclose()
            self._service = None
        for task in list(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()
        if self._ledger is not None:
            await asyncio.to_thread(self._ledger.close)

    # -- telling the client

    def tell(self, message: str, kind: lsp.MessageType = lsp.MessageType.Info) -> None:
        self.window_show_message(lsp.ShowMessageParams(kind, message))

    def status(self, state: str, message: str = "") -> None:
        """`state`: starting, ready, generating, degraded or error."""
        self.protocol.notify("maze/status", {"state": state, "message": message})

    def refresh(self) -> None:
        """Ask the client to draw code lenses and hints anew."""
        if self.client.refresh_lens:
            self.spawn(self._ignore(self.workspace_code_lens_refresh_async(None)))
        if self.client.refresh_hints:
            self.spawn(self._ignore(self.workspace_inlay_hint_refresh_async(None)))

    async def _ignore(self, request: Any) -> None:
        try:
            await asyncio.shield(request)
        except Exception as error:
            logger.debug("the client did not refresh: %s", error)

    def root_of(self, document: Document) -> Path | None:
        """The workspace folder that holds a document."""
        path = path_of(document.uri)
        folders = [Path(uris.to_fs_path(folder.uri) or "/") for folder in self.workspace.folders.values()]
        around = [folder for folder in folders if path is not None and path.is_relative_to(folder)]
        return max(around, key=lambda folder: len(folder.parts), default=None)


def path_of(uri: str) -> Path | None:
    """The file behind a URI, None for documents that are no files."""
    if not uri.startswith("file:"):
        return None
    path = uris.to_fs_path(uri)
    return Path(path) if path else None


def set_log_level(level: str) -> None:
    """`trace` alone logs document text, and then pygls' traffic too."""
    names = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO}
    logging.getLogger("maze_lsp").setLevel(names.get(level, logging.DEBUG))
    logging.getLogger("pygls").setLevel(logging.DEBUG if level == "trace" else logging.WARNING)
