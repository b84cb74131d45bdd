"""llama.cpp's server: `/completion`."""

from __future__ import annotations

from collections.abc import Sequence

from tests.unit.inference.fake import llama_events
from tests.unit.inference.formats import Pieces, Wire


def pieces(texts: Sequence[str]) -> Pieces:
    events = [event + b"\n\n" for event in llama_events(*texts).split(b"\n\n") if event]
    return list(zip([*texts, ""], events, strict=True))


WIRES = [Wire("llamacpp", "/completion", pieces, answers={"/health": {"status": "ok"}})]
