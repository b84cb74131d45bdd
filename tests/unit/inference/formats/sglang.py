"""SGLang's `/generate`: every event carries the whole text so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.unit.inference.fake import event
from tests.unit.inference.formats import Pieces, Wire

INFO = {"model_path": "/models/smol", "version": "0.5.4", "context_length": 2048, "grammar_backend": "llguidance"}
MODELS = {"object": "list", "data": [{"id": "smol", "owned_by": "sglang", "root": "smol", "max_model_len": 2048}]}


def meta(tokens: int, reason: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"id": "x", "finish_reason": reason, "prompt_tokens": 7, "completion_tokens": tokens, **more}


def pieces(texts: Sequence[str]) -> Pieces:
    so_far, out = "", []
    for number, text in enumerate(texts, 1):
        so_far += text
        reason = {"type": "stop", "matched": 2} if number == len(texts) else None
        raw = event({"text": so_far, "output_ids": [number], "meta_info": meta(number, reason, cached_tokens=3)})
        out.append((text, raw))
    return [*out, ("", b"data: [DONE]\n\n")]


ANSWERS = {"/get_server_info": INFO, "/v1/models": MODELS}
WIRES = [Wire("sglang", "/generate", pieces, answers=ANSWERS)]
