"""Any service that speaks OpenAI's protocol: Ollama, LM Studio, gateways, hosted ones.

What such a service can is found out: whether it completes texts or only chats, which of the ways to hand over a
grammar it obeys, and which fields it refuses.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from maze_lsp.errors import ServiceError, ServiceRefused
from maze_lsp.inference.dialects import answers, openai_stream, values
from maze_lsp.inference.http import JSON, Http
from maze_lsp.inference.infill import seen
from maze_lsp.inference.probe import Enforced, enforced
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Sampling

_FIELDS = ("structured_outputs", "guided_grammar", "grammar", "ebnf")
"""Ways that a server which does not know them ignores: asked for together first."""
_TOGETHER = "together"
_OPTIONAL = (
    "top_k",
    "seed",
    "top_p",
    "temperature",
    "stop",
    "stream_options",
    "logprobs",
    "logit_bias",
    "parallel_tool_calls",
    *_FIELDS,
)
"""Fields without which a request still makes sense."""
_MOST_REFUSED = 8
_SHOWN_MODELS = 12
_TEMPLATED = ("library",)
"""Owners of models that put every prompt into a template for chats (Ollama): no text is completed there."""


class OpenAi:
    """A `Service`. `server`: what it is called where it does not say.

    `model` has to be set where several models are served.
    """

    def __init__(self, http: Http, *, model: str = "", server: str = "OpenAI-compatible") -> None:
        self._http = http
        self._wanted = answers.wanted_model(model)
        self._server = server
        self._prefix = ""
        self._model: JSON | None = None
        self._way = ""
        self._chat: bool | None = None
        self._refused: dict[str, str] = {}
        """Fields that the service does not take, and what is sent in their place (nothing, mostly)."""
        self._habits = openai_stream.Habits()
        self._capabilities: Capabilities | None = None

    @property
    def endpoint(self) -> str:
        return self._http.endpoint

    async def capabilities(self) -> Capabilities:
        if self._capabilities is None:
            model = await self._chosen()
            name = str(model["id"])
            chat = await self._only_chats()
            infill, counts = (None, False) if chat else await seen(self, (name, values.text(model.get("root"))))
            proof = await self._proof(chat=chat)
            self._capabilities = Capabilities(
                server=self._server,
                version="",
                model=name,
                grammar=proof.full,
                context_size=values.count(model.get("max_model_len")) or values.count(model.get("context_length")),
                infill=infill,
                counts=counts,
                chat=chat,
                plain_grammar=proof.plain,
                way=self._way if proof.full or proof.plain else "",
            )
        return self._capabilities

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`. Fields that are refused are left out from then on."""
        model = str((await self._chosen())["id"])
        for _ in range(_MOST_REFUSED):
            body = self._fitted(self._body(request, model))
            path = self._prefix + openai_stream.path_of(request)
            try:
                async with aclosing(openai_stream.stream(self._http, path, body, self._habits)) as items:
                    async for item in items:
                        yield item
                return
            except ServiceRefused as error:
                if error.status not in (400, 422) or not self._learn(error.message, body):
                    raise
        raise ServiceRefused(f"{self.endpoint} refused too many fields of a request.", status=400)

    async def tokenize(self, text: str) -> list[int]:
        return await answers.tokenized(self._http, await self._chosen(), text)

    async def health(self) -> str:
        try:
            await self._listed()
        except ServiceRefused as error:
            return "loading" if error.status == 503 else str(error)
        except ServiceError as error:
            return str(error)
        return "ok"

    async def models(self) -> list[str]:
        return answers.model_ids(await self._listed(), self.endpoint)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _listed(self) -> Any:
        """The list of models; addresses that do not end in `/v1` may have it without."""
        try:
            answer = await self._http.get_json("/v1/models")
            self._prefix = "/v1"
        except ServiceRefused as error:
            if error.status not in (404, 405):
                raise
            answer = await self._http.get_json("/models")
            self._prefix = ""
        return answer

    async def _chosen(self) -> JSON:
        if self._model is None:
            answer = await self._listed()
            names = answers.model_ids(answer, self.endpoint)
            name = _named(self._wanted, names)
            if not name:
                shown = ", ".join(names[:_SHOWN_MODELS]) + (" …" if len(names) > _SHOWN_MODELS else "")
                raise ServiceRefused(
                    f"{self.endpoint} serves several models and none was chosen: {shown}."
                    if names
                    else f"{self.endpoint} serves no model.",
                    status=404,
                    hint="Set `model` to one of these." if names else "Load one there.",
                )
            listed = [one for one in values.mappings(answer["data"]) if str(one.get("id")) == name]
            self._model = {**(listed[0] if listed else {}), "id": name}
        return self._model

    async def _only_chats(self) -> bool:
        """Whether texts cannot be completed: asked for one token, once."""
        if self._chat is None:
            owner = values.text((await self._chosen()).get("owned_by"))
            self._chat = owner in _TEMPLATED or not await self._completes()
        return self._chat

    async def _completes(self) -> bool:
        request = CompletionRequest("def f(x):\n    return", Sampling(max_tokens=1, temperature=0.0))
        try:
            async with aclosing(self.stream(request)) as items:
                async for _ in items:
                    pass
        except ServiceRefused as error:
            if error.status in (400, 404, 405, 422, 501):
                return False
            raise
        return True

    async def _proof(self, *, chat: bool) -> Enforced:
        """Which way of handing over a grammar is obeyed. One request where none is, as with most services."""
        self._way = _TOGETHER
        proof = await enforced(self, chat=chat)
        ways: tuple[str, ...] = ()
        if proof.full or proof.plain:
            ways = _FIELDS
        elif chat and (proof.refused or not self._refused.keys().isdisjoint(_FIELDS)):
            ways = ("custom tool",)  # a service that looks at its fields may know this one
        for way in ways:
            if way in self._refused:
                continue
            self._way = way
            proof = await enforced(self, chat=chat)
            if proof.full or proof.plain:
                return proof
        self._way = ""
        return Enforced()

    def _body(self, request: CompletionRequest, model: str) -> JSON:
        if self._way != _TOGETHER or request.grammar is None:
            return openai_stream.body_of(request, model, self._way)
        body = openai_stream.body_of(replace(request, grammar=None), model)
        for way in _FIELDS:
            body |= openai_stream.WAYS[way](request.grammar)
        return body

    def _fitted(self, body: JSON) -> JSON:
        """The body without the fields that this service refuses."""
        fitted = {key: value for key, value in body.items() if key not in self._refused}
        for key, other in self._refused.items():
            if other and key in body:
                fitted[other] = body[key]
        return fitted

    def _learn(self, words: str, body: JSON) -> bool:
        """Note the field that a refusal names; False where it names none that could be left out."""
        if "max_tokens" in body and "max_completion_tokens" in words:
            self._refused["max_tokens"] = "max_completion_tokens"
            return True
        # The grammar itself may be refused: without its field a request would be another one.
        kept = self._way if self._way != _TOGETHER else ""
        named = [key for key in _OPTIONAL if key in body and key != kept and re.search(rf"\b{key}\b", words)]
        self._refused.update(dict.fromkeys(named, ""))
        return bool(named)


def _named(wanted: str, names: list[str]) -> str:
    """The model to ask for: the wanted one (a hosted service need not list it), else the only one."""
    if wanted:
        return next((name for name in names if name in (wanted, f"{wanted}:latest")), wanted)
    return names[0] if len(names) == 1 else ""
