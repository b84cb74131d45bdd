"""llama.cpp's server: `/completion` with `grammar`, `/tokenize`, `/props`, `/health`, `/v1/models`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference.dialects import values
from maze_lsp.inference.http import JSON, Http
from maze_lsp.inference.infill import seen
from maze_lsp.inference.probe import grammars_enforced
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest


class LlamaCpp:
    """A `Service`. `version` and `model` replace what the server says of itself, where given."""

    def __init__(self, http: Http, *, version: str = "", model: str = "") -> None:
        self._http = http
        self._version = version
        self._model = model
        self._capabilities: Capabilities | None = None

    @property
    def endpoint(self) -> str:
        return self._http.endpoint

    async def capabilities(self) -> Capabilities:
        if self._capabilities is None:
            props = await self._http.get_json("/props")
            if not isinstance(props, dict):
                raise ServiceProtocolError(f"{self.endpoint}/props is not what a llama.cpp server answers.")
            settings = values.mapping(props.get("default_generation_settings"))
            names = (self._model, values.text(props.get("model_alias")), values.text(props.get("model_path")))
            infill, counts = await seen(self, names)
            self._capabilities = Capabilities(
                server="llama.cpp",
                version=self._version or str(props.get("build_info", "")),
                model=self._model or _model_of(props),
                grammar=await grammars_enforced(self),
                context_size=values.count(settings.get("n_ctx")),
                infill=infill,
                counts=counts,
            )
        return self._capabilities

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`."""
        completed: Completed | None = None
        try:
            async with aclosing(self._http.events("/completion", _body(request), has_text=_has_text)) as events:
                async for event in events:
                    if not isinstance(event.get("content"), str):
                        raise ServiceProtocolError(f"{self.endpoint} sent an event without text.")
                    text, tokens = values.text(event["content"]), values.count(event.get("tokens_predicted"))
                    if text:
                        yield Chunk(text, tokens)
                    if event.get("stop"):
                        # Read on to the end of the answer, so that its connection can be used again.
                        completed = _completed(event, tokens)
        except ServiceError:
            if completed is None:
                raise
        if completed is not None:
            yield completed
            return
        raise ServiceUnreachable(f"{self.endpoint} ended its answer before the text was finished.", hint="Try again.")

    async def tokenize(self, text: str) -> list[int]:
        answer = await self._http.post_json("/tokenize", {"content": text, "add_special": False, "parse_special": True})
        return token_ids(answer, self.endpoint)

    async def health(self) -> str:
        try:
            await self._http.get_json("/health")
        except ServiceRefused as error:
            return "loading" if error.status == 503 else str(error)
        except ServiceError as error:
            return str(error)
        return "ok"

    async def models(self) -> list[str]:
        return model_ids(await self._http.get_json("/v1/models"), self.endpoint)

    async def aclose(self) -> None:
        await self._http.aclose()


def token_ids(answer: Any, endpoint: str) -> list[int]:
    """The tokens in an answer to `/tokenize`."""
    tokens = values.mapping(answer).get("tokens")
    if not isinstance(tokens, list):
        raise ServiceProtocolError(f"{endpoint}/tokenize did not answer with tokens.")
    return [values.count(token) for token in tokens]


def model_ids(answer: Any, endpoint: str) -> list[str]:
    """The names in an answer to `/v1/models`."""
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list):
        raise ServiceProtocolError(f"{endpoint}/v1/models did not answer with a list of models.")
    return [str(entry["id"]) for entry in values.mappings(data) if "id" in entry]


def _body(request: CompletionRequest) -> JSON:
    sampling = request.sampling
    body: JSON = {
        **request.extra,
        "prompt": request.prompt,
        "stream": True,
        "cache_prompt": True,
        "n_predict": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "seed": sampling.seed,
    }
    if sampling.dry > 0:
        body |= {"dry_multiplier": sampling.dry, "dry_base": 1.75, "dry_allowed_length": 4}
    if request.stop:
        body["stop"] = list(request.stop)
    # Without a constraint of its own a request must not get one through `extra` either.
    body.pop("grammar", None)
    if request.grammar is not None:
        body.pop("json_schema", None)
        body["grammar"] = request.grammar
    return body


def _has_text(event: JSON) -> bool:
    return bool(event.get("content")) or bool(event.get("stop"))


def _completed(event: JSON, tokens: int) -> Completed:
    timings = values.mapping(event.get("timings"))
    return Completed(
        finish_reason="length" if event.get("stop_type") == "limit" else "stop",
        tokens=tokens,
        prompt_tokens=values.count(event.get("tokens_evaluated")),
        prompt_ms=values.number(timings.get("prompt_ms")),
        generation_ms=values.number(timings.get("predicted_ms")),
    )


def _model_of(props: JSON) -> str:
    alias = props.get("model_alias")
    if isinstance(alias, str) and alias:
        return alias
    return str(props.get("model_path", "")).replace("\\", "/").rpartition("/")[2]
