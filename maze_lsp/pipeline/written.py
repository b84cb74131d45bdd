"""What came of a step, and what is known of each of its requests."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from maze_lsp.inference.types import Chunk, Completed, Sampling
from maze_lsp.pipeline.settling import Ending, Settled

_RETRY_TEMPERATURE = 0.4


@dataclass(frozen=True, slots=True)
class Written:
    """What one request brought. `length`: characters of the text that are its own; `end`: how it ended, in words."""

    endpoint: str
    model: str
    length: int
    end: str


@dataclass(frozen=True, slots=True)
class Streamed:
    """What came of a step.

    `text` belongs to the step's grammar, or is empty. `ending`: `finished` (the model ended by itself), `cut` (back to
    the last place where the text was complete), `closed` (by the shortest completion). `enforced`: whether all
    that was sent lay inside the grammar, and every server masked. `why` says what stopped it where it did not finish.
    `logprob`: the mean natural log-probability of the text's tokens; None where a server gave none. `parts`: who
    wrote what, in order.
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
    logprob: float | None = None
    parts: tuple[Written, ...] = ()


def sampled_anew(sampling: Sampling, number: int) -> Sampling:
    """The sampling of a repetition: a greedy one that failed would fail again."""
    if not number:
        return sampling
    temperature = max(sampling.temperature, _RETRY_TEMPERATURE)
    return replace(sampling, seed=(sampling.seed + number) % 2**31, temperature=temperature)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece that came: where it begins in the text, how many tokens it is, and their log-probability in all."""

    start: int
    tokens: int
    logprob: float | None


class Request:
    """What is known of one request. `start`: where its text begins; `seconds`: how long its server was waited for.

    `strayed`: it did not repeat what it was to repeat.
    """

    def __init__(self, endpoint: str, model: str, start: int) -> None:
        self.endpoint, self.model, self.start = endpoint, model, start
        self.end, self.wrote, self.strayed = "", False, False
        self.tokens, self.seconds = 0, 0.0
        self.completed: Completed | None = None
        self.pieces: list[Piece] = []

    def came(self, chunk: Chunk, end: int) -> None:
        before, self.tokens = self.tokens, chunk.tokens or self.tokens + 1
        self.pieces.append(Piece(end - len(chunk.text), max(1, self.tokens - before), chunk.logprob))

    async def waiting_on(self, stream: AsyncGenerator[Chunk | Completed]) -> AsyncGenerator[Chunk | Completed]:
        while True:
            began = time.perf_counter()
            try:
                item = await anext(stream, None)
            finally:
                self.seconds += time.perf_counter() - began
            if item is None:
                return
            yield item


def streamed(cost: Streamed, settled: Settled, requests: Sequence[Request], *, enforced: bool) -> Streamed:
    """The end of a step whose text is made of what these requests brought; `cost`: what all of them took."""
    parts, logprob, count, end = [], 0.0, 0, len(settled.text)
    for request in reversed(requests):
        own = [piece for piece in request.pieces if piece.start < end]
        logprob += sum(piece.logprob for piece in own if piece.logprob is not None)
        count += sum(piece.tokens for piece in own if piece.logprob is not None)
        parts.append(Written(request.endpoint, request.model, max(0, end - request.start), request.end))
        end = min(end, request.start)
    return replace(
        cost,
        text=settled.text,
        ending=settled.ending,
        enforced=settled.enforced and enforced,
        why=settled.why,
        logprob=logprob / count if count else None,
        parts=tuple(reversed(parts)),
    )
