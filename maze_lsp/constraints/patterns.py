"""Regular expressions as users write them, on whole texts: Python's notation, as far as it is regular.

`\\d`, `\\w` and `\\s` mean ASCII, as in JSON Schema. Lazy repetition is read as greedy: whole texts match the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from maze_lsp.constraints.ir import Pattern
from maze_lsp.errors import ConstraintError
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text

MOST_CHARS = 20_000
MOST_SIZE = 50_000
_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "x": re.VERBOSE}
_WORDS = {
    "assert": "look-ahead and look-behind",
    "assert_not": "look-ahead and look-behind",
    "groupref": "references to groups",
    "groupref_exists": "references to groups",
    "atomic_group": "atomic groups",
    "possessive_repeat": "possessive repetition",
    "at": "an anchor in the middle (`^`, `$`, `\\b`)",
}
_STARTS = ("AT_BEGINNING", "AT_BEGINNING_STRING")
_ENDS = ("AT_END", "AT_END_STRING")
_ANY = ("IN", [("RANGE", (0, rx.MAX_CHAR))])

Items = list[tuple[Any, Any]]


def read_pattern(pattern: Pattern) -> rx.Regex:
    """The texts that match as a whole. Raises ConstraintError."""
    if len(pattern.pattern) > MOST_CHARS:
        raise ConstraintError(f"The regular expression is longer than {MOST_CHARS} characters.")
    flags = re.RegexFlag(0)
    for letter in pattern.flags:
        flags |= _FLAGS[letter]
    try:
        items = regex_text.parsed(pattern.pattern, flags)
        tree = regex_text.tree(_plain(list(items), "s" in pattern.flags, first=True, last=True))
    except ValueError as error:
        shown = pattern.pattern if len(pattern.pattern) < 80 else pattern.pattern[:79] + "…"
        raise ConstraintError(f"The regular expression `{shown}`: {_told(str(error))}.") from None
    if rx.size(tree) > MOST_SIZE:
        raise ConstraintError(
            f"The regular expression repeats too much: written out, it has more than {MOST_SIZE} characters."
        )
    return rx.rewrite(tree, _either_case) if "i" in pattern.flags else tree


def _plain(items: Items, dot_all: bool, *, first: bool, last: bool) -> Items:
    """What was read, without anchors at its ends and with the notation's other spellings made one."""
    if first:
        while items and str(items[0][0]) == "AT" and str(items[0][1]) in _STARTS:
            items = items[1:]
    if last:
        while items and str(items[-1][0]) == "AT" and str(items[-1][1]) in _ENDS:
            items = items[:-1]
    return [
        _item(op, value, dot_all, first=first and number == 0, last=last and number == len(items) - 1)
        for number, (op, value) in enumerate(items)
    ]


def _item(op: Any, value: Any, dot_all: bool, *, first: bool, last: bool) -> tuple[Any, Any]:
    match str(op):
        case "ANY" if dot_all:
            return _ANY
        case "BRANCH":
            return op, (value[0], [_plain(list(one), dot_all, first=first, last=last) for one in value[1]])
        case "SUBPATTERN":
            return op, (*value[:3], _plain(list(value[3]), dot_all, first=first, last=last))
        case "MAX_REPEAT" | "MIN_REPEAT":
            low, high, part = value
            return "MAX_REPEAT", (low, high, _plain(list(part), dot_all, first=False, last=False))
    return op, value


def _told(words: str) -> str:
    word = words.removesuffix(" is not supported in terminals")
    return f"{_WORDS.get(word, word)} cannot be enforced" if word != words else words


def _either_case(regex: rx.Regex) -> rx.Regex | None:
    return rx.Chars(rx.normal_ranges(_cases(regex.ranges))) if isinstance(regex, rx.Chars) else None


def _cases(ranges: rx.Ranges) -> Iterable[tuple[int, int]]:
    for low, high in ranges:
        yield low, high
        for code in range(low, min(high, low + 2000) + 1):
            for other in (chr(code).lower(), chr(code).upper()):
                if len(other) == 1:
                    yield ord(other), ord(other)
