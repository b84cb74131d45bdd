"""vLLM's OpenAI-compatible server: `/v1/completions` with `structured_outputs.grammar`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from maze_lsp.errors import ServiceError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference.dialects import values
from maze_lsp.inference.dialects.llamacpp import model_ids, token_ids
from maze_lsp.inference.faults import RETRIED_STATUSES
from maze_lsp.inference.http import JSON, Http
from maze_lsp.inference.infill import seen
from maze_lsp.inference.models import KNOWN
from maze_lsp.inference.probe import grammars_enforced
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, FinishReason

_WITH_GRAMMAR = RETRIED_STATUSES - {500}
"""A server whose grammar backend is not `guidance` answers 500 to llguidance's notation, every time."""
_BACKEND_HINT = 'Start vLLM with `--structured-outputs-config \'{"backend":"guidance"}\'`.'


class Vllm:
    """A `Service`. `model` is the name to ask for; the default of the settings means: the first one it
    serves."""

    def __init__(self, http: Http, *, model: str = "") -> None:
        self._http = http
        self._wanted = "" if model in KNOWN else model
        self._model: JSON | None = None
        self._capabilities: Capabilities | None = None

    @property
    def endpoint(self) -> str:
        return self._http.endpoint

    async def capabilities(self) -> Capabilities:
        if self._capabilities is None:
            answer = await self._http.get_json("/version")
            model = await self._chosen()
            infill, counts = await seen(self, (str(model["id"]), values.text(model.get("root"))))
            self._capabilities = Capabilities(
                server="vLLM",
                version=str(values.mapping(answer).get("version", "")),
                model=str(model["id"]),
                grammar=await grammars_enforced(self),
                context_size=values.count(model.get("max_model_len")),
                infill=infill,
                counts=counts,
            )
        return self._capabilities

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`."""
        model = await self._chosen()
        retried = RETRIED_STATUSES if request.grammar is None else _WITH_GRAMMAR
        events = self._http.events(
            "/v1/completions", _body(request, str(model["id"])), has_text=_has_text, retried=retried
        )
        reason: FinishReason | None = None
        tokens = prompt_tokens = 0
        try:
            async with aclosing(events):
                async for event in events:
                    usage = values.mapping(event.get("usage"))
                    tokens = values.count(usage.get("completion_tokens")) or tokens
                    prompt_tokens = values.count(usage.get("prompt_tokens")) or prompt_tokens
                    for choice in values.mappings(event.get("choices")):
                        # Pieces of one character come as empty texts; they are tokens nevertheless.
                        tokens += 0 if usage else 1
                        if text := values.text(choice.get("text")):
                            yield Chunk(text, tokens)
                        if choice.get("finish_reason"):
                            reason = "length" if choice["finish_reason"] == "length" else "stop"
        except ServiceRefused as error:
            if error.status == 500 and request.grammar is not None:
                error.hint = _BACKEND_HINT
            raise
        if reason is None:
            raise ServiceUnreachable(
                f"{self.endpoint} ended its answer before the text was finished.", hint="Try again."
            )
        yield Completed(reason, tokens, prompt_tokens, 0.0, 0.0)

    async def tokenize(self, text: str) -> list[int]:
        model = await self._chosen()
        body = {"model": model["id"], "prompt": text, "add_special_tokens": False}
        answer = await self._http.post_json("/tokenize", body)
        return token_ids(answer, self.endpoint)

    async def health(self) -> str:
        try:
            await self._http.get_json("/version")
        except ServiceRefused as error:
            return "loading" if error.status == 503 else str(error)
        except ServiceError as error:
            return str(error)
        return "ok"

    async def models(self) -> list[str]:
        return model_ids(await self._http.get_json("/v1/models"), self.endpoint)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _chosen(self) -> JSON:
        """The entry of `/v1/models` that requests go to."""
        if self._model is None:
            answer = await self._http.get_json("/v1/models")
            names = model_ids(answer, self.endpoint)
            if not names or (self._wanted and self._wanted not in names):
                raise ServiceRefused(
                    f"{self.endpoint} does not serve the model `{self._wanted}`; "
                    f"it serves: {', '.join(names) or 'none'}.",
                    status=404,
                    hint="Set `model` to one of these.",
                )
            name = self._wanted or names[0]
            self._model = next(entry for entry in values.mappings(answer["data"]) if str(entry.get("id")) == name)
        return self._model


def _body(request: CompletionRequest, model: str) -> JSON:
    sampling = request.sampling
    extra: dict[str, Any] = dict(request.extra)
    # A constraint comes only from the request's own grammar.
    extra.pop("structured_outputs", None)
    body: JSON = {
        **extra,
        "model": model,
        "prompt": request.prompt,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "seed": sampling.seed,
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if request.grammar is not None:
        body["structured_outputs"] = {"grammar": request.grammar}
    return body


def _has_text(event: JSON) -> bool:
    choices = values.mappings(event.get("choices"))
    return any(choice.get("text") or choice.get("finish_reason") for choice in choices)
