"""`make demo` is what a newcomer sees first: it must work, and leave the examples as they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]


def test_the_demo(embedded_environment: dict[str, str]) -> None:
    examples = {path: path.read_bytes() for path in (ROOT / "examples").iterdir() if path.is_file()}
    ran = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env={**os.environ, **embedded_environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    for heading in (
        "Code actions offered here:",
        "streams in:",
        "The record (hover)",
        "With the constraint: the file parses",
    ):
        assert ran.stdout.count(heading) == 3, ran.stdout
    assert ran.stdout.count("The same model without it") == 3
    assert examples == {path: path.read_bytes() for path in examples}
