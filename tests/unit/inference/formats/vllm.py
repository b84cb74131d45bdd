"""vLLM's OpenAI-compatible server: `/v1/completions`, whose model is asked for before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.unit.inference.fake import Fake, vllm_events
from tests.unit.inference.formats import Pieces, Wire


def models(name: str) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "max_model_len": 2048}]}


def pieces(texts: Sequence[str]) -> Pieces:
    events = [event + b"\n\n" for event in vllm_events(*texts).split(b"\n\n") if event]
    return list(zip([*texts, "", ""], events, strict=True))


def swap(fake: Fake) -> None:
    fake.always("/v1/models", 200, models("other"))
    healthy = fake.handlers["/v1/completions"]

    async def complete(connection: Any) -> None:
        if (asked := connection.request.body["model"]) == "other":
            await healthy(connection)
        else:
            message = f"The model `{asked}` does not exist."
            await connection.answer(404, {"error": {"message": message, "type": "NotFoundError", "code": 404}})

    fake.handlers["/v1/completions"] = complete


ANSWERS = {"/v1/models": models("smol"), "/version": {"version": "0.32.0"}, "/health": {}}
WIRES = [Wire("vllm", "/v1/completions", pieces, answers=ANSWERS, swap=swap)]
