"""One request: the stream of a service held against the grammar while it arrives.

Owns the decision where a streamed text ends. Knows neither documents nor ledgers.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal, cast

from maze_lsp.constraints.replay import Replay
from maze_lsp.context.layout import is_word
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Sampling, Service
from maze_lsp.pipeline.events import Delta
from maze_lsp.pipeline.loops import loop_start
from maze_lsp.pipeline.repeats import without_repeat
from maze_lsp.pipeline.steps import Step

Ending = Literal["finished", "cut", "closed"]

_WORD_END = re.compile(r"\w+\Z")
_LONGEST_END = 40
"""A text that goes on for so many characters behind the first refused one comes from a server without a mask."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """What came of one request.

    `text` belongs to the step's grammar, or is empty. `ending`: `finished` (the model ended by itself), `cut` (back to
    the last place where the text was complete), `closed` (by the shortest completion). `enforced`: whether all
    that the server sent lay inside the grammar it was given. `why` says what stopped it where it did not finish.
    """

    text: str
    ending: Ending
    enforced: bool = True
    why: str = ""
    tokens: int = 0
    prompt_tokens: int = 0
    prompt_ms: float = 0.0
    generation_ms: float = 0.0
    service_ms: float = 0.0


async def stream_step(
    service: Service, step: Step, sampling: Sampling, extra: dict[str, object] | None = None
) -> AsyncGenerator[Delta | Streamed]:
    """Deltas of accepted text, then one `Streamed`. Closing the generator closes the connection."""
    request = CompletionRequest(
        prompt=step.sent_prompt,
        sampling=sampling,
        grammar=step.constraint.lark,
        stop=step.stop,
        extra=extra or {},
    )
    stream = cast(AsyncGenerator[Chunk | Completed], service.stream(request))
    # The matcher is built while the request is on its way.
    building = asyncio.create_task(asyncio.to_thread(Replay, step.constraint.proof))
    heal, raw, tokens, why = step.constraint.heal, "", 0, ""
    completed: Completed | None = None
    waiting = _Waiting()
    async with aclosing(stream):
        async for item in waiting.on(stream):
            replay = await building
            if isinstance(item, Completed):
                completed = item
                break
            raw += item.text
            tokens = item.tokens or tokens + 1
            text = _unhealed(raw, heal)
            if text is None:
                continue
            accepted = replay.feed(text[replay.length :])
            if accepted:
                yield Delta(accepted, tokens)
            if replay.refused:
                # What shows that the model has finished is short; the server's own account comes behind it.
                if len(text) - replay.length > _LONGEST_END:
                    break
                continue
            if step.one_line and first_line(replay.text, replay.accepting_ends) is not None:
                break
            if loop_start(replay.text) is not None:
                why = "it only repeated itself"
                break
    stopped = completed is not None and completed.finish_reason == "stop"
    if completed is not None and not stopped:
        why = "the token budget was spent"
    text = _unhealed(raw, heal) or ""
    settled = await asyncio.to_thread(_settle, await building, text, step, stopped=stopped, why=why)
    if completed is not None:
        settled = replace(
            settled,
            prompt_tokens=completed.prompt_tokens,
            prompt_ms=completed.prompt_ms,
            generation_ms=completed.generation_ms,
        )
    yield replace(settled, tokens=(completed.tokens if completed else 0) or tokens, service_ms=1000 * waiting.seconds)


@dataclass(slots=True)
class _Waiting:
    """How long was waited for a service, also where its answer is not read to the end."""

    seconds: float = 0.0

    async def on(self, stream: AsyncGenerator[Chunk | Completed]) -> AsyncGenerator[Chunk | Completed]:
        while True:
            began = time.perf_counter()
            item = await anext(stream, None)
            self.seconds += time.perf_counter() - began
            if item is None:
                return
            yield item


async def stream_unconstrained(
    service: Service, prompt: str, sampling: Sampling, extra: dict[str, object] | None = None
) -> AsyncGenerator[Delta | Streamed]:
    """Text without any constraint, as the service gives it."""
    stream = cast(
        AsyncGenerator[Chunk | Completed],
        service.stream(CompletionRequest(prompt=prompt, sampling=sampling, extra=extra or {})),
    )
    text, tokens = "", 0
    async with aclosing(stream):
        async for item in stream:
            if isinstance(item, Completed):
                finished = item.finish_reason == "stop"
                yield Streamed(
                    text,
                    "finished" if finished else "cut",
                    why="" if finished else "the token budget was spent",
                    tokens=item.tokens,
                    prompt_tokens=item.prompt_tokens,
                    prompt_ms=item.prompt_ms,
                    generation_ms=item.generation_ms,
                )
                return
            text, tokens = text + item.text, item.tokens or tokens + 1
            yield Delta(item.text, tokens)


def _unhealed(raw: str, heal: str) -> str | None:
    """The streamed text without the repeated white space; None while that is still arriving.

    A server that does not enforce grammars may leave it out; then nothing is taken off.
    """
    if not heal or raw.startswith(heal):
        return raw[len(heal) :]
    return None if heal.startswith(raw) else raw.lstrip(" \t\r\n")


def _settle(replay: Replay, text: str, step: Step, *, stopped: bool, why: str) -> Streamed:
    """Where the text ends, and how it came to that; without what repeats the rest of the line."""
    settled = _ended(replay, text, step, stopped=stopped, why=why)
    if settled.ending == "closed" or not step.rest.strip():
        return settled
    end = without_repeat(settled.text, replay.accepting_ends, step.rest)
    return replace(settled, text=settled.text[:end])


def _ended(replay: Replay, text: str, step: Step, *, stopped: bool, why: str) -> Streamed:
    line = first_line(replay.text, replay.accepting_ends) if step.one_line else None
    if line is not None:
        return Streamed(replay.text[:line], "finished")
    end = replay.accepting_ends[-1] if replay.accepting_ends else 0
    if not replay.refused:
        if stopped and end and not replay.text[end:].strip():
            return Streamed(replay.text[:end], "finished")
        return _cut(replay, why=why or "the server stopped early", enforced=True)
    # Behind a complete text stands what a model writes when it has finished; anything else is an offence.
    ending = step.constraint.ending
    allowed = end + (len(Replay(ending).feed(text[end:])) if ending and replay.accepting_ends else 0)
    enforced = allowed == len(text)
    if allowed > replay.length:
        return Streamed(replay.text[:end], "finished", enforced)
    return _cut(replay, why="the text broke off" if enforced else "the server left the grammar", enforced=enforced)


def _cut(replay: Replay, *, why: str, enforced: bool) -> Streamed:
    """The longest useful beginning: cut back to a complete place, or closed by the shortest completion.

    Whichever keeps more of the text; but a close that has to invent a word, or keeps half of one, only where nothing
    else is left. Cut is at a finished line, where there is one.
    """
    text = replay.text
    limit = loop_start(text)
    limit = len(text) if limit is None else limit
    ends = [end for end in replay.accepting_ends if 0 < end <= limit]
    at_line_end = [end for end in ends if text[end : end + 1] in ("\n", "\r")]
    at_word_end = [end for end in ends if end < len(text) and not _inside_word(text, end)]
    end = (at_line_end or at_word_end or ends or [0])[-1]
    if limit == len(text) and not replay.refused:
        # The last word may be half of one.
        begun = replay.beginning(len(_WORD_END.sub("", text))) if at_line_end else replay
        closing = begun.shortest_close() if begun.length > end else None
        if closing and (begun is replay or not any(map(str.isalnum, closing))):
            return Streamed(begun.text + closing, "closed", enforced, why)
    return Streamed(text[:end], "cut", enforced, why)


def first_line(text: str, ends: Iterable[int]) -> int | None:
    """Where the first line ends at whose end a text is complete; None where it has not come to one."""
    return next((end for end in ends if text[:end].strip() and text[end : end + 1] in ("\n", "\r")), None)


def _inside_word(text: str, at: int) -> bool:
    return is_word(text[at - 1]) and is_word(text[at])
