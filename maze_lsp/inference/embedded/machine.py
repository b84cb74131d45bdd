"""What the embedded service takes of this machine: how much context, how many threads, and how much memory it has.

The answers depend on the machine and the model only, never on what else runs: all editors must come to the same.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from maze_lsp.inference.embedded.gguf import Described

MOST_CONTEXT = 16384
LEAST_CONTEXT = 2048
"""Tokens. A prompt takes some 3,000 of them, and two requests share them; more is for those who set it."""
UNKNOWN_CONTEXT = 8192
_SHARE = 4
"""A context may take this part of the memory that the model leaves."""


def context_for(model: Described, size: int, memory: int) -> int:
    """Tokens of context for a model of `size` bytes on a machine with `memory` bytes (0: not known).

    A power of two, or what the model was trained for where that is less.
    """
    most = min(MOST_CONTEXT, model.trained or UNKNOWN_CONTEXT)
    if memory and model.token_bytes:
        affordable = max(0, memory - size) // _SHARE // model.token_bytes
        fitting = 1 << max(0, affordable.bit_length() - 1)
        most = min(most, max(LEAST_CONTEXT, fitting))
    return most


def default_threads() -> int:
    """Half of the processors that this process may use: threads wait for each other at every layer, and one that has
    to share its processor holds all others up. `docs/serving.md` has the measurement."""
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(8, processors // 2))


def total_memory() -> int:
    """Bytes that this process may use at most, a container's bound included; 0 where the system does not tell."""
    bounds = [_installed()]
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            bounds.append(int(Path(name).read_text("ascii")))
    return min((bound for bound in bounds if bound > 0), default=0)


def _installed() -> int:
    if sys.platform == "win32":
        return _windows_memory()
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 0


def _windows_memory() -> int:
    if sys.platform != "win32":
        return 0
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint32), ("load", ctypes.c_uint32)] + [
            (f"bytes{number}", ctypes.c_uint64) for number in range(7)
        ]

    status = Status(length=ctypes.sizeof(Status))
    return int(status.bytes0) if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else 0
