"""How long from a keystroke in a large file to the finished context of a generation.

    python -m benchmarks.context [--keystrokes 200] [--runs 3] [--seed 1]

The file is made of modules of the standard library, 10,000 lines, valid. A keystroke is a letter typed at a random
place, sent as an editor sends it; then the hole at the cursor (where nothing can be generated there, in a comment or
string, the search for it), its scope and its context are derived. Figures are medians of the runs, in milliseconds.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import statistics
import sysconfig
import time
from pathlib import Path

from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes_at
from maze_lsp.context.snapshot import edit, open_snapshot
from maze_lsp.context.types import Snapshot
from maze_lsp.languages import by_id
from maze_lsp.text import Span

LINES = 10_000
BAR_MS = 20.0


def corpus(lines: int) -> str:
    """Modules of the standard library one after the other, as one valid file of at least `lines` lines."""
    parts: list[str] = []
    total = 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "from __future__" in text:
            continue  # may only stand at the top of a file
        parts.append(text if text.endswith("\n") else text + "\n")
        total += text.count("\n")
        if total >= lines:
            break
    source = "".join(parts)
    ast.parse(source)
    return source


def keystroke(snapshot: Snapshot, at: int) -> tuple[dict[str, float], bool]:
    """Milliseconds of each phase, and whether there was a hole."""
    start = time.perf_counter()
    edited = edit(snapshot, snapshot.version + 1, [(Span(at, at), "x")])
    parsed = time.perf_counter()
    holes = holes_at(edited, Span(at + 1, at + 1))
    found = time.perf_counter()
    if holes:
        derive(edited, holes[0])
    end = time.perf_counter()
    phases = {"edit": parsed - start, "hole": found - parsed, "derive": end - found, "total": end - start}
    return {name: 1000 * value for name, value in phases.items()}, bool(holes)


def run(snapshot: Snapshot, places: list[int]) -> dict[str, float]:
    """p50 and p95 of each phase over keystrokes at these places, each in the file as it was.

    The file's context was derived once before, as it is when somebody works in it.
    """
    samples = [keystroke(snapshot, at) for at in places]
    figures: dict[str, float] = {"holes": sum(found for _, found in samples)}
    for phase in ("edit", "hole", "derive", "total"):
        cuts = statistics.quantiles((sample[phase] for sample, _ in samples), n=100)
        figures[f"{phase}_p50_ms"], figures[f"{phase}_p95_ms"] = cuts[49], cuts[94]
        figures[f"{phase}_max_ms"] = max(sample[phase] for sample, _ in samples)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keystrokes", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    spec = by_id("python")
    if spec is None:
        raise SystemExit("the Python parser is not installed")
    text = corpus(LINES)
    begun = time.perf_counter()
    snapshot = open_snapshot("file:///large.py", 0, spec, text)
    opened = 1000 * (time.perf_counter() - begun)
    begun = time.perf_counter()
    end = Span(len(text), len(text))
    derive(snapshot, holes_at(snapshot, end)[0])
    first = 1000 * (time.perf_counter() - begun)
    chance = random.Random(options.seed)
    runs = [
        run(snapshot, [chance.randrange(len(text)) for _ in range(options.keystrokes)]) for _ in range(options.runs)
    ]
    figures = {name: round(statistics.median(one[name] for one in runs), 3) for name in runs[0]}
    figures |= {"lines": snapshot.lines.line_count, "characters": len(text), "open_ms": round(opened, 3)}
    figures["first_context_ms"] = round(first, 3)
    for name, value in figures.items():
        print(f"{name:>16}  {value:g}")
    p95 = figures["total_p95_ms"]
    bars = [{"name": "keystroke to context, p95 ms", "value": p95, "bar": BAR_MS, "pass": p95 <= BAR_MS}]
    print(json.dumps({"figures": figures, "bars": bars}))


if __name__ == "__main__":
    main()
