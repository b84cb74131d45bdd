"""Every fault of every dialect ends in the right error, said for people, or in the whole text; nothing is left behind.

`python -m benchmarks.faults` prints the same as a table.
"""

from __future__ import annotations

import os

import pytest

from maze_lsp.inference import retry
from maze_lsp.inference.remote import DIALECTS

from .faults import Fault, faults, run
from .faults_stream import CUTS
from .formats import Wire, wires

MATRIX = [(wire, fault) for wire in wires() for fault in faults() if fault.needs(wire) and fault not in CUTS]


@pytest.fixture(autouse=True)
def undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses, and no proxy of the machine's own."""
    monkeypatch.setattr(retry, "BACKOFF_BASE", 0.001)
    monkeypatch.setattr(retry, "COOL_DOWN", 0.001)
    monkeypatch.setattr(retry, "COOL_DOWN_CAP", 0.001)
    monkeypatch.setattr(retry, "LOADING_PAUSE", 0.05)
    for name in tuple(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


async def check(wire: Wire, fault: Fault) -> None:
    assert (await run(wire, fault)).wrong == ()


@pytest.mark.parametrize(("wire", "fault"), MATRIX, ids=[f"{wire.dialect}: {fault.name}" for wire, fault in MATRIX])
async def test_fault(wire: Wire, fault: Fault) -> None:
    await check(wire, fault)


@pytest.mark.parametrize("wire", wires(), ids=[wire.dialect for wire in wires()])
async def test_a_stream_cut_anywhere(wire: Wire) -> None:
    for fault in CUTS[::5]:
        await check(wire, fault)


def test_every_dialect_is_disturbed() -> None:
    """A new dialect has its format in `formats/`."""
    assert {wire.dialect for wire in wires()} == set(DIALECTS)
