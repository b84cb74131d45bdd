"""Suggestions at the cursor, by the plugin's own client on Neovim 0.11."""

from __future__ import annotations

import pytest

from tests.e2e.neovim.conftest import Start
from tests.e2e.neovim.nvim import Nvim, is_new
from tests.server.fake_llamacpp import FakeLlama

pytestmark = pytest.mark.skipif(is_new(), reason="Neovim 0.12 has a client of its own (test_native.py)")

SOURCE = "def add(a, b):\n    ‸\n\n\nprint(add(1, 2))\n"
SHOWN = "return require('maze.inline').shown()"


async def typed(nvim: Nvim, keys: str = "A") -> None:
    await nvim.open(SOURCE)
    await nvim.attached()
    await nvim.lua(
        "vim.keymap.set('i', '<Tab>', function() return require('maze').tab() and '' or 'no' end, {expr = true})"
    )
    await nvim.keys(keys)


async def test_typed_along_and_taken_with_tab(start: Start, llama: FakeLlama) -> None:
    llama.scripts = [" return a + b"]
    async with start() as nvim:
        await typed(nvim, "Are")
        assert await nvim.until(SHOWN) == "turn a + b"
        await nvim.keys("t")
        await nvim.until("return require('maze.inline').shown() == 'urn a + b'")
        assert "urn a + b" in await nvim.shown()
        asked = len(llama.requests)
        await nvim.keys("<Tab>")
        await nvim.until("return vim.api.nvim_get_current_line() == '    return a + b'")
        assert len(llama.requests) == asked
        assert await nvim.lua(SHOWN) is None
        await nvim.until("return #require('maze.spans').all(1) == 1")
        await nvim.keys("<Esc>u")
        await nvim.until("return vim.api.nvim_get_current_line() == '    ret'")


async def test_a_word_and_a_line_of_it(start: Start, llama: FakeLlama) -> None:
    llama.scripts = [" return a + b"]
    async with start() as nvim:
        await typed(nvim, "Are")
        await nvim.until(SHOWN)
        await nvim.lua("require('maze.maps')['inline-word']()")
        assert (await nvim.text()).splitlines()[1] == "    return"
        assert await nvim.lua(SHOWN) == " a + b"
        await nvim.lua("require('maze.maps')['inline-word']()")
        assert (await nvim.text()).splitlines()[1] == "    return a"
        await nvim.lua("require('maze.maps')['inline-line']()")
        assert (await nvim.text()).splitlines()[1] == "    return a + b"
        await nvim.until("return #require('maze.spans').all(1) == 1")


async def test_typing_something_else_hides_it(start: Start, llama: FakeLlama) -> None:
    llama.scripts = [" return a + b", " rexx"]
    async with start() as nvim:
        await typed(nvim, "Are")
        await nvim.until(SHOWN)
        await nvim.keys("x")
        await nvim.until("return not Shown():find('turn', 1, true)")
        await nvim.keys("<Esc>")
        await nvim.until("return Shown() == ''")


async def test_tab_is_a_tab_where_nothing_is_suggested(start: Start) -> None:
    async with start({"inline": False}) as nvim:
        await typed(nvim, "A<Tab>")
        await nvim.until("return vim.api.nvim_get_current_line() == '    no'")
