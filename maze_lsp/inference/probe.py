"""The proof that a server enforces grammars: one that forces a nonce. What a server announces is not
believed."""

from __future__ import annotations

import secrets
import string
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from maze_lsp.errors import ServiceRefused
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Message, Sampling, Service

_LENGTH = 12
_PROMPT = "def add(a, b):\n    return "
_QUESTION = (Message("user", "Write a word of twelve letters. Answer with the word alone."),)
_THOUGHT = 1024
"""Tokens for an answer in a chat, before which a model may think. One that is not the word is broken off."""
_REFUSALS = (400, 404, 422, 500, 501)
"""Statuses by which a server says that it does not know the grammar or its field."""


@dataclass(frozen=True, slots=True)
class Enforced:
    """What was proven. `full`: grammars with intersected and complemented terminals, as ours are. `plain`: those
    without only. `refused`: why the server did not take even these, in its own words."""

    full: bool = False
    plain: bool = False
    refused: str = ""


async def enforced(service: Service, *, chat: bool = False) -> Enforced:
    """Whether the server answers with exactly the random word that an llguidance grammar leaves it.

    One request where all is well, a second one with a plainer grammar where it is not. A server that refuses a grammar
    does not enforce grammars either; other faults are raised. `chat`: asked as a message.
    """
    nonce, other = nonce_of(_LENGTH), nonce_of(_LENGTH)
    intersected = f'start: N\nN: ("{nonce}" | "{other}") & ~"{other}"'
    if (await obeys(service, intersected, nonce, chat=chat))[0]:
        return Enforced(full=True)
    nonce = nonce_of(_LENGTH)
    obeyed, refused = await obeys(service, f'start: "{nonce}"', nonce, chat=chat)
    return Enforced(plain=obeyed, refused=refused)


async def obeys(service: Service, rules: str, text: str, *, chat: bool = False) -> tuple[bool, str]:
    """Whether an answer under these rules is `text`; and the words in which the server refused them."""
    request = CompletionRequest(
        prompt=_PROMPT,
        sampling=Sampling(max_tokens=_THOUGHT if chat else 2 * len(text), temperature=0.0, seed=1),
        grammar=f"%llguidance {{}}\n{rules}",
        messages=_QUESTION if chat else (),
    )
    written = ""
    try:
        async with aclosing(cast(AsyncGenerator[Chunk | Completed], service.stream(request))) as stream:
            async for item in stream:
                written += item.text if isinstance(item, Chunk) else ""
                if not text.startswith(written):
                    return False, ""
    except ServiceRefused as error:
        if error.status in _REFUSALS:
            return False, error.message
        raise
    return written == text, ""


def nonce_of(length: int) -> str:
    """A word that no model would write by itself."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(length))
