"""Measures the extension in the real editor; nothing is asserted.

    python -m tests.e2e.vscode.measure [--edits N] [--keys N]

Activation of the extension beside the server's own start; N generated edits through the editor's client with a fake
service (texts equal the server's, one undo restores each, memory of the server); and the time from a key to the frame
that shows it, in a file of 10,000 lines, without the extension and with it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tests.e2e.vscode.conftest import settings_for
from tests.e2e.vscode.window import HERE, Place, Tools, Window, browser, window
from tests.server.fake_llamacpp import fake_llamacpp
from tools.vscode_tools import FOLDER, package

_LATENCY = """(number) => new Promise((resolve) => {
    const times = [];
    let began = 0;
    const target = document.querySelector('.editor-instance .view-lines');
    addEventListener('keydown', () => { began = performance.now(); }, true);
    new MutationObserver(() => {
        if (began) { const from = began; began = 0; requestAnimationFrame(() => times.push(performance.now() - from)); }
    }).observe(target, { subtree: true, childList: true, characterData: true });
    globalThis.mazeTimes = times;
    resolve(true);
})"""


def place_of(name: str, settings: dict[str, Any]) -> Place:
    one = Place(Path(tempfile.mkdtemp(prefix=f"maze-{name}-")), Path(tempfile.gettempdir()))
    one.make(settings)
    one.server()
    return one


async def edits(tools: Tools, number: int) -> list[dict[str, Any]]:
    async with fake_llamacpp() as llama:
        llama.scripts = [f"return sum(prices) + {count}" for count in range(number)]
        one = place_of("edits", settings_for(llama) | {"maze.inline": False})
        (one.workspace / "total.py").write_text("def total(prices: list[float]) -> float:\n    ...\n")
        (one.workspace / "edits").write_text(str(number))
        async with window(tools, one, vsix=None, in_host=HERE / "in_host" / "measure.cjs") as opened:
            assert opened.ended
            await opened.until(lambda: opened.ended and opened.ended.done(), "the end", 3600)
            told = [line.partition("measured: ")[2] for line in opened.log if "measured: " in line]
            if opened.ended.result():
                print("\n".join(line for line in opened.log if "FAILED" in line))
            return [json.loads(line) for line in told]


async def typing(tools: Tools, number: int, vsix: Path | None) -> dict[str, Any]:
    async with fake_llamacpp() as llama:
        llama.scripts = ["value"]
        one = place_of("typing", settings_for(llama))
        lines = [f"def function_{at}(value: int) -> int:\n    return value + {at}\n\n\n" for at in range(2500)]
        (one.workspace / "long.py").write_text("".join(lines))
        async with window(tools, one, vsix=vsix) as opened:
            await opened.open("long.py")
            await opened.go(5001, 1)
            await asyncio.sleep(8)
            return await latency(opened, number)


async def latency(opened: Window, number: int) -> dict[str, Any]:
    await opened.do("evaluate", script=f"({_LATENCY})({number})")
    words = "x = value + other * 2\n"
    await opened.type((words * (number // len(words) + 1))[:number], 60)
    await asyncio.sleep(1)
    times = sorted(await opened.do("evaluate", script="mazeTimes"))
    at = {
        name: round(times[min(len(times) - 1, int(share * len(times)))], 1)
        for name, share in (("median_ms", 0.5), ("p95_ms", 0.95), ("worst_ms", 1.0))
    }
    return {"keys": len(times), **at}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--keys", type=int, default=300)
    options = parser.parse_args()
    tools = Tools(FOLDER, browser())
    vsix = Path(tempfile.mkdtemp()) / "maze.vsix"
    package(vsix)
    print(f"vsix: {vsix.stat().st_size / 1024:.0f} kB; load {os.getloadavg()[0]:.1f}", flush=True)
    if options.edits:
        for told in await edits(tools, options.edits):
            print(told, flush=True)
    if options.keys:
        print("typing without the extension:", await typing(tools, options.keys, None), flush=True)
        print(f"typing with it: {await typing(tools, options.keys, vsix)}; load {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
