"""A project's own constraints: the files in `.maze/constraints` of a workspace folder, read anew when they change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maze_lsp.errors import DocumentError
from maze_lsp.workspace import documents

FOLDER = ".maze/constraints"
SUFFIXES = (".json", ".lark", ".gbnf")
MOST_FILES, MOST_BYTES = 200, 1_000_000


@dataclass(frozen=True, slots=True)
class ConstraintFile:
    """`problem`: why it could not be read, in a sentence; then there is no text."""

    path: Path
    text: str = ""
    problem: str = ""


class ConstraintFiles:
    """Reads the files of one folder; those that have not changed are not read again. Thread-safe enough: what two
    threads read at once is the same."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[tuple[int, int], ConstraintFile]] = {}

    def of(self, root: Path) -> tuple[ConstraintFile, ...]:
        """The files of a workspace folder, by name."""
        try:
            paths = sorted(path for path in (root / FOLDER).iterdir() if path.suffix in SUFFIXES)
        except OSError:
            return ()
        return tuple(self._file(path) for path in paths[:MOST_FILES])

    def _file(self, path: Path) -> ConstraintFile:
        try:
            state = path.stat()
        except OSError as error:
            return ConstraintFile(path, problem=f"{path} cannot be read: {error.strerror or error}.")
        mark = state.st_mtime_ns, state.st_size
        known = self._read.get(path)
        if known is None or known[0] != mark:
            known = self._read[path] = mark, _read(path, state.st_size)
        return known[1]


def _read(path: Path, size: int) -> ConstraintFile:
    if size > MOST_BYTES:
        return ConstraintFile(path, problem=f"{path} is larger than {MOST_BYTES // 1000} kB.")
    try:
        return ConstraintFile(path, documents.read(path))
    except DocumentError as error:
        return ConstraintFile(path, problem=str(error))
