"""One record a generation: where a piece of text came from, by digests and names, never by secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RecordState = Literal["offered", "accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class RecordPart:
    """A part of the constraint and its verdict: `enforced`, `verified` or `violated`."""

    name: str
    kind: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one generation. Digests are SHA-256 in hex; times are milliseconds.

    `created`: UTC, ISO 8601. `line_range`: first and last line, 0-based, at the time of the insertion.
    `ending`: `finished` (the model ended by itself), `cut` (back to the last accepting point), `closed` (by the
    shortest completion). `text` and `prompt` are kept only where the user asked for it (`keep_text`).
    """

    id: str
    created: str
    uri: str
    language: str
    hole_kind: str
    line_range: tuple[int, int]
    model: str
    server: str
    server_version: str
    endpoint: str
    sampling: tuple[tuple[str, float | int], ...]
    seed: int
    request_digest: str
    prompt_digest: str
    intent_digest: str
    constraint_digest: str
    parts: tuple[RecordPart, ...]
    grammar_version: str
    llguidance_version: str
    text_digest: str
    text_length: int
    prompt_tokens: int
    tokens: int
    steps: int
    attempts: int
    ending: str
    verdict: str
    timings: tuple[tuple[str, float], ...]
    text: str = ""
    prompt: str = ""
