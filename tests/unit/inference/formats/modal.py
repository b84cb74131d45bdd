"""The seed's service on Modal: its event stream, and its answers in one piece in both shapes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.unit.inference.fake import event
from tests.unit.inference.formats import Pieces, Wire

ANSWERS = {"/health": {"status": "healthy"}, "/models": {"models": [{"name": "smol"}]}}


def stream_pieces(texts: Sequence[str]) -> Pieces:
    events = [(text, event({"token": text, "done": False, "error": None})) for text in texts]
    end = event({"token": "", "done": True, "error": None})
    return [*events, ("", end), ("", b"data: [DONE]\n\n")]


def whole_pieces(texts: Sequence[str]) -> Pieces:
    answer = {
        "generated_text": "".join(texts),
        "tokens_generated": len(texts),
        "generation_time_ms": 20.0,
        "constraint_satisfied": True,
        "model_name": "smol",
        "finish_reason": "stop",
        "metadata": {},
    }
    return [("".join(texts), json.dumps(answer, ensure_ascii=False).encode())]


def other_pieces(texts: Sequence[str]) -> Pieces:
    stats = {"total_time_ms": 20.0, "time_per_token_us": 9, "constraint_checks": 3, "avg_constraint_check_us": 1}
    answer = {"generated_text": "".join(texts), "tokens_generated": len(texts), "model": "smol", "stats": stats}
    return [("".join(texts), json.dumps(answer, ensure_ascii=False).encode())]


WIRES = [
    Wire("modal", "/generate/stream", stream_pieces, answers=ANSWERS),
    Wire("modal", "/generate", whole_pieces, "application/json", ANSWERS, error=None),
    Wire("modal", "/generate", other_pieces, "application/json", ANSWERS, error=None),
]
