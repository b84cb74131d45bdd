"""The extension, packaged as a user gets it, and the tools to run it; tests are skipped where those are missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.vscode.window import ROOT, Place, Tools, Window, browser, window
from tests.server.fake_llamacpp import FakeLlama, fake_llamacpp
from tools.vscode_tools import FOLDER, package

PICTURES = ROOT / "build" / "pictures" / "vscode"

Open = Callable[..., AbstractAsyncContextManager[Window]]


@pytest.fixture(scope="session")
def tools() -> Tools:
    if not (FOLDER / ".extension").exists():
        pytest.skip("the tools for VS Code are missing: run `python tools/vscode_tools.py` (0.6 GB, once)")
    if not browser():
        pytest.skip("no browser was found: install Chromium (on Debian `apt-get install chromium`)")
    return Tools(FOLDER, browser())


@pytest.fixture(scope="session")
def vsix(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension as `vsce package` makes it."""
    path = tmp_path_factory.mktemp("vsix") / "maze.vsix"
    package(path)
    return path


@pytest.fixture
async def llama() -> AsyncIterator[FakeLlama]:
    async with fake_llamacpp() as fake:
        yield fake


@pytest.fixture
def place(tmp_path: Path, llama: FakeLlama) -> Place:
    """A home whose settings lead to the fake service, and the server in PATH."""
    one = Place(tmp_path, PICTURES)
    one.make({"maze.endpoint": llama.url, "maze.dialect": "llamacpp", "maze.seed": 7})
    one.server()
    return one


@pytest.fixture
def opened(tools: Tools, vsix: Path, place: Place) -> Open:
    def open_window(**more: Any) -> AbstractAsyncContextManager[Window]:
        return window(tools, place, **{"vsix": vsix, **more})

    return open_window
