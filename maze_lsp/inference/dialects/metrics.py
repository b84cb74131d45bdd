"""The text in which servers publish their counters (Prometheus' exposition format)."""

from __future__ import annotations

import math

from maze_lsp.errors import ServiceError
from maze_lsp.inference.http import Http
from maze_lsp.inference.types import Queue


def read(text: str) -> dict[str, float]:
    """Each metric by its name; those with several sets of labels are summed up."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, rest = line.replace("{", " {", 1).partition(" ")
        value = _number(rest.rpartition("}")[2].split()[:1])
        if value is not None:
            found[name] = found.get(name, 0.0) + value
    return found


async def queue(http: Http, running: str, waiting: str) -> Queue | None:
    """The two metrics of these names; None where the server shows no metrics, or not these."""
    try:
        found = read(await http.get_text("/metrics"))
    except ServiceError:
        return None
    if running not in found:
        return None
    return Queue(int(found[running]), int(found.get(waiting, 0)))


def _number(words: list[str]) -> float | None:
    try:
        value = float(words[0])
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) else None
