"""The editor's configuration: pulled at the start and at each change, or taken as it is pushed."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from lsprotocol import types as lsp

from maze_lsp.server.session import MazeServer

logger = logging.getLogger(__name__)

_SECTION = "maze"
_SECONDS = 10.0
"""How long the editor may take to answer; it may answer later, and change its configuration again."""


def did_change(server: MazeServer, params: lsp.DidChangeConfigurationParams) -> None:
    """Pull the settings anew; a client that cannot be asked sends them along."""
    if server.client.configuration:
        server.configure(pull(server))
        return
    sent = params.settings
    own = sent.get(_SECTION, sent) if isinstance(sent, dict) else None
    server.configure(_take(server, own if isinstance(own, dict) else None))


async def _take(server: MazeServer, section: dict[str, Any] | None) -> None:
    await server.ready()
    server.apply_settings(section)
    server.refresh()


async def pull(server: MazeServer) -> None:
    """Ask the editor for its section. Without an answer, the other places hold."""
    section: Any = None
    if server.client.configuration:
        item = lsp.ConfigurationItem(section=_SECTION)
        request = server.workspace_configuration_async(lsp.ConfigurationParams([item]))
        try:
            answer = await asyncio.wait_for(asyncio.shield(request), _SECONDS)
            section = answer[0] if answer else None
        except Exception as error:
            logger.info("the client gave no configuration: %s", error)
    await _take(server, section if isinstance(section, dict) else None)


async def watch(server: MazeServer) -> None:
    """Ask the editor to tell of changes, where it wants to be asked."""
    if not server.client.watch_configuration:
        return
    method = lsp.WORKSPACE_DID_CHANGE_CONFIGURATION
    registration = lsp.Registration("maze-configuration", method, {"section": _SECTION})
    try:
        await asyncio.shield(server.client_register_capability_async(lsp.RegistrationParams([registration])))
    except Exception as error:
        logger.info("the client does not tell of changed settings: %s", error)
