"""Give memory back to the system after a generation: matchers take tens of megabytes for a moment."""

from __future__ import annotations

import asyncio
import ctypes
import sys
from functools import cache
from typing import Any


async def trim() -> None:
    """Let the C library return what is free, in a thread; nothing happens where it has no call for that."""
    call = _call()
    if call is not None:
        await asyncio.to_thread(call, 0)


@cache
def _call() -> Any:
    """glibc's `malloc_trim`, None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
