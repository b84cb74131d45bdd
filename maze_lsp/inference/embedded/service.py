"""The embedded service as a `Service`: started or joined at its first use, started again when it has died."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from maze_lsp.errors import MazeError, ServiceUnreachable
from maze_lsp.inference import infill
from maze_lsp.inference.dialects.llamacpp import LlamaCpp
from maze_lsp.inference.embedded import gguf
from maze_lsp.inference.embedded.config import EmbeddedConfig, config_of
from maze_lsp.inference.embedded.files import Instance
from maze_lsp.inference.embedded.launch import Membership, Progress, start_or_join
from maze_lsp.inference.http import Http
from maze_lsp.inference.options import InferenceSettings, timeouts_of
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Queue

MAX_STARTS = 3
"""In any period of START_WINDOW seconds; a service that dies more often is broken."""
START_WINDOW = 60.0


class EmbeddedService:
    """A `Service`. `progress` is told in words what is going on while a start is awaited."""

    def __init__(self, settings: InferenceSettings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._joining = asyncio.Lock()
        self._membership: Membership | None = None
        self._client: LlamaCpp | None = None
        self._capabilities: Capabilities | None = None
        self._starts: list[float] = []

    @property
    def endpoint(self) -> str:
        """Always the same: its port means nothing to anybody who reads a record later."""
        return "embedded"

    async def instance(self) -> Instance:
        """Address, key and process of the running service (it is started if need be)."""
        await self._connected()
        assert self._membership
        return self._membership.instance

    async def capabilities(self) -> Capabilities:
        client = await self._connected()
        if self._capabilities is None:
            known = await client.capabilities()
            if known.infill is None:
                config = await asyncio.to_thread(config_of, self._settings)
                said = await asyncio.to_thread(gguf.described, config.model)
                found, _ = await infill.seen(client, said.names, said.infill)
                known = replace(known, infill=found)
            self._capabilities = replace(known, server="llama.cpp (embedded)")
        return self._capabilities

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`. Where the service died before any text came, it is started again and
        asked once more; where it died later, ServiceUnreachable is raised and the next use starts it
        again."""
        for last in (False, True):
            client = await self._connected()
            shown = False
            try:
                async with aclosing(client.stream(request)) as stream:
                    async for item in stream:
                        shown = True
                        yield item
                return
            except ServiceUnreachable as error:
                if not await self._dead():
                    raise
                if shown or last:
                    raise ServiceUnreachable(
                        "The embedded service died in the middle of the text.",
                        hint="Try again: it is started anew at the next request.",
                    ) from error

    async def tokenize(self, text: str) -> list[int]:
        return await (await self._connected()).tokenize(text)

    async def health(self) -> str:
        try:
            return await (await self._connected()).health()
        except MazeError as error:
            return str(error)

    async def models(self) -> list[str]:
        return await (await self._connected()).models()

    async def queue(self) -> Queue | None:
        """See `Watched.queue`."""
        return await (await self._connected()).queue()

    async def aclose(self) -> None:
        """Leave the service; it ends by itself when nobody else uses it."""
        await self._leave()

    async def _connected(self) -> LlamaCpp:
        async with self._joining:
            if self._client and self._membership and self._membership.instance.alive():
                return self._client
            if self._membership:
                self._progress("the embedded model had stopped and is started again")
            await self._leave()
            self._check_starts()
            config = await asyncio.to_thread(config_of, self._settings)
            self._membership = await start_or_join(config, self._progress)
            self._starts.append(time.monotonic())
            self._client = self._client_of(config, self._membership.instance)
            return self._client

    def _client_of(self, config: EmbeddedConfig, instance: Instance) -> LlamaCpp:
        http = Http(instance.url, instance.key, timeouts_of(self._settings), local=True, retries=1)
        return LlamaCpp(http, version=instance.version, model=config.alias)

    def _check_starts(self) -> None:
        now = time.monotonic()
        self._starts = [start for start in self._starts if now - start < START_WINDOW]
        if len(self._starts) >= MAX_STARTS:
            raise ServiceUnreachable(
                f"The embedded service stopped {MAX_STARTS} times within a minute and is left alone now.",
                hint="See its log with `maze serve`, or set `endpoint` to another service.",
            )

    async def _dead(self) -> bool:
        """Whether its process has ended; a connection can break a moment earlier."""
        for _ in range(10):
            if self._membership is None or not self._membership.instance.alive():
                return True
            await asyncio.sleep(0.05)
        return False

    async def _leave(self) -> None:
        client, self._client = self._client, None
        membership, self._membership = self._membership, None
        if membership:
            membership.release()
        if client:
            await client.aclose()
