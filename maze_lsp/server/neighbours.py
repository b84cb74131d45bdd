"""Other open files that a prompt may draw on: no excluded one, none that is no file, none that is too large."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from maze_lsp.context.outline import outline, related
from maze_lsp.errors import MazeError
from maze_lsp.pipeline.prompting import MOST_FILES

if TYPE_CHECKING:
    from maze_lsp.context.types import Snapshot
    from maze_lsp.server.documents import Document
    from maze_lsp.server.session import MazeServer

_LARGEST = 100_000
"""Characters; a larger file is not read for the sake of another one."""


async def neighbours(server: MazeServer, document: Document) -> tuple[Snapshot, ...]:
    """The snapshots of the other open files, those opened last at the end.

    Whatever is ignored, excluded or looks like a place for secrets is left out before anything of it is read.
    """
    if not server.settings.open_files:
        return ()
    found: list[Snapshot] = []
    for other in reversed(server.documents.all()):
        if len(found) == MOST_FILES:
            break
        if other is document or not other.uri.startswith("file:") or len(other.text) > _LARGEST:
            continue
        try:
            if not related(document.language(), other.language()) or await server.why_excluded(other):
                continue
            snapshot = await other.snapshot()
        except MazeError:
            continue
        await asyncio.to_thread(outline, snapshot)
        found.insert(0, snapshot)
    return tuple(found)
