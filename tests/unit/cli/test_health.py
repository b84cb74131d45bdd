"""`maze health` where the settings name several services."""

from __future__ import annotations

import pytest

from maze_lsp.errors import ServiceUnreachable
from maze_lsp.inference import report as reporting
from maze_lsp.inference.prove import Proven
from maze_lsp.inference.report import Report
from maze_lsp.inference.types import Capabilities, Service
from tests.unit.cli.run import Program

A, B = "http://127.0.0.1:1", "http://127.0.0.1:2"


@pytest.fixture
def well(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Which of the services answer."""
    answering: set[str] = set()

    async def report(service: Service, *_: object) -> Report:
        if service.endpoint not in answering:
            raise ServiceUnreachable(f"Cannot connect to {service.endpoint}.", hint="Start the service.")
        seen = Capabilities("vLLM", "1", "m", True, 2048)
        return Report(service.endpoint, "ok", seen, Proven(True, True, True, True, True, 20.0, 50.0, None), (), 5.0)

    monkeypatch.setattr(reporting, "report", report)
    monkeypatch.setenv("MAZE_ENDPOINTS", f"{A},{B}")
    return answering


def test_all_are_shown_those_that_answer_first(maze: Program, well: set[str]) -> None:
    well.add(B)
    out = maze("health").out
    assert out.index(B) < out.index(f"Cannot connect to {A}")
    answer = maze("health", "--json").json
    assert answer["endpoint"] == B
    assert [(one["endpoint"], one["health"][:6]) for one in answer["services"]] == [(A, "Cannot"), (B, "ok")]


def test_it_fails_only_where_none_answers(maze: Program, well: set[str]) -> None:
    assert f"Cannot connect to {A}" in maze("health", code=3).err
