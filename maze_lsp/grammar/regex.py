"""Regex trees: what a terminal is. Immutable, over code points, with derivatives.

Owns the trees, their normal forms and the questions that passes ask of them (empty word, first characters,
derivative). Must not know any notation: reading is in `regex_text`, writing in `emit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from itertools import chain

from maze_lsp.grammar.node import Node

MAX_CHAR = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]
"""Sorted, disjoint, inclusive ranges of code points."""


@dataclass(frozen=True, slots=True)
class Chars(Node):
    """One character out of a set; the empty set matches nothing."""

    ranges: Ranges
    __hash__ = Node.__hash__


@dataclass(frozen=True, slots=True)
class Concat(Node):
    """One after the other; no part: the empty word."""

    parts: tuple[Regex, ...]
    __hash__ = Node.__hash__


@dataclass(frozen=True, slots=True)
class Union(Node):
    parts: tuple[Regex, ...]
    __hash__ = Node.__hash__


@dataclass(frozen=True, slots=True)
class Intersect(Node):
    parts: tuple[Regex, ...]
    __hash__ = Node.__hash__


@dataclass(frozen=True, slots=True)
class Not(Node):
    part: Regex
    __hash__ = Node.__hash__


@dataclass(frozen=True, slots=True)
class Repeat(Node):
    """`low` to `high` times; `high` None is without end."""

    part: Regex
    low: int
    high: int | None
    __hash__ = Node.__hash__


Regex = Chars | Concat | Union | Intersect | Not | Repeat

NOTHING = Chars(())
EMPTY_WORD = Concat(())
ANY_CHAR = Chars(((0, MAX_CHAR),))
ANY_TEXT = Repeat(ANY_CHAR, 0, None)

# Letters, digits and the underscore; beyond ASCII everything counts, as identifiers may hold most of it.
WORD_RANGES: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122), (128, MAX_CHAR))


def normal_ranges(ranges: Iterable[tuple[int, int]]) -> Ranges:
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return tuple(out)


def complement(ranges: Ranges) -> Ranges:
    out: list[tuple[int, int]] = []
    at = 0
    for low, high in ranges:
        if low > at:
            out.append((at, low - 1))
        at = high + 1
    if at <= MAX_CHAR:
        out.append((at, MAX_CHAR))
    return tuple(out)


def common(a: Ranges, b: Ranges) -> Ranges:
    return complement(normal_ranges(complement(a) + complement(b)))


def literal(text: str) -> Regex:
    return concat(map(_char, text))


def one_of(words: Iterable[str]) -> Regex:
    """Any of the words, what they begin with alike written once: a derivative then looks at few of them."""
    ordered = sorted(set(words))
    return _one_of(ordered, 0, len(ordered), 0) if ordered else NOTHING


def _one_of(words: Sequence[str], low: int, high: int, at: int) -> Regex:
    """What follows the first `at` characters, which are the same, of some of the sorted words."""
    empty = len(words[low]) == at
    low += empty
    parts: list[Regex] = []
    chars: list[tuple[int, int]] = []
    while low < high:
        first, end = words[low], low + 1
        while end < high and words[end][at] == first[at]:
            end += 1
        last, alike = words[end - 1], at + 1
        while alike < len(first) and first[alike] == last[alike]:
            alike += 1
        rest = _one_of(words, low, end, alike)
        tail = rest.parts if isinstance(rest, Concat) else (rest,)
        if alike == at + 1 and not tail:
            chars.append((ord(first[at]), ord(first[at])))
        else:
            parts.append(Concat((*map(_char, first[at:alike]), *tail)))
        low = end
    if chars:
        parts.append(Chars(normal_ranges(chars)))
    whole = parts[0] if len(parts) == 1 else Union(tuple(parts))
    return whole if not empty else Repeat(whole, 0, 1) if parts else EMPTY_WORD


@cache
def _char(char: str) -> Regex:
    return Chars(((ord(char), ord(char)),))


def concat(parts: Iterable[Regex]) -> Regex:
    out: list[Regex] = []
    for part in parts:
        if part == NOTHING:
            return NOTHING
        if isinstance(part, Concat):
            out.extend(part.parts)
        else:
            out.append(part)
    return out[0] if len(out) == 1 else Concat(tuple(out))


def union(parts: Iterable[Regex]) -> Regex:
    """The alternatives, flattened, without repetition; character sets are merged."""
    out: dict[Regex, None] = {}
    chars: list[tuple[int, int]] = []
    for part in parts:
        for each in part.parts if isinstance(part, Union) else (part,):
            if isinstance(each, Chars):
                chars.extend(each.ranges)
            else:
                out[each] = None
    if chars:
        out[Chars(normal_ranges(chars))] = None
    if ANY_TEXT in out:
        return ANY_TEXT
    if not out:
        return NOTHING
    return next(iter(out)) if len(out) == 1 else Union(tuple(out))


def intersect(parts: Iterable[Regex]) -> Regex:
    out: dict[Regex, None] = {}
    for part in parts:
        for each in part.parts if isinstance(part, Intersect) else (part,):
            if each == NOTHING:
                return NOTHING
            if each != ANY_TEXT:
                out[each] = None
    if EMPTY_WORD in out:
        return EMPTY_WORD if all(nullable(each) for each in out) else NOTHING
    if not out:
        return ANY_TEXT
    return next(iter(out)) if len(out) == 1 else Intersect(tuple(out))


def negate(part: Regex) -> Regex:
    if isinstance(part, Not):
        return part.part
    if part == NOTHING:
        return ANY_TEXT
    return NOTHING if part == ANY_TEXT else Not(part)


def repeat(part: Regex, low: int, high: int | None) -> Regex:
    if high == 0 or part == EMPTY_WORD:
        return EMPTY_WORD
    if part == NOTHING:
        return EMPTY_WORD if low == 0 else NOTHING
    if (low, high) == (1, 1):
        return part
    if isinstance(part, Repeat) and (part.low, part.high) == (low, high) == (0, None):
        return part
    return Repeat(part, low, high)


@cache
def nullable(regex: Regex) -> bool:
    """Whether the empty word matches."""
    match regex:
        case Chars():
            return False
        case Concat(parts) | Intersect(parts):
            return all(map(nullable, parts))
        case Union(parts):
            return any(map(nullable, parts))
        case Not(part):
            return not nullable(part)
        case Repeat(part, low, _):
            return low == 0 or nullable(part)


def nonempty(regex: Regex) -> Regex:
    """The same words without the empty one."""
    if not nullable(regex):
        return regex
    match regex:
        case Union(parts):
            return union(map(nonempty, parts))
        case Concat((first, *rest)):
            after = concat(rest)
            return union([concat([nonempty(first), after]), nonempty(after)])
        case Repeat(part, _, high) if not nullable(part):
            return concat([part, repeat(part, 0, None if high is None else high - 1)])
        case Concat(()):
            return NOTHING
    return intersect([regex, concat([ANY_CHAR, ANY_TEXT])])


def starting_with(regex: Regex, ranges: Ranges) -> Regex:
    """The non-empty words whose first character is in `ranges`."""
    match regex:
        case Chars(own):
            return Chars(common(own, ranges))
        case Union(parts):
            return union(starting_with(part, ranges) for part in parts)
        case Concat(()):
            return NOTHING
        case Concat((first, *rest)):
            after = concat(rest)
            head = concat([starting_with(first, ranges), after])
            return union([head, starting_with(after, ranges)]) if nullable(first) else head
        case Repeat(part, low, high) if not nullable(part):
            more = repeat(part, max(low - 1, 0), None if high is None else high - 1)
            return concat([starting_with(part, ranges), more])
        case Intersect((first, *rest)):
            return intersect([starting_with(first, ranges), *rest])
    return intersect([regex, concat([Chars(ranges), ANY_TEXT])])


@lru_cache(maxsize=200_000)
def derivative(regex: Regex, char: int) -> Regex:
    """What may follow after `char` (a code point): the Brzozowski derivative."""
    match regex:
        case Chars(ranges):
            return EMPTY_WORD if any(low <= char <= high for low, high in ranges) else NOTHING
        case Concat(()):
            return NOTHING
        case Concat((first, *rest)):
            after = concat(rest)
            head = concat([derivative(first, char), after])
            return union([head, derivative(after, char)]) if nullable(first) else head
        case Union(parts):
            return union(derivative(part, char) for part in parts)
        case Intersect(parts):
            return intersect(derivative(part, char) for part in parts)
        case Not(part):
            return negate(derivative(part, char))
        case Repeat(part, low, high):
            low = 0 if nullable(part) else max(low - 1, 0)
            more = repeat(part, low, None if high is None else high - 1)
            return concat([derivative(part, char), more])
    raise AssertionError(regex)


@cache
def size(regex: Regex) -> int:
    """Sets of characters, repetitions written out: what an automaton for it is made of."""
    match regex:
        case Chars():
            return 1
        case Concat(parts) | Union(parts) | Intersect(parts):
            return 1 + sum(map(size, parts))
        case Not(part):
            return size(part)
        case Repeat(part, low, high):
            return size(part) * max(1, low, high or 0)
    raise AssertionError(regex)


def matches(regex: Regex, text: str) -> bool:
    """Whether the whole text matches; for tests and small checks, not for speed."""
    return nullable(reduce(derivative, map(ord, text), regex))


@cache
def boundaries(regex: Regex) -> frozenset[int]:
    """The first code point of every class of characters that a derivative of `regex` tells apart."""
    match regex:
        case Chars(ranges):
            ends = [high + 1 for _, high in ranges if high < MAX_CHAR]
            return frozenset([0, *(low for low, _ in ranges), *ends])
        case Concat(()):
            return frozenset((0,))
        case Concat((first, *rest)):
            return boundaries(first) | boundaries(concat(rest)) if nullable(first) else boundaries(first)
        case Union(parts) | Intersect(parts):
            return frozenset().union(*map(boundaries, parts))
        case Not(part) | Repeat(part):
            return boundaries(part)
    raise AssertionError(regex)


@cache
def matches_nothing(regex: Regex) -> bool:
    """Whether no word at all matches."""
    match regex:
        case Chars(ranges):
            return not ranges
        case Concat(parts):
            return any(map(matches_nothing, parts))
        case Union(parts):
            return all(map(matches_nothing, parts))
        case Repeat(part, low, _):
            return low > 0 and matches_nothing(part)
    seen: set[Regex] = set()
    todo: list[Regex] = [regex]
    while todo:
        each = todo.pop()
        if nullable(each):
            return False
        if each in seen or each == NOTHING:
            continue
        seen.add(each)
        todo.extend(derivative(each, char) for char in boundaries(each))
    return True


@cache
def first_ranges(regex: Regex) -> Ranges:
    """The characters with which a word may start."""
    match regex:
        case Chars(ranges):
            return ranges
        case Union(parts):
            return normal_ranges(chain.from_iterable(map(first_ranges, parts)))
        case Concat(parts):
            if matches_nothing(regex):
                return ()
            found: list[tuple[int, int]] = []
            for part in parts:
                found.extend(first_ranges(part))
                if not nullable(part):
                    break
            return normal_ranges(found)
        case Repeat(part):
            return first_ranges(part)
    starts = sorted(boundaries(regex))
    ends = [*(start - 1 for start in starts[1:]), MAX_CHAR]
    alive = ((a, b) for a, b in zip(starts, ends, strict=True) if not matches_nothing(derivative(regex, a)))
    return normal_ranges(alive)


def rewrite(regex: Regex, change: Callable[[Regex], Regex | None]) -> Regex:
    """The tree with every node replaced for which `change` returns one, from the top."""
    new = change(regex)
    if new is not None:
        return new
    match regex:
        case Chars():
            return regex
        case Concat(parts):
            return concat(rewrite(part, change) for part in parts)
        case Union(parts):
            return union(rewrite(part, change) for part in parts)
        case Intersect(parts):
            return intersect(rewrite(part, change) for part in parts)
        case Not(part):
            return negate(rewrite(part, change))
        case Repeat(part, low, high):
            return repeat(rewrite(part, change), low, high)
