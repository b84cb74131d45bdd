"""Tests inside the extension host, and of the extension's parts that need no editor."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.e2e.vscode.conftest import Open
from tests.e2e.vscode.window import HERE, PATIENCE, Place, Tools
from tests.server.fake_llamacpp import FakeLlama

HOLE = "def total(prices: list[float]) -> float:\n    ...\n"
TWO = (
    f"{HOLE}\n\ndef safe() -> None:\n    try:\n        total([])\n    except ValueError:\n        pass\n\n\n"
    f"{HOLE.replace('total', 'other')}"
)


def test_parts(tools: Tools) -> None:
    tests = [str(path) for path in (HERE / "units").glob("*.test.mts")]
    done = subprocess.run([tools.node, "--test", *tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_is_small(vsix: Path) -> None:
    assert vsix.stat().st_size < 1_000_000


async def run(opened: Open, suite: str, **more: Any) -> None:
    async with opened(vsix=None, in_host=HERE / "in_host" / f"{suite}.cjs", **more) as window:
        assert window.ended
        await window.until(lambda: window.ended and window.ended.done(), f"the end of {suite}", 4 * PATIENCE)
        told = [line for line in window.log if "passed: " in line or "FAILED: " in line]
        assert window.ended.result() == 0, "\n".join(told)
        assert told, "\n".join(window.log)


async def test_in_a_trusted_workspace(opened: Open, place: Place, llama: FakeLlama, vsix: Path) -> None:
    llama.scripts = ["return sum(prices)"]
    (place.workspace / "total.py").write_text(HOLE)
    (place.workspace / "two.py").write_text(TWO)
    await run(opened, "trusted")


async def test_in_a_workspace_that_is_not_trusted(opened: Open, place: Place, vsix: Path) -> None:
    (place.workspace / "total.py").write_text(HOLE)
    (place.workspace / ".vscode").mkdir()
    settings = {"maze.endpoint": "http://evil.example", "maze.server.path": "/evil/maze-lsp", "maze.maxTokens": 77}
    (place.workspace / ".vscode" / "settings.json").write_text(json.dumps(settings))
    place.settings({"security.workspace.trust.startupPrompt": "never", "security.workspace.trust.banner": "never"})
    named = str(place.server("my-maze"))
    await run(opened, "untrusted", trust=False, environment={"MAZE_TEST_SERVER": named})
