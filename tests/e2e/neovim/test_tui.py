"""The real terminal interface, under tmux, by keys alone."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.neovim.nvim import INIT, environment_of, program
from tests.e2e.neovim.test_generate import ADD
from tests.environment import PATIENCE
from tests.server.fake_llamacpp import FakeLlama

pytestmark = pytest.mark.skipif(
    shutil.which("tmux") is None or program() is None, reason="needs tmux (apt-get install tmux) and Neovim"
)


class Terminal:
    """A terminal of 100 by 30 with one program in it."""

    def __init__(self, socket: str, environment: dict[str, str]) -> None:
        self._socket = socket
        self._environment = environment

    async def tmux(self, *arguments: str) -> str:
        running = await asyncio.create_subprocess_exec(
            *("tmux", "-S", self._socket, "-f", "/dev/null", *arguments),
            stdout=asyncio.subprocess.PIPE,
            env=self._environment,
        )
        out, _ = await running.communicate()
        return out.decode(errors="replace")

    async def keys(self, *keys: str) -> None:
        await self.tmux("send-keys", *keys)

    async def sees(self, condition: Callable[[str], bool]) -> str:
        """Wait until the screen is so."""
        screen = ""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition(screen := await self.tmux("capture-pane", "-p")):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"never seen; the screen is\n{screen}") from None
        return screen


@asynccontextmanager
async def terminal(folder: Path, llama: FakeLlama, source: str) -> AsyncIterator[Terminal]:
    path = folder / "sample.py"
    path.write_text(source)
    settings = {"endpoint": llama.url, "dialect": "llamacpp", "seed": 7}
    environment = environment_of(folder, {}, settings) | {"TERM": "xterm-256color", "MAZE_TEST_TUI": "1"}
    one = Terminal(str(folder / "tmux.sock"), environment)
    command = f"{program()} -u {INIT} -i NONE -c 'set laststatus=2 signcolumn=yes' {path}"
    await one.tmux("new-session", "-d", "-x", "100", "-y", "30", "-c", str(folder), command)
    try:
        yield one
    finally:
        await one.tmux("kill-server")


async def test_by_keys_alone(llama: FakeLlama, tmp_path: Path) -> None:
    """Code actions, live text, Escape, the edit with its sign and lenses, undo."""
    llama.hold_after = 2
    async with terminal(tmp_path, llama, ADD.replace("‸", "")) as one:
        await one.sees(lambda screen: "maze: ready" in screen)
        await one.keys("3Gg", "r", "a")
        await one.sees(lambda screen: "1: Generate constrained: function body" in screen)
        await one.keys("1", "Enter")
        await llama.held.wait()
        screen = await one.sees(lambda screen: "maze: generating" in screen)
        lines = screen.splitlines()
        assert lines[2].strip().endswith("...")
        assert lines[3].strip() == ""
        await one.keys("Escape")
        await llama.gone.wait()
        await one.sees(lambda screen: "maze: ready" in screen and screen.splitlines()[2].strip() == "...")
        llama.reset()
        await one.keys("3Gg", "r", "a")
        await one.sees(lambda screen: "1: Generate constrained: function body" in screen)
        await one.keys("1", "Enter")
        screen = await one.sees(lambda screen: "Accept | Regenerate | Why" in screen)
        assert screen.splitlines()[2].startswith("▎")
        assert "return a + b" in screen.splitlines()[2]
        await one.keys("u")
        await one.sees(lambda screen: "..." in screen.splitlines()[2] and "Accept" not in screen)
