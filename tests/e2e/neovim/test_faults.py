"""What the user sees when something is wrong: once, in words; and typing goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from pathlib import Path

import psutil

from tests.e2e.neovim.conftest import Start
from tests.e2e.neovim.nvim import SERVER, Nvim
from tests.e2e.neovim.test_generate import ADD, BEFORE
from tests.server.fake_llamacpp import FakeLlama


async def only_message(nvim: Nvim) -> str:
    """The one message that there is, also after a while."""
    await nvim.until("return #Seen.messages > 0")
    await asyncio.sleep(0.3)
    (message,) = await nvim.messages()
    return message


async def typing_goes_on(nvim: Nvim) -> None:
    await nvim.keys("ggO# typed<Esc>")
    await nvim.until("return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] == '# typed'")


def script(path: Path, words: str) -> str:
    path.write_text(words)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


async def test_no_server(start: Start) -> None:
    async with start(plugin={"cmd": ["/no/where/maze-lsp", "--stdio"]}) as nvim:
        await nvim.open(ADD)
        await nvim.open(ADD, "other.py")
        message = await only_message(nvim)
        assert "`/no/where/maze-lsp` was not found" in message
        assert "pipx install maze-lsp" in message
        await typing_goes_on(nvim)
        await nvim.lua("vim.cmd('checkhealth maze')")
        assert "`/no/where/maze-lsp` was not found" in await nvim.text()


async def test_a_command_given_to_neovim_itself(start: Start) -> None:
    """By `vim.lsp.config("maze_lsp", { cmd = … })`: ours is not looked for."""
    async with start(plugin={"cmd": ["/no/where/maze-lsp", "--stdio"]}, command=SERVER) as nvim:
        await nvim.open(ADD)
        await nvim.attached()
        assert await nvim.messages() == []


async def test_the_wrong_python(start: Start, tmp_path: Path) -> None:
    """The program is there, and its package is not."""
    wrong = script(
        tmp_path / "maze-lsp", "#!/bin/sh\necho 'ModuleNotFoundError: No module named maze_lsp' >&2\nexit 1\n"
    )
    async with start(plugin={"cmd": [wrong, "--stdio"]}) as nvim:
        await nvim.open(ADD)
        message = await only_message(nvim)
        assert "exit code 1" in message
        assert "No module named maze_lsp" in message
        await typing_goes_on(nvim)


async def test_killed_in_the_middle(start: Start, llama: FakeLlama) -> None:
    """What was shown is taken away, and a restart is all that is needed."""
    llama.hold_after = 2
    async with start() as nvim:
        await nvim.open(ADD)
        await nvim.attached()
        await nvim.lua("Choose()")
        await llama.held.wait()
        await nvim.until("return Shown() ~= ''")
        pid = await nvim.lua("return vim.fn.getpid()")
        (server,) = [one for one in psutil.Process(pid).children() if "maze_lsp.server" in " ".join(one.cmdline())]
        os.kill(server.pid, signal.SIGKILL)
        message = await only_message(nvim)
        assert "was killed (signal 9)" in message
        assert ":Maze restart" in message
        await nvim.until("return Shown() == ''")
        assert await nvim.text() == BEFORE
        llama.reset()
        await nvim.lua("vim.cmd('Maze restart')")
        await nvim.attached()
        await nvim.lua("Choose()")
        await nvim.until("return vim.api.nvim_buf_get_lines(0, 2, 3, false)[1] == '    return a + b'")


async def test_the_endpoint_is_down(start: Start) -> None:
    async with start({"endpoint": "http://127.0.0.1:9", "dialect": "llamacpp"}) as nvim:
        await nvim.open(ADD)
        await nvim.attached()
        await nvim.lua("Choose()")
        message = await only_message(nvim)
        assert "http://127.0.0.1:9" in message
        assert ":Maze log" in message
        assert await nvim.lua("return require('maze').status()") == "maze: error"
        await typing_goes_on(nvim)


async def test_the_key_is_refused(start: Start, llama: FakeLlama) -> None:
    llama.refuse = 401
    async with start() as nvim:
        await nvim.open(ADD)
        await nvim.attached()
        await nvim.lua("Choose()")
        message = await only_message(nvim)
        assert "HTTP 401" in message
        assert "API key" in message
        assert await nvim.text() == BEFORE


async def test_a_slow_model(start: Start, llama: FakeLlama) -> None:
    """Typing goes on while nothing comes; when the time is over, that is said."""
    llama.hold_after = 1
    async with start({"tokenTimeout": 2}) as nvim:
        await nvim.open(ADD)
        await nvim.attached()
        await nvim.lua("Choose()")
        await llama.held.wait()
        await typing_goes_on(nvim)
        assert "2 s" in await only_message(nvim)
        await nvim.until("return Shown() == ''")


async def test_versions(start: Start) -> None:
    """The older one of the two is to be updated."""
    async with start() as nvim:
        await nvim.lua("package.loaded['maze.version'] = '0.99.0'")
        await nvim.open(ADD)
        assert "update the server" in await only_message(nvim)


async def test_a_bad_configuration(start: Start) -> None:
    async with start(plugin={"sign": 1, "nonsense": True}) as nvim:
        await nvim.open(ADD)
        await nvim.attached()
        await nvim.until("return #Seen.messages == 2")
        said = " ".join(await nvim.messages())
        assert "there is no `nonsense`" in said
        assert "`sign` has to be" in said


async def test_health(start: Start) -> None:
    async with start() as nvim:
        await nvim.open(ADD)
        await nvim.attached()
        await nvim.lua("vim.cmd('checkhealth maze')")
        page = await nvim.text()
        assert "vim.g.maze is well-formed" in page
        assert "maze-lsp 0." in page
        assert "1 buffers" in page
        assert "ERROR" not in page
        assert "WARNING" not in page
