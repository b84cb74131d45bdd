"""vLLM's OpenAI-compatible server: `structured_outputs.grammar`, or `guided_grammar` before version 0.12."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from maze_lsp.errors import ServiceRefused
from maze_lsp.inference.dialects import answers, metrics, openai_stream, values
from maze_lsp.inference.faults import RETRIED_STATUSES
from maze_lsp.inference.http import JSON, Http
from maze_lsp.inference.infill import seen
from maze_lsp.inference.probe import Enforced, enforced
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Queue

_WITH_GRAMMAR = RETRIED_STATUSES - {500}
"""A server whose grammar backend is not `guidance` answers 500 to llguidance's notation, every time."""
_BACKEND_HINT = 'Start vLLM with `--structured-outputs-config \'{"backend":"guidance"}\'`.'
_PATH = "/v1"


class Vllm:
    """A `Service`. `model` is the name to ask for; the default of the settings means: the first one it
    serves."""

    def __init__(self, http: Http, *, model: str = "") -> None:
        self._http = http
        self._wanted = answers.wanted_model(model)
        self._model: JSON | None = None
        self._way = "structured_outputs"
        self._habits = openai_stream.Habits()
        self._capabilities: Capabilities | None = None

    @property
    def endpoint(self) -> str:
        return self._http.endpoint

    async def capabilities(self) -> Capabilities:
        if self._capabilities is None:
            answer = await self._http.get_json("/version")
            version = str(values.mapping(answer).get("version", ""))
            model = await self._chosen()
            infill, counts = await seen(self, (str(model["id"]), values.text(model.get("root"))))
            proof = await self._proof(version)
            self._capabilities = Capabilities(
                server="vLLM",
                version=version,
                model=str(model["id"]),
                grammar=proof.full,
                context_size=values.count(model.get("max_model_len")),
                infill=infill,
                counts=counts,
                plain_grammar=proof.plain,
                way=self._way if proof.full or proof.plain else "",
            )
        return self._capabilities

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`."""
        model = str((await self._chosen())["id"])
        retried = RETRIED_STATUSES if request.grammar is None else _WITH_GRAMMAR
        path, body = _PATH + openai_stream.path_of(request), openai_stream.body_of(request, model, self._way)
        try:
            items = openai_stream.stream(self._http, path, body, self._habits, retried=retried)
            async with aclosing(items):
                async for item in items:
                    yield item
        except ServiceRefused as error:
            if error.status == 500 and request.grammar is not None:
                error.hint = _BACKEND_HINT
            raise

    async def tokenize(self, text: str) -> list[int]:
        return await answers.tokenized(self._http, await self._chosen(), text)

    async def health(self) -> str:
        return await answers.health(self._http, "/version")

    async def models(self) -> list[str]:
        return answers.model_ids(await self._http.get_json("/v1/models"), self.endpoint)

    async def queue(self) -> Queue | None:
        """See `Watched.queue`."""
        return await metrics.queue(self._http, "vllm:num_requests_running", "vllm:num_requests_waiting")

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _chosen(self) -> JSON:
        """The entry of `/v1/models` that requests go to."""
        if self._model is None:
            answer = await self._http.get_json("/v1/models")
            self._model = answers.chosen_model(answer, self.endpoint, self._wanted)
        return self._model

    async def _proof(self, version: str) -> Enforced:
        """What is enforced, by the field that this version knows. One that it does not know is silently ignored."""
        proof = await enforced(self)
        if proof.full or proof.plain or proof.refused or not _is_old(version):
            return proof
        self._way = "guided_grammar"
        return await enforced(self)


def _is_old(version: str) -> bool:
    """Whether the fields may still be the old ones; so is a version that cannot be read."""
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    return not (major.isdigit() and minor.isdigit()) or (int(major), int(minor)) < (0, 12)
