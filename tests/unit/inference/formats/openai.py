"""Services that speak OpenAI's protocol: texts where they complete them, messages where they only chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maze_lsp.inference.types import CompletionRequest, Message, Sampling, Service
from tests.unit.inference.fake import event, vllm_events
from tests.unit.inference.formats import Pieces, Wire, ask_for_text

MODELS = {"object": "list", "data": [{"id": "smol", "object": "model", "owned_by": "me"}]}
MESSAGES = (Message("user", "p"),)


def choice(delta: dict[str, Any], reason: str | None = None, **more: Any) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": reason, **more}]
    return event({"id": "x", "object": "chat.completion.chunk", "choices": choices})


def usage(tokens: int, **more: Any) -> bytes:
    counted = {"prompt_tokens": 7, "completion_tokens": tokens, "total_tokens": 7 + tokens, **more}
    return event({"id": "x", "choices": [], "usage": counted}) + b"data: [DONE]\n\n"


def completion_pieces(texts: Sequence[str]) -> Pieces:
    events = [raw + b"\n\n" for raw in vllm_events(*texts).split(b"\n\n") if raw]
    return list(zip([*texts, "", ""], events, strict=True))


def chat_pieces(texts: Sequence[str]) -> Pieces:
    """The role first, thoughts in a field of their own, then the answer."""
    begin = [("", choice({"role": "assistant", "content": ""})), ("", choice({"reasoning_content": "Hm. "}))]
    middle = [(text, choice({"content": text})) for text in texts]
    return [*begin, *middle, ("", choice({}, "stop")), ("", usage(len(texts) + 1))]


async def ask_in_chat(service: Service, got: list[str]) -> None:
    await ask_for_text(service, got, CompletionRequest("", Sampling(seed=1), messages=MESSAGES))


WIRES = [
    Wire("openai", "/v1/completions", completion_pieces, answers={"/v1/models": MODELS}),
    Wire("openai", "/v1/chat/completions", chat_pieces, answers={"/v1/models": MODELS}, ask=ask_in_chat),
]
