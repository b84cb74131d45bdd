"""How each dialect looks on the wire, one file a dialect: what the fault matrix disturbs.

A new dialect adds a module with `WIRES`; everything else follows from it.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Sampling, Service
from tests.unit.inference.fake import Fake, Handler

TEXTS = ("retürn ", "'😀'", " + b\n")
"""What every fake model writes."""

Pieces = list[tuple[str, bytes]]


def plain_error(value: Any) -> bytes:
    """An error inside a stream, as most servers send it."""
    return b"data: " + json.dumps({"error": value}).encode() + b"\n\n"


REQUEST = CompletionRequest("p", Sampling(seed=1))


async def ask_for_text(service: Service, got: list[str], request: CompletionRequest = REQUEST) -> None:
    """Stream one text. What came before a fault stays in `got`."""
    stream = cast(AsyncGenerator[Chunk | Completed], service.stream(request))
    ends = 0
    async with aclosing(stream):
        async for item in stream:
            assert not ends, "nothing comes behind the end"
            if isinstance(item, Chunk):
                got.append(item.text)
            else:
                ends += 1
    assert ends == 1, "a text that is not broken off has an end"


@dataclass(frozen=True)
class Wire:
    """One dialect's way to answer with a text.

    `path`: where texts are asked for (the first request to it is the one that is disturbed). `pieces`: the answer to
    it for these texts: what is shown to the user after each piece of bytes, and the bytes. `kind`: its content type.
    `answers`: what other paths answer, as JSON or by a handler. `error`: an error inside the answer, of a value as
    servers have it (a text or an object); None where an answer has no place for one. `swap`: makes the server
    serve another model, `other`, and know the first one no more. `ask`: what a user does.
    `exact`: errors say what the server said; not so where several things are tried and the result is summed up.
    `acts`: the request is not repeated where it may have been heard.
    """

    dialect: str
    path: str
    pieces: Callable[[Sequence[str]], Pieces]
    kind: str = "text/event-stream"
    answers: Mapping[str, object] = field(default_factory=dict)
    error: Callable[[Any], bytes] | None = plain_error
    swap: Callable[[Fake], None] | None = None
    ask: Callable[[Service, list[str]], Awaitable[None]] = ask_for_text
    exact: bool = True
    acts: bool = False

    @property
    def streams(self) -> bool:
        return self.kind == "text/event-stream"

    def whole(self, texts: Sequence[str] = TEXTS) -> bytes:
        return b"".join(raw for _, raw in self.pieces(texts))

    def before(self, at: int, texts: Sequence[str] = TEXTS) -> str:
        """The text that has been told for certain by the first `at` bytes."""
        told = ""
        for text, raw in self.pieces(texts):
            at -= len(raw)
            if at < 0:
                break
            told += text
        return told

    def install(self, fake: Fake) -> None:
        """A healthy server."""
        for path, answer in self.answers.items():
            if callable(answer):
                fake.handlers[path] = cast(Handler, answer)
            else:
                fake.always(path, 200, answer)
        fake.handlers[self.path] = self.healthy()

    def healthy(self) -> Handler:
        async def handler(connection: Any) -> None:
            await connection.open_stream(self.kind)
            await connection.send(self.whole())

        return handler


def wires() -> list[Wire]:
    """All of them, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return [wire for name in names for wire in importlib.import_module(f"{__name__}.{name}").WIRES]
