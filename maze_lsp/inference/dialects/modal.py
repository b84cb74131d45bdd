"""The service of the seed on Modal: `/generate/stream` and `/generate`, in both shapes of answers that are deployed.

What an answer says of satisfied constraints is not believed. The first request may wait for a machine to start.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference.dialects import answers, values
from maze_lsp.inference.dialects.openai_stream import extra_of
from maze_lsp.inference.faults import refused_in_stream
from maze_lsp.inference.http import JSON, Http
from maze_lsp.inference.infill import of_models
from maze_lsp.inference.probe import enforced
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest


class Modal:
    """A `Service`. It serves one model, and counts no tokens for others."""

    def __init__(self, http: Http, *, model: str = "") -> None:
        self._http = http
        self._wanted = answers.wanted_model(model)
        self._streams = True
        """Until the server was seen not to know the route."""
        self._seen_model = ""
        self._capabilities: Capabilities | None = None

    @property
    def endpoint(self) -> str:
        return self._http.endpoint

    async def capabilities(self) -> Capabilities:
        if self._capabilities is None:
            said = await self._said()
            proof = await enforced(self)
            names = [name for name in (self._wanted, *await self._names(), self._seen_model) if name]
            self._capabilities = Capabilities(
                server="Modal",
                version=values.text(said.get("version")),
                model=names[0] if names else "unknown",
                grammar=proof.full,
                context_size=values.count(said.get("max_model_len")) or values.count(said.get("context_size")),
                infill=of_models(names[:1]),
                plain_grammar=proof.plain,
                way="constraints.grammar" if proof.full or proof.plain else "",
            )
        return self._capabilities

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`. Where the service cannot stream, the text comes in one piece."""
        if self._streams:
            try:
                async with aclosing(self._pieces(request)) as items:
                    async for item in items:
                        yield item
                return
            except ServiceRefused as error:
                if error.status not in (404, 405):
                    raise
        answer = await self._http.post_json("/generate", _body(request), within=self._http.timeouts.total)
        self._streams = False
        text, end = self._whole(answer, request)
        if text:
            yield Chunk(text, end.tokens)
        yield end

    async def tokenize(self, text: str) -> list[int]:
        """Always raises: this service counts no tokens."""
        del text
        raise ServiceRefused(f"{self.endpoint} does not count tokens.", status=404)

    async def health(self) -> str:
        return await answers.health(self._http, "/health")

    async def models(self) -> list[str]:
        return await self._names()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _pieces(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        tokens, finished, reason = 0, False, ""
        async with aclosing(self._http.events("/generate/stream", _body(request), has_text=_has_text)) as events:
            async for event in events:
                text = values.text(event.get("token")) or values.text(event.get("text"))
                tokens += bool(text)
                if text:
                    yield Chunk(text, tokens)
                reason = values.text(event.get("finish_reason")) or reason
                finished = finished or event.get("done") is True
        if reason == "error":
            raise refused_in_stream(self.endpoint, None)
        if not (finished or reason):
            raise ServiceUnreachable(
                f"{self.endpoint} ended its answer before the text was finished.", hint="Try again."
            )
        # It does not say why it ended; only its budget can have stopped it at that number.
        spent = reason == "length" or (not reason and tokens >= request.sampling.max_tokens)
        yield Completed("length" if spent else "stop", tokens, 0, 0.0, 0.0)

    def _whole(self, answer: Any, request: CompletionRequest) -> tuple[str, Completed]:
        told = values.mapping(answer)
        if not isinstance(told.get("generated_text"), str):
            if told.get("error"):
                raise refused_in_stream(self.endpoint, told["error"])
            raise ServiceProtocolError(
                f"{self.endpoint}/generate did not answer with a text.",
                hint="Check the address, or set `dialect` in the settings.",
            )
        if told.get("finish_reason") == "error":
            details = values.mapping(told.get("metadata"))
            raise refused_in_stream(self.endpoint, told.get("error") or details.get("error") or details.get("message"))
        self._seen_model = values.text(told.get("model_name")) or values.text(told.get("model"))
        tokens = values.count(told.get("tokens_generated"))
        spent = told.get("finish_reason") == "length" or (
            "finish_reason" not in told and tokens >= request.sampling.max_tokens
        )
        stats = values.mapping(told.get("stats"))
        took = values.number(told.get("generation_time_ms")) or values.number(stats.get("total_time_ms"))
        return values.text(told["generated_text"]), Completed("length" if spent else "stop", tokens, 0, 0.0, took)

    async def _said(self) -> JSON:
        """The answer to `/health`, for which a machine may have to start first."""
        try:
            return values.mapping(await self._http.get_json("/health", within=self._http.timeouts.first))
        except ServiceRefused as error:
            if error.status not in (404, 405):
                raise
            return {}

    async def _names(self) -> list[str]:
        """The models, in any of the shapes in which they are listed."""
        try:
            answer = await self._http.get_json("/models")
        except ServiceError:
            return []
        listed: Any = answer
        if isinstance(answer, dict):
            listed = next((answer[key] for key in ("data", "models", "available_models") if key in answer), [])
        if isinstance(listed, dict):
            listed = list(listed)
        names = []
        for one in listed if isinstance(listed, list) else []:
            told = values.mapping(one)
            name = one if isinstance(one, str) else told.get("id") or told.get("name") or told.get("model")
            if isinstance(name, str) and name:
                names.append(name)
        return names


def _body(request: CompletionRequest) -> JSON:
    sampling = request.sampling
    prompt = request.prompt or "\n\n".join(message.content for message in request.messages)
    body: JSON = {
        **extra_of(request),
        "prompt": prompt,
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "stop_sequences": list(request.stop),
        "stream": True,
    }
    if request.grammar is not None:
        body["constraints"] = {"grammar": request.grammar}
    return body


def _has_text(event: JSON) -> bool:
    return any(event.get(key) for key in ("token", "text", "done", "finish_reason"))
