"""A service that the settings name: which dialect it speaks is told by the settings or found by asking it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast

import httpx

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceRefused, SettingsError
from maze_lsp.inference import keys
from maze_lsp.inference.dialects import values
from maze_lsp.inference.dialects.llamacpp import LlamaCpp
from maze_lsp.inference.dialects.modal import Modal
from maze_lsp.inference.dialects.openai import OpenAi
from maze_lsp.inference.dialects.runpod import RunPod
from maze_lsp.inference.dialects.sglang import SgLang, server_info
from maze_lsp.inference.dialects.vllm import Vllm
from maze_lsp.inference.http import Http
from maze_lsp.inference.options import InferenceSettings, plain_key, timeouts_of
from maze_lsp.inference.retry import MAX_RETRIES
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Queue, Service, Watched

DIALECTS = ("auto", "llamacpp", "vllm", "sglang", "openai", "modal", "runpod")


class RemoteService:
    """A `Service` that asks the endpoint for its dialect at its first use. Raises SettingsError for bad
    settings. `retries`: how often a request that failed is made again."""

    def __init__(
        self,
        settings: InferenceSettings,
        progress: Callable[[str], None] = lambda _message: None,
        *,
        retries: int = MAX_RETRIES,
    ) -> None:
        if settings.dialect not in DIALECTS:
            raise SettingsError(
                f"`dialect` is `{settings.dialect}`, which is not supported.",
                hint=f"Use one of: {', '.join(DIALECTS)}.",
            )
        address = base_address(settings.endpoint)
        key = keys.key_of(address, plain_key(settings.api_key))
        if not (key.isascii() and (key.isprintable() or not key)):
            raise SettingsError(
                "`api_key` contains characters that no key has (line breaks, accents).",
                hint="Copy it anew, without blanks around it.",
            )
        self._http = Http(
            address,
            key,
            timeouts_of(settings),
            retries=retries,
            ca_file=settings.ca_file,
            progress=progress,
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

    async def queue(self) -> Queue | None:
        """See `Watched.queue`."""
        service = await self._known()
        return await service.queue() if isinstance(service, Watched) else None

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _known(self) -> Service:
        async with self._asking:
            if self._service is None:
                dialect = self._dialect
                if dialect == "auto":
                    dialect = await _ask_dialect(self._http)
                self._service = _service(dialect, self._http, self._wanted_model)
            return self._service


def _service(dialect: str, http: Http, model: str) -> Service:
    match dialect:
        case "llamacpp":
            return LlamaCpp(http)
        case "vllm":
            return Vllm(http, model=model)
        case "sglang":
            return SgLang(http, model=model)
        case "modal":
            return Modal(http, model=model)
        case "runpod" if not _is_openai_route(http.endpoint):
            return RunPod(http, model=model)
    return OpenAi(http, model=model, server="RunPod" if _at(http.endpoint, "api.runpod.ai") else "OpenAI-compatible")


async def _ask_dialect(http: Http) -> str:
    """What the address says, where it belongs to a known service; else what the server knows: `/props` is llama.cpp's,
    `/version` vLLM's, `/get_server_info` SGLang's, `/v1/models` everybody's, and `/health` alone Modal's.

    Raises what the server answers otherwise.
    """
    if _at(http.endpoint, "api.runpod.ai"):
        return "openai" if _is_openai_route(http.endpoint) else "runpod"
    if "default_generation_settings" in values.mapping(await _asked(http, "/props")):
        return "llamacpp"
    if "version" in values.mapping(await _asked(http, "/version")):
        return "vllm"
    if await server_info(http):
        return "sglang"
    for path in ("/v1/models", "/models"):
        if isinstance(values.mapping(await _asked(http, path)).get("data"), list):
            return "openai"
    if isinstance(await _asked(http, "/health"), dict):
        return "modal"
    raise ServiceProtocolError(
        f"{http.endpoint} is no server that is known: neither llama.cpp (/props), vLLM (/version) nor SGLang "
        "(/get_server_info), and it lists no models (/v1/models).",
        hint="Check the address, or set `dialect` in the settings.",
    )


async def _asked(http: Http, path: str) -> Any:
    """The answer to a GET; None where the server does not know the path."""
    try:
        return await http.get_json(path)
    except ServiceRefused as error:
        if error.status not in (400, 404, 405, 501):
            raise
    except ServiceProtocolError:
        pass
    return None


def _at(endpoint: str, host: str) -> bool:
    """Whether an address belongs to a host or to one below it."""
    return f".{httpx.URL(endpoint).host}".endswith(f".{host}")


def _is_openai_route(endpoint: str) -> bool:
    return endpoint.endswith("/openai")


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
