"""Servers for the tests: one that most of them share, and servers of their own for those that need other traits.

All run in one event loop. Each test sees an editor without documents, and a fake llama.cpp as new.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.server.editor import Editor, editor
from tests.server.fake_llamacpp import FakeLlama, fake_llamacpp

Start = Callable[..., AbstractAsyncContextManager[Editor]]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_llama() -> AsyncIterator[FakeLlama]:
    async with fake_llamacpp() as fake:
        yield fake


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_editor(one_llama: FakeLlama, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with editor(tmp_path_factory.mktemp("shared"), options=options_for(one_llama)) as one:
        yield one


@pytest.fixture
def llama(one_llama: FakeLlama) -> FakeLlama:
    one_llama.reset()
    return one_llama


@pytest.fixture
def start(llama: FakeLlama, tmp_path: Path, request: pytest.FixtureRequest) -> Start:
    """An editor whose server asks the fake. With arguments (those of `editor`, or `fresh`), it has one of its own."""
    shared = request.getfixturevalue("one_editor")

    @asynccontextmanager
    async def started(
        *, fresh: bool = False, options: dict[str, Any] | None = None, **more: Any
    ) -> AsyncIterator[Editor]:
        if not (fresh or more or options):
            try:
                yield shared
            finally:
                await shared.clear()
            return
        folder = more.pop("folder", tmp_path)
        async with editor(folder, options={**options_for(llama), **(options or {})}, **more) as one:
            yield one

    return started


def options_for(llama: FakeLlama) -> dict[str, Any]:
    return {"endpoint": llama.url, "dialect": "llamacpp", "seed": 7}
