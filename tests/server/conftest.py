"""Every test has a folder of its own for state, cache and configuration, and a fake llama.cpp where it generates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server.editor import Editor, editor
from tests.server.fake_llamacpp import FakeLlama, fake_llamacpp

Start = Callable[..., AbstractAsyncContextManager[Editor]]


@pytest.fixture
async def llama() -> AsyncIterator[FakeLlama]:
    async with fake_llamacpp() as fake:
        yield fake


@pytest.fixture
def start(llama: FakeLlama, tmp_path: Path) -> Start:
    """Start an editor whose server asks the fake; keyword arguments as in `editor`, `options` are added to."""

    @asynccontextmanager
    async def started(*, options: dict[str, Any] | None = None, **more: Any) -> AsyncIterator[Editor]:
        own = {"endpoint": llama.url, "dialect": "llamacpp", "seed": 7}
        async with editor(tmp_path, options={**own, **(options or {})}, **more) as one:
            yield one

    return started
