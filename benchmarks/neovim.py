"""Many generated edits through Neovim's client, with a service that answers at once.

    python -m benchmarks.neovim [--edits N]

Each edit is a code action that is chosen, an edit by the server, and one undo. After both, the text of the server is
compared with that of the editor (a server with one command more, which tells its digest). Says also what the plugin
costs before it is used, and what it costs to type in a long file.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks.report import at_most, finish, median
from maze_lsp.server.session import MazeServer
from tests.e2e.neovim.nvim import INIT, PLUGIN, Nvim, neovim, program
from tests.server.fake_llamacpp import fake_llamacpp

MANY = INIT.with_name("many.lua")
SOURCE = '''"""Größen – 😀."""


def add(a, b):
    """Ü 😀"""
    ...


class Cart:
    def total(self, prices):
        # 😀 then
        ...

    def names(self, items):
        result = ...
        return result


größe = add(1, 2); wert = ...
print("😀", ...)
'''
SCRIPTS = (
    "return a + b",
    'total = 0\n        for price in prices:\n            total += price\n        return total, "😀 %d"',
    "[item for item in items if item]",
    "add(%d, 2)",
    "{'%d': 1, 'ü': [2, 3]}",
)
WARM = 200
"""Edits after which the server has what it keeps: parsers, grammars, caches."""


async def edits(count: int) -> dict[str, Any]:
    async with fake_llamacpp(piece=16) as llama:
        llama.scripts = [one % number if "%d" in one else one for number in range(count) for one in SCRIPTS]
        with TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "benchmarks.neovim", "--serve"]
            settings = {"endpoint": llama.url, "dialect": "llamacpp", "seed": 7}
            async with neovim(Path(folder), plugin={"cmd": command, "inline": False}, settings=settings) as nvim:
                await nvim.open(SOURCE)
                await nvim.attached()
                await run(nvim, min(WARM, count))
                before = memory(await nvim.lua("return vim.fn.getpid()"))
                began = time.monotonic()
                problems = await run(nvim, count)
                seconds = time.monotonic() - began
                grown = memory(await nvim.lua("return vim.fn.getpid()")) - before
    for problem in problems:
        print(problem)
    print(f"{count} edits in {seconds:.0f} s; {len(problems)} problems; the server grew by {grown:.1f} MB")
    return {"edits": count, "problems": len(problems), "grown_mb": grown, "seconds": seconds}


async def run(nvim: Nvim, count: int) -> list[str]:
    await nvim.lua(await asyncio.to_thread(MANY.read_text), count)
    while not await nvim.lua("return Many.done"):  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    return list(await nvim.lua("return Many.problems"))


def memory(pid: int) -> float:
    """Resident megabytes of the server that this editor has started."""
    servers = [one for one in psutil.Process(pid).children(recursive=True) if "--serve" in one.cmdline()]
    return float(sum(one.memory_info().rss for one in servers)) / 1e6


def loading(rounds: int = 15) -> float:
    """Milliseconds that the plugin takes while Neovim starts, without being used."""
    times = []
    with TemporaryDirectory() as folder:
        log = Path(folder, "log")
        for _ in range(rounds):
            found = [str(program()), "--headless", "-i", "NONE", "-u", "NORC", "--cmd", f"set rtp^={PLUGIN}"]
            subprocess.run([*found, "--startuptime", str(log), "-c", "q"], check=True, capture_output=True)
            line = re.search(r"^\S+ +(\S+) .*plugin/maze\.lua$", log.read_text(), re.MULTILINE)
            assert line
            times.append(float(line[1]))
            log.unlink()
    print(f"loading: {median(times):.2f} ms")
    return median(times)


TYPE = """
local lines = {}
for number = 1, 10000 do lines[number] = ('value_%d = %d'):format(number, number) end
vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
vim.wait(3000, function() return false end)
local times = {}
vim.api.nvim_win_set_cursor(0, { 5000, 0 })
for number = 1, 400 do
  local began = vim.uv.hrtime()
  vim.api.nvim_feedkeys(number % 20 == 1 and 'ox' or 'Ax', 'ntx', false)
  times[number] = (vim.uv.hrtime() - began) / 1e6
end
table.sort(times)
return { times[200], times[380] }
"""


async def typing(*, enabled: bool) -> list[float]:
    """Median and 95th percentile of the milliseconds that a typed character takes in a file of 10,000 lines."""
    async with fake_llamacpp() as llama:
        with TemporaryDirectory() as folder:
            settings = {"endpoint": llama.url, "dialect": "llamacpp"}
            async with neovim(Path(folder), settings=settings, enable=enabled) as nvim:
                await nvim.open("x = 1\n")
                if enabled:
                    await nvim.attached()
                times = [float(one) for one in await nvim.lua(TYPE)]
    print(f"typing, {'with' if enabled else 'without'} the server: median {times[0]:.3f} ms, p95 {times[1]:.3f} ms")
    return times


def serve() -> None:
    """The language server with a command more: the digest of a document's text."""
    from maze_lsp.server.__main__ import main as start
    from maze_lsp.server.handlers import commands

    async def digest(server: MazeServer, arguments: dict[str, Any], _token: Any) -> dict[str, str]:
        text = server.documents.get(arguments["uri"]).text
        return {"digest": hashlib.sha256(text.encode()).hexdigest()}

    commands.COMMANDS["maze.digest"] = digest
    sys.argv = ["maze-lsp", "--stdio"]
    start()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--stdio", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    figures = asyncio.run(edits(options.edits))
    start = loading()
    off, on = asyncio.run(typing(enabled=False)), asyncio.run(typing(enabled=True))
    bars = [
        at_most("edits whose text or undo is wrong", figures["problems"], 0),
        at_most("growth of the server (MB)", figures["grown_mb"], 10),
        at_most("loading the plugin (ms)", start, 5),
    ]
    finish({**figures, "loading_ms": start, "typing_off_ms": off, "typing_on_ms": on}, bars)


if __name__ == "__main__":
    main()
