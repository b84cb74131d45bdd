"""initialize, initialized, shutdown."""

from __future__ import annotations

import asyncio
import gc
import logging
from concurrent.futures import ThreadPoolExecutor

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidRequest

from maze_lsp.server.client import read_client
from maze_lsp.server.handlers import configuration
from maze_lsp.server.session import MazeServer

logger = logging.getLogger(__name__)

_WORKERS = 2
"""Threads for work beside the event loop. Each keeps a heap of its own, and more would not run at once anyway."""


def initialize(server: MazeServer, params: lsp.InitializeParams) -> None:
    """Read what the client can do. Over TCP, refuse a client that does not know the token before anything else."""
    loop = asyncio.get_running_loop()
    if server.expected_token:
        from maze_lsp.server.listen import same

        options = params.initialization_options
        if not same(options.get("token") if isinstance(options, dict) else None, server.expected_token):
            loop.call_soon(server.leave, 1)
            raise JsonRpcInvalidRequest("initializationOptions.token is missing or wrong.")
    server.client = read_client(params, server.workspace.position_encoding)
    if server.client.extension:
        logger.info("the editor has %s", server.client.extension)
    loop.set_default_executor(ThreadPoolExecutor(_WORKERS, thread_name_prefix="maze"))
    loop.call_soon(_collect_garbage_again)


def _collect_garbage_again() -> None:
    """Collecting was off while starting. What exists by now stays to the end, so no collection looks at it again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def initialized(server: MazeServer, _params: lsp.InitializedParams) -> None:
    """Begin what may take its time: the imports, the configuration, and then the word that we are ready."""
    server.spawn(configuration.watch(server))
    server.configure(configuration.pull(server))
    server.spawn(_settle(server))


async def _settle(server: MazeServer) -> None:
    await server.configured()
    server.settle_status()


async def shutdown(server: MazeServer, _params: None) -> None:
    await server.stop()
