"""One step: the streams of its requests held against the grammar while they arrive.

Mostly there is one request. A second one goes on behind the verified text where a connection broke, and behind a cut
where a model left the grammar. Knows neither documents nor ledgers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import cast

from maze_lsp.constraints.proof import read_proof
from maze_lsp.constraints.replay import Replay
from maze_lsp.errors import ServiceError
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Sampling
from maze_lsp.pipeline.chat import Answer, is_prose
from maze_lsp.pipeline.continuing import (
    Onward,
    Retreat,
    first_request,
    onward,
    went_on_elsewhere,
    whole_lines,
    whole_words,
)
from maze_lsp.pipeline.events import Delta, Note, Reset
from maze_lsp.pipeline.loops import loop_start
from maze_lsp.pipeline.settling import Settled, explained, first_line, settle
from maze_lsp.pipeline.ways import Way
from maze_lsp.pipeline.written import Request, Streamed, sampled_anew, streamed

CONTINUATIONS = 8
_LONGEST_END = 40
"""Behind the first refused character so many are waited for: the server's own account of the end comes after them."""


def stream_step(
    way: Way,
    sampling: Sampling,
    extra: dict[str, object] | None = None,
    *,
    continuations: int = CONTINUATIONS,
    logprobs: bool = False,
) -> AsyncGenerator[Delta | Reset | Note | Streamed]:
    """Deltas of accepted text, resets to a part of it, notes of other services; then one `Streamed`.

    Closing this closes the connection.

    `continuations`: how many further requests there may be. `sampling.max_tokens` bounds all of them together.
    """
    return _Step(way, sampling, extra or {}, continuations, logprobs).events()


