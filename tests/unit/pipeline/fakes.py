"""A service that says what a test tells it to: for faults that a real server cannot be made to show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from maze_lsp.constraints.replay import longest_accepted
from maze_lsp.errors import ServiceUnreachable
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, FinishReason


class ScriptedService:
    """Answers the n-th request with the n-th script, in pieces of `size` characters, healed text in front.

    A script that ends in `…` hangs there; one that ends in `†` loses the connection; one that ends in `<limit>`
    ends because the budget is spent.
    """

    endpoint = "http://127.0.0.1:1"

    def __init__(self, *scripts: str, size: int = 3, grammar: bool = True, chat: bool = False) -> None:
        self.scripts = list(scripts)
        self.requests: list[CompletionRequest] = []
        self.open = 0
        self._size = size
        self._grammar = grammar
        self._chat = chat

    async def capabilities(self) -> Capabilities:
        return Capabilities("scripted", "1", "none", self._grammar, 2048, chat=self._chat)

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
        self.requests.append(request)
        self.open += 1
        try:
            reason: FinishReason = "stop"
            if script.endswith("<limit>"):
                script, reason = script.removesuffix("<limit>"), "length"
            tokens = 0
            for piece in pieces(script.rstrip("…†"), self._size):
                await asyncio.sleep(0)
                tokens += 1
                yield Chunk(piece, tokens)
            if script.endswith("…"):
                await asyncio.Event().wait()
            if script.endswith("†"):
                raise ServiceUnreachable("the connection was lost", hint="Start the server again.")
            yield Completed(reason, tokens, 7, 1.0, 2.0)
        finally:
            self.open -= 1

    async def tokenize(self, text: str) -> list[int]:
        return list(text.encode())

    async def health(self) -> str:
        return "ok"

    async def models(self) -> list[str]:
        return ["none"]

    async def aclose(self) -> None:
        return None


def pieces(text: str, size: int) -> Sequence[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


class Typist(ScriptedService):
    """Writes `document` from where each prompt ends: a model that knows what it wants, as far as its grammar lets it.

    `slips`: at a place of the document, what it writes in its stead, the first time (or the first few times). `breaks`:
    after so many characters the connection is lost, once for each number.
    """

    def __init__(
        self,
        document: str,
        *,
        slips: Sequence[tuple[str, str]] = (),
        breaks: Sequence[int] = (),
        size: int = 3,
        grammar: bool = True,
        endpoint: str = "http://127.0.0.1:1",
    ) -> None:
        super().__init__("", size=size, grammar=grammar)
        self.endpoint = endpoint
        self.document = document
        self.slips = list(slips)
        self.breaks = list(breaks)

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        prompt = request.prompt
        assert self.document.startswith(prompt), f"the prompt is no beginning of the document: {prompt!r}"
        left = self.document[len(prompt) :]
        if self._grammar and request.grammar:
            left = left[: longest_accepted(request.grammar, left)]
        for slip in self.slips:
            place, wrong = slip
            if place in left:
                left = left.replace(place, wrong, 1)
                self.slips.remove(slip)
                break
        if self.breaks:
            left = left[: self.breaks.pop(0)] + "†"
        self.scripts = [left] * (len(self.requests) + 1)
        async for item in super().stream(request):
            yield item
