"""SGLang's own `/generate`, with the grammar as `ebnf`; its OpenAI route for messages.

Each event of `/generate` carries the whole text so far, unless the server was told to stream pieces.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from maze_lsp.errors import ServiceProtocolError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference.dialects import answers, metrics, openai_stream, values
from maze_lsp.inference.http import JSON, Http
from maze_lsp.inference.infill import seen
from maze_lsp.inference.probe import enforced
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Queue

_BACKEND_HINT = "Start SGLang with `--grammar-backend llguidance`."
_INFO = ("/get_server_info", "/server_info")
"""Older and newer name."""


class SgLang:
    """A `Service`. `model`: see `answers.wanted_model`."""

    def __init__(self, http: Http, *, model: str = "") -> None:
        self._http = http
        self._wanted = answers.wanted_model(model)
        self._model: JSON | None = None
        self._info: JSON | None = None
        self._habits = openai_stream.Habits()
        self._capabilities: Capabilities | None = None

    @property
    def endpoint(self) -> str:
        return self._http.endpoint

    async def capabilities(self) -> Capabilities:
        if self._capabilities is None:
            info, model = await self._server(), await self._chosen()
            name = str(model["id"])
            infill, counts = await seen(
                self, (name, values.text(info.get("model_path")), values.text(model.get("root")))
            )
            proof = await enforced(self)
            self._capabilities = Capabilities(
                server="SGLang",
                version=str(info.get("version", "")),
                model=name,
                grammar=proof.full,
                context_size=values.count(model.get("max_model_len")) or values.count(info.get("context_length")),
                infill=infill,
                counts=counts,
                plain_grammar=proof.plain,
                way="ebnf" if proof.full or proof.plain else "",
            )
        return self._capabilities

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`."""
        items = self._generate(request)
        if request.messages:
            body = openai_stream.body_of(request, str((await self._chosen())["id"]), "ebnf")
            items = openai_stream.stream(self._http, "/v1" + openai_stream.path_of(request), body, self._habits)
        try:
            async with aclosing(items):
                async for item in items:
                    yield item
        except ServiceRefused as error:
            if error.status in (400, 500) and request.grammar is not None:
                error.hint = error.hint or _BACKEND_HINT
            raise

    async def tokenize(self, text: str) -> list[int]:
        return await answers.tokenized(self._http, await self._chosen(), text)

    async def health(self) -> str:
        return await answers.health(self._http, "/v1/models")

    async def models(self) -> list[str]:
        return answers.model_ids(await self._http.get_json("/v1/models"), self.endpoint)

    async def queue(self) -> Queue | None:
        """See `Watched.queue`; only of a server that was started with `--enable-metrics`."""
        return await metrics.queue(self._http, "sglang:num_running_reqs", "sglang:num_queue_reqs")

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _generate(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        info = await self._server()
        pieces = info.get("incremental_streaming_output") is True
        body = _body(request, seeded=info.get("enable_deterministic_inference") is True)
        text, scored = "", 0
        end: JSON = {}
        async with aclosing(self._http.events("/generate", body, has_text=_has_text)) as events:
            async for event in events:
                meta = values.mapping(event.get("meta_info"))
                came = values.text(event.get("text"))
                if not (pieces or meta.get("finish_reason")):
                    came = came.rstrip("\ufffd")  # the first bytes of a character
                fresh = came if pieces else _fresh(text, came, self.endpoint)
                text = text + came if pieces else came
                logprob, scored = _logprob(meta, 0 if pieces else scored)
                if fresh:
                    yield Chunk(fresh, values.count(meta.get("completion_tokens")), logprob)
                reason = values.mapping(meta.get("finish_reason"))
                if reason.get("type") == "abort":
                    raise _aborted(self.endpoint, reason)
                end = meta if reason else end
        if not end:
            raise ServiceUnreachable(
                f"{self.endpoint} ended its answer before the text was finished.", hint="Try again."
            )
        yield Completed(
            "length" if values.mapping(end.get("finish_reason")).get("type") == "length" else "stop",
            values.count(end.get("completion_tokens")),
            values.count(end.get("prompt_tokens")),
            0.0,
            0.0,
            values.count(end.get("cached_tokens")),
        )

    async def _server(self) -> JSON:
        """What the server says of itself; nothing where it says nothing."""
        if self._info is None:
            self._info = await server_info(self._http) or {}
        return self._info

    async def _chosen(self) -> JSON:
        if self._model is None:
            answer = await self._http.get_json("/v1/models")
            self._model = answers.chosen_model(answer, self.endpoint, self._wanted)
        return self._model


async def server_info(http: Http) -> JSON | None:
    """The answer to `/get_server_info`, under its older or newer name; None where it is no SGLang server."""
    for path in _INFO:
        try:
            answer = await http.get_json(path)
        except (ServiceRefused, ServiceProtocolError):
            continue
        if isinstance(answer, dict) and "model_path" in answer:
            return answer
    return None


def _fresh(text: str, whole: str, endpoint: str) -> str:
    """What a whole text adds to the one before."""
    if whole.startswith(text):
        return whole[len(text) :]
    raise ServiceProtocolError(
        f"{endpoint} changed text that it had sent before.", hint="Check that `dialect` in the settings fits it."
    )


def _logprob(meta: JSON, scored: int) -> tuple[float | None, int]:
    """The sum over the tokens that were not counted before, and how many were."""
    listed = meta.get("output_token_logprobs")
    if not isinstance(listed, list) or len(listed) <= scored:
        return None, scored
    found = [values.number(one[0]) for one in listed[scored:] if isinstance(one, list) and one]
    return (sum(found) if found else None), len(listed)


def _aborted(endpoint: str, reason: JSON) -> ServiceRefused:
    words = values.text(reason.get("message")) or "no reason given"
    return ServiceRefused(f"{endpoint} gave up: {words}.", status=values.count(reason.get("status_code")) or 400)


def _body(request: CompletionRequest, *, seeded: bool) -> JSON:
    sampling = request.sampling
    parameters: JSON = {
        **openai_stream.extra_of(request),
        "max_new_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k or -1,
    }
    if seeded:
        parameters["sampling_seed"] = sampling.seed
    if request.stop:
        parameters["stop"] = list(request.stop)
    if request.token_bias:
        parameters["logit_bias"] = {str(token): bias for token, bias in request.token_bias.items()}
    if request.grammar is not None:
        parameters["ebnf"] = request.grammar
    body: JSON = {"text": request.prompt, "stream": True, "sampling_params": parameters}
    if request.logprobs:
        body["return_logprob"] = True
    return body


def _has_text(event: JSON) -> bool:
    return bool(event.get("text")) or bool(values.mapping(event.get("meta_info")).get("finish_reason"))
