"""A middleware for vLLM that lets nobody in without the key, on any route but `/health`.

vLLM's own `--api-key` guards only some routes: `/invocations`, which generates texts as `/v1/completions` does, is open
beside it, and so are `/tokenize` and `/metrics`. Given to vLLM as `--middleware only_with_key.OnlyWithKey`, with this
folder on PYTHONPATH. The key is VLLM_API_KEY. Standard library only.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

KEY = "VLLM_API_KEY"
LEAST = 16
"""Characters of a key that keeps others out."""
OPEN = ("/health", "/ping")
"""Whether the server is up may be asked by everybody: the hosts' own probes have no key."""


def checked_key(key: str) -> str:
    """The key, if it is one. Raises ValueError."""
    if len(key) < LEAST or not key.isascii() or not key.isprintable():
        raise ValueError(f"{KEY} must be set, to at least {LEAST} plain characters")
    return key


class OnlyWithKey:
    """An ASGI application in front of another one."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._expected = f"Bearer {checked_key(os.environ.get(KEY, ''))}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._allowed(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            body = b'{"error":{"message":"Unauthorized","type":"AuthenticationError","code":401}}'
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    def _allowed(self, scope: Scope) -> bool:
        if scope["type"] == "http" and scope["path"] in OPEN and scope["method"] in ("GET", "HEAD"):
            return True
        given = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        return len(given) == 1 and hmac.compare_digest(given[0], self._expected)
