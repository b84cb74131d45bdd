"""From a code action to the text in the buffer, in a headless Neovim."""

from __future__ import annotations

from tests.e2e.neovim.conftest import Start
from tests.server.fake_llamacpp import FakeLlama

ADD = '''def add(a, b):
    """Add."""
    ...‸


print(add(1, 2))
'''
BEFORE = ADD.replace("‸", "").rstrip("\n")
ADDED = BEFORE.replace("...", "return a + b")


async def test_a_code_action_streams_and_is_one_step_to_undo(start: Start, llama: FakeLlama) -> None:
    llama.hold_after = 3
    async with start() as nvim:
        await nvim.open(ADD)
        await nvim.attached()
        await nvim.lua("Choose()")
        await llama.held.wait()
        await nvim.until("return Shown() ~= ''")
        assert await nvim.text() == BEFORE
        assert "generating" in await nvim.lua("return require('maze').status()")
        llama.release.set()
        await nvim.until("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false)):find('a + b', 1, true)")
        assert await nvim.text() == ADDED
        await nvim.until("return require('maze').status() == 'maze: ready'")
        await nvim.until("return #require('maze.spans').all(1) == 1")
        assert await nvim.shown() == ""
        await nvim.lua("vim.cmd.undo()")
        assert await nvim.text() == BEFORE
        await nvim.lua("vim.cmd.redo()")
        assert await nvim.text() == ADDED
        assert await nvim.messages() == []


async def test_escape_cancels(start: Start, llama: FakeLlama) -> None:
    llama.hold_after = 2
    async with start() as nvim:
        await nvim.open(ADD)
        await nvim.attached()
        await nvim.lua("Choose()")
        await llama.held.wait()
        await nvim.until("return Shown() ~= ''")
        await nvim.keys("<Esc>")
        await llama.gone.wait()
        await nvim.until("return Shown() == '' and require('maze').status() == 'maze: ready'")
        assert await nvim.text() == BEFORE


async def test_typing_goes_on_meanwhile(start: Start, llama: FakeLlama) -> None:
    """What is typed elsewhere stays, is a step of its own, and the text finds its place."""
    llama.hold_after = 2
    async with start() as nvim:
        await nvim.open(ADD)
        await nvim.attached()
        await nvim.lua("Choose()")
        await llama.held.wait()
        await nvim.keys("ggO# mine<Esc>")
        await nvim.until("return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] == '# mine'")
        llama.release.set()
        await nvim.until("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false)):find('a + b', 1, true)")
        assert await nvim.text() == "# mine\n" + ADDED
        await nvim.lua("vim.cmd.undo()")
        assert await nvim.text() == "# mine\n" + BEFORE