class _Step:
    def __init__(
        self, way: Way, sampling: Sampling, extra: dict[str, object], continuations: int, logprobs: bool
    ) -> None:
        self._way = way
        self._whole = way.step
        self._sampling = sampling
        self._extra = extra
        self._left = continuations
        self._logprobs = logprobs
        # The matcher is built while the request is on its way.
        self._building = asyncio.create_task(asyncio.to_thread(read_proof(way.step.constraint.proof).replay))
        self._text = ""
        self._stopped, self._why = False, ""
        self._enforced = True
        self._offences = 0
        self._sum = Streamed("", "finished")
        self._requests: list[Request] = []
        self._best: tuple[Replay, str, int] | None = None
        """Of what was cut back, the text that was complete at the latest place, and after how many requests."""

    async def events(self) -> AsyncGenerator[Delta | Reset | Note | Streamed]:
        retreat = Retreat()
        request = first_request(self._whole, masked=self._masked)
        while True:
            try:
                async with aclosing(self._ask(request)) as deltas:
                    async for delta in deltas:
                        yield delta
            except ServiceError as error:
                going = await self._elsewhere(error)
            else:
                going = await self._back(retreat)
            self._count()
            if going is None:
                break
            request, told = going
            for event in told:
                yield event
            self._left -= 1
        yield await self._settled()

    @property
    def _masked(self) -> bool:
        return self._way.capabilities.grammar

    @property
    def _free(self) -> bool:
        """Whether this is an answer in a chat that nothing masks."""
        return self._way.step.chat is not None and not self._masked

    async def _ask(self, onward: Onward) -> AsyncGenerator[Delta]:
        """One request: its text is added to what is verified, up to the first character that is refused."""
        now = Request(self._way.service.endpoint, self._way.capabilities.model, len(onward.verified))
        self._requests.append(now)
        self._enforced = self._enforced and self._masked
        self._stopped, self._why = False, ""
        sampling = sampled_anew(self._sampling, self._offences)
        chat = self._way.step.chat
        # A model that chats sees its gap where it is to write, not before the white space that is written again.
        before = onward.prompt + ("" if onward.heal.strip() else onward.heal)
        stream = cast(
            AsyncGenerator[Chunk | Completed],
            self._way.service.stream(
                CompletionRequest(
                    prompt=onward.prompt,
                    sampling=replace(sampling, max_tokens=sampling.max_tokens - self._sum.tokens),
                    # One that does not enforce it may refuse it.
                    grammar=onward.lark if self._masked else None,
                    stop=self._way.step.stop,
                    messages=chat.messages(before) if chat else (),
                    logprobs=self._logprobs,
                    extra=self._extra,
                )
            ),
        )
        raw = ""
        async with aclosing(stream):
            answer = chat.answer(before) if chat and self._free else None
            async for item in _texts(now.waiting_on(stream), answer):
                replay = await self._building
                if isinstance(item, Completed):
                    now.completed = item
                    break
                raw += item.text
                now.endpoint = self._way.service.endpoint  # another one may have been quicker
                now.came(item, len(onward.verified) + len(raw) - len(onward.heal))
                text = _unhealed(raw, onward.heal)
                if text is None:
                    if onward.heal.startswith(raw):
                        continue
                    now.strayed = True
                    break
                self._text = onward.verified + text
                accepted = replay.feed(self._text[replay.length :])
                if accepted:
                    now.wrote = True
                    yield Delta(accepted, self._sum.tokens + now.tokens, item.logprob)
                if replay.refused:
                    if self._left_grammar(replay) or not self._masked:
                        break
                    if len(self._text) - replay.length > _LONGEST_END:
                        break
                    continue
                if self._whole.one_line and first_line(replay.text, replay.accepting_ends) is not None:
                    break
                if loop_start(replay.text) is not None:
                    self._why = "it only repeated itself"
                    break
        await self._building
        self._text = onward.verified + (_unhealed(raw, onward.heal) or "")
        self._stopped = now.completed is not None and now.completed.finish_reason == "stop"
        if now.completed is not None and not self._stopped:
            self._why = "the token budget was spent"

    def _left_grammar(self, replay: Replay) -> bool:
        return explained(replay, self._text, self._whole.constraint.ending) <= replay.length

    async def _back(self, retreat: Retreat) -> tuple[Onward, list[Reset | Note]] | None:
        """How to go on where the model left the grammar: behind what is kept of the text; None where it is to end."""
        replay, now = await self._building, self._requests[-1]
        if not now.strayed and not (replay.refused and self._left_grammar(replay)):
            return None
        what = "the grammar"
        if now.strayed or replay.refused_by == 0:
            self._enforced = False
        else:
            what = "a constraint"  # which the server was not told: it is no fault of its mask
        now.end = f"left {what}"
        if self._free:
            return await self._by_lines(replay, now)
        ends = replay.accepting_ends
        if ends and (self._best is None or ends[-1] > self._best[0].accepting_ends[-1]):
            self._best = replay, self._text, len(self._requests)
        if not now.strayed and went_on_elsewhere(replay.text, ends[-1] if ends else 0, replay.refused):
            return None
        if self._left <= 0 or self._sum.tokens + now.tokens >= self._sampling.max_tokens:
            return None
        kept = retreat.kept(replay.text, replay.refused)
        going = await asyncio.to_thread(onward, self._way.step, kept, masked=self._masked) if kept else None
        if going is None:
            return None
        self._offences += 1
        await self._keep(replay, kept)
        return going, [Reset(f"the model {now.end}", kept)]

    async def _by_lines(self, replay: Replay, now: Request) -> tuple[Onward, list[Reset | Note]] | None:
        """The same for an answer that nothing masks: only whole lines are kept, and it is asked anew without any.

        Where it went on to talk about its code, what is kept is the end.
        """
        kept = whole_lines(replay.text)
        line = self._text[len(kept) :].partition("\n")[0]
        left = self._left > 0 and self._sum.tokens + now.tokens < self._sampling.max_tokens
        await self._keep(replay, kept)
        if not left or (kept.strip() and is_prose(line)):
            return None
        going = await asyncio.to_thread(onward, self._way.step, kept, masked=False)
        if going is None:
            kept, going = "", first_request(self._way.step, masked=False)
            await self._keep(replay, kept)
        self._offences += 1
        return going, [Reset(f"the model {now.end}", kept)]

    async def _elsewhere(self, error: ServiceError) -> tuple[Onward, list[Reset | Note]] | None:
        """How to go on after a fault: behind all that was verified. Raises the fault where there is no way."""
        now = self._requests[-1]
        now.end = "broke off" if now.wrote else "failed"
        replay = await self._building
        if replay.refused and not self._left_grammar(replay):
            return None  # the text was finished
        if self._sum.tokens + now.tokens >= self._sampling.max_tokens:
            self._why = "the token budget was spent"
            return None
        if self._left <= 0:
            error.verified = replay.text
            raise error
        try:
            told: list[Reset | Note] = [Note(await self._way.onward(error, wrote=now.wrote))]
        except ServiceError as final:
            final.verified = replay.text
            raise
        kept = replay.text
        if not self._masked:
            kept = whole_words(kept)
        going = await asyncio.to_thread(onward, self._way.step, kept, masked=self._masked)
        if going is None:
            kept, going = "", first_request(self._way.step, masked=self._masked)
        if kept == replay.text and not replay.refused:
            self._text = kept
            return going, told
        if kept != replay.text:
            told.append(Reset("the connection was lost", kept))
        await self._keep(replay, kept)
        return going, told

    async def _keep(self, replay: Replay, kept: str) -> None:
        self._text = kept
        self._building = asyncio.create_task(asyncio.to_thread(replay.beginning, len(kept)))
        await self._building

    def _count(self) -> None:
        """Add what the last request cost."""
        now, before = self._requests[-1], self._sum
        own = now.completed or Completed("stop", 0, 0, 0.0, 0.0)
        self._sum = replace(
            before,
            tokens=before.tokens + (own.tokens or now.tokens),
            prompt_tokens=before.prompt_tokens + own.prompt_tokens,
            prompt_ms=before.prompt_ms + own.prompt_ms,
            generation_ms=before.generation_ms + own.generation_ms,
            service_ms=before.service_ms + 1000 * now.seconds,
        )

    async def _settled(self) -> Streamed:
        """The end of it; that of a text which was cut back in vain, where more is kept of that."""

        def ended(replay: Replay, text: str, *, stopped: bool, why: str) -> Settled:
            return settle(replay, text, self._whole, stopped=stopped, why=why)

        last = await asyncio.to_thread(ended, await self._building, self._text, stopped=self._stopped, why=self._why)
        if last.ending != "finished" and self._best is not None:
            replay, text, requests = self._best
            best = await asyncio.to_thread(ended, replay, text, stopped=False, why="")
            if len(best.text) > len(last.text):
                return self._streamed(best, self._requests[:requests])
        if last.ending == "cut" and self._free:
            # Words that could be read as code for a while are none.
            ends = (await self._building).accepting_ends
            at_line_ends = [end for end in ends if self._text[end : end + 1] in ("", "\n", "\r")]
            last = replace(last, text=self._text[: at_line_ends[-1]] if at_line_ends else "")
        self._requests[-1].end = last.ending
        return self._streamed(last, self._requests)

    def _streamed(self, settled: Settled, requests: list[Request]) -> Streamed:
        return streamed(self._sum, settled, requests, enforced=self._enforced)


async def _texts(stream: AsyncGenerator[Chunk | Completed], answer: Answer | None) -> AsyncGenerator[Chunk | Completed]:
    """A stream with the texts that are taken out of an answer; as it is where there is none to take them out of."""
    async for item in stream:
        if answer is None:
            yield item
        elif isinstance(item, Chunk):
            yield replace(item, text=answer.feed(item.text))
        else:
            if rest := answer.end():
                yield Chunk(rest, item.tokens)
            yield item


def _unhealed(raw: str, heal: str) -> str | None:
    """The streamed text without what it repeats of the prompt; None while that is still arriving, or never comes.

    A server that does not enforce grammars may leave white space out; then nothing is taken off.
    """
    if not heal or raw.startswith(heal):
        return raw[len(heal) :]
    return None if heal.startswith(raw) or heal.strip() else raw.lstrip(" \t\r\n")
