"""`:Maze`: the holes of a file and of the project, filling them, status, log, stop, restart."""

from __future__ import annotations

from tests.e2e.neovim.conftest import Start
from tests.e2e.neovim.nvim import Nvim
from tests.server.fake_llamacpp import FakeLlama

TWO = "def one():\n    ...\n\n\ndef two():\n    ...\n\n\ntry:\n    one()\nexcept ValueError:\n    pass\n"


async def maze(nvim: Nvim, words: str) -> None:
    await nvim.lua("vim.cmd('Maze ' .. arg)", words)


async def test_the_quickfix_list(start: Start) -> None:
    async with start() as nvim:
        await nvim.open(TWO)
        await nvim.attached()
        await maze(nvim, "holes")
        items = await nvim.until("local q = vim.fn.getqflist() return #q > 0 and q")
        found = [(item["lnum"], item["text"]) for item in items]
        assert found[:2] == [(2, "body: ..."), (6, "body: ...")]
        assert await nvim.lua("return vim.fn.getqflist({title = 1}).title") == "Maze: holes of the file"


async def test_the_holes_of_the_project(start: Start) -> None:
    """Files that are not open are listed too."""
    async with start() as nvim:
        (nvim.folder / "pyproject.toml").write_text("")
        (nvim.folder / "other.go").write_text("package p\n\nfunc F() int {\n\t// TODO: write it\n}\n")
        await nvim.open(TWO)
        await nvim.attached()
        await maze(nvim, "holes project")
        items = await nvim.until("local q = vim.fn.getqflist() return #q > 0 and q")
        names = {await nvim.lua("return vim.fs.basename(vim.fn.bufname(arg))", item["bufnr"]) for item in items}
        assert names == {"sample.py", "other.go"}


async def test_all_holes_are_one_step_to_undo(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["return 1", "return 2"]
    async with start({"review": True}) as nvim:
        await nvim.open(TWO)
        await nvim.attached()
        before = await nvim.text()
        await maze(nvim, "fill")
        await nvim.until("return #Seen.messages > 0")
        assert await nvim.messages() == ["maze: 2 holes were filled."]
        assert await nvim.text() == before.replace("...", "return 1", 1).replace("...", "return 2", 1)
        await nvim.lua("vim.cmd.undo()")
        assert await nvim.text() == before


async def test_the_project_file_by_file(start: Start, llama: FakeLlama) -> None:
    llama.scripts = ["return 1"]
    async with start() as nvim:
        (nvim.folder / "pyproject.toml").write_text("")
        (nvim.folder / "other.py").write_text("def three():\n    ...\n")
        await nvim.open(TWO)
        await nvim.attached()
        await maze(nvim, "fill project")
        await nvim.until("return #Seen.messages > 0")
        assert await nvim.messages() == ["maze: 3 holes were filled in 2 files."]
        other = await nvim.lua("return vim.api.nvim_buf_get_lines(vim.fn.bufnr('other.py'), 0, -1, false)")
        assert other == ["def three():", "    return 1"]
        assert (nvim.folder / "other.py").read_text() == "def three():\n    ...\n"


async def test_filling_is_stopped(start: Start, llama: FakeLlama) -> None:
    llama.hold_after = 1
    async with start() as nvim:
        await nvim.open(TWO)
        await nvim.attached()
        await maze(nvim, "fill")
        await llama.held.wait()
        await maze(nvim, "stop")
        await nvim.until("return #Seen.messages > 0")
        assert await nvim.messages() == ["maze: 0 holes were filled; the rest was left."]
        assert await nvim.text() == TWO.rstrip("\n")


async def test_the_next_hole(start: Start) -> None:
    async with start() as nvim:
        await nvim.open("‸" + TWO)
        await nvim.attached()
        for line in (2, 6):
            await nvim.lua("require('maze.maps').next()")
            await nvim.until("return vim.api.nvim_win_get_cursor(0)[1] == arg", line)
        await nvim.lua("require('maze.maps').previous()")
        await nvim.until("return vim.api.nvim_win_get_cursor(0)[1] == 2")


async def test_completion_and_words(start: Start) -> None:
    async with start() as nvim:
        await nvim.open(TWO)
        await nvim.attached()
        complete = "return vim.fn.getcompletion(arg, 'cmdline')"
        subcommands = ["fill", "holes", "log", "restart", "review", "status", "stop"]
        assert await nvim.lua(complete, "Maze ") == subcommands
        assert await nvim.lua(complete, "Maze ho") == ["holes"]
        assert await nvim.lua(complete, "Maze fill p") == ["project"]
        await nvim.until("return require('maze').status() == 'maze: ready'")
        await maze(nvim, "status")
        await nvim.until("return #Seen.messages > 0")
        assert "ready\nserver: 0." in (await nvim.messages())[0]
        await maze(nvim, "stop")
        await maze(nvim, "nonsense")
        await nvim.until("return #Seen.messages > 2")
        assert "there is no `:Maze nonsense`" in " ".join(await nvim.messages())
        await maze(nvim, "log")
        assert await nvim.lua("return vim.fs.basename(vim.api.nvim_buf_get_name(0))") == "lsp.log"


async def test_two_buffers_at_once_and_a_restart(start: Start, llama: FakeLlama) -> None:
    async with start() as nvim:
        first = await nvim.open("def one():\n    ...‸\n", "one.py")
        await nvim.attached()
        llama.hold_after = 2
        await nvim.lua("Choose()")
        await llama.held.wait()
        second = await nvim.open("def two():\n    ...‸\n", "two.py")
        await nvim.attached()
        await nvim.lua("Choose()")
        await nvim.until("return Shown(arg[1]) ~= '' and Shown(arg[2]) ~= ''", [first, second])
        llama.release.set()
        for buf in (first, second):
            await nvim.until("return vim.api.nvim_buf_get_lines(arg, 1, 2, false)[1] == '    return a + b'", buf)
        before = await nvim.lua("return require('maze.client').of().id")
        await maze(nvim, "restart")
        await nvim.until("local c = require('maze.client').of() return c and c.id ~= arg and c.initialized", before)
        await nvim.until("return require('maze').status() == 'maze: ready'")
        await nvim.until("return #require('maze.spans').all(vim.api.nvim_get_current_buf()) == 1")
        assert await nvim.messages() == []
