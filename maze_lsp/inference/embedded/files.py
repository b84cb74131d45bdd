"""The files by which editors and the embedded service find each other: one folder a configuration.

    <state>/embedded/<name>/lock      held while somebody starts or stops the service
    <state>/embedded/<name>/service   JSON, mode 0600: process, port and key of the running service
    <state>/embedded/<name>/leases/   one empty file a user, named by its process; the service counts them
    <state>/embedded/<name>/log       what the server printed, and `log.1`, what it printed before

Owns names and formats. Starts and stops nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from maze_lsp.inference.embedded import processes
from maze_lsp.inference.embedded.config import LOOPBACK
from maze_lsp.workspace.folders import ensure, state_dir

_ALL = "embedded"
_OLD = 30 * 86400.0
"""Seconds."""
_HERE = {"0.0.0.0": LOOPBACK, "::": "::1"}
"""Addresses that stand for all of a machine's own, and where such a service is reached from within."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A service that runs (`port` is set) or is starting (`port` 0). `started` is the mark of its process.

    `file`: of the model; `size`: its bytes. `context`: in tokens.
    """

    pid: int
    started: str
    port: int
    key: str
    model: str
    version: str
    file: str = ""
    size: int = 0
    context: int = 0
    threads: int = 0
    host: str = LOOPBACK

    @property
    def url(self) -> str:
        """Its address as this machine sees it."""
        host = _HERE.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def ready(self) -> bool:
        return self.port > 0

    def alive(self) -> bool:
        return processes.alive(self.pid, self.started)

    def memory(self) -> int:
        """Bytes that its process holds, the part of the model that is in memory included; 0 where unknown."""
        return processes.memory(self.pid)


_FIELDS = tuple(field.name for field in fields(Instance))


def running() -> list[Instance]:
    """All services of this user that run or are starting, whatever version of the program began them."""
    try:
        folders = sorted((state_dir() / _ALL).iterdir())
    except OSError:
        return []
    return [instance for folder in folders if (instance := _read(folder / "service"))]


def _read(file: Path) -> Instance | None:
    """What is written down, if its process is alive; None too where the file is not readable."""
    try:
        values = json.loads(file.read_text("utf-8"))
        # A newer version of the program may write more.
        instance = Instance(**{name: values[name] for name in _FIELDS if name in values})
        return instance if instance.alive() else None
    except (OSError, ValueError, TypeError):
        return None


def clear_old(now: float) -> None:
    """Remove the folders of configurations (of older versions, above all) that nobody has used for a month."""
    with suppress(OSError):
        for folder in list((state_dir() / _ALL).iterdir()):
            with suppress(OSError):
                files = [folder, *folder.iterdir()]
                old = all(now - file.stat().st_mtime > _OLD for file in files)
                if old and _read(folder / "service") is None and not Folder(folder.name).users():
                    shutil.rmtree(folder, ignore_errors=True)


class Folder:
    """The files of one configuration of the service."""

    def __init__(self, name: str) -> None:
        self.path = ensure(state_dir() / _ALL / name)
        self.lock = self.path / "lock"
        self.log = self.path / "log"
        self.service = self.path / "service"
        self._leases = ensure(self.path / "leases")

    def read(self) -> Instance | None:
        """The service of this configuration; None where none runs."""
        return _read(self.service)

    def write(self, instance: Instance) -> None:
        """Replace the file in one step; nobody else may read it, because it has the key."""
        temporary = self.path / f".service.{os.getpid()}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(instance), file)
        temporary.replace(self.service)

    def forget(self, pid: int) -> None:
        """Remove the file if it is that process's own."""
        with suppress(OSError, ValueError):
            if json.loads(self.service.read_text("utf-8")).get("pid") == pid:
                self.service.unlink()

    def lease(self) -> Path:
        """Count this process as a user until the returned file is removed or the process ends."""
        pid = os.getpid()
        path = self._leases / f"{pid}-{processes.start_time(pid)}-{secrets.token_hex(4)}"
        path.touch(mode=0o600)
        return path

    def users(self) -> int:
        """How many leases are held by living processes; those of dead ones are removed."""
        return sum(1 for _ in self._living())

    def _living(self) -> Iterator[Path]:
        for path in list(self._leases.iterdir()):
            pid, _, rest = path.name.partition("-")
            if pid.isdigit() and processes.alive(int(pid), rest.partition("-")[0]):
                yield path
            else:
                path.unlink(missing_ok=True)

    def last_words(self) -> list[str]:
        """The last lines of the log that are not empty."""
        try:
            text = self.log.read_bytes()[-4000:].decode("utf-8", "replace")
        except OSError:
            return []
        return [line.strip() for line in text.splitlines() if line.strip()][-5:]
