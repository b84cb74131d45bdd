"""The ledger: records of generations in one SQLite file, shared by every editor and program of the user.

Owns the file and its schema. It never deletes or replaces a file: what it cannot read it leaves as it is and says so.
Every failure is a `LedgerError` that says what to do; generation goes on without (`Ledger.in_memory`).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from maze_lsp.errors import LedgerError, UsageError
from maze_lsp.provenance.digests import digest, public_endpoint
from maze_lsp.provenance.record import Entry, Record, RecordState

T = TypeVar("T")

_APPLICATION_ID = 0x6D617A65  # "maze": tells our files from those of other programs
_BUSY_SECONDS = 10.0
_LONGEST_LIST = 1000

_MIGRATIONS = (
    """
    CREATE TABLE records (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        uri TEXT NOT NULL,
        state TEXT NOT NULL,
        since TEXT NOT NULL,
        body TEXT NOT NULL
    );
    CREATE INDEX records_by_uri ON records (uri, seq);
    CREATE TABLE grammars (
        digest TEXT PRIMARY KEY,
        lark BLOB NOT NULL
    ) WITHOUT ROWID;
    """,
)
"""The n-th script leads from schema version n to n + 1; never change one that was released, add another."""


class Ledger:
    """Append-only but for the state of a record. Safe from any thread, and beside other processes."""

    def __init__(self, path: Path | None) -> None:
        """Use `Ledger.open` or `Ledger.in_memory`."""
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        with self._lock, self._told():
            self._connect()

    @classmethod
    def open(cls, path: Path | str) -> Ledger:
        """The ledger in a file, made (0600, its folder 0700) where there is none. Raises LedgerError."""
        return cls(Path(path).expanduser().absolute())

    @classmethod
    def in_memory(cls) -> Ledger:
        """A ledger that lives as long as this object: what is used where the file cannot be."""
        return cls(None)

    @property
    def path(self) -> Path | None:
        """The file, None for one in memory."""
        return self._path

    def append(self, record: Record, grammar: str = "") -> None:
        """Keep a record, as `offered`, and the grammar that its text satisfies. A known id is refused."""
        record = replace(record, endpoint=public_endpoint(record.endpoint))
        packed = (digest(grammar), zlib.compress(grammar.encode("utf-8", "surrogatepass"))) if grammar else None

        def work(connection: sqlite3.Connection) -> None:
            if packed:
                connection.execute("INSERT OR IGNORE INTO grammars (digest, lark) VALUES (?, ?)", packed)
            connection.execute(
                "INSERT INTO records (id, uri, state, since, body) VALUES (?, ?, 'offered', ?, ?)",
                (record.id, record.uri, record.created, record.to_json()),
            )

        try:
            self._write(work)
        except sqlite3.IntegrityError as error:
            raise LedgerError(f"A record with the id {record.id} is already there; it is left as it is.") from error

    def set_state(self, id: str, state: RecordState, when: str = "") -> bool:
        """Note what the user decided. `when`: UTC, ISO 8601, by default now. False where the id is unknown."""
        since = when or datetime.now(UTC).isoformat(timespec="milliseconds")

        def work(connection: sqlite3.Connection) -> bool:
            found = connection.execute("UPDATE records SET state = ?, since = ? WHERE id = ?", (state, since, id))
            return found.rowcount > 0

        return self._write(work)

    def get(self, id: str) -> Entry | None:
        """The record with this id, or with the only id that begins so. UsageError where several do."""
        if not id:
            return None
        # An id holds no character above "\U0010ffff", so this is a range scan of the index.
        found = self._read(f"{_SELECT} WHERE id >= ? AND id < ? ORDER BY id LIMIT 4", (id, id + "\U0010ffff"))
        if found and (len(found) == 1 or found[0].record.id == id):
            return found[0]
        if found:
            some = ", ".join(entry.record.id[: len(id) + 4] + "…" for entry in found[:3])
            raise UsageError(f"Several records begin with {id}: {some}.", hint="Write more of the id.")
        return None

    def by_uri(self, uri: str, limit: int = _LONGEST_LIST) -> list[Entry]:
        """The records of a file, newest first."""
        return self._read(f"{_SELECT} WHERE uri = ? ORDER BY seq DESC LIMIT ?", (uri, limit))

    def recent(self, n: int = 20) -> list[Entry]:
        """The last n records, newest first."""
        return self._read(f"{_SELECT} ORDER BY seq DESC LIMIT ?", (n,))

    def grammar(self, constraint_digest: str) -> str | None:
        """The grammar (llguidance Lark) with this digest; None where it was not kept. Damage raises LedgerError."""
        with self._using() as connection:
            row = connection.execute("SELECT lark FROM grammars WHERE digest = ?", (constraint_digest,)).fetchone()
        if row is None:
            return None
        try:
            lark = zlib.decompress(row[0]).decode("utf-8", "surrogatepass")
        except (zlib.error, UnicodeDecodeError, TypeError):
            lark = ""
        if digest(lark) != constraint_digest:
            raise LedgerError(f"The grammar {constraint_digest[:12]} in {self._name} is damaged.", hint=_KEPT)
        return lark

    def close(self) -> None:
        """Every later call raises LedgerError; closing twice is fine."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection:
                with suppress(sqlite3.Error):
                    connection.close()

    # ------------------------------------------------------------------ connection

    @property
    def _name(self) -> str:
        return str(self._path) if self._path else "the ledger in memory"

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        # Taking the write lock first lets writers wait for each other instead of failing half-way.
        with self._using() as connection, _transaction(connection, "IMMEDIATE"):
            return work(connection)

    def _read(self, query: str, values: tuple[object, ...]) -> list[Entry]:
        with self._using() as connection:
            rows = connection.execute(query, values).fetchall()
        return [Entry(Record.from_json(body), state, since) for state, since, body in rows]

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._told():
            if self._connection is None:
                raise LedgerError("The ledger is closed.")
            if self._path and _identity(self._path) != self._file:
                # Moved away or deleted while open: what is written now belongs into a file that can be found, and
                # what is still in the side file into the old one.
                with suppress(sqlite3.Error):
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._connection.close()
                self._connect()
            yield self._connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the database and the file system, as LedgerErrors that say what to do."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise _explained(error, self._name) from error
        except UnicodeEncodeError as error:
            raise LedgerError("The id or address of a record holds half a character; it cannot be kept.") from error
        except OSError as error:
            raise LedgerError(
                f"The ledger {self._name} cannot be opened: {error.strerror or error}.",
                hint="Make the place writable, or set `ledger` to another file.",
            ) from error

    def _connect(self) -> None:
        if self._path:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives its side files the mode of the file, so it must exist with the right one.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            self._file = _identity(self._path)
        connection = sqlite3.connect(
            self._path or ":memory:", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _version(connection, self._name)  # first of all: the file of another program is not to be changed
            if self._path:
                _use_wal(connection)
            _migrate(connection, self._name)
        except BaseException:
            connection.close()
            raise
        self._connection = connection


_SELECT = "SELECT state, since, body FROM records"
_KEPT = "The file is kept as it is; move it away to begin a new one, or set `ledger` to another file."


def _use_wal(connection: sqlite3.Connection) -> None:
    """Readers beside a writer. Where the file system cannot (network drives), SQLite's own default stays."""
    give_up = time.monotonic() + _BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            # The switch does not wait for other connections by itself.
            if not _is(error, sqlite3.SQLITE_BUSY) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
    # In WAL mode a killed process loses nothing this way; only a power failure may take the last records.
    connection.execute("PRAGMA synchronous = NORMAL")


def _migrate(connection: sqlite3.Connection, name: str) -> None:
    """Bring the schema up to date; several processes may find the same old file at once."""
    if _version(connection, name) == len(_MIGRATIONS):
        return
    with _transaction(connection, "IMMEDIATE"):
        # Asked again: another process may have done it in between.
        for number in range(_schema(connection, name), len(_MIGRATIONS)):
            for statement in filter(str.strip, _MIGRATIONS[number].split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")


def _version(connection: sqlite3.Connection, name: str) -> int:
    """`_schema`, all of it read at one moment: another process may be making the file."""
    with _transaction(connection, "DEFERRED"):
        return _schema(connection, name)


def _schema(connection: sqlite3.Connection, name: str) -> int:
    """The version of the schema, 0 for a new file. Raises LedgerError for files that are not ours to write."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if application != _APPLICATION_ID:
        if application or version or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise LedgerError(f"{name} is the database of another program.", hint="Set `ledger` to another file.")
        return 0
    if version > len(_MIGRATIONS):
        raise LedgerError(
            f"The ledger {name} was written by a newer version (schema {version}, known up to {len(_MIGRATIONS)}).",
            hint="Update maze-lsp, or set `ledger` to another file.",
        )
    return version


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str) -> Iterator[None]:
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _explained(error: sqlite3.Error, name: str) -> LedgerError:
    if _is(error, sqlite3.SQLITE_FULL) or _is(error, sqlite3.SQLITE_IOERR):
        return LedgerError(
            f"The ledger {name} cannot be written: {error}.",
            hint="Free some space, or set `ledger` to a file on another disk; what was recorded before is kept.",
        )
    if _is(error, sqlite3.SQLITE_BUSY) or _is(error, sqlite3.SQLITE_LOCKED):
        return LedgerError(
            f"The ledger {name} is held by another program.", hint="Close what has it open, or try again."
        )
    if _is(error, sqlite3.SQLITE_READONLY) or _is(error, sqlite3.SQLITE_CANTOPEN) or _is(error, sqlite3.SQLITE_PERM):
        return LedgerError(
            f"The ledger {name} cannot be opened for writing: {error}.",
            hint="Make the file and its folder writable, or set `ledger` to another file.",
        )
    if _is(error, sqlite3.SQLITE_CORRUPT) or _is(error, sqlite3.SQLITE_NOTADB):
        return LedgerError(f"The ledger {name} is damaged or not a ledger: {error}.", hint=_KEPT)
    return LedgerError(f"The ledger {name} failed: {error}.", hint=_KEPT)


def _is(error: sqlite3.Error, code: int) -> bool:
    """Whether an error has this primary code; extended codes hold it in their lowest byte."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF == code


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
