"""A service that the settings name: which dialect it speaks is told by the settings or found by asking it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

import httpx

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceRefused, SettingsError
from maze_lsp.inference.dialects.llamacpp import LlamaCpp
from maze_lsp.inference.dialects.vllm import Vllm
from maze_lsp.inference.http import Http
from maze_lsp.inference.options import InferenceSettings, plain_key, timeouts_of
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Service

DIALECTS = ("auto", "llamacpp", "vllm")


class RemoteService:
    """A `Service` that asks the endpoint for its dialect at its first use. Raises SettingsError for bad
    settings."""

    def __init__(self, settings: InferenceSettings) -> None:
        if settings.dialect not in DIALECTS:
            raise SettingsError(
                f"`dialect` is `{settings.dialect}`, which is not supported.",
                hint=f"Use one of: {', '.join(DIALECTS)}.",
            )
        key = plain_key(settings.api_key)
        if not (key.isascii() and (key.isprintable() or not key)):
            raise SettingsError(
                "`api_key` contains characters that no key has (line breaks, accents).",
                hint="Copy it anew, without blanks around it.",
            )
        self._http = Http(
            base_address(settings.endpoint),
            key,
            timeouts_of(settings),
        )
        self._wanted_model = settings.model
        self._dialect = settings.dialect
        self._asking = asyncio.Lock()
        self._service: Service | None = None

    @property
    def endpoint(self) -> str:
        return self._http.endpoint

    async def capabilities(self) -> Capabilities:
        return await (await self._known()).capabilities()

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`."""
        service = await self._known()
        async with aclosing(cast(AsyncGenerator[Chunk | Completed], service.stream(request))) as stream:
            async for item in stream:
                yield item

    async def tokenize(self, text: str) -> list[int]:
        return await (await self._known()).tokenize(text)

    async def health(self) -> str:
        try:
            return await (await self._known()).health()
        except ServiceError as error:
            return str(error)

    async def models(self) -> list[str]:
        return await (await self._known()).models()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _known(self) -> Service:
        async with self._asking:
            if self._service is None:
                dialect = self._dialect if self._dialect != "auto" else await _ask_dialect(self._http)
                self._service = (
                    LlamaCpp(self._http) if dialect == "llamacpp" else Vllm(self._http, model=self._wanted_model)
                )
            return self._service


async def _ask_dialect(http: Http) -> str:
    """`llamacpp` where `/props` is known, `vllm` where `/version` is. Raises what the server answers
    otherwise."""
    for path, key, dialect in (
        ("/props", "default_generation_settings", "llamacpp"),
        ("/version", "version", "vllm"),
    ):
        try:
            answer = await http.get_json(path)
        except ServiceRefused as error:
            if error.status not in (404, 405):
                raise
        except ServiceProtocolError:
            continue
        else:
            if isinstance(answer, dict) and key in answer:
                return dialect
    raise ServiceProtocolError(
        f"{http.endpoint} is neither a llama.cpp server (/props) nor vLLM (/version).",
        hint="Check the address, or set `dialect` in the settings.",
    )


def base_address(endpoint: str) -> str:
    """The address without a trailing slash or `/v1`. Raises SettingsError where it is not an http(s)
    address."""
    try:
        url = httpx.URL(endpoint.strip())
        wrong = url.scheme not in ("http", "https") or not url.host
    except httpx.InvalidURL:
        wrong = True
    if wrong:
        raise SettingsError(
            f"`endpoint` is `{endpoint}`, which is not an address.", hint="Write it as `http://host:port`."
        )
    if url.userinfo or url.query or url.fragment:
        raise SettingsError(
            "`endpoint` must be a plain address, without user name, password, query or fragment.",
            hint="A key belongs into `api_key`.",
        )
    return str(url).rstrip("/").removesuffix("/v1").rstrip("/")
