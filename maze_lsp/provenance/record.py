"""One record a generation: where a piece of text came from, by digests and names, never by secrets."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from maze_lsp.errors import LedgerError

RecordState = Literal["offered", "accepted", "rejected"]
"""`offered`: inserted and not yet judged by the user."""


@dataclass(frozen=True, slots=True)
class RecordPart:
    """A part of the constraint and its verdict: `enforced`, `verified` or `violated`."""

    name: str
    kind: str
    verdict: str


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """One of several requests: who was asked, how many characters of the text are its own, and how it ended."""

    endpoint: str
    model: str
    length: int
    end: str


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one generation. Digests are SHA-256 in hex; times are milliseconds.

    `created`: UTC, ISO 8601. `line_range`: first and last line, 0-based, at the time of the insertion.
    `ending`: `finished` (the model ended by itself), `cut` (back to the last accepting point), `closed` (by the
    shortest completion). `text` and `prompt` are kept only where the user asked for it (`keep_text`).
    `requests`: who wrote what, where more than one request was needed.
    `logprob`: the mean natural log-probability of its tokens, where that was asked for and given.
    `taken`: how the user took a suggestion at first: `whole`, a `word`, a `line` or a `part` of it; else empty.
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
    taken: str = ""
    requests: tuple[RecordRequest, ...] = ()
    logprob: float | None = None

    def to_json(self) -> str:
        """JSON in ASCII, keys sorted: equal records give equal text, and lone surrogates can be stored."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Record:
        """The record of a JSON text. Fields of later versions are passed over, those of none yet are empty.

        Raises LedgerError where the text is no record.
        """
        try:
            raw = json.loads(text)
            values: dict[str, Any] = {**_EMPTY, "id": raw["id"], **{name: raw[name] for name in _EMPTY if name in raw}}
            first, last = values["line_range"]
            values["line_range"] = int(first), int(last)
            values["parts"] = tuple(RecordPart(**part) for part in values["parts"])
            values["requests"] = tuple(RecordRequest(**request) for request in values["requests"])
            for pairs in ("sampling", "timings"):
                values[pairs] = tuple((str(name), value) for name, value in values[pairs])
            return cls(**values)
        except (ValueError, TypeError, LookupError) as error:
            raise LedgerError(f"A record cannot be read: {error}.") from error


_EMPTY: dict[str, Any] = {field.name: 0 if field.type == "int" else "" for field in fields(Record)}
_EMPTY |= {"line_range": (0, 0), "sampling": (), "parts": (), "timings": (), "requests": (), "logprob": None}


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as the ledger has it. `since`: when it took its state (UTC, ISO 8601)."""

    record: Record
    state: RecordState
    since: str
