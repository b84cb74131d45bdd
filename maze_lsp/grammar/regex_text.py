"""Regex trees from text, and back to the notation that llguidance's Lark takes.

Read: the common part of regular expressions (sets, groups, `|`, `?`, `*`, `+`, `{m,n}`, `.`, `\\d`, `\\w`, `\\s`; these
three in ASCII). Refused: look-around, back references, anchors, flags, lazy repetition.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from re import UNICODE, _constants, _parser, error  # type: ignore[attr-defined]
from typing import Any

from maze_lsp.grammar import regex as rx

_CATEGORIES: dict[str, rx.Ranges] = {
    "CATEGORY_DIGIT": ((48, 57),),
    "CATEGORY_SPACE": ((9, 13), (32, 32)),
    "CATEGORY_WORD": ((48, 57), (65, 90), (95, 95), (97, 122)),
}
_NOT_LINE_END = rx.complement(((10, 10),))


def parse(text: str) -> rx.Regex:
    """The tree of a regular expression. Raises ValueError for what is not regular or not understood."""
    return tree(parsed(text))


def parsed(text: str, flags: int = 0) -> _parser.SubPattern:
    """What Python reads in a regular expression. Raises ValueError; no flags but `flags` may be set in it."""
    try:
        found = _parser.parse(text, flags)
    except (error, OverflowError) as problem:
        raise ValueError(f"not a regular expression: {problem}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if found.state.flags & ~(UNICODE | flags):
        raise ValueError("flags are not supported in terminals")
    return found


def tree(items: Iterable[tuple[Any, Any]]) -> rx.Regex:
    """The tree of what was read. Raises ValueError."""
    return _sequence(items)


def _sequence(items: Iterable[tuple[Any, Any]]) -> rx.Regex:
    return rx.concat([_item(str(op), value) for op, value in items])


def _item(op: str, value: Any) -> rx.Regex:
    match op:
        case "LITERAL":
            return rx.Chars(((value, value),))
        case "NOT_LITERAL":
            return rx.Chars(rx.complement(((value, value),)))
        case "ANY":
            return rx.Chars(_NOT_LINE_END)
        case "IN":
            return rx.Chars(_set(value))
        case "BRANCH":
            return rx.union([_sequence(branch) for branch in value[1]])
        case "SUBPATTERN" if not value[1] and not value[2]:
            return _sequence(value[3])
        case "MAX_REPEAT":
            low, high, part = value
            return rx.repeat(_sequence(part), low, None if high == _constants.MAXREPEAT else high)
    raise ValueError(f"{op.lower()} is not supported in terminals")


def _set(items: Iterable[tuple[Any, Any]]) -> rx.Ranges:
    ranges: list[tuple[int, int]] = []
    negated = False
    for op, value in items:
        match str(op):
            case "NEGATE":
                negated = True
            case "LITERAL":
                ranges.append((value, value))
            case "RANGE":
                ranges.append(value)
            case "CATEGORY":
                name = str(value)
                known = _CATEGORIES[name.replace("_NOT_", "_")]
                ranges.extend(rx.complement(known) if "_NOT_" in name else known)
            case other:
                raise ValueError(f"{other.lower()} is not supported in a set")
    normal = rx.normal_ranges(ranges)
    return rx.complement(normal) if negated else normal


@lru_cache(maxsize=20_000)
def write(regex: rx.Regex) -> str:
    """A terminal's expression in llguidance's Lark."""
    if not _has_boolean(regex):
        return f"/{_write(regex, 0)}/" if regex != rx.EMPTY_WORD else '""'
    match regex:
        case rx.Intersect(parts):
            return "(" + " & ".join(sorted(map(write, parts), key=lambda s: s.startswith("~"))) + ")"
        case rx.Not(part):
            return "~" + write(part)
        case rx.Union(parts):
            return "(" + " | ".join(map(write, parts)) + ")"
        case rx.Concat(parts):
            return "(" + " ".join(_runs(parts)) + ")"
        case rx.Repeat(part, low, high):
            return f"({write(part)}){_count(low, high)}"
    raise AssertionError(regex)


def _runs(parts: tuple[rx.Regex, ...]) -> Iterable[str]:
    """The parts of a concatenation, neighbours without `&` and `~` as one regular expression."""
    plain: list[rx.Regex] = []
    for part in parts:
        if not _has_boolean(part):
            plain.append(part)
            continue
        if plain:
            yield write(rx.concat(plain))
            plain = []
        yield write(part)
    if plain:
        yield write(rx.concat(plain))


@lru_cache(maxsize=4096)
def _has_boolean(regex: rx.Regex) -> bool:
    match regex:
        case rx.Chars():
            return False
        case rx.Concat(parts) | rx.Union(parts):
            return any(map(_has_boolean, parts))
        case rx.Repeat(part):
            return _has_boolean(part)
    return True


def _count(low: int, high: int | None) -> str:
    match low, high:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
    return f"{{{low},{'' if high is None else high}}}"


# How tightly a piece of text binds where it is put: in an alternative, in a sequence, under a repetition.
_LOOSE, _SEQUENCE, _TIGHT = 0, 1, 2


def _write(regex: rx.Regex, place: int) -> str:
    match regex:
        case rx.Chars(ranges):
            return _write_set(ranges)
        case rx.Concat(()):
            return "()"
        case rx.Concat(parts):
            text = "".join(_write(part, _SEQUENCE) for part in parts)
            return f"({text})" if place == _TIGHT else text
        case rx.Union(parts):
            text = "|".join(_write(part, _LOOSE) for part in parts if part != rx.EMPTY_WORD)
            if rx.EMPTY_WORD in parts:
                return f"({text})?" if place != _TIGHT else f"(({text})?)"
            return f"({text})" if place != _LOOSE else text
        case rx.Repeat(part, low, high):
            text = _write(part, _TIGHT) + _count(low, high)
            return f"({text})" if place == _TIGHT else text
    raise AssertionError(regex)


def _write_set(ranges: rx.Ranges) -> str:
    if ranges == rx.ANY_CHAR.ranges:
        return "(?s:.)"
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _write_char(ranges[0][0])
    sign = ""
    if ranges[-1][1] == rx.MAX_CHAR:
        ranges, sign = rx.complement(ranges), "^"
    inner = "".join(
        _write_char(low) if low == high else f"{_write_char(low)}-{_write_char(high)}" for low, high in ranges
    )
    return f"[{sign}{inner}]"


_NAMED = {9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 32: " "}


def _write_char(char: int) -> str:
    text = chr(char)
    if char in _NAMED:
        return _NAMED[char]
    if char < 128 and not text.isalnum():
        return f"\\x{char:02x}"
    if char < 128 or text.isprintable():
        return text
    return f"\\x{{{char:x}}}"
