"""The command line with the real model, as processes of their own."""

from __future__ import annotations

import ast
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.model

SHOP = '''\
def total(prices: list[float]) -> float:
    """Return the sum of the prices."""
    ...
'''


class Shell:
    """Command lines in the environment of the embedded service."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.folder = folder
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("MAZE_", "MODAL_", "ANANKE_"))}
        cache = {key: os.environ[key] for key in ("MAZE_CACHE_DIR",) if key in os.environ}
        # The settings of the running service, so that these processes join it.
        joined = {"MAZE_EMBEDDED_THREADS": "1", "MAZE_EMBEDDED_IDLE_SECONDS": "60"}
        self.environment = {**kept, **cache, **environment, **joined, "MAZE_CONFIG_DIR": str(folder / "config")}

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "maze_lsp.cli", *map(str, arguments)]

    def __call__(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        ran = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert ran.returncode == code, f"exit code {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return ran

    def json(self, *arguments: object) -> Any:
        return json.loads(self(*arguments, "--json").stdout)


@pytest.fixture
def maze(embedded_environment: dict[str, str], tmp_path: Path) -> Shell:
    return Shell(embedded_environment, tmp_path)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.py"
    file.write_text(SHOP)
    return file


def test_generate_prints_a_body_that_fits(maze: Shell, shop: Path) -> None:
    ran = maze("generate", f"{shop}:3", "--seed", 1, "--max-tokens", 80)
    assert ran.stdout.startswith("    ")
    ast.parse(SHOP.replace("    ...\n", ran.stdout))
    assert "python body: enforced" in ran.stderr
    assert shop.read_text() == SHOP


def test_generate_as_json_says_where_and_how(maze: Shell, shop: Path) -> None:
    answer = maze.json("generate", f"{shop}:3:5", "--seed", 7, "--max-tokens", 60, "--temperature", 0)
    assert answer["range"] == {"line": 3, "column": 5, "end_line": 3, "end_column": 8}
    assert answer["record"]["seed"] == 7
    assert answer["record"]["sampling"]["max_tokens"] == 60
    assert answer["record"]["sampling"]["temperature"] == 0
    assert {part["verdict"] for part in answer["parts"]} <= {"enforced", "verified"}
    assert answer["written"] is False
    ast.parse(SHOP.replace("...", answer["text"]))


def test_write_keeps_line_ends_mark_and_mode(maze: Shell, tmp_path: Path) -> None:
    file = tmp_path / "windows.py"
    file.write_bytes(b"\xef\xbb\xbf" + SHOP.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    maze("generate", f"{file}:3", "--write", "--seed", 1, "--max-tokens", 80)
    written = file.read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    assert written.count(b"\n") == written.count(b"\r\n")
    assert b"..." not in written
    assert file.stat().st_mode & 0o777 == 0o640
    ast.parse(written.decode("utf-8-sig"))
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".py") == ["windows.py"]


def test_what_was_written_is_recorded_and_verified_again(maze: Shell, shop: Path) -> None:
    made = maze.json("generate", f"{shop}:3", "--write", "--seed", 1, "--max-tokens", 80)
    (entry,) = maze.json("provenance", shop)
    assert (entry["id"], entry["state"]) == (made["id"], "accepted")
    assert entry["lines"].startswith("3-")
    (proof,) = maze.json("provenance", shop, "verify")
    assert proof["holds"] is True
    shop.write_text(shop.read_text().replace("return", "return  "))
    assert maze.json("provenance", shop) == []
    assert "1 more record is of text that is not in the file" in maze("provenance", shop).stderr
    (proof,) = maze.json("provenance", shop, "verify", "--all")
    assert proof["holds"] is None


def test_a_prompt_under_the_grammar_of_its_language(maze: Shell, tmp_path: Path) -> None:
    ran = maze("generate", "a function that adds two numbers", "-l", "python", "--max-tokens", 60, "--seed", 1)
    file = tmp_path / "text.py"
    file.write_text(ran.stdout)
    assert "python statements: enforced" in ran.stderr
    maze("grammar", "check", "python", file)


def test_a_prompt_without_a_language_is_said_to_be_unconstrained(maze: Shell) -> None:
    ran = maze("generate", "The capital of France is", "--max-tokens", 8, "--seed", 1)
    assert ran.stdout.strip()
    assert "unconstrained" in ran.stderr.lower()


def test_health(maze: Shell) -> None:
    found = maze.json("health")
    assert found["health"] == "ok"
    assert found["grammar"] is True
    assert found["endpoint"] == "embedded"


def test_a_terminal_sees_the_text_come_and_ctrl_c_cancels(maze: Shell, shop: Path) -> None:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        maze.command("generate", "Count: one, two, three,", "--max-tokens", 4000, "--seed", 1, "--temperature", 1),
        env={**maze.environment, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        # tests that run in the background of a shell have it ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(terminal)
    try:
        seen = _read_until(controller, "tokens", within=120)
        process.send_signal(signal.SIGINT)
        seen += _read_until(controller, "Cancelled", within=30)
        assert process.wait(timeout=30) == 130, seen
        assert "Traceback" not in seen
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(controller)


def _read_until(controller: int, word: str, within: float) -> str:
    """What a terminal showed until a word came; fails where it does not come."""
    seen = b""
    deadline = time.monotonic() + within
    while word.encode() not in seen:
        ready, _, _ = select.select([controller], [], [], max(0.0, deadline - time.monotonic()))
        try:
            chunk = os.read(controller, 65536) if ready else b""
        except OSError:  # the program has ended
            chunk = b""
        assert chunk, f"{word!r} never came: {seen.decode(errors='replace')}"
        seen += chunk
    return seen.decode(errors="replace")
