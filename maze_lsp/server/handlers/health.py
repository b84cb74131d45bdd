"""The command `maze.health`: how the inference service is, and what it was seen to do."""

from __future__ import annotations

from functools import partial
from typing import Any

from lsprotocol import types as lsp

from maze_lsp.errors import MazeError
from maze_lsp.server.errors import answer
from maze_lsp.server.session import MazeServer

Arguments = dict[str, Any]


async def health(server: MazeServer, _arguments: Arguments, _token: lsp.ProgressToken | None) -> Arguments:
    """{} → {status: healthy, …}: what `maze health --json` prints, or {status: failed, message}.

    With several services, `services` lists them; those that are not well with `endpoint` and `health` alone.
    """
    await server.ready()
    from maze_lsp.inference.report import as_json_of, reports
    from maze_lsp.pipeline.prompting import format_of

    settings = server.settings
    try:
        async with server.services.use(settings, lambda message: server.status("starting", message)) as service:
            found = await reports(service, partial(format_of, settings))
    except MazeError as error:
        return answer(error)
    return {"status": "healthy", **as_json_of(found)}
