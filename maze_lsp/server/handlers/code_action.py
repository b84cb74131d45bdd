"""textDocument/codeAction and its resolve: what can be generated at the cursor or for the selection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from lsprotocol import types as lsp

from maze_lsp.errors import MazeError
from maze_lsp.server import convert
from maze_lsp.server.session import MazeServer
from maze_lsp.server.targets import arguments_of, title_of

KIND = "refactor.rewrite.generate"
GENERATE = "maze.generate"
WITH_INSTRUCTION = "maze.generateWithInstruction"
"""A command of the client's: it asks the user and calls `maze.generate` with `intent`."""
INSTRUCTION_TITLE = "Generate constrained with instruction…"

GENERATE_ALL = "maze.generateAll"
ALL_TITLE = "Generate with all models"

OPTIONS = lsp.CodeActionOptions(code_action_kinds=[KIND], resolve_provider=True)


async def code_action(server: MazeServer, params: lsp.CodeActionParams) -> list[lsp.CodeAction | lsp.Command]:
    """One action a hole, best first, then for the best hole one a constraint of the project that is offered there.

    None where nothing can be generated, and never an error message.
    """
    document = server.documents.find(params.text_document.uri)
    if document is None or not _wanted(params.context.only):
        return []
    await server.ready()
    from maze_lsp.context.holes import holes_at

    try:
        snapshot = await document.snapshot()
    except MazeError:
        return []
    if await server.why_excluded(document):
        return []
    encoding = server.client.encoding
    selected = convert.span(snapshot.lines, params.range, encoding)
    offers: dict[str, dict[str, Any]] = {}
    found = await asyncio.to_thread(holes_at, snapshot, selected)
    for hole in found:
        title = f"Generate constrained: {title_of(hole, selected, first=not offers)}"
        offers.setdefault(title, arguments_of(snapshot, hole, selected, encoding))
    for name in await server.project.offered(document, snapshot, found[0]) if found else ():
        data = arguments_of(snapshot, found[0], selected, encoding) | {"constraints": [name]}
        offers.setdefault(f"Generate constrained: {name}", data)
    actions = [_action(server, title, GENERATE, data) for title, data in offers.items()]
    if actions and (len(_endpoints(server)) > 1 or server.settings.ensemble > 1):
        actions.append(_action(server, ALL_TITLE, GENERATE_ALL, next(iter(offers.values()))))
    if actions and server.client.instruction:
        best = next(iter(offers.values()))
        actions.append(_action(server, INSTRUCTION_TITLE, WITH_INSTRUCTION, best))
    return actions


async def resolve(_server: MazeServer, action: lsp.CodeAction) -> lsp.CodeAction:
    """The action with its command, for clients that keep only its data."""
    if action.command is None and isinstance(action.data, dict):
        command = {INSTRUCTION_TITLE: WITH_INSTRUCTION, ALL_TITLE: GENERATE_ALL}.get(action.title, GENERATE)
        action.command = lsp.Command(title=action.title, command=command, arguments=[action.data])
    return action


def _action(server: MazeServer, title: str, name: str, data: dict[str, Any]) -> lsp.CodeAction | lsp.Command:
    command = lsp.Command(title=title, command=name, arguments=[data])
    if not server.client.action_literals:
        return command
    return lsp.CodeAction(
        title=title,
        kind=KIND,
        command=None if server.client.action_resolve else command,
        data=data,
        tags=[lsp.CodeActionTag.LlmGenerated] if server.client.llm_tag else None,
    )


def _endpoints(server: MazeServer) -> list[str]:
    settings = server.settings
    return [*([settings.endpoint] if settings.endpoint else []), *(one.endpoint for one in settings.endpoints)]


def _wanted(only: Sequence[Any] | None) -> bool:
    """Whether a client that asks for some kinds of action only asks for ours."""
    if not only:
        return True
    kinds = [str(getattr(kind, "value", kind)) for kind in only]
    return any(kind in ("", KIND) or KIND.startswith(f"{kind}.") for kind in kinds)
