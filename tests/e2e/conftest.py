"""The embedded service for end-to-end tests: one for the whole run, in a state folder of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from maze_lsp.errors import ModelError
from maze_lsp.inference import connect, models
from maze_lsp.inference.embedded.config import config_of
from maze_lsp.inference.embedded.launch import start_or_join
from maze_lsp.inference.types import Service


def embedded_settings(**changes: Any) -> Any:
    """Settings of this layer that lead to the embedded service."""
    values = {
        "endpoint": "",
        "api_key": "",
        "dialect": "auto",
        "model": models.DEFAULT,
        "endpoints": (),
        "hedge": False,
        "connect_timeout": 5.0,
        "first_token_timeout": 60.0,
        "token_timeout": 60.0,
        "total_timeout": 240.0,
        "embedded_context": 8192,
        "embedded_threads": 1,
        "embedded_idle_seconds": 60,
    }
    return SimpleNamespace(**{**values, **changes})


@pytest.fixture(scope="session")
def model_file() -> Path:
    """The default model from the user's cache folder; tests that need it are skipped where it is missing."""
    try:
        return models.path(models.DEFAULT)
    except ModelError as error:
        pytest.skip(f"the embedded model is missing: run `maze models pull {models.DEFAULT}` ({error})")


@pytest.fixture(scope="session")
def embedded_environment(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment variables under which child processes join the one service that runs for all tests."""
    environment = {"MAZE_STATE_DIR": str(tmp_path_factory.mktemp("state"))}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        membership = asyncio.run(start_or_join(config_of(embedded_settings()), lambda _message: None))
    yield environment
    membership.release()
    with suppress(ProcessLookupError):
        os.kill(membership.instance.pid, signal.SIGTERM)


@pytest.fixture
async def embedded(embedded_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """A running embedded service; this process shares its state folder while the test runs."""
    for name, value in embedded_environment.items():
        monkeypatch.setenv(name, value)
    service = connect(embedded_settings())
    yield service
    await service.aclose()
