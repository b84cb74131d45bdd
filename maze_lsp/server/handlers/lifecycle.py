"""initialize, initialized, shutdown; the editor's configuration."""

from __future__ import annotations

import asyncio
import gc
import hmac
import logging
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidRequest

from maze_lsp.server.client import read_client
from maze_lsp.server.session import MazeServer

logger = logging.getLogger(__name__)

_CONFIGURATION_SECONDS = 10.0


def initialize(server: MazeServer, params: lsp.InitializeParams) -> None:
    """Read what the client can do. Over TCP, refuse a client that does not know the token."""
    if server.expected_token:
        options = params.initialization_options
        given = options.get("token") if isinstance(options, dict) else None
        if not hmac.compare_digest(str(given or ""), server.expected_token):
            server.spawn(server.hang_up())
            raise JsonRpcInvalidRequest("initializationOptions.token is missing or wrong.")
    server.client = read_client(params, server.workspace.position_encoding)
    asyncio.get_running_loop().call_soon(_collect_garbage_again)


def _collect_garbage_again() -> None:
    """Collecting was off while starting. What exists by now stays to the end, so no collection looks at it again."""
    gc.freeze()
    gc.enable()


def initialized(server: MazeServer, _params: lsp.InitializedParams) -> None:
    server.spawn(_settle(server))


async def _settle(server: MazeServer) -> None:
    """What may take its time: register for configuration, pull it, and say that we are ready."""
    if server.client.watch_configuration:
        registration = lsp.Registration(
            "maze-configuration", lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, {"section": "maze"}
        )
        server.spawn(_registered(server, registration))
    await pull_configuration(server)
    server.status("ready")


async def _registered(server: MazeServer, registration: lsp.Registration) -> None:
    try:
        await asyncio.shield(server.client_register_capability_async(lsp.RegistrationParams([registration])))
    except Exception as error:
        logger.info("the client does not tell of changed settings: %s", error)


def did_change_configuration(server: MazeServer, params: lsp.DidChangeConfigurationParams) -> None:
    """Pull the settings anew; a client that cannot be asked sends them along."""
    if server.client.configuration:
        server.spawn(pull_configuration(server))
        return
    sent = params.settings
    own = sent.get("maze", sent) if isinstance(sent, dict) else None
    server.apply_settings(own if isinstance(own, dict) else None)


async def pull_configuration(server: MazeServer) -> None:
    """Ask the editor for the section `maze`. Without an answer, the other places hold."""
    section: Any = None
    if server.client.configuration:
        request = server.workspace_configuration_async(lsp.ConfigurationParams([lsp.ConfigurationItem(section="maze")]))
        try:
            answer = await asyncio.wait_for(asyncio.shield(request), _CONFIGURATION_SECONDS)
            section = answer[0] if answer else None
        except Exception as error:
            logger.info("the client gave no configuration: %s", error)
    server.apply_settings(section if isinstance(section, dict) else None)
    server.refresh()


async def shutdown(server: MazeServer, _params: None) -> None:
    await server.stop()
