"""Where a streamed text ends: finished by the model, cut back to a complete place, or closed. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from maze_lsp.constraints.replay import Replay
from maze_lsp.context.layout import is_word
from maze_lsp.pipeline.loops import loop_start
from maze_lsp.pipeline.repeats import without_repeat
from maze_lsp.pipeline.steps import Step

Ending = Literal["finished", "cut", "closed"]

_WORD_END = re.compile(r"\w+\Z")


@dataclass(frozen=True, slots=True)
class Settled:
    """`text` belongs to the step's grammar, or is empty. For the rest see `Streamed`."""

    text: str
    ending: Ending
    enforced: bool = True
    why: str = ""


def settle(replay: Replay, text: str, step: Step, *, stopped: bool, why: str) -> Settled:
    """Where the text ends, and how it came to that; without what repeats the rest of the line."""
    settled = _ended(replay, text, step, stopped=stopped, why=why)
    if settled.ending == "closed" or not step.rest.strip():
        return settled
    end = without_repeat(settled.text, replay.accepting_ends, step.rest)
    return replace(settled, text=settled.text[:end])


def explained(replay: Replay, text: str, ending: str) -> int:
    """How much of a text is accepted or what a model writes behind a complete one when it has finished."""
    if not replay.accepting_ends:
        return 0
    end = replay.accepting_ends[-1]
    return end + (len(Replay(ending).feed(text[end:])) if ending else 0)


def _ended(replay: Replay, text: str, step: Step, *, stopped: bool, why: str) -> Settled:
    line = first_line(replay.text, replay.accepting_ends) if step.one_line else None
    if line is not None:
        return Settled(replay.text[:line], "finished")
    end = replay.accepting_ends[-1] if replay.accepting_ends else 0
    if not replay.refused:
        if stopped and end and not replay.text[end:].strip():
            return Settled(replay.text[:end], "finished")
        return _cut(replay, why=why or "the server stopped early", enforced=True)
    # Behind a complete text stands what a model writes when it has finished; anything else is an offence.
    allowed = explained(replay, text, step.constraint.ending)
    if replay.refused_by:
        return _cut(replay, why="a constraint that only is checked was broken", enforced=True)
    enforced = allowed == len(text)
    if allowed > replay.length:
        return Settled(replay.text[:end], "finished", enforced)
    return _cut(replay, why="the text broke off" if enforced else "the server left the grammar", enforced=enforced)


def _cut(replay: Replay, *, why: str, enforced: bool) -> Settled:
    """The longest useful beginning: cut back to a complete place, or closed by the shortest completion.

    Whichever keeps more of the text; but a close that has to invent a word, or keeps half of one, only where nothing
    else is left. Cut is at a finished line, where there is one.
    """
    text = replay.text
    limit = loop_start(text)
    limit = len(text) if limit is None else limit
    ends = [end for end in replay.accepting_ends if 0 < end <= limit]
    at_line_end = [end for end in ends if text[end : end + 1] in ("\n", "\r")]
    at_word_end = [end for end in ends if end < len(text) and not _inside_word(text, end)]
    end = (at_line_end or at_word_end or ends or [0])[-1]
    if not replay.refused and (limit == len(text) or not end):
        # The last word may be half of one.
        whole = replay if limit == len(text) else replay.beginning(limit)
        begun = replay.beginning(len(_WORD_END.sub("", text))) if at_line_end else whole
        closing = begun.shortest_close() if begun.length > end else None
        if closing and (begun is whole or not any(map(str.isalnum, closing))):
            return Settled(begun.text + closing, "closed", enforced, why)
    return Settled(text[:end], "cut", enforced, why)


def first_line(text: str, ends: Iterable[int]) -> int | None:
    """Where the first line ends at whose end a text is complete; None where it has not come to one."""
    return next((end for end in ends if text[:end].strip() and text[end : end + 1] in ("\n", "\r")), None)


def _inside_word(text: str, at: int) -> bool:
    return is_word(text[at - 1]) and is_word(text[at])
