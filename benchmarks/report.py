"""What every benchmark shares: statistics, and the last line that says which bars are met."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal


def at_least(name: str, value: float, bound: float) -> dict[str, object]:
    return _bar(name, value, bound, ">=")


def at_most(name: str, value: float, bound: float) -> dict[str, object]:
    return _bar(name, value, bound, "<=")


def _bar(name: str, value: float, bound: float, sense: Literal[">=", "<="]) -> dict[str, object]:
    met = value >= bound if sense == ">=" else value <= bound
    return {"name": name, "value": round(value, 4), "bar": f"{sense} {bound:g}", "pass": met}


def finish(figures: dict[str, object], bars: Sequence[dict[str, object]]) -> None:
    """Print the closing line: one JSON object."""
    print(json.dumps({**figures, "bars": list(bars)}), flush=True)


class Kept:
    """Results of the parts of a long run, in a file of JSON lines; without one nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else []
        self._known: dict[str, Any] = dict(map(json.loads, lines))

    def get(self, part: str) -> Any:
        return self._known.get(part)

    def put(self, part: str, result: object) -> None:
        self._known[part] = result
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([part, result]) + "\n")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share, as two shares."""
    if not total:
        return 0.0, 1.0
    z, p = 1.96, hits / total
    scale = 1 + z * z / total
    centre = (p + z * z / (2 * total)) / scale
    half = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


def interval(hits: int, total: int) -> str:
    """`12/164 = 7.3 % (4.2–12.4)`."""
    low, high = wilson(hits, total)
    share = 100 * hits / total if total else 0.0
    return f"{hits}/{total} = {share:.1f} % ({100 * low:.1f}–{100 * high:.1f})"
