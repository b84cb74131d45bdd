"""The user's own tests with a generated text in place: in a copy of the folder, for a limited time, without our keys.

Runs generated code. Whoever calls this has the user's consent for this one time.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from maze_lsp.errors import SettingsError, UsageError
from maze_lsp.workspace import documents
from maze_lsp.workspace.documents import Document

MOST_FILES, MOST_BYTES = 20_000, 500_000_000
"""A folder with more is not copied."""
_LINKED = frozenset({"node_modules", ".venv", "venv"})
"""What tests need, and what is too large to be copied; it is linked into the copy."""
_LEFT_OUT = frozenset({".git", ".hg", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"})
_OURS = ("MAZE_", "ANANKE_", "MODAL_", "RUNPOD_")
_SHOWN = 2000
"""Characters of the output, from its end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`passed`: the command ended with 0 in time. `said`: the end of its output."""

    passed: bool
    said: str


def argv(command: str) -> list[str]:
    """The words of a command. Raises SettingsError where quotes are left open or nothing is said."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise SettingsError(f"`test_command` cannot be read: {error}.") from error
    if not words:
        raise SettingsError("`test_command` is not set.", hint="Set it to the command that tests the project.")
    return words


def run_with(command: str, root: Path, document: Document, text: str, seconds: float) -> Outcome:
    """Run the command in a copy of `root` in which the document, a file inside, has this text; paths are absolute.

    Raises UsageError where the folder is too large to be copied, SettingsError where there is no such command.
    """
    words = argv(command)
    with TemporaryDirectory(prefix="maze-test-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / root.name
        _copied(root, copy)
        documents.write(replace(document, path=copy / document.path.relative_to(root)), text)
        return _run(words, copy, seconds)


def _copied(root: Path, copy: Path) -> None:
    files = size = 0
    for at, folders, names in os.walk(root):
        here = Path(at)
        there = copy / here.relative_to(root)
        there.mkdir(parents=True)
        for name in [name for name in folders if name in _LINKED or (here / name).is_symlink()]:
            (there / name).symlink_to((here / name).resolve())
        folders[:] = [n for n in folders if n not in _LEFT_OUT | _LINKED and not (here / n).is_symlink()]
        for name in names:
            if not (here / name).is_file():
                continue  # sockets and links to nothing
            files, size = files + 1, size + (here / name).stat().st_size
            if files > MOST_FILES or size > MOST_BYTES:
                raise UsageError(
                    f"{root} is too large to be copied for a test (more than {MOST_FILES} files or "
                    f"{MOST_BYTES // 10**6} MB).",
                    hint="Run the command in the folder of the project itself.",
                )
            shutil.copy2(here / name, there / name)


def _run(words: list[str], folder: Path, seconds: float) -> Outcome:
    try:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise SettingsError(
            f"`test_command` cannot be run: {words[0]}: {error.strerror}.", hint="Correct it in the settings."
        ) from error
    output = bytearray()
    reading = threading.Thread(target=_read, args=(process, output), daemon=True)
    reading.start()
    try:
        process.wait(timeout=seconds)
        late = ""
    except subprocess.TimeoutExpired:
        late = f"It did not end within {seconds:g} s."
    finally:
        _end(process)
    reading.join(timeout=5)
    return Outcome(not late and process.returncode == 0, late or bytes(output).decode("utf-8", "replace"))


def _read(process: subprocess.Popen[bytes], output: bytearray) -> None:
    """Keep the end of what a process writes: it may write for ever."""
    assert process.stdout is not None
    with process.stdout as pipe:
        while piece := pipe.read1(65536):  # type: ignore[attr-defined]
            output += piece
            del output[:-_SHOWN]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command and all that it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without what may hold the keys of services."""
    return {name: value for name, value in environ.items() if not name.startswith(_OURS)}
