"""Compiled constraints and verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Enforcement = Literal["grammar", "check"]
"""`grammar`: part of the grammar that the server's mask enforces. `check`: tested on this side only."""

Verdict = Literal["enforced", "verified", "violated"]
"""`enforced`: masked by the server and confirmed here; `verified`: checked here only; `violated`: it does not hold."""


@dataclass(frozen=True, slots=True)
class Part:
    """One constraint of a conjunction, under the name by which the record calls it."""

    name: str
    kind: str
    enforcement: Enforcement


@dataclass(frozen=True, slots=True)
class CompiledConstraint:
    """A grammar ready to be sent, and what it is made of.

    `lark`: what is sent: llguidance Lark, first line `%llguidance {}`. It accepts `heal`, the text of the hole, and
    optionally what a model writes when it has finished (the first characters of the next line, say), so that a
    stock server stops there; that end is cut off here.
    `proof`: the grammar of exactly the texts of the hole: what is replayed, recorded and re-verified.
    `ending`: the grammar of that end alone, empty where `lark` allows none.
    `heal`: white space at the end of the prompt that the grammar repeats, so that the tokenizer is never asked
    to go on in the middle of a token; the prompt is sent without it, and it is taken off the answer.
    `digest`: SHA-256 (hex) of `proof`. `logit_masks`: token id → allowed, for servers that take biases.
    """

    lark: str
    proof: str
    digest: str
    parts: tuple[Part, ...]
    heal: str = ""
    ending: str = ""
    logit_masks: tuple[tuple[int, bool], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class PartVerdict:
    """What became of a part. `detail` says in words what is wrong and where, empty where nothing is."""

    part: Part
    verdict: Verdict
    detail: str = ""
