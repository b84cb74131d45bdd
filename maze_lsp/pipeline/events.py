"""What a generation tells its front end, in order: Started, then Notes and Deltas, then Finished or Failed."""

from __future__ import annotations

from dataclasses import dataclass

from maze_lsp.constraints.types import PartVerdict
from maze_lsp.errors import MazeError
from maze_lsp.provenance.record import Record
from maze_lsp.text import Span


@dataclass(frozen=True, slots=True)
class Started:
    """The request is about to be sent. `enforced` is False where the service is known not to mask."""

    id: str
    model: str
    server: str
    enforced: bool


@dataclass(frozen=True, slots=True)
class Delta:
    """Text that the constraint has accepted; `tokens` generated up to here.

    `logprob`: the natural log-probability of the piece that it came with, where that was asked for and is given.
    """

    text: str
    tokens: int
    logprob: float | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """The text shown so far is void, but for `kept`, its beginning: the generation goes on from there.

    Where nothing is kept, another attempt begins.
    """

    reason: str
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something the user should see while waiting."""

    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """Verified text. `text` replaces `range` of the snapshot it was made for; `lead` is already part of it."""

    id: str
    text: str
    range: Span
    verdicts: tuple[PartVerdict, ...]
    record: Record
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    result: Result


@dataclass(frozen=True, slots=True)
class Failed:
    error: MazeError


Event = Started | Delta | Reset | Note | Finished | Failed
