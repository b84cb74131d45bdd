"""RunPod's serverless endpoints: a job is queued by `/run`, its text is fetched piece by piece from `/stream`.

The worker is asked in vLLM's words (`openai_route`, `openai_input`); one that is not RunPod's own finds the prompt and
the sampling parameters beside them. An endpoint's OpenAI route is the dialect `openai`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress
from typing import Any

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference.dialects import answers, openai_stream, values
from maze_lsp.inference.faults import message_of, refused_in_stream
from maze_lsp.inference.http import JSON, Http
from maze_lsp.inference.infill import of_models
from maze_lsp.inference.probe import enforced
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Queue

PAUSE = 0.25
"""Seconds between two questions for text where none has come."""
_CANCEL_WITHIN = 2.0
_ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")
_WAY = "structured_outputs"


class RunPod:
    """A `Service`. `model`: the name under which the worker serves it; needed only where it was given one."""

    def __init__(self, http: Http, *, model: str = "") -> None:
        self._http = http
        self._model = answers.wanted_model(model)
        self._capabilities: Capabilities | None = None

    @property
    def endpoint(self) -> str:
        return self._http.endpoint

    async def capabilities(self) -> Capabilities:
        if self._capabilities is None:
            if not self._model:
                self._model = next(iter(await self.models()), "")
            proof = await enforced(self)
            self._capabilities = Capabilities(
                server="RunPod",
                version="",
                model=self._model or "unknown",
                grammar=proof.full,
                context_size=0,
                infill=of_models([self._model]),
                plain_grammar=proof.plain,
                way=_WAY if proof.full or proof.plain else "",
            )
        return self._capabilities

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`. Closing the iterator cancels the job."""
        queued = values.mapping(await self._http.post_json("/run", {"input": self._input(request)}, acts=True))
        job = values.text(queued.get("id"))
        if not job:
            raise ServiceProtocolError(
                f"{self.endpoint}/run did not answer with a job.", hint="Check the address and `dialect`."
            )
        ended = False
        notes = self._http.waiting()
        reading = openai_stream.Reading(self.endpoint, chat=bool(request.messages))
        try:
            native = _Native()
            async with aclosing(self._outputs(job)) as outputs:
                async for output in outputs:
                    notes.close()
                    for event in _events(output, self.endpoint):
                        if "openai" in event:
                            for chunk in reading.read(event["openai"]):
                                yield chunk
                        else:
                            native.read(event)
                            if native.text:
                                yield native.chunk()
            ended = True
        finally:
            notes.close()
            if not ended:
                await self._cancel(job)
        if native.came:
            yield native.end(request)
            return
        for last in reading.end():
            yield last

    async def tokenize(self, text: str) -> list[int]:
        """Always raises: a job would have to be queued to count."""
        del text
        raise ServiceRefused(f"{self.endpoint} does not count tokens.", status=404)

    async def health(self) -> str:
        """`ok` also where no worker runs: one is started for the next job."""
        return await answers.health(self._http, "/health")

    async def models(self) -> list[str]:
        """What the OpenAI route of the same endpoint lists; nothing where it has none."""
        try:
            answer = await self._http.get_json("/openai/v1/models", within=self._http.timeouts.first)
            return answers.model_ids(answer, self.endpoint)
        except (ServiceRefused, ServiceProtocolError):
            return []

    async def queue(self) -> Queue | None:
        """See `Watched.queue`."""
        jobs = values.mapping(values.mapping(await self._http.get_json("/health")).get("jobs"))
        return Queue(values.count(jobs.get("inProgress")), values.count(jobs.get("inQueue"))) if jobs else None

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _outputs(self, job: str) -> AsyncGenerator[Any]:
        """What the worker has put out, in order, until the job has ended. Raises where it failed."""
        loop, times = asyncio.get_running_loop(), self._http.timeouts
        began = heard = loop.time()
        any_came = False
        while True:
            # What was told once is not told again.
            answer = values.mapping(await self._http.get_json(f"/stream/{job}", within=times.first, acts=True))
            pieces = values.mappings(answer.get("stream"))
            for piece in pieces:
                yield piece.get("output")
            status = values.text(answer.get("status"))
            if status in _ENDED:
                if status != "COMPLETED":
                    raise await self._failed(job, status, answer)
                if not (any_came or pieces):
                    for output in await self._collected(job):
                        yield output
                return
            now = loop.time()
            any_came, heard = any_came or bool(pieces), now if pieces else heard
            if now - heard > (times.between if any_came else times.first) or now - began > times.total:
                raise ServiceUnreachable(
                    f"{self.endpoint} put out no text for {now - heard:.0f} s.",
                    hint="Its workers may be busy or starting; try again, or raise the time-outs in the settings.",
                )
            if not pieces:
                await asyncio.sleep(PAUSE)

    async def _collected(self, job: str) -> list[Any]:
        """The output of a job that streamed nothing."""
        output = values.mapping(await self._http.get_json(f"/status/{job}")).get("output")
        return output if isinstance(output, list) else [] if output is None else [output]

    async def _failed(self, job: str, status: str, answer: JSON) -> ServiceError:
        told = answer.get("error")
        if not told:
            with suppress(ServiceError):
                told = values.mapping(await self._http.get_json(f"/status/{job}")).get("error")
        return refused_in_stream(self.endpoint, told or f"the job ended as {status}")

    async def _cancel(self, job: str) -> None:
        """Stop a job that nobody waits for any more; a worker is paid for by the second."""
        with suppress(ServiceError):
            await self._http.post_json(f"/cancel/{job}", {}, within=_CANCEL_WITHIN)

    def _input(self, request: CompletionRequest) -> JSON:
        """Both ways in which workers are asked."""
        body = openai_stream.body_of(request, self._model, _WAY)
        asked = ("messages",) if request.messages else ("prompt",)
        sampling = ("max_tokens", "temperature", "top_p", "top_k", "seed", "stop", _WAY)
        return {
            **{key: body[key] for key in asked},
            "stream": True,
            "sampling_params": {key: body[key] for key in sampling if key in body},
            "openai_route": "/v1" + openai_stream.path_of(request),
            "openai_input": body,
        }


