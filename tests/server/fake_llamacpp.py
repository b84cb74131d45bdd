"""A llama.cpp server without a model: its wire format, its way of obeying grammars, and its faults, as a test asks.

Texts are scripted; under a grammar it writes the script as far as the grammar allows, as a masked model would.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from maze_lsp.constraints.replay import close, new_matcher
from tests.unit.inference.fake import Connection, event, fake_service

_NONCE = re.compile(r'(?:start: |N: \()"([a-z]{12})"[^\n]*\Z')


@dataclass
class FakeLlama:
    """`scripts`: what is written for the n-th request (the last one again and again).

    `piece`: characters a token; `pace`: seconds between two of them. `hold_after`: after so many pieces nothing more
    comes until `release` is set (`held` says that this point was reached). `die_after`: after so many pieces the
    connection is cut.
    `document`: in place of scripts, what it writes behind any prompt that is its beginning. `kill_after`: after so many
    pieces it is gone, and its port with it.
    `enforces`: whether grammars are obeyed at all. `loading`: `/health` answers 503 until it is False.
    """

    scripts: list[str] = field(default_factory=lambda: ["return a + b"])
    url: str = ""
    piece: int = 3
    pace: float = 0
    hold_after: int | None = None
    die_after: int | None = None
    document: str = ""
    kill_after: int | None = None
    kill: Callable[[], None] = lambda: None
    enforces: bool = True
    refuse: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[dict[str, Any]] = field(default_factory=list)
    streaming: int = 0

    def reset(self) -> None:
        """As new, but for the address; what is held is let go."""
        self.release.set()
        fresh = FakeLlama(url=self.url, kill=self.kill)
        self.__dict__.update(fresh.__dict__)

    async def completion(self, connection: Connection) -> None:
        body = connection.request.body
        grammar = body.get("grammar", "")
        nonce = _NONCE.search(grammar)
        if nonce:
            await self._stream(connection, nonce[1] if self.enforces else "None", probe=True)
            return
        self.requests.append(body)
        if self.refuse:
            await connection.answer(self.refuse, {"error": {"code": self.refuse, "message": "refused", "type": "x"}})
            return
        script = self.scripts[min(len(self.requests), len(self.scripts)) - 1]
        if self.document:
            assert self.document.startswith(body["prompt"]), body["prompt"]
            script = self.document[len(body["prompt"]) :]
        if grammar and self.enforces:
            script = await asyncio.to_thread(obeying, grammar, script)
        await self._stream(connection, script)

    async def _stream(self, connection: Connection, text: str, *, probe: bool = False) -> None:
        self.streaming += not probe
        sending = asyncio.ensure_future(self._send(connection, text, probe))
        leaving = asyncio.ensure_future(connection.closed_by_client())
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                self.gone.set()
        finally:
            self.streaming -= not probe
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            connection.writer.close()

    async def _send(self, connection: Connection, text: str, probe: bool) -> None:
        await connection.open_stream()
        pieces = [text[at : at + self.piece] for at in range(0, len(text), self.piece)]
        for number, piece in enumerate(pieces):
            if number == self.die_after and not probe:
                return
            if number == self.kill_after and not probe:
                self.kill()
                return
            if number == self.hold_after and not probe:
                self.held.set()
                await self.release.wait()
            partial = {"index": 0, "content": piece, "tokens": [1], "stop": False, "tokens_predicted": number + 1}
            await connection.send(event(partial))
            await asyncio.sleep(0 if probe else self.pace)
        final = {
            "index": 0,
            "content": "",
            "stop": True,
            "stop_type": "eos",
            "tokens_predicted": len(pieces),
            "tokens_evaluated": 7,
            "timings": {"prompt_ms": 5.5, "predicted_ms": 20.0},
        }
        await connection.send(event(final))


def obeying(grammar: str, script: str) -> str:
    """What a model that wants to write `script` writes under a grammar: forced bytes, then the script while it may.

    Where the grammar forbids the rest, the shortest way to a complete text is taken.
    """
    matcher = new_matcher(grammar)
    written = matcher.compute_ff_bytes()
    matcher.try_consume_tokens(list(written))
    for char in script.removeprefix(written.decode()):
        data = list(char.encode())
        if matcher.is_stopped() or matcher.try_consume_tokens(data) < len(data):
            break
        written += bytes(data)
    if not matcher.is_accepting() and not matcher.is_stopped():
        written += (close(matcher, max_states=4000, max_length=200, max_seconds=2.0) or "").encode()
    return written.decode()


@asynccontextmanager
async def fake_llamacpp(**traits: Any) -> AsyncIterator[FakeLlama]:
    """The fake, listening on a loopback port while the context lasts."""
    llama = FakeLlama(**traits)
    async with fake_service() as service:
        llama.url, llama.kill = service.url, service.kill
        settings = {"n_ctx": 4096}
        props = {"default_generation_settings": settings, "model_alias": "fake-135m", "build_info": "b1-fake"}
        service.always("/props", 200, props)
        service.always("/health", 200, {"status": "ok"})
        service.handlers["/completion"] = llama.completion
        yield llama
