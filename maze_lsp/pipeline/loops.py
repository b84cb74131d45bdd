"""Texts that only repeat themselves. Pure functions over the text generated so far.

Small models under a constraint fall into loops: the same line again and again, endless blank lines, a list that
counts for ever. The grammar cannot forbid that cheaply; the stream can stop.
"""

from __future__ import annotations

import re

_WINDOW = 1600
_MAX_PERIOD = 200
_PROBE = 6
_MAX_BLANKS = 80
_MAX_LINE_ENDS = 6
_NUMBER = re.compile(r"[0-9]+")


def loop_start(text: str) -> int | None:
    """Where the useless end of `text` begins, or None while the text gets on.

    A loop is a tail made of copies of one string: four of a long one, more of a short one; or, with all numbers
    taken as equal, twelve copies over at least 240 characters. The offset is the end of the first copy, so that
    one copy is kept. An overlong run of white space is a loop as well.
    """
    visible = len(text.rstrip())
    space = text[visible:]
    if space.count("\n") >= _MAX_LINE_ENDS or len(space) - space.rfind("\n") > _MAX_BLANKS:
        return visible
    base = max(0, len(text) - _WINDOW)
    tail = text[base:]
    exact = _repeated_tail(tail, copies=4, length=60)
    if exact is not None:
        return base + exact
    if sum(map(str.isdigit, tail[-240:])) < 12:
        return None
    flat, offsets = _numbers_alike(tail)
    counted = _repeated_tail(flat, copies=12, length=240)
    return None if counted is None else base + offsets[counted]


def _repeated_tail(text: str, *, copies: int, length: int) -> int | None:
    """The end of the first of at least `copies` equal strings that `text` ends with, `length` characters in all.

    Only distances at which the last characters stand once more can be periods; short periods need a longer tail,
    since rulers of one character are ordinary text, and such a run is not taken for copies of a piece of itself.
    """
    if len(text) < length:
        return None
    end = text[-_PROBE:]
    longest = min(_MAX_PERIOD, len(text) // copies)
    covered = 0
    at = len(text) - _PROBE
    while (at := text.rfind(end, 0, at + _PROBE - 1)) >= 0:
        period = len(text) - _PROBE - at
        if period > longest:
            return None
        if period <= covered:
            continue
        unit = text[-period:]
        found = 1
        while text[-(found + 1) * period : -found * period] == unit:
            found += 1
        needed = length if period >= 12 else 2 * length
        if found >= copies and found * period >= needed:
            return _end_of_first_copy(text, period)
        if found > 1:
            covered = found * period
    return None


def _end_of_first_copy(text: str, period: int) -> int:
    """Where the first copy of a repeated tail ends, moved to a line's end where the copies have one."""
    start = len(text) - period
    while start and text[start - 1] == text[start - 1 + period]:
        start -= 1
    line_end = text.find("\n", start + period, start + 2 * period)
    return line_end if line_end >= 0 else start + period


def _numbers_alike(text: str) -> tuple[str, list[int]]:
    """`text` with every number written as `0`, and for each of its characters the offset in `text`."""
    pieces: list[str] = []
    offsets: list[int] = []
    at = 0
    for number in _NUMBER.finditer(text):
        pieces.append(text[at : number.start()] + "0")
        offsets.extend(range(at, number.start() + 1))
        at = number.end()
    pieces.append(text[at:])
    offsets.extend(range(at, len(text) + 1))
    return "".join(pieces), offsets
