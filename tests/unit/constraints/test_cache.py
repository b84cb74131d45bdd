"""Compiled constraints are found again: in memory, and on disk by the next process."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from maze_lsp.constraints.cache import ConstraintCache
from maze_lsp.constraints.types import CompiledConstraint, Part
from maze_lsp.workspace.store import DiskStore


def constraint(text: str) -> CompiledConstraint:
    return CompiledConstraint(text, text, "d", (Part("n", "regex", "grammar"),), logit_masks=((3, False),))


class Maker:
    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, text: str) -> CompiledConstraint:
        self.made.append(text)
        return constraint(text)


def test_what_was_made_is_found_and_counted() -> None:
    cache, maker = ConstraintCache(), Maker()
    assert cache.get("a", lambda: maker("A")) is cache.get("a", lambda: maker("A"))
    assert maker.made == ["A"]
    assert (cache.stats.hits, cache.stats.misses, cache.stats.entries) == (1, 1, 1)


def test_the_least_used_is_forgotten_first() -> None:
    cache, maker = ConstraintCache(entries=2), Maker()
    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get(key, lambda key=key: maker(key))  # type: ignore[misc]
    assert maker.made == ["a", "b", "c", "b"]
    assert cache.stats.evictions == 2


def test_bytes_are_bounded_and_what_is_too_large_is_not_kept() -> None:
    cache, maker = ConstraintCache(max_bytes=10), Maker()
    for _ in range(2):
        assert cache.get("large", lambda: maker("x" * 6)).lark == "x" * 6
    assert len(maker.made) == 2
    assert cache.stats.size == 0


def test_the_next_process_finds_it_on_disk(tmp_path: Path) -> None:
    one, other = (ConstraintCache(store=DiskStore(tmp_path / "c.db")) for _ in range(2))
    maker = Maker()
    made = one.get("a", lambda: maker("A"))
    assert other.get("a", lambda: maker("B")) == made
    assert maker.made == ["A"]
    assert other.stats.stored == 1
    other.clear()
    assert ConstraintCache(store=DiskStore(tmp_path / "c.db")).get("a", lambda: maker("C")).lark == "C"


def test_a_damaged_or_foreign_store_is_as_if_empty(tmp_path: Path) -> None:
    path, maker = tmp_path / "c.db", Maker()
    path.write_bytes(b"no database at all" * 100)
    cache = ConstraintCache(store=DiskStore(path))
    cache.get("a", lambda: maker("A"))
    cache.get("b", lambda: maker("B"))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entries SET value = x'00'")
    assert ConstraintCache(store=DiskStore(path)).get("b", lambda: maker("B")).lark == "B"
    assert maker.made == ["A", "B", "B"]


def test_a_store_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = DiskStore(tmp_path / "file" / "c.db")
    store.put("a", b"x")
    assert store.get("a") is None
    assert store.stats.entries == 0


def test_a_store_keeps_its_size(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "c.db", max_bytes=1000)
    for number in range(20):
        store.put(str(number), b"x" * 100)
    assert store.stats.size <= 1000
    assert store.stats.evictions > 0
    assert store.get("19") == b"x" * 100
