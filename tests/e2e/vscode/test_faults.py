"""What goes wrong is said once, in words, with a way to the log; typing goes on."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.e2e.vscode.conftest import Open, settings_for
from tests.e2e.vscode.test_window import BODY, LAST, cart, generate, has
from tests.e2e.vscode.window import Place, Window, free_port
from tests.server.fake_llamacpp import FakeLlama

MESSAGE = ".notification-list-item-message"


async def said(window: Window, words: str) -> None:
    """One message has these words, and a button for the log; typing works."""
    await window.see(MESSAGE, words)
    await window.see(".notification-list-item", "Show Log")
    assert sum(words in shown for shown in await window.texts(MESSAGE)) == 1
    await window.keys("Control+1", "Control+End")
    await window.type("# typed")
    await window.until(lambda: has(window, "# typed"), "what was typed")
    await window.command("Notifications: Clear All Notifications")


async def test_no_server_a_broken_one_and_one_that_is_killed(opened: Open, place: Place, llama: FakeLlama) -> None:
    (place.bin / "maze-lsp").unlink()
    async with opened() as window:
        await cart(window, "none.py")
        await said(window, "was found neither in the active Python environment nor in PATH")

        place.server(script="#!/bin/sh\nexec python3 -c 'import maze_lsp_is_not_here'\n")
        await window.command("Maze: Restart Server")
        await said(window, "does not run as a language server (exit code 1: ModuleNotFoundError")
        await window.see(".statusbar-item", "Maze")
        await window.picture("broken")

        place.server()
        await window.command("Maze: Restart Server")
        llama.scripts, llama.hold_after, llama.pace = [BODY], 8, 0.03
        await cart(window, "killed.py")
        await generate(window)
        await window.until(llama.held.is_set, "the first tokens")
        for pid in servers(place):
            os.kill(pid, signal.SIGKILL)
        await said(window, "the server ended (signal SIGKILL")
        await window.until(lambda: _nothing(window), "no live text of a server that is gone")

        llama.reset()
        llama.scripts = [BODY]
        await window.go(6, 5)
        await generate(window)
        await window.until(lambda: has(window, LAST), "the text of the server that was started again")


async def test_a_service_that_refuses(shared: Window, llama: FakeLlama) -> None:
    llama.refuse = 401
    await cart(shared, "refused.py")
    await generate(shared)
    await said(shared, "401")
    assert await has(shared, "    ...")
    # It is well again: so is the next generation.
    llama.reset()
    llama.scripts = [BODY]
    await shared.go(6, 5)
    await generate(shared)
    await shared.until(lambda: has(shared, LAST), "the text")


async def test_a_service_that_is_down(opened: Open, place: Place, llama: FakeLlama) -> None:
    place.settings(settings_for(llama) | {"maze.endpoint": f"http://127.0.0.1:{free_port()}"})
    async with opened() as window:
        await cart(window, "down.py")
        await generate(window)
        await said(window, "127.0.0.1")
        assert await has(window, "    ...")
        await window.picture("down")


def servers(place: Place) -> list[int]:
    """The processes of the server that the window has started: those with its home."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes()
            if b"maze_lsp.server" in command and str(place.home).encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


async def _nothing(window: Window) -> bool:
    return not await window.live()
