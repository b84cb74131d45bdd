"""The extension, packaged as a user gets it, and the tools to run it; tests are skipped where those are missing."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.vscode.window import ROOT, Place, Tools, Window, browser, window
from tests.server.fake_llamacpp import FakeLlama, fake_llamacpp
from tools.vscode_tools import FOLDER, package

PICTURES = ROOT / "build" / "pictures" / "vscode"
HERE = Path(__file__).parent

Open = Callable[..., AbstractAsyncContextManager[Window]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All run in one event loop, in which the window lives that most of them share."""
    for item in items:
        if HERE in item.path.parents and inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_llama() -> AsyncIterator[FakeLlama]:
    async with fake_llamacpp() as fake:
        yield fake


@pytest.fixture
def llama(one_llama: FakeLlama) -> FakeLlama:
    one_llama.reset()
    return one_llama


def settings_for(llama: FakeLlama) -> dict[str, Any]:
    return {"maze.endpoint": llama.url, "maze.dialect": "llamacpp", "maze.seed": 7, "maze.inlineDebounce": 0.05}


@pytest.fixture
def place(tmp_path: Path, llama: FakeLlama) -> Place:
    """A home whose settings lead to the fake service, and the server in PATH."""
    one = Place(tmp_path, PICTURES)
    one.make(settings_for(llama))
    one.server()
    return one


@pytest.fixture
def opened(tools: Tools, vsix: Path, place: Place) -> Open:
    """A window of the test's own."""

    def open_window(**more: Any) -> AbstractAsyncContextManager[Window]:
        return window(tools, place, **{"vsix": vsix, **more})

    return open_window


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_window(
    tools: Tools, vsix: Path, one_llama: FakeLlama, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Window]:
    one = Place(tmp_path_factory.mktemp("shared"), PICTURES)
    one.make(settings_for(one_llama))
    one.server()
    async with window(tools, one, vsix=vsix) as shared:
        yield shared


@pytest_asyncio.fixture(loop_scope="session")
async def shared(one_window: Window, llama: FakeLlama) -> AsyncIterator[Window]:
    """The window that most tests share; each opens files of its own, and leaves nothing open."""
    yield one_window
    llama.release.set()
    await one_window.clear()
