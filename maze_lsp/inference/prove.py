"""What a service can do beyond enforcing grammars, shown by tiny requests; and how fast it is.

Nothing here is needed to generate: it is asked by `maze health`, and takes a few seconds on a slow machine.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from maze_lsp.errors import ServiceRefused
from maze_lsp.inference.probe import nonce_of
from maze_lsp.inference.types import (
    Capabilities,
    Chunk,
    Completed,
    CompletionRequest,
    Message,
    Queue,
    Sampling,
    Service,
    Watched,
)

_RULES = 3000
"""Of the large grammar: more than any of ours has."""
_WORD = "zebra"
_LINES = 20
_SPEED_TOKENS = 48
_CACHED_SHARE = 0.5
_FASTER, _FASTER_BY = 3.0, 0.1
"""A prompt counts as kept when its first token comes so many times sooner the second time, and so many seconds."""
_CODE = "def total(prices):\n    result = 0\n    for price in prices:\n        "
_TASK = "Write a long Python function that sorts a list of numbers, step by step."


@dataclass(frozen=True, slots=True)
class Proven:
    """What was seen. None: nobody could tell, or it makes no sense for this service.

    `big_grammars`: grammars of thousands of rules. `token_ids`: it tells the ids of tokens. `token_bias`: biases of
    single tokens are obeyed. `logprobs`: log-probabilities are given. `prefix_cache`: a prompt that was read before is
    not read again.
    `first_token_ms` and `tokens_per_second` are measured on a short text without a grammar.
    """

    big_grammars: bool | None
    token_ids: bool
    token_bias: bool | None
    logprobs: bool | None
    prefix_cache: bool | None
    first_token_ms: float
    tokens_per_second: float
    queue: Queue | None


async def prove(service: Service) -> Proven:
    """One request after the other, so that they do not disturb what is measured. Raises `ServiceError`s where the
    service cannot be used at all."""
    capabilities = await service.capabilities()
    asking = _Asking(service, capabilities)
    queue = await service.queue() if isinstance(service, Watched) else None
    first_token_ms, rate = await asking.speed()
    return Proven(
        big_grammars=await _unless_refused(asking.big_grammar()) if capabilities.grammar else None,
        token_ids=capabilities.counts,
        token_bias=await _unless_refused(asking.bias()) if capabilities.counts else None,
        logprobs=await _unless_refused(asking.logprobs()),
        prefix_cache=await _unless_refused(asking.prefix_cache()),
        first_token_ms=round(first_token_ms, 1),
        tokens_per_second=round(rate, 1),
        queue=queue,
    )


async def _unless_refused(asked: Awaitable[bool | None]) -> bool | None:
    """False where the service refuses such a request."""
    try:
        return await asked
    except ServiceRefused:
        return False


@dataclass(frozen=True, slots=True)
class _Asked:
    """An answer, and when its parts came, in seconds from the request."""

    text: str
    end: Completed
    logprobs: tuple[float | None, ...]
    first: float
    last: float


class _Asking:
    def __init__(self, service: Service, capabilities: Capabilities) -> None:
        self._service = service
        self._chat = capabilities.chat

    async def speed(self) -> tuple[float, float]:
        """Milliseconds to the first text, and tokens a second behind it."""
        asked = await self._ask(_CODE, _TASK, _SPEED_TOKENS)
        between = asked.last - asked.first
        return 1000 * asked.first, (asked.end.tokens - 1) / between if between > 0 and asked.end.tokens > 1 else 0.0

    async def big_grammar(self) -> bool:
        """Whether a large grammar is taken and obeyed: a tree of rules, since a long chain of them fells servers."""
        nonce = nonce_of(8)
        inner = _RULES // 2
        rules = [f'r{at}: "a" r{2 * at + 1} | "b" r{2 * at + 2}' for at in range(inner)]
        rules += [f'r{at}: "."' for at in range(inner, 2 * inner + 1)]
        grammar = f'%llguidance {{}}\nstart: "{nonce}" r0\n' + "\n".join(rules) + "\n"
        asked = await self._ask(_CODE, _TASK, 4 * len(nonce), grammar=grammar)
        return asked.text.startswith(nonce) and set(asked.text[len(nonce) :]) <= set("ab.")

    async def bias(self) -> bool:
        """Whether a token that is made very likely is all that comes."""
        token = (await self._service.tokenize(_WORD))[-1]
        asked = await self._ask(_CODE, _TASK, 3, bias={token: 100.0})
        piece = asked.text[: len(asked.text) // 3]
        return bool(piece.strip()) and asked.text == 3 * piece and piece.strip() in _WORD

    async def logprobs(self) -> bool:
        asked = await self._ask(_CODE, _TASK, 3, logprobs=True)
        return any(one is not None and one <= 0 for one in asked.logprobs)

    async def prefix_cache(self) -> bool | None:
        """By what the server says, else by the time until the first token; None where neither tells."""
        marked = nonce_of(8)
        prompt = "".join(f"# {marked} {number}: nothing to see here\n" for number in range(_LINES)) + _CODE
        cold = await self._ask(prompt, prompt + _TASK, 1)
        warm = await self._ask(prompt, prompt + _TASK, 1)
        if warm.end.cached_tokens and warm.end.prompt_tokens:
            return warm.end.cached_tokens >= _CACHED_SHARE * warm.end.prompt_tokens
        faster = cold.first > _FASTER * warm.first and cold.first - warm.first > _FASTER_BY
        return True if faster else None

    async def _ask(
        self,
        prompt: str,
        task: str,
        tokens: int,
        *,
        grammar: str | None = None,
        logprobs: bool = False,
        bias: dict[int, float] | None = None,
    ) -> _Asked:
        """`prompt` is gone on with; a service that only chats is given `task`."""
        request = CompletionRequest(
            prompt=prompt,
            sampling=Sampling(max_tokens=tokens, temperature=0.0, seed=1),
            grammar=grammar,
            messages=(Message("user", task),) if self._chat else (),
            logprobs=logprobs,
            token_bias=bias or {},
        )
        began = time.perf_counter()
        text, first, last = "", 0.0, 0.0
        found: list[float | None] = []
        end = Completed("stop", 0, 0, 0.0, 0.0)
        async with aclosing(cast(AsyncGenerator[Chunk | Completed], self._service.stream(request))) as stream:
            async for item in stream:
                last = time.perf_counter() - began
                if isinstance(item, Completed):
                    end = item
                    break
                first = first or last
                text += item.text
                found.append(item.logprob)
        return _Asked(text, end, tuple(found), first or last, last)
