"""Emacs with eglot, an editor that knows nothing of Maze: code action, edit, undo. (docs/editors.md has the set-up.)"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.neovim.nvim import ROOT, SERVER
from tests.environment import PATIENCE, clean_environment
from tests.server.fake_llamacpp import fake_llamacpp

DRIVE = Path(__file__).with_name("drive.el")


def has_eglot() -> bool:
    """Emacs 29 or newer, or an older one with Debian's package elpa-eglot."""
    if shutil.which("emacs") is None:
        return False
    asking = ["emacs", "-q", "--batch", "--eval", "(require 'eglot)"]
    return subprocess.run(asking, capture_output=True, check=False).returncode == 0


async def test_a_code_action_in_eglot(tmp_path: Path) -> None:
    if not await asyncio.to_thread(has_eglot):
        pytest.skip("needs Emacs with eglot (apt-get install emacs-nox elpa-eglot)")
    path = tmp_path / "sample.py"
    await asyncio.to_thread(path.write_text, "def add(a, b):\n    ...\n")
    async with fake_llamacpp() as llama:
        settings = {"endpoint": llama.url, "dialect": "llamacpp", "seed": 7}
        environment = clean_environment(tmp_path) | {
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "MAZE_TEST_SERVER": " ".join(SERVER),
            "MAZE_TEST_SETTINGS": json.dumps(settings),
            "MAZE_TEST_FILE": str(path),
        }
        running = await asyncio.create_subprocess_exec(
            *("emacs", "-q", "--batch", "--load", str(DRIVE)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            cwd=tmp_path,
        )
        async with asyncio.timeout(2 * PATIENCE):
            out, err = await running.communicate()
    assert running.returncode == 0, err.decode()
    seen = json.loads(out)
    assert seen["titles"][0] == "Generate constrained: function body"
    assert seen["answer"]["status"] == "applied", f"{seen} {err.decode()}"
    assert seen["text"] == "def add(a, b):\n    return a + b\n"
    assert seen["undone"] is True
