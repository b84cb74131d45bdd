"""The constraints of the project that a document belongs to. What is wrong with their files is told once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from maze_lsp.constraints.ir import ConstraintIR
from maze_lsp.constraints.project import applying, offered, place_of
from maze_lsp.constraints.reading import read_constraints
from maze_lsp.errors import MazeError, UsageError
from maze_lsp.workspace.constraint_files import ConstraintFile, ConstraintFiles

if TYPE_CHECKING:
    from maze_lsp.context.types import Hole, Snapshot
    from maze_lsp.server.documents import Document
    from maze_lsp.server.session import MazeServer


class ProjectConstraints:
    def __init__(self, server: MazeServer) -> None:
        self._server = server
        self._files = ConstraintFiles()
        self._known: dict[Path, tuple[ConstraintFile, tuple[ConstraintIR, ...]]] = {}
        self._told: set[str] = set()

    async def offered(self, document: Document, snapshot: Snapshot, hole: Hole) -> tuple[str, ...]:
        """The names of the constraints that the user may choose at a hole."""
        path, found = await self._of(document)
        return offered(found, place_of(snapshot, hole, path)) if found else ()

    async def applying(
        self, document: Document, snapshot: Snapshot, hole: Hole, named: tuple[str, ...] = ()
    ) -> tuple[ConstraintIR, ...]:
        """Those that hold at a hole. Raises UsageError for a name that there is not."""
        path, found = await self._of(document)
        unknown = set(named) - {one.name for one in found}
        if unknown:
            names = ", ".join(sorted(one.name for one in found)) or "none"
            raise UsageError(f"There is no constraint `{min(unknown)}` in this project.", hint=f"There is: {names}.")
        return applying(found, place_of(snapshot, hole, path), named) if found else ()

    async def _of(self, document: Document) -> tuple[str, tuple[ConstraintIR, ...]]:
        """The path of a document in its workspace folder, and that folder's constraints."""
        path = self._server.path_of(document)
        root = self._server.root_of(path) if path else None
        if path is None or root is None:
            return "", ()
        files = await asyncio.to_thread(self._files.of, root)
        found = [one for file in files for one in self._read(file)]
        return path.relative_to(root).as_posix(), tuple(found)

    def _read(self, file: ConstraintFile) -> tuple[ConstraintIR, ...]:
        known = self._known.get(file.path)
        if known is None or known[0] != file:
            try:
                found = () if file.problem else read_constraints(file.text, name=file.path.stem)
                self._tell(file.problem)
            except MazeError as error:
                found = ()
                self._tell(f"{file.path.name}: {error}")
            known = self._known[file.path] = file, found
        return known[1]

    def _tell(self, words: str) -> None:
        if words and words not in self._told:
            self._told.add(words)
            self._server.tell(f"Maze constraint: {words}", lsp.MessageType.Warning)
