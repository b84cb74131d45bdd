"""A server whose dialect is not known yet: the first question, which is no stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from maze_lsp.inference.types import Service
from tests.unit.inference.fake import llama_events
from tests.unit.inference.formats import TEXTS, Pieces, Wire

PROPS = {"default_generation_settings": {"n_ctx": 4096}, "model_path": "/models/cöde.gguf", "build_info": "b1"}


async def complete(connection: Any) -> None:
    await connection.open_stream()
    await connection.send(llama_events("a + b"))


async def ask(service: Service, got: list[str]) -> None:
    capabilities = await service.capabilities()
    assert (capabilities.server, capabilities.model) == ("llama.cpp", "cöde.gguf")
    got.append("".join(TEXTS))


def pieces(texts: Sequence[str]) -> Pieces:
    return [("", json.dumps(PROPS, ensure_ascii=False).encode())]


WIRES = [
    Wire(
        "auto",
        "/props",
        pieces,
        "application/json",
        {"/completion": complete},
        error=None,
        ask=ask,
        exact=False,
    )
]
