"""Compiled constraints, kept: the last used in memory, and in a store that outlives the process where one is given."""

from __future__ import annotations

import json
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Protocol

from maze_lsp.constraints.types import CompiledConstraint, Part

ENTRIES, BYTES = 1000, 64 * 2**20

# What was stored in another form is not found.
_FORM = f"1 {version('llguidance')}"


class Store(Protocol):
    """Keeps bytes under a key; forgets them when it likes. Never raises."""

    def get(self, key: str) -> bytes | None: ...
    def put(self, key: str, value: bytes) -> None: ...
    def clear(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CacheStats:
    """`stored`: hits that came from the store; they count as misses in memory. `size` in bytes."""

    entries: int = 0
    size: int = 0
    hits: int = 0
    misses: int = 0
    stored: int = 0
    evictions: int = 0


class ConstraintCache:
    """At most `entries` constraints of `max_bytes` in all, the least used are forgotten first. Thread-safe."""

    def __init__(self, *, entries: int = ENTRIES, max_bytes: int = BYTES, store: Store | None = None) -> None:
        self._most, self._most_bytes, self._store = entries, max_bytes, store
        self._held: OrderedDict[Hashable, tuple[CompiledConstraint, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._size = self._hits = self._misses = self._stored = self._evictions = 0

    def get(self, key: str, make: Callable[[], CompiledConstraint]) -> CompiledConstraint:
        """The constraint under this key, made where it is not known. What `make` raises is not kept."""
        held = self._held.get(key)
        if held is not None:
            with self._lock:
                self._hits += 1
                if key in self._held:
                    self._held.move_to_end(key)
            return held[0]
        packed = self._store.get(f"{_FORM} {key}") if self._store else None
        found = _unpacked(packed) if packed else None
        made = found or make()
        if found is None and self._store:
            self._store.put(f"{_FORM} {key}", _packed(made))
        with self._lock:
            self._misses += 1
            self._stored += found is not None
            self._keep(key, made)
        return made

    def _keep(self, key: str, made: CompiledConstraint) -> None:
        size = len(made.lark) + len(made.proof) + len(made.ending)
        if key in self._held or size > self._most_bytes:
            return
        self._held[key] = made, size
        self._size += size
        while len(self._held) > self._most or self._size > self._most_bytes:
            _, (_, freed) = self._held.popitem(last=False)
            self._size -= freed
            self._evictions += 1

    @property
    def stats(self) -> CacheStats:
        with self._lock:
            return CacheStats(len(self._held), self._size, self._hits, self._misses, self._stored, self._evictions)

    def clear(self) -> None:
        """Forget all, in the store too."""
        with self._lock:
            self._held.clear()
            self._size = 0
        if self._store:
            self._store.clear()


def _packed(made: CompiledConstraint) -> bytes:
    return zlib.compress(json.dumps(asdict(made), ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)


def _unpacked(data: bytes) -> CompiledConstraint | None:
    """None where that is not what was packed."""
    try:
        value = json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))
        value["parts"] = tuple(Part(**part) for part in value["parts"])
        value["logit_masks"] = tuple((int(token), bool(allowed)) for token, allowed in value["logit_masks"])
        return CompiledConstraint(**value)
    except (zlib.error, ValueError, TypeError, KeyError):
        return None
