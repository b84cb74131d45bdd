"""Run a command line in this process; what it printed and its exit code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from maze_lsp.cli.__main__ import run


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Program:
    """The program as a function of its arguments."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *arguments: object, code: int = 0) -> Ran:
        self._capture.readouterr()
        ended = run([str(argument) for argument in arguments])
        printed = self._capture.readouterr()
        assert ended == code, f"exit code {ended}\n{printed.out}\n{printed.err}"
        assert "Traceback" not in printed.err
        return Ran(ended, printed.out, printed.err)
