"""`maze generate --ensemble`: ranked candidates, as text, as JSON, and one at a time."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from maze_lsp.cli import ensemble
from maze_lsp.inference.fleet import Fleet
from tests.unit.cli.run import Program
from tests.unit.pipeline.test_ensemble import Likely

SOURCE = "def add(a, b):\n    ...\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file, and three services that each write something else in it."""

    def connected(*_: object) -> Fleet:
        services = [
            Likely("return a - b", endpoint="http://a:1", logprob=-0.2),
            Likely("return a + b", endpoint="http://b:1", logprob=-0.7),
            Likely("```", endpoint="http://c:1", logprob=-0.1),
        ]
        return Fleet([(service, 0.0) for service in services])

    monkeypatch.setattr(ensemble, "connect", connected)
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    file = folder / "shop.py"
    file.write_text(SOURCE)
    (folder / "check.py").write_text("from shop import add\nassert add(1, 2) == 3\n")
    return file


def test_the_best_is_printed_and_the_ranking_told(maze: Program, shop: Path) -> None:
    ran = maze("generate", f"{shop}:2", "--ensemble")
    assert ran.out == "    return a - b\n"
    assert "1. none at http://a:1" in ran.err
    assert "mean log-probability -0.20" in ran.err
    assert "2. none at http://b:1" in ran.err
    assert "–. http://c:1" in ran.err
    assert shop.read_text() == SOURCE


def test_as_json_all_are_listed(maze: Program, shop: Path) -> None:
    answer = maze("generate", f"{shop}:2", "--ensemble", "--json").json
    assert [one.get("text") for one in answer["candidates"]] == ["return a - b", "return a + b", None]
    assert answer["candidates"][0]["logprob"] == -0.2
    assert "did not pass the proof" in answer["candidates"][2]["error"]
    states = [one["state"] for one in maze("provenance", shop, "--all", "--json").json]
    assert sorted(states) == ["offered", "rejected"]


def test_tests_decide_where_the_user_lets_them_run(maze: Program, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZE_TEST_COMMAND", f"{shlex.quote(sys.executable)} check.py")
    ran = maze("generate", f"{shop}:2", "--ensemble", "--run-tests", "--write")
    assert "1. none at http://b:1, seed" in ran.err
    assert "tests pass" in ran.err
    assert "tests fail" in ran.err
    assert shop.read_text() == "def add(a, b):\n    return a + b\n"


def test_nothing_is_run_without_a_word_and_a_command(
    maze: Program, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "`test_command` is not set" in maze("generate", f"{shop}:2", "--ensemble", "--run-tests", code=2).err
    marker = shop.parent / "ran"
    monkeypatch.setenv("MAZE_TEST_COMMAND", f"touch {marker}")
    maze("generate", f"{shop}:2", "--ensemble")
    assert not marker.exists()
    assert "go with `--ensemble`" in maze("generate", f"{shop}:2", "--run-tests", code=2).err


@pytest.mark.parametrize(
    ("keys", "written"),
    [("t", "return a - b"), ("nt", "return a + b"), ("nnt", "return a - b"), ("pt", "return a + b"), ("q", "...")],
)
def test_on_a_terminal_the_user_steps_through(
    maze: Program, shop: Path, monkeypatch: pytest.MonkeyPatch, keys: str, written: str
) -> None:
    typed = iter(keys)
    monkeypatch.setattr("builtins.input", lambda _prompt: next(typed))
    monkeypatch.setattr("maze_lsp.cli.console.on_terminal", lambda stream=None: stream is not sys.stderr)
    monkeypatch.setattr("maze_lsp.cli.console.write_code", lambda text, _language: print(text))
    ran = maze("generate", f"{shop}:2", "--ensemble", "--write", code=130 if keys == "q" else 0)
    assert "(1 of 2)" in ran.err
    assert shop.read_text() == f"def add(a, b):\n    {written}\n"


def test_a_prompt_has_no_ensemble(maze: Program) -> None:
    assert "goes with a place" in maze("generate", "write a sorter", "--ensemble", code=2).err
