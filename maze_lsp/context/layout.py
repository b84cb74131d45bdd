"""White space: indentation, line endings, comment lines. Works on lines of text alone and knows no tree."""

from __future__ import annotations

import re
from collections import Counter

from maze_lsp.context.types import Snapshot

TODO = re.compile(r"\W*\b(?:TODO|FIXME|XXX)\b(?:\([^)\r\n]*\))?[\s:,.\-–—]*", re.IGNORECASE)
"""The start of a comment that says that something is still to be written; group-free, ends where its text begins."""

_LEADING = re.compile(r"[ \t\f]*")
_EOL = re.compile(r"\r\n|\n|\r")
_INDENTED = re.compile(r"^([ \t]*)\S", re.MULTILINE)
_SAMPLE = 3000


def eol_of(text: str) -> str:
    """The line ending that a text uses first; `\\n` where it has none."""
    found = _EOL.search(text)
    return found.group() if found else "\n"


def leading(line: str) -> str:
    """The indentation of a line: its leading blanks and tabs, counted anew after a form feed."""
    found = _LEADING.match(line)
    return found.group().rpartition("\f")[2] if found else ""


def width(indent: str) -> int:
    """The column that an indentation reaches, tabs going to multiples of eight."""
    return len(indent.expandtabs(8))


def is_blank(line: str) -> bool:
    return not line.strip(" \t\f")


def text_start(snapshot: Snapshot, line: int) -> int:
    """Where the indentation of a line ends."""
    text = snapshot.lines.line_text(line)
    return snapshot.lines.line_start(line) + len(text) - len(text.lstrip(" \t\f"))


def is_word(char: str) -> bool:
    """Whether a character belongs to a word; the empty text does not."""
    return char == "_" or char.isalnum()


def is_comment(snapshot: Snapshot, line: str) -> bool:
    """Whether a line consists of a comment."""
    return begins_comment(snapshot, line.strip(" \t\f"))


def begins_comment(snapshot: Snapshot, text: str) -> bool:
    """Whether a text begins with the sign of a comment; never in a language that has none."""
    mark = snapshot.language.line_comment
    return bool(mark) and text.startswith(mark)


def is_todo(snapshot: Snapshot, line: str) -> bool:
    """Whether a line consists of a comment that asks for code."""
    return is_comment(snapshot, line) and TODO.match(line) is not None


def unit_of(snapshot: Snapshot, at: int) -> str:
    """One level of indentation as the file has it around an offset, else anywhere, else the language's own."""
    text = snapshot.text
    for sample in (text[max(0, at - _SAMPLE) : at + _SAMPLE], text[: 4 * _SAMPLE]):
        steps: Counter[str] = Counter()
        before = ""
        for found in _INDENTED.finditer(sample):
            indent = found.group(1)
            if len(indent) > len(before) and indent.startswith(before):
                steps[indent[len(before) :]] += 1
            before = indent
        likely = [step for step, _ in steps.most_common() if step == "\t" or step in _UNITS]
        if likely:
            return likely[0]
    return snapshot.language.indent_unit


_UNITS = ("  ", "    ", "        ", "   ", " ", "     ", "      ")


def comments_above(snapshot: Snapshot, line: int) -> int:
    """The first of the comment lines of one indentation that stand directly above a line (the line itself if none)."""
    lines = snapshot.lines
    indent = leading(lines.line_text(line))
    while line > 0:
        above = lines.line_text(line - 1)
        if not is_comment(snapshot, above) or leading(above) != indent:
            break
        line -= 1
    return line


def comments_below(snapshot: Snapshot, line: int) -> int:
    """The last of the comment lines of one indentation that stand directly below a line (the line itself if none)."""
    lines = snapshot.lines
    indent = leading(lines.line_text(line))
    while line + 1 < lines.line_count:
        below = lines.line_text(line + 1)
        if not is_comment(snapshot, below) or leading(below) != indent:
            break
        line += 1
    return line


def todo_from(snapshot: Snapshot, first: int, last: int) -> int | None:
    """The first line of a range that asks for code."""
    return next((at for at in range(first, last + 1) if is_todo(snapshot, snapshot.lines.line_text(at))), None)
