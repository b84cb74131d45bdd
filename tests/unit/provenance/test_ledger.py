"""The ledger: what is appended stays, writers do not hinder each other, and what goes wrong is said."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from maze_lsp.errors import LedgerError, UsageError
from maze_lsp.provenance.digests import digest
from maze_lsp.provenance.ledger import Ledger
from tests.unit.provenance.samples import SAMPLE, sample

ROOT = Path(__file__).parents[3]
URI = SAMPLE.uri


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite3"


def ids(ledger: Ledger) -> set[str]:
    return {entry.record.id for entry in ledger.by_uri(URI, limit=100_000)}


def writer(path: Path, code: str, *arguments: str) -> subprocess.Popen[str]:
    """Another process with `ledger` open; `code` uses it."""
    head = (
        "import sys\nfrom maze_lsp.provenance.ledger import Ledger\nfrom tests.unit.provenance.samples import sample\n"
        "ledger = Ledger.open(sys.argv[1])\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", head + code, str(path), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_what_is_appended_is_found_after_reopening(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(sample(1), "grammar")
    ledger.append(sample(2), "grammar")
    ledger.append(replace(sample(3), uri="file:///b.py"))
    ledger.close()
    again = Ledger.open(path)
    assert [entry.record for entry in again.by_uri(URI)] == [sample(2), sample(1)], "newest first"
    assert [entry.record.id for entry in again.recent(1)] == [sample(3).id]
    assert again.by_uri("file:///c.py") == []


def test_a_grammar_is_kept_once(path: Path) -> None:
    ledger = Ledger.open(path)
    for number in range(5):
        ledger.append(sample(number), "start: /é+/")
    assert ledger.grammar(digest("start: /é+/")) == "start: /é+/"
    assert ledger.grammar(digest("other")) is None
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM grammars").fetchone() == (1,)


def test_a_damaged_grammar_is_not_handed_out(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(sample(1), "good")
    with sqlite3.connect(path) as db:
        db.execute("UPDATE grammars SET lark = ?", (b"bad",))
    with pytest.raises(LedgerError, match="is damaged"):
        ledger.grammar(digest("good"))


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_only_the_user_can_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        ledger = Ledger.open(path)
        ledger.append(sample(1))
    finally:
        os.umask(before)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    files = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert files
    assert set(files.values()) == {0o600}, files


def test_a_record_is_found_by_the_beginning_of_its_id(path: Path) -> None:
    ledger = Ledger.open(path)
    for id in ("abc1", "abc2", "abd", "abd0"):
        ledger.append(replace(SAMPLE, id=id))

    def found(id: str) -> str | None:
        entry = ledger.get(id)
        return entry.record.id if entry else None

    assert found("abc1") == "abc1"
    assert found("abd") == "abd", "a whole id wins over longer ones"
    assert found("abd0") == "abd0"
    assert found("x") is None
    assert found("") is None
    assert found("%") is None
    with pytest.raises(UsageError, match="Several records begin with abc"):
        ledger.get("abc")


def test_the_state_of_a_record_changes(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(sample(1))
    [offered] = ledger.recent()
    assert (offered.state, offered.since) == ("offered", sample(1).created)
    assert ledger.set_state(sample(1).id, "accepted", "2026-05-05T00:00:00.000+00:00")
    assert not ledger.set_state("nobody", "accepted")
    [accepted] = ledger.recent()
    assert (accepted.state, accepted.since) == ("accepted", "2026-05-05T00:00:00.000+00:00")
    assert accepted.record == sample(1)


def test_a_known_id_is_refused_and_the_first_record_stays(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(sample(1))
    with pytest.raises(LedgerError, match="already there"):
        ledger.append(replace(sample(1), model="another"))
    assert [entry.record for entry in ledger.recent()] == [sample(1)]


def test_no_secret_of_an_address_enters_the_file(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(replace(SAMPLE, endpoint="https://me:planted-1@host:8/v1?key=planted-2#planted-3"))
    ledger.close()
    [entry] = Ledger.open(path).recent()
    assert entry.record.endpoint == "https://host:8/v1"
    assert all(b"planted" not in file.read_bytes() for file in path.parent.iterdir())


def test_lone_surrogates_of_a_document_do_no_harm(path: Path) -> None:
    ledger = Ledger.open(path)
    record = replace(SAMPLE, text="\ud800", prompt="\udfff")
    ledger.append(record, "\ud800")
    assert [entry.record for entry in ledger.recent()] == [record]
    assert ledger.grammar(digest("\ud800")) == "\ud800"
    with pytest.raises(LedgerError, match="half a character"):
        ledger.append(replace(SAMPLE, id="2", uri="file:///\ud800"))
    ledger.append(sample(3))


def test_in_memory_it_works_alike_and_leaves_nothing() -> None:
    ledger = Ledger.in_memory()
    ledger.append(sample(1), "grammar")
    assert ledger.path is None
    assert ids(ledger) == {sample(1).id}
    assert ledger.grammar(digest("grammar")) == "grammar"


def test_after_closing_it_says_so(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.append(sample(1))


# ---------------------------------------------------------------------- several writers


def test_threads_share_one_ledger(path: Path) -> None:
    ledger = Ledger.open(path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: ledger.append(sample(number), f"grammar {number % 3}"), range(200)))
    assert ids(ledger) == {sample(number).id for number in range(200)}


def test_processes_write_at_once(path: Path) -> None:
    """All of them also find no file yet, and make it together."""
    code = "first = int(sys.argv[2])\nfor n in range(first, first + 200): ledger.append(sample(n), 'same')\n"
    writers = [writer(path, code, str(1000 * number)) for number in range(3)]
    for process in writers:
        _, complaints = process.communicate(timeout=60)
        assert process.returncode == 0, complaints
    assert ids(Ledger.open(path)) == {sample(1000 * number + n).id for number in range(3) for n in range(200)}


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("after", [1, 17, 60])
def test_no_acknowledged_record_is_lost_by_kill_9(path: Path, tmp_path: Path, after: int) -> None:
    said = tmp_path / "said"
    code = "for n in range(100000):\n    ledger.append(sample(n), str(n) * 500)\n    print(n, file=out, flush=True)\n"
    process = writer(path, "out = open(sys.argv[2], 'w')\n" + code, str(said))
    while process.poll() is None and (not said.exists() or said.read_text().count("\n") < after):
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    acknowledged = [line for line in said.read_text().splitlines(keepends=True) if line.endswith("\n")]
    assert len(acknowledged) >= after
    ledger = Ledger.open(path)
    kept = ids(ledger)
    assert kept >= {sample(int(line)).id for line in acknowledged}
    assert len(kept) <= len(acknowledged) + 1, "at most the one that was being acknowledged"
    ledger.append(sample(999_999))


def test_a_locked_file_is_waited_for(path: Path) -> None:
    ledger = Ledger.open(path)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, other.execute, ["COMMIT"])
    release.start()
    ledger.append(sample(1))
    release.join()
    assert ids(ledger) == {sample(1).id}


def test_a_file_that_stays_locked_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maze_lsp.provenance.ledger._BUSY_SECONDS", 0.1)
    ledger = Ledger.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="held by another program"):
        ledger.append(sample(1))
    other.execute("COMMIT")
    ledger.append(sample(1))


# ---------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_left_alone_and_said(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"damaged or not a ledger.*kept as it is; move it away"):
        Ledger.open(path)
    assert path.read_bytes() == content


def test_damage_in_the_middle_is_said_when_it_is_met(path: Path) -> None:
    ledger = Ledger.open(path)
    for number in range(200):
        ledger.append(sample(number))
    ledger.close()
    damaged = bytearray(path.read_bytes())
    damaged[4096:] = b"\xa5" * (len(damaged) - 4096)
    path.write_bytes(damaged)
    with pytest.raises(LedgerError, match="kept as it is; move it away"):
        Ledger.open(path).by_uri(URI)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"id": "1", "parts": 3}'])
def test_a_record_that_cannot_be_read_is_said(path: Path, body: str) -> None:
    ledger = Ledger.open(path)
    ledger.append(sample(1))
    with sqlite3.connect(path) as db:
        db.execute("UPDATE records SET body = ?", (body,))
    with pytest.raises(LedgerError, match="record cannot be read"):
        ledger.recent()


def test_the_database_of_another_program_is_not_touched(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="another program"):
        Ledger.open(path)
    assert path.read_bytes() == before


def test_a_ledger_of_a_newer_version_is_not_touched(path: Path) -> None:
    Ledger.open(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match="Update maze-lsp"):
        Ledger.open(path)
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (99,)


_FULL = """
import resource
from maze_lsp.errors import LedgerError
ledger.append(sample(0))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
kept = 0
try:
    for n in range(1, 1000):
        ledger.append(sample(n), str(n) * 3000)
        kept = n
