"""The tokens of this session's generations as they came, for clients that show them. Nothing of it is written down."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

_KEPT = 100
"""So many generations are remembered, the latest ones."""


@dataclass(frozen=True, slots=True)
class Came:
    text: str
    at: float
    logprob: float | None


class Timelines:
    def __init__(self) -> None:
        self._all: dict[str, list[Came]] = {}
        self._texts: dict[str, str] = {}

    def begin(self, id: str, kept: str = "") -> None:
        """A text begins, or goes on behind `kept` of it."""
        tokens, left = [], kept
        for came in self._all.pop(id, []):
            if not left.startswith(came.text):
                break
            tokens.append(came)
            left = left[len(came.text) :]
        if left:
            tokens.append(Came(left, time.monotonic(), None))
        self._all[id] = tokens
        while len(self._all) > _KEPT:
            oldest = next(iter(self._all))
            del self._all[oldest]
            self._texts.pop(oldest, None)

    def add(self, id: str, text: str, logprob: float | None) -> None:
        self._all.setdefault(id, []).append(Came(text, time.monotonic(), logprob))

    def end(self, id: str, text: str) -> None:
        """What was made of it in the end."""
        self._texts[id] = text

    def text(self, id: str) -> str:
        return self._texts.get(id, "")

    def of(self, id: str) -> list[dict[str, Any]]:
        """`{text, ms, probability}`, in order: when each came (milliseconds from the first), and how likely it was."""
        tokens = self._all.get(id, [])
        return [
            {
                "text": came.text,
                "ms": round(1000 * (came.at - tokens[0].at), 1),
                "probability": None if came.logprob is None else round(min(1.0, math.exp(came.logprob)), 5),
            }
            for came in tokens
        ]
