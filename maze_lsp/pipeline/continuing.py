"""Going on with a text that was begun: from a step and a verified beginning of its text to the next request.

Pure functions. A server that masks is given the grammar of what completes the beginning (its left quotient) and
writes the last piece of it again, so that it is never asked to go on in the middle of a token. One that does not is
shown all of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from maze_lsp.constraints.compile import last_piece, trailing_space
from maze_lsp.context.layout import is_word
from maze_lsp.errors import GrammarError, TypedTextError
from maze_lsp.pipeline.steps import Step, unhealed

_PIECE = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Onward:
    """One request of a step: its answer is `heal`, which is taken off, and what goes on behind `verified`."""

    verified: str
    prompt: str
    heal: str
    lark: str | None


def first_request(step: Step, *, masked: bool = True) -> Onward:
    """The request that begins a step. Nobody writes a word again that stands there, but under a mask."""
    heal = step.constraint.heal
    if not masked and heal.strip() and step.remainder is not None:
        piece = trailing_space("." + heal)
        prompt = unhealed(step.prompt, piece) + step.behind
        return Onward("", prompt, piece, step.remainder("", piece))
    return Onward("", step.sent_prompt, heal, step.constraint.lark)


def onward(step: Step, verified: str, *, masked: bool = True) -> Onward | None:
    """The request that goes on behind `verified`; None where there is no grammar for it: the step is started over.

    Where nothing is masked a grammar is not needed.

    What the model has written stands in the prompt where it wrote it, so that servers know all of it already.
    """
    if not verified:
        return first_request(step, masked=masked)
    if step.remainder is None and masked:
        return None
    written = step.constraint.heal + verified
    prompt = step.sent_prompt + written
    piece = (last_piece(prompt) if masked else trailing_space(prompt))[-len(written) :]
    prompt = prompt.removesuffix(piece)
    lark = None
    try:
        lark = step.remainder(verified, piece) if step.remainder else None
    except (GrammarError, TypedTextError):
        if masked:
            return None
    return Onward(verified, prompt, piece, lark)


def whole_words(text: str, then: str = "") -> str:
    """A text without a last word that `then` goes on with, and without the blanks at its end."""
    kept = text.rstrip()
    if kept == text and text and (not then or is_word(then[0])):
        kept = re.sub(r"\w+\Z", "", text).rstrip()
    return kept


def whole_lines(text: str) -> str:
    """A text up to where its last line begins, with the blanks before that; nothing where it has one line."""
    found = re.search(r"[\r\n][ \t]*(?=[^\r\n]*\Z)", text)
    return text[: found.end()] if found else ""


class Retreat:
    """How far a text is cut back when its model left the grammar: further each time that it gets no further."""

    def __init__(self) -> None:
        self._furthest = -1
        self._tries = 0

    def kept(self, text: str, refused: str) -> str:
        """What is kept of an accepted text whose next character was refused: 0, 1, 3, 7 … words or signs less."""
        if len(text) > self._furthest:
            self._furthest, self._tries = len(text), 0
        text = whole_words(text, refused)
        ends = [match.end() for match in _PIECE.finditer(text)]
        less = 2**self._tries - 1
        self._tries += 1
        return text[: ends[-1 - less]] if less < len(ends) else ""


def went_on_elsewhere(text: str, end: int, refused: str) -> bool:
    """Whether what was refused stands on a line of its own behind a complete text: the model has left it for good."""
    behind = text[end:] + refused
    return end > 0 and "\n" in behind and not text[end:].strip()