except LedgerError as error:
    print(kept, error)
print([entry.record.id for entry in ledger.recent(1)] == [sample(kept).id])
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_a_full_disk_is_said_and_nothing_is_lost(path: Path) -> None:
    """No file of the process may grow beyond a limit: what SQLite meets on a full disk."""
    output, complaints = writer(path, _FULL).communicate(timeout=60)
    assert not complaints
    said, readable = output.splitlines()
    kept = int(said.split()[0])
    assert kept > 0
    assert "cannot be written" in said
    assert "Free some space" in said
    assert readable == "True", "what was recorded can still be read, in the same process"
    ledger = Ledger.open(path)
    assert ids(ledger) == {sample(n).id for n in range(kept + 1)}
    ledger.append(sample(5000))


def test_a_database_that_may_not_grow_goes_on_when_it_may(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(sample(1))
    assert ledger._connection is not None
    ledger._connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(LedgerError, match="Free some space"):
        ledger.append(replace(sample(2), text="x" * 100_000))
    ledger._connection.execute("PRAGMA max_page_count = 100000")
    ledger.append(sample(3))
    assert ids(ledger) == {sample(1).id, sample(3).id}


@pytest.mark.parametrize("place", ["file/ledger.sqlite3", "folder"])
def test_a_place_that_cannot_be_opened_is_said(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(LedgerError, match="Make the place writable, or set `ledger`"):
        Ledger.open(tmp_path / place)


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder that even root cannot write to")
def test_a_folder_that_cannot_be_written_is_said() -> None:
    with pytest.raises(LedgerError, match="cannot be opened"):
        Ledger.open("/proc/self/maze/ledger.sqlite3")


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be moved there")
def test_a_file_moved_away_while_open_makes_room_for_a_new_one(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(sample(1))
    old = path.rename(path.with_suffix(".old"))
    ledger.append(sample(2))
    assert ids(Ledger.open(path)) == {sample(2).id}
    assert ids(Ledger.open(old)) == {sample(1).id}
