"""Suggestions at the cursor by `vim.lsp.inline_completion`, which Neovim has from 0.12 on."""

from __future__ import annotations

import pytest

from tests.e2e.neovim.conftest import Start
from tests.e2e.neovim.nvim import is_new
from tests.e2e.neovim.test_inline import typed
from tests.server.fake_llamacpp import FakeLlama

pytestmark = pytest.mark.skipif(not is_new(), reason="needs Neovim 0.12 (MAZE_TEST_NVIM=/path/to/nvim)")


async def test_taken_as_a_whole_and_by_words(start: Start, llama: FakeLlama) -> None:
    llama.scripts = [" return a + b"]
    async with start() as nvim:
        await typed(nvim, "Are")
        shown = (
            "local id = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion'] "
            "return #vim.api.nvim_buf_get_extmarks(0, id, 0, -1, {}) > 0"
        )
        await nvim.until(shown)
        await nvim.lua("require('maze.maps')['inline-word']()")
        await nvim.until("return vim.api.nvim_get_current_line() == '    return'")
        await nvim.until("return #require('maze.spans').all(1) == 1")
        await nvim.until(shown)
        await nvim.keys("<Tab>")
        await nvim.until("return vim.api.nvim_get_current_line() == '    return a + b'")
