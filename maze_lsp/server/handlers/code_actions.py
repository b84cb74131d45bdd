"""textDocument/codeAction: what can be generated at the cursor or for the selection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from lsprotocol import types as lsp

from maze_lsp.errors import MazeError
from maze_lsp.server import convert
from maze_lsp.server.session import MazeServer
from maze_lsp.server.targets import title_of

KIND = "refactor.rewrite.generate"
GENERATE = "maze.generate"
WITH_INSTRUCTION = "maze.generateWithInstruction"

OPTIONS = lsp.CodeActionOptions(code_action_kinds=[KIND], resolve_provider=True)


async def code_action(server: MazeServer, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    """One action a hole, best first; none where nothing can be generated, and never an error message."""
    if not _wanted(params.context.only):
        return []
    document = server.documents.find(params.text_document.uri)
    if document is None:
        return []
    from maze_lsp.context.holes import holes_at

    try:
        snapshot = await document.snapshot()
        selected = convert.span(snapshot.lines, params.range, server.client.encoding)
        holes = await asyncio.to_thread(holes_at, snapshot, selected)
    except MazeError:
        return []
    actions = []
    for hole in holes:
        place = convert.range_to_json(convert.range_of(snapshot.lines, hole.range, server.client.encoding))
        data = {"uri": snapshot.uri, "version": snapshot.version, "range": place, "kind": hole.kind}
        actions.append(_action(server, f"Generate constrained: {title_of(hole, selected)}", GENERATE, data))
    if actions and server.client.instruction:
        data = dict(actions[0].data or {})
        actions.append(_action(server, "Generate constrained with instruction…", WITH_INSTRUCTION, data))
    return actions


def resolve(_server: MazeServer, action: lsp.CodeAction) -> lsp.CodeAction:
    """Fill in the command of an action, for clients that ask for it late."""
    if action.command is None and isinstance(action.data, dict):
        data = dict(action.data)
        action.command = _command(action.title, str(data.pop("command", GENERATE)), data)
    return action


def _action(server: MazeServer, title: str, command: str, data: dict[str, Any]) -> lsp.CodeAction:
    return lsp.CodeAction(
        title=title,
        kind=KIND,
        command=None if server.client.resolve_command else _command(title, command, data),
        data={**data, "command": command},
        tags=[lsp.CodeActionTag.LlmGenerated] if server.client.llm_tag else None,
    )


def _command(title: str, command: str, data: dict[str, Any]) -> lsp.Command:
    return lsp.Command(title=title, command=command, arguments=[data])


def _wanted(only: Sequence[Any] | None) -> bool:
    """Whether a client that asks for some kinds of action only asks for ours."""
    if not only:
        return True
    kinds = [str(getattr(kind, "value", kind)) for kind in only]
    return any(kind in ("", KIND) or KIND.startswith(f"{kind}.") for kind in kinds)
