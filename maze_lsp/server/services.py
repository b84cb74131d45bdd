"""The inference service of the present settings. One that the settings no longer name is closed after its last use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maze_lsp.inference.types import Service
    from maze_lsp.settings import Settings

Listener = Callable[[str], None]

_KEYS = (
    "endpoint",
    "api_key",
    "dialect",
    "model",
    "endpoints",
    "hedge",
    "ca_file",
    "connect_timeout",
    "first_token_timeout",
    "token_timeout",
    "total_timeout",
    "embedded_context",
    "embedded_threads",
    "embedded_idle_seconds",
)
"""The settings that a service is made from."""


@dataclass(eq=False, slots=True)
class _Held:
    key: tuple[Any, ...]
    service: Service | None = None
    listeners: list[Listener] = field(default_factory=list)
    making: asyncio.Lock = field(default_factory=asyncio.Lock)

    def tell(self, message: str) -> None:
        for listener in tuple(self.listeners):
            listener(message)


class Services:
    def __init__(self) -> None:
        self._held: _Held | None = None

    @asynccontextmanager
    async def use(self, settings: Settings, listener: Listener) -> AsyncIterator[Service]:
        """The service while it is used; `listener` hears what is waited for. Raises SettingsError."""
        key = tuple(getattr(settings, name) for name in _KEYS)
        old = self._held
        if old is None or old.key != key:
            self._held = _Held(key)
            if old is not None and not old.listeners:
                await _close(old)
        held = self._held
        assert held is not None
        held.listeners.append(listener)
        try:
            yield await _made(held, settings)
        finally:
            held.listeners.remove(listener)
            if held is not self._held and not held.listeners:
                await _close(held)

    async def aclose(self) -> None:
        """Close the service; the embedded one ends by itself when nobody else uses it."""
        held, self._held = self._held, None
        if held is not None:
            await _close(held)


async def _made(held: _Held, settings: Settings) -> Service:
    from maze_lsp.inference import connect

    async with held.making:
        if held.service is None:
            held.service = await asyncio.to_thread(connect, settings, held.tell)
        return held.service


async def _close(held: _Held) -> None:
    service, held.service = held.service, None
    if service is not None:
        await service.aclose()
