"""A hole as messages, for models that only chat, and the text in the answers of those that nothing masks.

Pure. What a model may write is said in words here; where the server enforces grammars, the grammar says it too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from maze_lsp.context.layout import leading
from maze_lsp.context.types import HoleContext
from maze_lsp.inference.types import Message
from maze_lsp.languages.spec import HoleKind, LanguageSpec

_MARK = "<<<GAP>>>"
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_PROSE = re.compile(r"[A-Z][\w'’]*,?(?: [\w'’`\".,;:()/&-]+){3,}[.:!?]?\s*")
"""A line of words, as no program has it: begins with a capital, has blanks only, and few signs."""
_CODE = re.compile(r"[A-Za-z_]\w*\s*[=({\[<]|[;{]\s*\Z")
_MOST_REPEATED = 12
"""Lines of the file that a model may say again before it comes to the gap."""
_OPENERS = (":", "{", "(", "[", ",", "=>")

_SYSTEM = (
    "You complete source code. You are shown a file in which one piece is missing; {mark} marks its place. "
    "Answer with the missing piece alone: exactly the text that stands in place of the mark, indented as the file is. "
    "No explanation, no Markdown, and nothing of what stands around the mark."
)

WHAT: Mapping[HoleKind, str] = {
    "body": "the statements of the body of the function",
    "statements": "one or more statements",
    "statement": "one statement",
    "expression": "one expression",
    "arguments": "the arguments of the call, without the brackets around them",
    "type": "a type",
    "declaration": "a declaration",
    "parameters": "the parameters, without the brackets around them",
    "pattern": "a pattern",
    "members": "members of the class or type, without the brackets around them",
    "import": "what is imported",
    "element": "one element",
    "fields": "fields, separated as the language separates them, without the brackets around them",
    "items": "items, separated as the language separates them, without the brackets around them",
    "arms": "arms of the match, without the brackets around them",
    "string": "the contents of the string, without its quotes",
    "docstring": "the text of the documentation, without the signs around it",
    "value": "one value",
}
"""What may stand in a hole of a kind, in words."""


@dataclass(frozen=True, slots=True)
class Chat:
    """What the messages say beside the text before the gap, which grows while a generation goes on.

    `ahead`: outlines of other files; `suffix`: what stands behind the gap. `task`: what is missing and what it is for.
    """

    system: str
    title: str
    fence: str
    task: str
    suffix: str = ""
    ahead: str = ""
    eol: str = "\n"
    unit: str = "    "
    prose: bool = False
    """Whether words are what is asked for."""

    def messages(self, before: str) -> tuple[Message, ...]:
        """The messages for the gap behind `before`."""
        mark = _unused(_MARK, before + self.suffix)
        parts = []
        if self.ahead:
            parts.append(f"Of other files:\n\n{_fenced(self.ahead, self.fence)}")
        if self.title:
            parts.append(f"{self.title}\n\n{_fenced(before + mark + self.suffix, self.fence)}")
        parts.append(self.task)
        user = Message("user", "\n\n".join(parts))
        return (Message("system", self.system.format(mark=mark)), user) if self.system else (user,)

    def answer(self, before: str) -> Answer:
        """For an answer that nothing masks: takes the text out of it."""
        return Answer(before, self.eol, self.unit, prose=self.prose)


def spoken(messages: tuple[Message, ...]) -> str:
    """Messages as one text: what is counted and recorded."""
    return "\n\n".join(f"{message.role}: {message.content}" for message in messages)


def chat_for(context: HoleContext, suffix: str, ahead: str) -> Chat:
    """The messages about a hole."""
    spec, hole = context.snapshot.language, context.hole
    name = context.snapshot.uri.rpartition("/")[2]
    task = f"What is missing: {WHAT[hole.kind]}."
    if context.expected_type:
        task += f" Its type is `{context.expected_type}`."
    if hole.begun:
        task += " What stands directly before the mark on its line has been begun: go on behind it."
    if context.intent:
        task += f"\nIt is to do this: {context.intent}"
    prose = hole.kind in ("string", "docstring")
    return Chat(_SYSTEM, f"`{name}` ({spec.title}):", spec.name, task, suffix, ahead, context.eol, hole.unit, prose)


def chat_for_text(text: str, language: LanguageSpec | None) -> Chat:
    """The messages for a text of its own."""
    if language is None:
        return Chat("", "", "", text)
    task = f"What is missing: all of the file. It is to do this: {text}"
    return Chat(_SYSTEM, f"A new file ({language.title}):", language.name, task, unit=language.indent_unit)


def is_prose(line: str) -> bool:
    """Whether a line of an answer talks about the code."""
    return _PROSE.fullmatch(line.strip()) is not None and not _CODE.search(line)


class Answer:
    """An answer in pieces, from which the text is taken line by line.

    The fence around a block is taken off, with all that follows the block, and with what is said before it. Lines of
    the file that are said again before the gap are left out. Lines that are indented on their own are indented as the
    file is. The line end behind the last line is never given back, nor are blanks before the first.
    """

    def __init__(self, before: str, eol: str, unit: str, *, prose: bool = False) -> None:
        self._eol = eol
        self._unit = unit
        lines = before.splitlines() or [""]
        if before.endswith(("\n", "\r")):
            lines.append("")
        self._line = lines[-1]
        self._indent = leading(self._line)
        self._repeatable = [line.strip() for line in lines[:-1] if line.strip()][-_MOST_REPEATED:]
        self._held = ""
        self._pending: list[str] = []
        """Lines that may be the file's own."""
        self._fence: str | None = None
        """The fence that ends the text; empty where there is none; None before the first line."""
        self._ended = False
        self._said: list[str] | None = [] if not prose else None
        """What is said before a block that may still come; None where nothing is."""
        self._first = ""
        self._given = self._blank = 0
        self._own: str | None = None
        """What takes the place of the lines' own margin; None while that is not known."""
        self._margin = ""

    def feed(self, text: str) -> str:
        """What of the text has come in whole lines and was not given back before."""
        *lines, self._held = (self._held + text.replace("\r\n", "\n")).split("\n")
        return "".join(self._taken(line) for line in lines)

    def end(self) -> str:
        """The rest."""
        rest = self._taken(self._held)
        self._held = ""
        if self._fence is None and self._said:
            # No block came: it is for the grammar to say that this is no code.
            said, self._said = self._said, None
            rest = "".join(map(self._taken, said))
        return rest + "".join(self._written(line) for line in self._drained())

    def _taken(self, line: str) -> str:
        if self._ended:
            return ""
        if self._fence is None:
            if not line.strip():
                return ""
            found = _FENCE.match(line)
            if not found and self._said is not None and (self._said or is_prose(line)):
                self._said.append(line)
                return ""
            self._fence = found[1] if found else ""
            if found:
                return ""
        elif self._fence and line.strip() == self._fence:
            self._ended = True
            return ""
        if self._given or self._pending or line.strip():
            return "".join(self._written(one) for one in self._unrepeated(line))
        return ""

    def _unrepeated(self, line: str) -> list[str]:
        """The lines to be written, now that this one has come: none while they are those before the gap."""
        if self._given:
            return [line]
        said = [one.strip() for one in (*self._pending, line) if one.strip()]
        self._pending.append(line)
        if said == self._repeatable[len(self._repeatable) - len(said) :] and said:
            self._pending = []
            return []
        if self._says(said):
            return []
        if len(said) > 1 and said[-2].endswith(_OPENERS) and self._says(said[:-1]):
            self._pending = [line]  # the head of what the gap is in, said again without all that follows it
        return self._drained()

    def _says(self, said: list[str]) -> bool:
        """Whether the file has these lines, one after the other, before the gap."""
        return any(self._repeatable[at : at + len(said)] == said for at in range(len(self._repeatable)))

    def _drained(self) -> list[str]:
        lines, self._pending = self._pending, []
        return lines

    def _written(self, line: str) -> str:
        """A line of the text, with the line end before it."""
        if not self._given:
            if not line.strip():
                return ""
            self._given = 1
            self._margin = leading(line)
            self._first = line.strip()
            begun = self._line.strip()
            text = line.lstrip(" \t")
            if re.search(r"\w", begun) and text.startswith(begun):
                text = text[len(begun) :].lstrip(" \t") if self._line.endswith((" ", "\t")) else text[len(begun) :]
            return text.rstrip()
        if not line.strip():
            self._blank += 1
            return ""
        ends, self._blank = self._eol * (self._blank + 1), 0
        return ends + self._indented(line).rstrip()

    def _indented(self, line: str) -> str:
        """A line with the file's margin. The second line tells whether the answer has it already."""
        if self._own is None:
            inner = self._unit if self._first.endswith(_OPENERS) else ""
            has_it = self._margin == self._indent or (not self._margin and line.startswith(self._indent + inner))
            self._own = self._margin if has_it else self._indent
        if line.startswith(self._margin):
            return self._own + line[len(self._margin) :]
        return line


def _unused(mark: str, text: str) -> str:
    """A mark that does not stand in a text."""
    number = 1
    while mark in text:
        number += 1
        mark = _MARK.replace("GAP", f"GAP{number}")
    return mark


def _fenced(text: str, language: str) -> str:
    """A block of Markdown whose fence does not stand in its text."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"
