"""Every fault that a service and the way to it can have, in every dialect, as a table: what a user is told.

Bars: each ends in the right error or in the whole text, within a guard; no task, file or socket is left.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import time
from collections import Counter

from benchmarks.report import at_most, finish
from maze_lsp.inference import retry
from tests.unit.inference.faults import GUARD, Outcome, faults, run
from tests.unit.inference.faults_stream import CUTS
from tests.unit.inference.formats import Wire, wires

WIDTH = 96


async def all_of(wire: Wire) -> list[Outcome]:
    outcomes, cuts = [], []
    print(f"\n{wire.dialect}")
    for fault in faults():
        if not fault.needs(wire):
            continue
        outcome = await run(wire, fault)
        outcomes.append(outcome)
        if fault in CUTS:
            cuts.append(outcome)
            for wrong in outcome.wrong:
                print(f"    WRONG: {wrong[:300]}")
            continue
        show(fault.name, outcome)
    ends = ", ".join(f"{count} × {ended}" for ended, count in Counter(outcome.ended for outcome in cuts).most_common())
    print(f"  {f'cut at each of {len(cuts)} places':40} {ends}")
    return outcomes


def show(name: str, outcome: Outcome) -> None:
    words = outcome.message if len(outcome.message) <= WIDTH else outcome.message[:WIDTH] + "…"
    print(f"  {name:40} {outcome.seconds:5.2f} s  {outcome.ended:20} {words}")
    for wrong in outcome.wrong:
        print(f"    WRONG: {wrong[:300]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialect", default="", help="only this one")
    wanted = parser.parse_args().dialect
    for name in tuple(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]
    retry.BACKOFF_BASE, retry.COOL_DOWN, retry.COOL_DOWN_CAP, retry.LOADING_PAUSE = 0.001, 0.001, 0.001, 0.05
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    for wire in wires():
        if wanted in ("", wire.dialect):
            outcomes += asyncio.run(all_of(wire))
    wrong = sum(bool(outcome.wrong) for outcome in outcomes)
    print(f"\n{len(outcomes)} faults, {wrong} of them not as they should be, {time.monotonic() - began:.0f} s")
    finish(
        {"faults": len(outcomes)},
        [
            at_most("faults that do not end as they should", wrong, 0),
            at_most("longest time to an end, s", max(outcome.seconds for outcome in outcomes), GUARD),
        ],
    )


if __name__ == "__main__":
    main()
