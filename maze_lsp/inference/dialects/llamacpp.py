"""llama.cpp's server: `/completion` and its chat route with `grammar`, `/tokenize`, `/props`, `/health`, `/slots`.

Built without llguidance, it silently ignores grammars in llguidance's notation.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceUnreachable
from maze_lsp.inference.dialects import answers, openai_stream, values
from maze_lsp.inference.http import JSON, Http
from maze_lsp.inference.infill import seen
from maze_lsp.inference.probe import enforced
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Queue


class LlamaCpp:
    """A `Service`. `version` and `model` replace what the server says of itself, where given."""

    def __init__(self, http: Http, *, version: str = "", model: str = "") -> None:
        self._http = http
        self._version = version
        self._model = model
        self._habits = openai_stream.Habits()
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
            proof = await enforced(self)
            self._capabilities = Capabilities(
                server="llama.cpp",
                version=self._version or str(props.get("build_info", "")),
                model=self._model or _model_of(props),
                grammar=proof.full,
                context_size=values.count(settings.get("n_ctx")),
                infill=infill,
                counts=counts,
                plain_grammar=proof.plain,
                way="grammar" if proof.full or proof.plain else "",
            )
        return self._capabilities

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`."""
        items = self._chat(request) if request.messages else self._complete(request)
        async with aclosing(items):
            async for item in items:
                yield item

    async def tokenize(self, text: str) -> list[int]:
        answer = await self._http.post_json("/tokenize", {"content": text, "add_special": False, "parse_special": True})
        return answers.token_ids(answer, self.endpoint)

    async def health(self) -> str:
        return await answers.health(self._http, "/health")

    async def models(self) -> list[str]:
        return answers.model_ids(await self._http.get_json("/v1/models"), self.endpoint)

    async def queue(self) -> Queue | None:
        """See `Watched.queue`. What waits is not told by `/slots`, only that none is free."""
        try:
            slots = await self._http.get_json("/slots")
        except ServiceError:
            return None
        busy = [bool(slot.get("is_processing")) for slot in values.mappings(slots)]
        return Queue(sum(busy), 0) if busy else None

    async def aclose(self) -> None:
        await self._http.aclose()

    def _chat(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        body = openai_stream.body_of(request, self._model or "any", "grammar")
        return openai_stream.stream(self._http, "/v1" + openai_stream.path_of(request), body, self._habits)

    async def _complete(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        completed: Completed | None = None
        try:
            async with aclosing(self._http.events("/completion", _body(request), has_text=_has_text)) as events:
                async for event in events:
                    if not isinstance(event.get("content"), str):
                        raise ServiceProtocolError(f"{self.endpoint} sent an event without text.")
                    text, tokens = values.text(event["content"]), values.count(event.get("tokens_predicted"))
                    if text:
                        yield Chunk(text, tokens, _logprob(event))
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
    if request.logprobs:
        body["n_probs"] = 1
    if request.token_bias:
        body["logit_bias"] = [[token, bias] for token, bias in request.token_bias.items()]
    # Without a constraint of its own a request must not get one through `extra` either.
    body.pop("grammar", None)
    if request.grammar is not None:
        body.pop("json_schema", None)
        body["grammar"] = request.grammar
    return body


def _has_text(event: JSON) -> bool:
    return bool(event.get("content")) or bool(event.get("stop"))


def _logprob(event: JSON) -> float | None:
    """The sum over the tokens of an event."""
    found = [values.number(one.get("logprob")) for one in values.mappings(event.get("completion_probabilities"))]
    return sum(found) if found else None


def _completed(event: JSON, tokens: int) -> Completed:
    timings = values.mapping(event.get("timings"))
    return Completed(
        finish_reason="length" if event.get("stop_type") == "limit" else "stop",
        tokens=tokens,
        prompt_tokens=values.count(event.get("tokens_evaluated")),
        prompt_ms=values.number(timings.get("prompt_ms")),
        generation_ms=values.number(timings.get("predicted_ms")),
        cached_tokens=values.count(timings.get("cache_n")),
    )


def _model_of(props: JSON) -> str:
    alias = props.get("model_alias")
    if isinstance(alias, str) and alias:
        return alias
    return str(props.get("model_path", "")).replace("\\", "/").rpartition("/")[2]
