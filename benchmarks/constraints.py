"""What constraints cost: compiling a hole's and a schema's, finding them again, replaying a text.

    python -m benchmarks.constraints [--rounds N]

The first hole of each file in `examples/`. `cold`: each in a process of its own, in which the rules of its language
are made already, as a server does when a file is opened: deriving the constraint and building its matcher. A schema has
500 lines. A warm start finds the constraint on disk, a cold start reads the grammar and derives it; both build the
matcher.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import at_least, at_most, finish, median, percentile
from benchmarks.speed import contexts
from maze_lsp import grammar
from maze_lsp.constraints.cache import ConstraintCache
from maze_lsp.constraints.compile import compile_hole, compile_language, hole_key
from maze_lsp.constraints.replay import Replay, new_matcher
from maze_lsp.constraints.schema import compile as schemas
from maze_lsp.constraints.schema.negate import Schema
from maze_lsp.constraints.types import CompiledConstraint
from maze_lsp.context.types import HoleContext
from maze_lsp.grammar.hole import warm
from maze_lsp.workspace.store import DiskStore


def schema_of(properties: int) -> Schema:
    """A schema of five lines a property, written out."""
    kinds = [
        {"type": "string", "maxLength": 40},
        {"type": "integer", "minimum": 0},
        {"type": "array", "items": {"type": "number"}},
    ]
    named = {f"property_{n}": kinds[n % 3] for n in range(properties)}
    return {"type": "object", "properties": named, "required": list(named)[::4], "additionalProperties": False}


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def places() -> list[HoleContext]:
    return list({context.snapshot.uri: context for _, context in reversed(list(contexts()))}.values())


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def child(number: int, how: str, store: Path) -> None:
    """In a process of its own: print how long a hole's constraint and its matcher take."""
    context = places()[number]
    if how == "place":
        warm(grammar.load(context.snapshot.language), context.eol)

    def made() -> CompiledConstraint:
        return compile_hole(context)

    def work() -> None:
        cache = ConstraintCache(store=DiskStore(store)) if how == "warm" else ConstraintCache()
        new_matcher(cache.get(hole_key(context), made).proof)

    print(milliseconds(work))


def in_child(number: int, how: str, store: Path) -> float:
    command = [sys.executable, "-m", "benchmarks.constraints", "--child", str(number), how, str(store)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ).stdout)


def hits(context: HoleContext, rounds: int) -> float:
    """Milliseconds of a hit, the median."""
    cache, times = ConstraintCache(), 1000
    cache.get(hole_key(context), lambda: compile_hole(context))

    def many() -> None:
        for _ in range(times):
            cache.get(hole_key(context), lambda: compile_hole(context))

    return median([milliseconds(many) / times for _ in range(3 * rounds)])


def schema_times(schema: Schema, rounds: int) -> list[float]:
    found = []
    for _ in range(3 * rounds):
        schemas._compiled.cache_clear()
        found.append(milliseconds(lambda: schemas.compile_schema(schema)))
    return found


def per_byte(context: HoleContext) -> float:
    """Milliseconds a byte of replaying a file as statements, as far as it is that; 0 where that is not far."""
    snapshot = context.snapshot
    if "statements" not in snapshot.language.start_rules:
        return 0.0
    replay = Replay(compile_language(snapshot.language).proof)
    text = snapshot.text.strip()
    spent = milliseconds(lambda: replay.feed(text))
    return spent / len(replay.text.encode()) if replay.length > 100 else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(int(options.child[0]), options.child[1], Path(options.child[2]))
        return
    found = places()
    numbers = range(len(found))
    with TemporaryDirectory() as folder:
        store = Path(folder) / "c.db"
        for number in numbers:
            in_child(number, "warm", store)  # fills the store
        place = [in_child(number, "place", store) for number in numbers]
        warmed = [in_child(number, "warm", store) for number in numbers]
        cold = [in_child(number, "cold", store) for number in numbers]
    schema = schema_of(100)
    large = schema_times(schema, options.rounds)
    hit = 1000 * hits(found[0], options.rounds)
    spent = [spent for context in found if (spent := per_byte(context))]
    if not spent:
        raise SystemExit("no file of examples/ was replayed")
    replayed = 1000 * median(spent)
    figures: dict[str, object] = {
        "hit_us": round(hit, 2),
        "hole_p50_ms": round(median(place), 1),
        "hole_p95_ms": round(percentile(place, 0.95), 1),
        "schema_lines": len(json.dumps(schema, indent=2).splitlines()),
        "schema_p95_ms": round(percentile(large, 0.95), 1),
        "replay_us_per_byte": round(replayed, 1),
        "warm_start_ms": round(median(warmed), 1),
        "cold_start_ms": round(median(cold), 1),
    }
    finish(
        figures,
        [
            at_most("cache hit, median, us", hit, 2),
            at_most("a hole, cold, p95, ms", percentile(place, 0.95), 30),
            at_most("a schema of 500 lines, cold, p95, ms", percentile(large, 0.95), 50),
            at_most("replay of a byte, median, us", replayed, 20),
            at_least("warm start from disk, times as fast", median(cold) / median(warmed), 3),
        ],
    )


if __name__ == "__main__":
    main()
