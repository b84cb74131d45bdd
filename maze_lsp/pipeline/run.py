"""Run a generation: attempts over the steps of a plan, proof of the result, record.

The order of events is fixed: `Started`, then `Note`, `Delta` and `Reset`, then exactly one of `Finished` and `Failed`.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial

from maze_lsp.constraints.cache import ConstraintCache
from maze_lsp.constraints.compile import rest_of_hole, rest_of_text
from maze_lsp.constraints.ir import ConstraintIR
from maze_lsp.constraints.proof import read_proof, schema_violation, why_not
from maze_lsp.constraints.terms import lacking, term_violation
from maze_lsp.constraints.types import CompiledConstraint, Part, PartVerdict
from maze_lsp.context.inplace import problems
from maze_lsp.context.prompt import build_text_prompt
from maze_lsp.context.types import HoleContext, Snapshot
from maze_lsp.errors import LedgerError, MazeError, VerificationError
from maze_lsp.inference.types import Capabilities, CompletionRequest, Sampling, Service
from maze_lsp.languages.spec import LanguageSpec
from maze_lsp.pipeline.chat import chat_for_text
from maze_lsp.pipeline.constraining import hole_constraint, text_constraint
from maze_lsp.pipeline.events import Delta, Event, Failed, Finished, Note, Reset, Result, Started
from maze_lsp.pipeline.free import stream_unconstrained
from maze_lsp.pipeline.prompting import chats, prompt_for
from maze_lsp.pipeline.recording import Ledger, Origin, make_record
from maze_lsp.pipeline.steps import Plan, SingleStep, Step
from maze_lsp.pipeline.stream import stream_step
from maze_lsp.pipeline.ways import Asking, StepWay
from maze_lsp.pipeline.written import Streamed, Written, sampled_anew
from maze_lsp.settings import Settings
from maze_lsp.text import Span


def new_id() -> str:
    return uuid.uuid4().hex


def sampling_of(settings: Settings, seed: int) -> Sampling:
    """The sampling parameters of the settings, with a seed."""
    return Sampling(
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        top_k=settings.top_k,
        seed=seed,
        dry=settings.dry,
    )


@dataclass(frozen=True, slots=True)
class HoleRequest:
    """Fill one hole. `extra` are further sampling parameters, sent as they are.

    `others`: open files whose imports and signatures may be shown to the model; none that is excluded. `one_line`: the
    text ends with the first line at whose end it is complete. `logprobs`: ask for the probabilities of its tokens.
    `constraints` hold beside the grammar of the hole.
    """

    context: HoleContext
    sampling: Sampling
    id: str = field(default_factory=new_id)
    extra: dict[str, object] = field(default_factory=dict)
    others: tuple[Snapshot, ...] = ()
    one_line: bool = False
    logprobs: bool = False
    constraints: tuple[ConstraintIR, ...] = ()


@dataclass(frozen=True, slots=True)
class TextRequest:
    """Write a text of its own from a prompt, under a language's grammar and `constraints`; with none, unconstrained."""

    prompt: str
    sampling: Sampling
    language: LanguageSpec | None = None
    constraints: tuple[ConstraintIR, ...] = ()
    id: str = field(default_factory=new_id)
    extra: dict[str, object] = field(default_factory=dict)


class Pipeline:
    """Generations on one service. `ledger` is None where nothing is to be recorded.

    Of the settings, `attempts` bounds how often a result that does not pass the proof is made anew, and `keep_text`
    says whether records keep prompt and text; `prompting.py` has those that say what the prompt shows.
    """

    def __init__(
        self, service: Service, ledger: Ledger | None, settings: Settings, cache: ConstraintCache | None = None
    ) -> None:
        self._service = service
        self._ledger = ledger
        self._settings = settings
        self._cache = cache or ConstraintCache()

    async def generate(self, request: HoleRequest | TextRequest, plan: Plan | None = None) -> AsyncGenerator[Event]:
        """The events of one generation. Closing the generator cancels it, upstream included."""
        run = _Run(self._service, self._ledger, self._settings, self._cache, request, plan)
        try:
            async with aclosing(run.events()) as events:
                async for event in events:
                    yield event
        except MazeError as error:
            yield Failed(error)


@dataclass(slots=True)
class _Attempt:
    """What one attempt has gathered over its steps.

    `proven`: the constraint that the whole text has been replayed through while it streamed; None where the text was
    put together from several steps, or closed.
    """

    text: str = ""
    ending: str = "finished"
    why: str = ""
    enforced: bool = True
    steps: int = 0
    proven: CompiledConstraint | None = None
    tokens: int = 0
    prompt_tokens: int = 0
    prompt_ms: float = 0.0
    generation_ms: float = 0.0
    first_delta_ms: float = 0.0
    prompts: list[str] = field(default_factory=list)
    stop: tuple[str, ...] = ()
    written: list[Written] = field(default_factory=list)
    logprob: float | None = None

    def add(self, streamed: Streamed) -> None:
        if streamed.logprob is not None:
            before = self.tokens * (self.logprob or 0.0)
            self.logprob = (before + streamed.tokens * streamed.logprob) / max(1, self.tokens + streamed.tokens)
        self.text += streamed.text
        self.ending, self.why = streamed.ending, streamed.why
        self.enforced = self.enforced and streamed.enforced
        self.steps += 1
        self.written += streamed.parts
        self.tokens += streamed.tokens
        self.prompt_tokens += streamed.prompt_tokens
        self.prompt_ms += streamed.prompt_ms
        self.generation_ms += streamed.generation_ms