class _Native:
    """The output of workers that do not speak OpenAI's protocol: texts, or lists of tokens."""

    def __init__(self) -> None:
        self.came = False
        self.text = ""
        self._tokens = self._prompt_tokens = 0

    def read(self, event: JSON) -> None:
        self.came = True
        self.text = event["text"]
        usage = values.mapping(event.get("usage"))
        self._tokens = values.count(usage.get("output")) or self._tokens + bool(self.text)
        self._prompt_tokens = values.count(usage.get("input")) or self._prompt_tokens

    def chunk(self) -> Chunk:
        return Chunk(self.text, self._tokens)

    def end(self, request: CompletionRequest) -> Completed:
        """Such a worker does not say why it ended; only its budget can have stopped it at that number."""
        spent = self._tokens >= request.sampling.max_tokens
        return Completed("length" if spent else "stop", self._tokens, self._prompt_tokens, 0.0, 0.0)


def _events(output: Any, endpoint: str) -> Iterator[JSON]:
    """One output as events: `{"openai": …}` for those of the OpenAI protocol, `{"text", "usage"}` for others."""
    if isinstance(output, list):
        for one in output:
            yield from _events(one, endpoint)
    elif isinstance(output, str):
        yield from _of_text(output, endpoint)
    elif isinstance(output, dict):
        if output.get("error"):
            raise refused_in_stream(endpoint, output["error"])
        choices = values.mappings(output.get("choices"))
        tokens = [one["tokens"] for one in choices if isinstance(one.get("tokens"), list)]
        if tokens:
            text = "".join(values.text(token) for token in tokens[0])
            yield {"text": text, "usage": output.get("usage")}
        elif choices or "usage" in output:
            yield {"openai": output}
        else:
            text = next((values.text(output[key]) for key in ("text", "generated_text", "token") if key in output), "")
            yield {"text": text, "usage": output.get("usage")}


def _of_text(output: str, endpoint: str) -> Iterator[JSON]:
    """A text may be the lines of an event stream."""
    if not output.startswith("data:"):
        yield {"text": values.text(output)}
        return
    for line in output.splitlines():
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data in ("", "[DONE]"):
            continue
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            raise ServiceProtocolError(f"{endpoint} put out an event that is not JSON.") from None
        if isinstance(event, dict):
            if event.get("error"):
                raise refused_in_stream(endpoint, message_of(event["error"]))
            yield {"openai": event}
