"""Tokens per second under the grammar against without it, for each language, on the embedded server.

    python -m benchmarks.speed [--rounds N]

The first two holes of each file in `examples/`; both arms in turn with the same prompt, greedy. Each figure is the
median over holes and rounds of the ratio of the two. The small model, 8 ms a token, exaggerates what a mask costs.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import at_least, finish, median
from benchmarks.tokens import pace
from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import HoleContext
from maze_lsp.inference import connect
from maze_lsp.inference.types import Sampling
from maze_lsp.languages import by_path
from maze_lsp.settings import resolve

SAMPLING = Sampling(max_tokens=128, temperature=0.0, seed=1)
EXAMPLES = Path(__file__).parent.parent / "examples"


def contexts() -> Iterator[tuple[str, HoleContext]]:
    """Language and context of the holes that are looked at."""
    for path in sorted(EXAMPLES.iterdir()):
        spec = by_path(path)
        if spec is not None:
            snapshot = open_snapshot(path.as_uri(), 0, spec, path.read_text(encoding="utf-8"))
            yield from ((spec.name, derive(snapshot, hole)) for hole in holes(snapshot)[:2])


async def run(rounds: int) -> None:
    service = connect(resolve([]).settings, lambda message: print(message, file=sys.stderr))
    await service.capabilities()
    ratios: dict[str, list[float]] = defaultdict(list)
    try:
        for number in range(rounds + 1):
            for language, context in contexts():
                masked = (await pace(service, context, SAMPLING, constrained=True)).speed
                free = (await pace(service, context, SAMPLING, constrained=False)).speed
                if number and masked > 0:  # the first round warms the prompt cache up
                    ratios[language].append(masked / free)
    finally:
        await service.aclose()
    for language, found in sorted(ratios.items()):
        print(f"{language:12} {median(found):.3f} ({len(found)} pairs)")
    figures: dict[str, object] = {language: round(median(found), 3) for language, found in ratios.items()}
    finish(figures, [at_least(f"constrained / unconstrained, {name}", median(r), 0.9) for name, r in ratios.items()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    asyncio.run(run(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