class _Run:
    def __init__(
        self,
        service: Service,
        ledger: Ledger | None,
        settings: Settings,
        cache: ConstraintCache,
        request: HoleRequest | TextRequest,
        plan: Plan | None,
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._cache = cache
        self._request = request
        self._plan = plan
        self._asking = Asking(service, self._planned)
        self._whole: CompiledConstraint | None = None
        self._began = time.perf_counter()
        self._service_ms = 0.0  # of all attempts

    async def events(self) -> AsyncGenerator[Event]:
        request = self._request
        await self._asking.begin()
        capabilities, plan = self._asking.capabilities, self._asking.plan
        whole = plan.whole if plan else None
        yield Started(request.id, capabilities.model, capabilities.server, capabilities.grammar)
        if whole and not capabilities.grammar:
            yield Note("Grammars are not enforced by this server: the text is checked here.")
        for words in lacking(request.context, request.constraints) if isinstance(request, HoleRequest) else ():
            yield Note(words)
        failure = ""
        for number in range(self._settings.attempts):
            if number:
                yield Reset(failure)
            attempt = _Attempt()
            sampling = sampled_anew(request.sampling, number)
            async with aclosing(self._attempt(sampling, attempt)) as events:
                async for event in events:
                    yield event
            failure = await asyncio.to_thread(_failure, request, whole, attempt)
            if not failure:
                yield await self._finish(whole, sampling, attempt, number + 1)
                return
        tries = "once" if self._settings.attempts == 1 else f"{self._settings.attempts} times"
        raise VerificationError(
            f"Nothing was inserted: the generated text did not pass the proof, tried {tries}. {failure}",
            hint="Try another seed, a larger max_tokens or a stronger model.",
        )

    async def _planned(self, service: Service, capabilities: Capabilities) -> Plan | None:
        if self._plan is not None:
            return self._plan
        request = self._request
        if isinstance(request, TextRequest):
            return await asyncio.to_thread(_text_plan, request, self._cache, chats(self._settings, capabilities))
        if self._whole is None:
            self._whole = await asyncio.to_thread(hole_constraint, request.context, request.constraints, self._cache)
        whole = self._whole
        tokens = request.sampling.max_tokens
        prompt = await prompt_for(
            request.context, request.others, whole.heal, service, capabilities, self._settings, tokens
        )
        rest = rest_of_line(request.context)
        remainder = partial(rest_of_hole, request.context)
        return SingleStep(
            prompt.text, whole, prompt.behind, prompt.stop, rest, request.one_line, remainder, prompt.chat
        )

    async def _attempt(self, sampling: Sampling, attempt: _Attempt) -> AsyncGenerator[Delta | Reset | Note]:
        left = sampling.max_tokens
        while left > 0 and (step := self._next_step(attempt)) is not None:
            way = StepWay(self._asking, attempt.text) if isinstance(step, Step) else None
            if isinstance(step, Step) and step.joint:
                attempt.text += step.joint
                yield Delta(step.joint, attempt.tokens)
            before = attempt.tokens
            async with aclosing(self._stream(way, replace(sampling, max_tokens=left))) as events:
                async for event in events:
                    if isinstance(event, Streamed):
                        alone = not attempt.steps and event.ending != "closed"
                        attempt.proven = step.constraint if alone and isinstance(step, Step) else None
                        attempt.add(event)
                        self._service_ms += event.service_ms
                        continue
                    if isinstance(event, Reset):
                        yield Reset(event.reason, attempt.text + event.kept)
                        continue
                    if isinstance(event, Note):
                        yield event
                        continue
                    attempt.first_delta_ms = attempt.first_delta_ms or self._elapsed_ms()
                    yield replace(event, tokens=before + event.tokens)
            left -= max(1, attempt.tokens - before)
            if attempt.ending != "finished":
                return

    def _next_step(self, attempt: _Attempt) -> Step | str | None:
        """The next step of the plan; without a plan the prompt itself, once."""
        if self._asking.plan is not None:
            step = self._asking.plan.next(attempt.text)
            if step is not None:
                attempt.prompts.append(step.shown)
                attempt.stop = step.stop
            return step
        assert isinstance(self._request, TextRequest), "only a text of its own may go without a plan"
        if attempt.prompts:
            return None
        attempt.prompts.append(self._request.prompt)
        return self._request.prompt

    def _stream(self, way: StepWay | None, sampling: Sampling) -> AsyncGenerator[Delta | Reset | Note | Streamed]:
        extra = dict(self._request.extra)
        if way is None:
            return stream_unconstrained(self._asking, partial(self._free_request, sampling, extra))
        logprobs = isinstance(self._request, HoleRequest) and self._request.logprobs
        return stream_step(way, sampling, extra, continuations=self._settings.continuations, logprobs=logprobs)

    def _free_request(
        self, sampling: Sampling, extra: dict[str, object], capabilities: Capabilities
    ) -> CompletionRequest:
        """The request for text without any constraint."""
        assert isinstance(self._request, TextRequest)
        prompt = self._request.prompt
        chat = chat_for_text(prompt, None) if chats(self._settings, capabilities) else None
        messages = chat.messages("") if chat else ()
        return CompletionRequest(prompt=prompt, sampling=sampling, messages=messages, extra=extra)

    def _elapsed_ms(self) -> float:
        return 1000 * (time.perf_counter() - self._began)

    async def _finish(
        self,
        whole: CompiledConstraint | None,
        sampling: Sampling,
        attempt: _Attempt,
        attempts: int,
    ) -> Finished:
        request = self._request
        text, span = attempt.text, Span(0, 0)
        if isinstance(request, HoleRequest):
            text, span = request.context.hole.around(text), request.context.hole.range
        verdicts = _verdicts(whole, attempt)
        record = make_record(
            Origin(
                id=request.id,
                context=request.context if isinstance(request, HoleRequest) else None,
                language=_language_name(request),
                capabilities=self._asking.capabilities,
                endpoint=self._asking.service.endpoint,
                sampling=sampling,
                extra={**request.extra, **({"stop": list(attempt.stop)} if attempt.stop else {})},
                prompts=tuple(attempt.prompts),
                constraint=whole,
                verdicts=verdicts,
                text=attempt.text,
                prompt_tokens=attempt.prompt_tokens,
                tokens=attempt.tokens,
                steps=attempt.steps,
                attempts=attempts,
                ending=attempt.ending,
                written=tuple(attempt.written),
                logprob=attempt.logprob,
                timings={
                    "first_delta": attempt.first_delta_ms,
                    "prompt": attempt.prompt_ms,
                    "generation": attempt.generation_ms,
                    "service": self._service_ms,
                    "total": self._elapsed_ms(),
                },
            ),
            keep_text=self._settings.keep_text,
        )
        warnings = [f"The text was {attempt.ending}: {attempt.why}."] if attempt.why else []
        if self._ledger:
            try:
                await asyncio.to_thread(self._ledger.append, record, whole.proof if whole else "")
            except LedgerError as error:
                warnings.append(f"This generation could not be recorded: {error}")
        return Finished(Result(request.id, text, span, verdicts, record, tuple(warnings)))


def _text_plan(request: TextRequest, cache: ConstraintCache, in_chat: bool) -> Plan | None:
    language = request.language
    whole = text_constraint(language, request.constraints, cache)
    if whole is None:
        return None
    return SingleStep(
        build_text_prompt(request.prompt, language),
        whole,
        remainder=partial(rest_of_text, language) if language else None,
        chat=chat_for_text(request.prompt, language) if in_chat else None,
    )


def _against(whole: CompiledConstraint, attempt: _Attempt) -> str:
    """What in the text is against the proof; the grammars need not be replayed again where they were all along."""
    if attempt.proven is whole:
        return schema_violation(read_proof(whole.proof).schemas, attempt.text)
    return why_not(whole.proof, attempt.text)


def _in_place(context: HoleContext, text: str) -> tuple[str, ...]:
    hole = context.hole
    return problems(
        context.snapshot, hole.construct, hole.begun + hole.around(text), tail=hole.tail if hole.begun else ""
    )


def rest_of_line(context: HoleContext) -> str:
    """What stands behind the hole on its line."""
    at, lines = context.hole.range.end, context.snapshot.lines
    return context.snapshot.text[at : lines.line_span(lines.line_of(at)).end]


def _failure(request: HoleRequest | TextRequest, whole: CompiledConstraint | None, attempt: _Attempt) -> str:
    """Why the text must not be inserted; empty where it passed the proof."""
    if not attempt.text.strip():
        return f"The model wrote nothing usable: {attempt.why or 'it ended at once'}."
    if whole and (why := _against(whole, attempt)):
        return f"The text does not satisfy its constraint: {why}."
    if isinstance(request, HoleRequest):
        if why := term_violation(request.context, attempt.text, request.constraints):
            return f"The text does not satisfy its constraint: {why}."
        found = _in_place(request.context, attempt.text)
        if found:
            return f"In the file it does not parse: {found[0]}"
    return ""


def _verdicts(whole: CompiledConstraint | None, attempt: _Attempt) -> tuple[PartVerdict, ...]:
    if whole is None:
        return ()

    def verdict(part: Part) -> PartVerdict:
        return PartVerdict(part, "enforced" if part.enforcement == "grammar" and attempt.enforced else "verified")

    return tuple(verdict(part) for part in whole.parts)


def _language_name(request: HoleRequest | TextRequest) -> str:
    if isinstance(request, HoleRequest):
        return request.context.snapshot.language.name
    return request.language.name if request.language else ""
