"""A new user's first generation: the packaged extension, the real server, the real model, the README's steps."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from maze_lsp.workspace.folders import cache_dir
from tests.e2e.vscode.test_window import generate
from tests.e2e.vscode.window import PATIENCE, ROOT, Place, Tools, Window, window


@pytest.mark.model
async def test_the_first_generation(
    tools: Tools, vsix: Path, tmp_path: Path, embedded_environment: dict[str, str]
) -> None:
    place = Place(tmp_path, ROOT / "build" / "pictures" / "vscode")
    place.make({"maze.seed": 7, "maze.inline": False, "maze.maxTokens": 80})
    place.server()
    shutil.copy(ROOT / "examples" / "cart.py", place.workspace)
    environment = {**embedded_environment, "MAZE_CACHE_DIR": str(cache_dir())}
    async with window(tools, place, vsix=vsix, environment=environment) as opened:
        await opened.open("cart.py")
        await opened.go(21, 9)
        await generate(opened)
        await opened.until(lambda: _written(opened), "the text", 4 * PATIENCE)
        await opened.see(".codelens-decoration", "Accept | Regenerate | Why")
        await opened.picture("first")
        await opened.command("Maze: Show Record of Generated Code")
        record = await opened.webview("How it was written")
        await opened.picture("first-record")
        assert "smollm2-135m" in record.lower()
        assert re.search(r"\d\.\d %", record), "each token has its probability"
        await opened.keys("Control+1")
        await opened.undo()
        await opened.until(lambda: _unwritten(opened), "the text from before")


async def _written(opened: Window) -> bool:
    lines = (await opened.text()).splitlines()
    return "    def total(self) -> float:" in lines and "        ..." not in lines


async def _unwritten(opened: Window) -> bool:
    return "        ..." in (await opened.text()).splitlines()
