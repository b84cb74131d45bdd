"""A real Neovim with the plugin, driven over its own remote interface."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.environment import PATIENCE, clean_environment

ROOT = Path(__file__).resolve().parents[3]
PLUGIN = ROOT / "editors" / "neovim"
INIT = Path(__file__).with_name("init.lua")
SERVER = [sys.executable, "-m", "maze_lsp.server", "--stdio"]


def program() -> str | None:
    """`MAZE_TEST_NVIM`, the pinned Neovim of the test dependencies, or one of the machine."""
    chosen = os.environ.get("MAZE_TEST_NVIM")
    if chosen:
        return chosen
    own = Path(sys.executable).parent / "nvim"
    return str(own) if own.exists() else shutil.which("nvim")


@cache
def is_new() -> bool:
    """Whether it is 0.12 or newer."""
    asking = ["--headless", "--clean", "-c", "lua io.write(vim.fn.has('nvim-0.12'))", "-c", "q"]
    found = program()
    return found is not None and "1" in subprocess.run([found, *asking], capture_output=True, text=True).stdout


class LuaError(Exception):
    """What the Lua of a test raised."""


@dataclass
class Nvim:
    folder: Path
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def lua(self, code: str, argument: Any = None) -> Any:
        """Run Lua in the editor; `arg` in it is the argument. Its answer goes through JSON."""
        self.writer.write(json.dumps([code, argument]).encode() + b"\n")
        async with asyncio.timeout(PATIENCE):
            line = await self.reader.readline()
        if not line:
            raise LuaError("the editor has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise LuaError(answer["error"])
        return answer["answer"]

    async def until(self, code: str, argument: Any = None) -> Any:
        """Ask again and again until the answer is true, and return it."""
        last: Any = None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            last = await self.lua(code, argument)
            if last:
                return last
            await asyncio.sleep(0.02)
        raise TimeoutError(f"never true: {code}\nmessages: {await self.messages()}\nlog: {self.log()}")

    async def keys(self, keys: str) -> None:
        """Type, as at the keyboard: `<Esc>` and the like are keys."""
        await self.lua("vim.api.nvim_input(arg)", keys)

    async def open(self, source: str, name: str = "sample.py") -> int:
        """Edit a file with this text, the cursor at `‸`; wait until the server is attached. The buffer's number."""
        at = source.find("‸")
        text = source.replace("‸", "")
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        buf = await self.lua("vim.cmd.edit(arg) return vim.api.nvim_get_current_buf()", str(path))
        if at >= 0:
            before = source[:at]
            row, column = before.count("\n"), len(before[before.rfind("\n") + 1 :].encode())
            await self.lua("vim.api.nvim_win_set_cursor(0, arg)", [row + 1, column])
        return int(buf)

    async def attached(self) -> None:
        await self.until("local c = require('maze.client').of() return c ~= nil and c.initialized == true")

    async def text(self, buf: int = 0) -> str:
        lines = await self.lua("return vim.api.nvim_buf_get_lines(arg, 0, -1, false)", buf)
        return "\n".join(lines)

    async def shown(self, buf: int = 0) -> str:
        """The plugin's virtual text in a buffer."""
        return str(await self.lua("return Shown(arg)", buf))

    async def messages(self) -> list[str]:
        return [message for message, _ in await self.lua("return Seen.messages")]

    def log(self) -> str:
        path = self.folder / ".xdg" / "state" / "nvim" / "lsp.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""


def environment_of(folder: Path, plugin: dict[str, Any], settings: dict[str, Any], **more: Any) -> dict[str, str]:
    """An environment with folders of its own, and the configuration that `init.lua` reads."""
    given = {"plugin": {"cmd": SERVER, **plugin}, "settings": settings, **more}
    homes = {f"XDG_{kind.upper()}_HOME": str(folder / ".xdg" / kind) for kind in ("config", "data", "state", "cache")}
    own = {
        "MAZE_TEST": json.dumps(given),
        "MAZE_TEST_PLUGIN": str(PLUGIN),
        "MAZE_TEST_SOCKET": str(folder / "nvim.sock"),
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
    }
    return {**clean_environment(folder), **homes, **own}


@asynccontextmanager
async def neovim(
    folder: Path,
    *,
    plugin: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    environment: dict[str, str] | None = None,
    **more: Any,
) -> AsyncIterator[Nvim]:
    """A headless Neovim. `plugin` is `vim.g.maze`, `settings` are the server's; it is ended at the end."""
    found = program()
    assert found
    socket = folder / "nvim.sock"
    given = environment_of(folder, plugin or {}, settings or {}, **more) | (environment or {})
    process = await asyncio.create_subprocess_exec(
        *(found, "--headless", "-u", str(INIT), "-i", "NONE"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=given,
        cwd=folder,
    )
    try:
        nvim = await connected(folder, socket)
        yield nvim
        nvim.writer.write(json.dumps(["vim.cmd('qall!')", None]).encode() + b"\n")
        async with asyncio.timeout(PATIENCE):
            await process.wait()
        nvim.writer.close()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def connected(folder: Path, socket: Path) -> Nvim:
    """The line to an editor that is starting."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return Nvim(folder, *await asyncio.open_unix_connection(str(socket), limit=2**24))
            except OSError:
                await asyncio.sleep(0.02)
