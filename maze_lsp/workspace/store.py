"""A cache on disk that several processes share: SQLite, bounded, the least used forgotten first.

Losing it costs time only: whatever goes wrong with the file, it is as if nothing had been stored.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from maze_lsp.errors import MazeError
from maze_lsp.settings import Settings
from maze_lsp.workspace import folders

FILE = "constraints.db"
MOST_BYTES = 128 * 2**20
_BUSY = 0.5
"""Seconds that another process's write is waited for."""
_TABLES = """
CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value BLOB NOT NULL, used REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoreStats:
    """Since the store was last cleared, of all processes; `size` in bytes."""

    path: str
    entries: int = 0
    size: int = 0
    hits: int = 0
    misses: int = 0
    evictions: int = 0


def store_of(settings: Settings) -> DiskStore:
    """The store in the user's cache folder, of the settings' size."""
    return DiskStore(max_bytes=2 * settings.cache_megabytes * 2**20)


class DiskStore:
    """A `Store` in a file of the user's cache folder."""

    def __init__(self, path: Path | None = None, *, max_bytes: int = MOST_BYTES) -> None:
        self._path = path or folders.cache_dir() / FILE
        self._most = max_bytes
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        def read(connection: sqlite3.Connection) -> bytes | None:
            row = connection.execute("SELECT value FROM entries WHERE key = ?", (key,)).fetchone()
            self._count(connection, "hits" if row else "misses")
            if row:
                connection.execute("UPDATE entries SET used = ? WHERE key = ?", (time.time(), key))
            return bytes(row[0]) if row else None

        return self._with(read, None)

    def put(self, key: str, value: bytes) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", (key, value, time.time()))
            self._forget(connection)

        if len(value) <= self._most:
            self._with(write, None)

    def clear(self) -> None:
        def empty(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM entries")
            connection.execute("DELETE FROM counts")

        self._with(empty, None)

    @property
    def stats(self) -> StoreStats:
        def read(connection: sqlite3.Connection) -> StoreStats:
            entries, size = connection.execute(
                "SELECT COUNT(*), COALESCE(SUM(LENGTH(value)), 0) FROM entries"
            ).fetchone()
            counts = dict(connection.execute("SELECT name, number FROM counts").fetchall())
            return StoreStats(str(self._path), entries, size, **{name: counts.get(name, 0) for name in _COUNTS})

        return self._with(read, StoreStats(str(self._path)))

    def _forget(self, connection: sqlite3.Connection) -> None:
        (size,) = connection.execute("SELECT COALESCE(SUM(LENGTH(value)), 0) FROM entries").fetchone()
        if size <= self._most:
            return
        oldest = connection.execute("SELECT key, LENGTH(value) FROM entries ORDER BY used").fetchall()
        for key, length in oldest:
            if size <= self._most * 3 // 4:
                break
            connection.execute("DELETE FROM entries WHERE key = ?", (key,))
            self._count(connection, "evictions")
            size -= length

    @staticmethod
    def _count(connection: sqlite3.Connection, name: str) -> None:
        connection.execute(
            "INSERT INTO counts VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET number = number + 1", (name,)
        )

    def _with(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Do something in one transaction. A file that is damaged is thrown away."""
        with self._lock:
            try:
                folders.ensure(self._path.parent)
                with closing(sqlite3.connect(self._path, timeout=_BUSY)) as connection, connection:
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.execute("PRAGMA synchronous = OFF")
                    connection.executescript(_TABLES)
                    return work(connection)
            except sqlite3.OperationalError:
                return otherwise  # locked, read-only or full: without it, then
            except sqlite3.DatabaseError:
                for suffix in ("", "-wal", "-shm"):
                    with suppress(OSError):
                        self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
                return otherwise
            except (MazeError, OSError):
                return otherwise


_COUNTS = ("hits", "misses", "evictions")
