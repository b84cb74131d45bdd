"""A program whose folders are temporary and whose environment is empty of settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.cli.run import Program


@pytest.fixture
def maze(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    for name in os.environ:
        if name.startswith(("MAZE_", "ANANKE_", "MODAL_")):
            monkeypatch.delenv(name)
    for name in ("STATE", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"MAZE_{name}_DIR", str(tmp_path / name.lower()))
    return Program(capsys)
