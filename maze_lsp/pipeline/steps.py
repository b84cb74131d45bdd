"""The steps of a generation: requests on one growing prompt, each under a grammar of its own.

A plan is asked for the next step with the text verified so far. Today's plan has one step; a plan that refines the
grammar after each line gives several, and the runner does not change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from maze_lsp.constraints.types import CompiledConstraint
from maze_lsp.pipeline.chat import Chat, spoken

Remainder = Callable[[str, str], str]
"""From a beginning of a step's text and what is to be repeated of it to the grammar of both: `rest_of_hole`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request: `prompt` ends with the constraint's `heal`, which is taken off before it is sent.

    `joint` stands between the text of the steps before and this one's (a line end and indentation, say); the
    prompt holds it already. `behind` is sent behind the prompt: what shows a model the gap and what follows it. `stop`:
    texts by which such a model says that it has finished. `rest`: the rest of the line, which is not to be repeated.
    `one_line`: the text ends with the first line at whose end it is complete. `remainder`: the grammar by which the
    step is gone on with behind a beginning of its text; None where it has to be started over. `chat`: the messages in
    which it is asked for; `prompt` is what stands before the gap then.
    """

    prompt: str
    constraint: CompiledConstraint
    joint: str = ""
    behind: str = ""
    stop: tuple[str, ...] = ()
    rest: str = ""
    one_line: bool = False
    remainder: Remainder | None = None
    chat: Chat | None = None

    @property
    def sent_prompt(self) -> str:
        return unhealed(self.prompt, self.constraint.heal) + self.behind

    @property
    def shown(self) -> str:
        """All that the model is shown, as one text."""
        return spoken(self.chat.messages(self.prompt)) if self.chat else self.sent_prompt


class Plan(Protocol):
    @property
    def whole(self) -> CompiledConstraint:
        """The constraint that the whole text has to satisfy in the end."""
        ...

    def next(self, text: str) -> Step | None:
        """The step after `text`, the verified text of all steps so far; None where nothing is left to do."""
        ...


@dataclass(frozen=True, slots=True)
class SingleStep:
    """The plan of one request."""

    prompt: str
    whole: CompiledConstraint
    behind: str = ""
    stop: tuple[str, ...] = ()
    rest: str = ""
    one_line: bool = False
    remainder: Remainder | None = None
    chat: Chat | None = None

    def next(self, text: str) -> Step | None:
        if text:
            return None
        return Step(
            self.prompt,
            self.whole,
            behind=self.behind,
            stop=self.stop,
            rest=self.rest,
            one_line=self.one_line,
            remainder=self.remainder,
            chat=self.chat,
        )


def unhealed(prompt: str, heal: str) -> str:
    """A prompt without what the grammar repeats; as far as it ends so, where a comment was put in between."""
    start = next(at for at in range(len(heal) + 1) if prompt.endswith(heal[at:]))
    return prompt[: len(prompt) - len(heal) + start]
