"""Start the embedded service, or join the one that runs already."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from maze_lsp.errors import MazeError, ModelError, ServiceUnreachable
from maze_lsp.inference.embedded.config import EmbeddedConfig
from maze_lsp.inference.embedded.files import Folder, Instance

Progress = Callable[[str], None]

START_WITHIN = 120.0
"""Seconds; a large model is read from a slow disk."""
_POLL = 0.05


@dataclass(slots=True)
class Membership:
    """This process as a user of a running service."""

    instance: Instance
    lease: Path

    async def ended(self) -> None:
        """Return when the service's process has ended, within a second."""
        while self.instance.alive():  # noqa: ASYNC110 (another process sets no event)
            await asyncio.sleep(1)

    def release(self) -> None:
        """Stop counting as a user; the service ends by itself some time after its last one."""
        with suppress(OSError):
            self.lease.unlink(missing_ok=True)


async def start_or_join(config: EmbeddedConfig, progress: Progress) -> Membership:
    """The user's one service of this configuration, started if need be; it answers `/health` when this
    returns.

    Raises ModelError (the model cannot be loaded) or ServiceUnreachable (the service does not come up).
    """
    began = time.monotonic()
    waiting = _Waiting(progress, began)
    try:
        folder = Folder(config.name)
        lease = folder.lease()  # first, so that a service about to leave stays
    except MazeError as error:
        raise ServiceUnreachable(error.message, hint=error.hint) from error
    except OSError as error:
        raise _no_folder(error) from error
    try:
        while True:
            try:
                lock = FileLock(folder.lock)
                lock.acquire(blocking=False)
            except Timeout:
                waiting.tick("waiting for the embedded model that another editor is starting")
                await asyncio.sleep(_POLL)
                continue
            try:
                return Membership(await _running(config, folder, waiting), lease)
            finally:
                lock.release()
    except BaseException as error:
        lease.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _no_folder(error) from error
        raise


def _no_folder(error: OSError) -> ServiceUnreachable:
    return ServiceUnreachable(
        f"The embedded service cannot be started: {error.filename or 'its folder'}: {error.strerror or error}.",
        hint="Make that place writable, or set MAZE_STATE_DIR to another folder.",
    )


async def _running(config: EmbeddedConfig, folder: Folder, waiting: _Waiting) -> Instance:
    """Called with the lock held."""
    child = None
    if folder.read() is None:
        if not config.model.is_file():
            raise ModelError(
                f"The model file {config.model} does not exist.",
                hint="Run `maze models pull smollm2-135m`, or set `model` to a GGUF file.",
            )
        child = _spawn(config, folder)
    while True:
        instance = folder.read()
        if instance and instance.ready:
            return instance
        if instance is None and (child is None or child.poll() is not None):
            raise _start_failure(folder, child)
        waiting.tick("starting the embedded model")
        await asyncio.sleep(_POLL)


def _spawn(config: EmbeddedConfig, folder: Folder) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "maze_lsp.inference.embedded.server"]
    for name in ("model", "alias", "context", "threads", "idle"):
        command += [f"--{name}", str(getattr(config, name))]
    command += ["--name", folder.path.name]
    descriptor = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    try:
        # A session of its own: closing the editor or Ctrl-C in its terminal must not end what others use.
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            cwd=folder.path,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    finally:
        os.close(descriptor)
    # Somebody has to take note of its end, or it would look alive to other editors.
    threading.Thread(target=child.wait, name="maze-embedded-end", daemon=True).start()
    return child


def _start_failure(folder: Folder, child: subprocess.Popen[bytes] | None) -> MazeError:
    words = folder.last_words()
    if child is not None and child.returncode == 3 and words:
        return ModelError(words[-1])
    ended = f" (exit code {child.returncode})" if child is not None else ""
    return ServiceUnreachable(
        f"The embedded service ended while starting{ended}: {words[-1] if words else 'no word of why'}",
        hint=f"Its log is {folder.log}.",
    )


class _Waiting:
    """Tells once a second how long it has been, and gives up in the end."""

    def __init__(self, progress: Progress, began: float) -> None:
        self._progress = progress
        self._began = began
        self._told = ("", -1)

    def tick(self, what: str) -> None:
        seconds = int(time.monotonic() - self._began)
        if seconds >= START_WITHIN:
            raise ServiceUnreachable(
                f"The embedded service was not ready within {START_WITHIN:.0f} s.",
                hint="Is the machine overloaded, or the model too large for it?",
            )
        if (what, seconds) == self._told:
            return
        self._told = (what, seconds)
        self._progress(f"{what}, {seconds} s" if seconds else what)
