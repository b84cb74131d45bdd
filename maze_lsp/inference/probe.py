"""The proof that a server enforces grammars: one that forces a nonce. What a server announces is not
believed."""

from __future__ import annotations

import secrets
import string
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from maze_lsp.errors import ServiceRefused
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Sampling, Service

_LENGTH = 12
_PROMPT = "def add(a, b):\n    return "


async def grammars_enforced(service: Service) -> bool:
    """Whether the server answers with exactly the random word that an llguidance grammar leaves it.

    A server that refuses the grammar does not enforce grammars either; other faults are raised.
    """
    nonce = "".join(secrets.choice(string.ascii_lowercase) for _ in range(_LENGTH))
    request = CompletionRequest(
        prompt=_PROMPT,
        sampling=Sampling(max_tokens=2 * _LENGTH, temperature=0.0, seed=1),
        grammar=f'%llguidance {{}}\nstart: "{nonce}"',
    )
    text = ""
    try:
        async with aclosing(cast(AsyncGenerator[Chunk | Completed], service.stream(request))) as stream:
            async for item in stream:
                text += item.text if isinstance(item, Chunk) else ""
                if not nonce.startswith(text):
                    return False
    except ServiceRefused as error:
        if error.status in (400, 422, 500, 501):
            return False
        raise
    return text == nonce
