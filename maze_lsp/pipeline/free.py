"""A text of its own that nothing constrains: the stream of a service as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import cast

from maze_lsp.errors import ServiceError
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest
from maze_lsp.pipeline.events import Delta, Note
from maze_lsp.pipeline.ways import Asking
from maze_lsp.pipeline.written import Request, Streamed


async def stream_unconstrained(
    asking: Asking, asked: Callable[[Capabilities], CompletionRequest]
) -> AsyncGenerator[Delta | Note | Streamed]:
    """Text without any constraint, as the service gives it; another one is asked as long as there is no text."""
    while True:
        now = Request(asking.service.endpoint, asking.capabilities.model, 0)
        stream = cast(AsyncGenerator[Chunk | Completed], asking.service.stream(asked(asking.capabilities)))
        text = ""
        try:
            async with aclosing(stream):
                async for item in now.waiting_on(stream):
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
                            service_ms=1000 * now.seconds,
                        )
                        return
                    text += item.text
                    now.came(item, len(text))
                    yield Delta(item.text, now.tokens)
            return
        except ServiceError as error:
            if text:
                raise
            yield Note(await asking.onward(error, wrote=False))
