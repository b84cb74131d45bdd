"""The state of one connection: client, documents, settings, service, records and running generations.

What costs start-up time (settings, HTTP, parsers, SQLite) is imported in a thread after `initialize` (`ready`).
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls import uris
from pygls.lsp.server import LanguageServer

from maze_lsp.server import logs
from maze_lsp.server.client import Client
from maze_lsp.server.documents import Document, Documents
from maze_lsp.server.records import Records
from maze_lsp.server.running import RunningSet
from maze_lsp.server.services import Services
from maze_lsp.server.timeline import Timelines

if TYPE_CHECKING:
    from maze_lsp.constraints.cache import ConstraintCache
    from maze_lsp.server.ensembles import Ensembles
    from maze_lsp.server.generation import Generations
    from maze_lsp.server.inline import Inline
    from maze_lsp.server.project import ProjectConstraints
    from maze_lsp.server.proposals import Proposals
    from maze_lsp.server.protocol import MazeProtocol
    from maze_lsp.settings import Layer, Settings

logger = logging.getLogger(__name__)

_HEAVY = (
    "maze_lsp.settings",
    "maze_lsp.workspace.preferences",
    "maze_lsp.workspace.exclusion",
    "maze_lsp.context.holes",
    "maze_lsp.provenance.locate",
    "maze_lsp.server.ensembles",
    "maze_lsp.server.generation",
    "maze_lsp.server.inline",
    "maze_lsp.server.proposals",
    "maze_lsp.server.memory",
)
"""What handlers need that is imported beside the event loop."""

_CONFIGURATION_SECONDS = 3.0
"""How long a generation waits for an editor that does not answer what its settings are."""


class MazeServer(LanguageServer):
    """The language server with its state. Handlers get it as their first argument."""

    protocol: MazeProtocol

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = Client()
        self.documents = Documents()
        self.services = Services()
        self.running = RunningSet(self)
        self.timelines = Timelines()
        self.records = Records(self._ledger_path, lambda words: self.tell(words, lsp.MessageType.Warning))
        self.expected_token = ""
        self.log_level: str | None = None
        self.left = asyncio.Event()
        self.exit_code = 1
        self._settings: Settings | None = None
        self._told: set[str] = set()
        self._generations: Generations | None = None
        self._inline: Inline | None = None
        self._project: ProjectConstraints | None = None
        self._cache: ConstraintCache | None = None
        self._proposals: Proposals | None = None
        self._ensembles: Ensembles | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._warming: asyncio.Task[None] | None = None
        self._configuring: asyncio.Task[None] | None = None
        self._status = ("", "")

    def leave(self, exit_code: int) -> None:
        """End the conversation; whoever serves the connection stops everything then."""
        self.exit_code = exit_code
        self.left.set()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Errors outside a request go to the log, not into the user's face."""
        name = getattr(source, "__name__", source)
        logger.error("%s: %s", name, type(error).__name__)
        logger.debug("the error", exc_info=error)

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

    async def ready(self) -> None:
        """Wait until what handlers need is imported; the first caller begins it."""
        if self._warming is None:
            self._warming = self.spawn(asyncio.to_thread(_import_heavy))
        await asyncio.shield(self._warming)

    def configure(self, work: Coroutine[Any, Any, None]) -> None:
        """Change the settings in the background; what begins now waits for it (`configured`)."""
        self._configuring = self.spawn(work)

    async def configured(self) -> None:
        """Wait until handlers can work and the editor's settings are known, as far as it gives them in time."""
        await self.ready()
        while (task := self._configuring) is not None and not task.done():
            await asyncio.wait({task}, timeout=_CONFIGURATION_SECONDS)
            if task is self._configuring:
                return

    async def stop(self) -> None:
        """Cancel what runs, release the service and close the ledger. Calling it again does nothing more."""
        await self.running.cancel_all()
        if self._inline is not None:
            await self._inline.stop()
        await self.services.aclose()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.records.close()

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
        logs.set_level(self.log_level or resolved.settings.log_level)
        new = [problem for problem in [*problems, *resolved.problems] if problem not in self._told]
        if new:
            self._told.update(new)
            self.tell("\n".join(["Maze settings:", *new]), lsp.MessageType.Warning)

    def _ledger_path(self) -> Path:
        from maze_lsp.workspace.preferences import ledger_path

        return ledger_path(self.settings)

    # -- generations

    @property
    def generations(self) -> Generations:
        """What does the work of `running`; to be used after `ready`."""
        if self._generations is None:
            from maze_lsp.server.generation import Generations

            self._generations = Generations(self)
        return self._generations

    @property
    def ensembles(self) -> Ensembles:
        """The places for which several texts were made; to be used after `ready`."""
        if self._ensembles is None:
            from maze_lsp.server.ensembles import Ensembles

            self._ensembles = Ensembles(self)
        return self._ensembles

    @property
    def project(self) -> ProjectConstraints:
        """The projects' own constraints; to be used after `ready`."""
        if self._project is None:
            from maze_lsp.server.project import ProjectConstraints

            self._project = ProjectConstraints(self)
        return self._project

    @property
    def cache(self) -> ConstraintCache:
        """Compiled constraints; to be used after `ready`. Its size is that of the settings at its first use."""
        if self._cache is None:
            from maze_lsp.pipeline.constraining import open_cache

            self._cache = open_cache(self.settings)
        return self._cache

    @property
    def inline(self) -> Inline:
        """The suggestions at the cursor; to be used after `ready`."""
        if self._inline is None:
            from maze_lsp.server.inline import Inline

            self._inline = Inline(self)
        return self._inline

    @property
    def proposals(self) -> Proposals:
        """The texts that wait to be accepted; to be used after `ready`."""
        if self._proposals is None:
            from maze_lsp.server.proposals import Proposals

            self._proposals = Proposals(self)
        return self._proposals

    def document_changed(self, document: Document, *, closed: bool = False) -> None:
        """Take away proposals that have lost their place."""
        if self._proposals is not None:
            if closed:
                self._proposals.drop_at(document)
            else:
                self._proposals.changed(document)

    def stop_suggesting(self, uri: object = None) -> None:
        """Cancel what is being suggested in a document, or in all."""
        if self._inline is not None:
            self._inline.cancel(uri)

    # -- telling the client

    def notify(self, method: str, params: dict[str, Any]) -> None:
        """One of our own notifications."""
        self.protocol.notify(method, params)

    def tell(self, message: str, kind: lsp.MessageType = lsp.MessageType.Info) -> None:
        self.window_show_message(lsp.ShowMessageParams(kind, message))

    def status(self, state: str, message: str = "") -> None:
        """`state`: starting, ready, generating, degraded or error."""
        if (state, message) != self._status:
            self._status = state, message
            self.notify("maze/status", {"state": state, "message": message})

    def settle_status(self) -> None:
        """After a generation: ready again, unless another one runs or an error is to be seen."""
        if not self.running and self._status[0] != "error":
            self.status("ready")

    async def rest(self) -> None:
        """When no generation runs any more: give back what they took."""
        from maze_lsp.server.memory import trim

        if not self.running:
            await trim()

    def refresh(self) -> None:
        """Ask the client to draw code lenses and hints anew."""
        if self.client.refresh_lens:
            self.spawn(_ignored(self.workspace_code_lens_refresh_async(None)))
        if self.client.refresh_hints:
            self.spawn(_ignored(self.workspace_inlay_hint_refresh_async(None)))

    async def why_excluded(self, document: Document) -> str:
        """Why nothing of a document may go to a model, as a clause; empty where it may."""
        from maze_lsp.workspace.exclusion import why_excluded

        path = self.path_of(document)
        if path is None:
            return ""
        reason = await asyncio.to_thread(why_excluded, path, self.root_of(path), self.settings.exclude)
        return f"{path.name} {reason}" if reason else ""

    @staticmethod
    def path_of(document: Document) -> Path | None:
        """The file of a document, None for one that is no file."""
        return _path_of(document.uri)

    def root_of(self, path: Path) -> Path | None:
        """The workspace folder that holds a file."""
        folders = [Path(uris.to_fs_path(folder.uri) or "/") for folder in self.workspace.folders.values()]
        around = [folder for folder in folders if path.is_relative_to(folder)]
        return max(around, key=lambda folder: len(folder.parts), default=None)


def _import_heavy() -> None:
    for name in _HEAVY:
        importlib.import_module(name)


async def _ignored(request: Any) -> None:
    """Await an answer that nothing depends on."""
    try:
        await asyncio.shield(request)
    except Exception as error:
        logger.debug("the client did not answer: %s", error)


def _path_of(uri: str) -> Path | None:
    """The file behind a URI, None for documents that are no files."""
    if not uri.startswith("file:"):
        return None
    path = uris.to_fs_path(uri)
    return Path(path) if path else None
