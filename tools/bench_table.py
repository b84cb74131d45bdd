"""Run the benchmarks and print one table of their bars. `make bench`, or by name: `make bench ARGS="startup context"`.

Each benchmark is a module of `benchmarks/` with a `main`; its last line is one JSON object with a list `bars`.
Ends with 1 where a bar is missed or a benchmark failed.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    known = benchmarks()
    wanted = sys.argv[1:] or known
    for name in wanted:
        if name not in known:
            sys.exit(f"There is no benchmark `{name}`; there are: {', '.join(known)}.")
    rows: list[tuple[str, str, str, str, str]] = []
    for name in wanted:
        print(f"\n== benchmarks.{name}", flush=True)
        began = time.monotonic()
        bars = run(name)
        seconds = f"{time.monotonic() - began:.0f} s"
        if bars is None:
            rows.append((name, "(it failed)", "", "", seconds))
            continue
        for bar in bars or [{"name": "(no bar)", "value": "", "bar": "", "pass": True}]:
            verdict = "met" if bar["pass"] else "MISSED"
            rows.append((name, str(bar["name"]), str(bar["value"]), f"{bar['bar']} {verdict}".strip(), seconds))
    show(rows)
    if any("MISSED" in row[3] or "failed" in row[1] for row in rows):
        sys.exit(1)


def benchmarks() -> list[str]:
    """The modules of `benchmarks/` that can be run, by name."""
    return sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if _has_main(path))


def run(name: str) -> list[dict[str, Any]] | None:
    """Run one with its defaults, its output passed on as it comes; its bars, None where it failed."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line if line.strip() else last
    try:
        bars: list[dict[str, Any]] = json.loads(last)["bars"]
    except (ValueError, KeyError, TypeError):
        return None
    return bars


def show(rows: list[tuple[str, str, str, str, str]]) -> None:
    console = Console()
    if not console.is_terminal:
        print()
        for row in rows:
            print("\t".join(row))
        return
    table = Table("benchmark", "figure", "value", "bar", "took")
    for row in rows:
        style = "red" if "MISSED" in row[3] or "failed" in row[1] else ""
        table.add_row(*row, style=style)
    console.print(table)


def _has_main(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "main" for node in tree.body)


if __name__ == "__main__":
    main()
