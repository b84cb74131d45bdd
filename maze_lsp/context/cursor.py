"""Holes at any cursor: a construct has been begun before it, and the text completes that.

What has been begun cannot be parsed yet, so the tree says little of it. But if it were a plain name instead, the tree
would say what stands there; so every place where it may begin is tried with a name from there to the cursor. Whether
the begun text is the beginning of what can stand there is then asked of the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict

import tree_sitter

from maze_lsp import grammar
from maze_lsp.context import layout, places
from maze_lsp.context.surroundings import enclosing_of
from maze_lsp.context.tokens import Brackets, brackets_around, literal_at, tokens
from maze_lsp.context.trial import Trial, names, put, remembered, trial
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.languages.spec import BETWEEN_BRACKETS, HoleKind
from maze_lsp.text import Span

_REACH = 4000
"""Characters before and behind the cursor that are looked at."""
_LONGEST = 2000
"""Characters of a begun construct."""
_MOST_LINES = 12
_MOST_TRIALS = 24
_KEY = "starts"
_SEPARATOR = ","
"""Between items in brackets, in every language that has any."""
_NO_ITEM = ")]},"
_NO_BEGIN = re.compile(r"[)\]},;=]|\.\w")
"""With what no construct begins in any language: to try it would be in vain."""


def begun_holes(snapshot: Snapshot, at: int, *, unfinished: bool = False) -> Iterator[Hole]:
    """Holes at a cursor, `begun` before it: what is larger first, lines before parts of them.

    None in comments, and in front of a word, with which the text would run together.

    `unfinished`: only where the construct cannot end at the cursor.
    """
    if literal_at(snapshot, at) == "comment" or layout.is_word(snapshot.text[at : at + 1]):
        return
    if snapshot.text.endswith("\r", 0, at) and snapshot.text.startswith("\n", at):
        return  # within a line end
    unit, tail = layout.unit_of(snapshot, at), ""
    if _has_block(snapshot, at):
        tail = _head_end(snapshot, at)
        if not tail:
            return
    found = False
    for behind in (tail, *_separators(snapshot, at)):
        for start in _starts(snapshot, at)[:_MOST_TRIALS]:
            begun = snapshot.text[start:at]
            indent = places.indent_of(snapshot, start)
            for kind in _kinds_from(snapshot, start, at, behind):
                hole = Hole(kind, Span(at, at), indent, unit, tail=behind, begun=begun, bulk=False)
                how = begun_how(snapshot, hole)
                if how == "unfinished" or (how == "complete" and not unfinished):
                    yield hole
                    found = True
        if found:
            return


def _separators(snapshot: Snapshot, at: int) -> list[str]:
    """What is missing behind an item that ends its line, if there is another one below it."""
    lines, text = snapshot.lines, snapshot.text
    line = lines.line_of(at)
    below = places.next_code(snapshot, line)
    if below is None or not layout.is_blank(text[at : lines.line_span(line).end]):
        return []
    if lines.line_text(below).lstrip()[0] in _NO_ITEM or text[:at].rstrip().endswith(_SEPARATOR):
        return []
    return [_SEPARATOR] if brackets_around(snapshot, at, _REACH).closed else []


def _has_block(snapshot: Snapshot, at: int) -> bool:
    """Whether the line that ends at the cursor has a block below it already."""
    lines = snapshot.lines
    line = lines.line_of(at)
    below = places.next_code(snapshot, line)
    if (
        not snapshot.language.offside
        or below is None
        or not layout.is_blank(snapshot.text[at : lines.line_span(line).end])
    ):
        return False
    own, inner = (layout.width(layout.leading(lines.line_text(each))) for each in (line, below))
    return inner > own


def _head_end(snapshot: Snapshot, at: int) -> str:
    """What is missing at the end of a head whose block stands below it already; empty where nothing is."""
    before = snapshot.text[snapshot.lines.line_start(snapshot.lines.line_of(at)) : at]
    opening = snapshot.language.block[0]
    if before.rstrip().endswith(opening):
        return ""
    tail = places.closers(before) + opening
    return "" if places.breaks(snapshot, put(snapshot, Span(at, at), tail=tail, lead=" ")) else tail


def begun_how(snapshot: Snapshot, hole: Hole) -> grammar.Begun:
    """What the grammar of the hole's kind says of what the hole begins with."""
    spec = snapshot.language
    if hole.kind not in spec.start_rules:
        return "not"
    enclosing = enclosing_of(trial(snapshot, hole))
    return grammar.begun(
        grammar.load(spec),
        start=spec.start_rules[hole.kind],
        typed=hole.begun,
        indent=hole.indent,
        unit=hole.unit,
        eol=layout.eol_of(snapshot.text),
        enclosing=asdict(enclosing),
        inside=enclosing.in_brackets,
        follow=snapshot.text[hole.range.end :],
    )


def _starts(snapshot: Snapshot, at: int) -> list[int]:
    """Where the construct at a cursor may have begun, the likely places first."""
    known: dict[int, list[int]] = snapshot.memo.setdefault(_KEY, {})
    if at not in known:
        known[at] = _found_starts(snapshot, at)
    return known[at]


def _found_starts(snapshot: Snapshot, at: int) -> list[int]:
    lines, text = snapshot.lines, snapshot.text
    line = lines.line_of(at)
    begin, own = lines.line_start(line), layout.text_start(snapshot, line)
    before = [token.span.start for token in tokens(snapshot, Span(begin, at)) if token.span.start < at]
    brackets = brackets_around(snapshot, at, _REACH)
    inside = _tokens_on(snapshot, before, brackets, Span(begin, at))
    around = before[-1] if before else at
    literal = [layout.text_start(snapshot, lines.line_of(around)), around] if around < begin else []
    candidates = [own, *literal, *inside, *_lines_above(snapshot, line)]
    if own >= at and not brackets.closed and not brackets.unclosed:
        return []  # nothing has been begun on an empty line
    low = brackets.closed[-1] if brackets.closed else 0
    high = brackets.unclosed[0] if brackets.unclosed else at
    near = [start for start in dict.fromkeys(candidates) if at - _LONGEST <= start < at]
    near = [start for start in near if text[start:at].strip() and not _NO_BEGIN.match(text, start)]
    return sorted(near, key=lambda start: not low <= start < high)  # an open string may hide brackets: they only order


def _tokens_on(snapshot: Snapshot, before: list[int], brackets: Brackets, line: Span) -> list[int]:
    """Behind the bracket around, and where tokens begin on the line of the cursor."""
    behind = [_next(snapshot, opened, line.end) for opened in brackets.closed[-1:]]
    return [*behind, *(start for start in before if start >= line.start)]


def _next(snapshot: Snapshot, offset: int, at: int) -> int:
    """The first token behind an offset."""
    starts = (token.span.start for token in tokens(snapshot, Span(offset, at)))
    found = next((start for start in starts if start >= offset), at)
    return found if found < at else offset


def _lines_above(snapshot: Snapshot, line: int) -> list[int]:
    """Where the lines above begin, up to an empty one."""
    lines = snapshot.lines
    out: list[int] = []
    for above in range(line - 1, max(line - 1 - _MOST_LINES, -1), -1):
        text = lines.line_text(above)
        if layout.is_blank(text):
            break
        if not layout.is_comment(snapshot, text):
            out.append(layout.text_start(snapshot, above))
    return out


def _kinds_from(snapshot: Snapshot, start: int, at: int, tail: str) -> Iterator[HoleKind]:
    """What stands from an offset to the cursor if a name (or what the language has in its place) fits there.

    `tail` is put behind it. Of one name statements first; each kind once.
    """
    seen: set[HoleKind] = set()
    behind = snapshot.text[at:].lstrip(" \t")[:1]
    for name in names(snapshot.language):
        if name.endswith(behind or "\n") and not layout.is_word(behind):
            continue  # the sign that ends it stands there already
        attempt = remembered(snapshot, Span(start, at), tail=tail, name=name)
        if places.in_error(attempt) or places.breaks(snapshot, attempt):
            continue
        found = places.kinds_of(attempt)
        whole: list[HoleKind] = [kind for kind in ("statement", "declaration") if kind in found]
        lists = list(_lists_of(attempt))
        if "statement" in found:
            lists.append("statements")
        for kind in (*whole, *lists, *found):
            if kind not in seen:
                seen.add(kind)
                yield kind


def named_at(snapshot: Snapshot, place: Span, lead: str) -> Iterator[Hole]:
    """What a name would be behind `lead`, on a line of its own: of statements, members, fields and so on."""
    indent, unit = lead.lstrip("\r\n"), layout.unit_of(snapshot, place.start)
    for name in names(snapshot.language):
        for tail in ("", _SEPARATOR):
            attempt = remembered(snapshot, place, lead, tail, name)
            if places.in_error(attempt) or places.breaks(snapshot, attempt):
                continue
            found = places.kinds_of(attempt)
            kinds: list[HoleKind] = ["statements"] if "statement" in found else [*_lists_of(attempt), *found]
            for kind in kinds:
                yield Hole(kind, place, indent, unit, lead=lead, tail=tail, bulk=False)


def _lists_of(attempt: Trial) -> Iterator[HoleKind]:
    """The kinds of lists of which the name is one item."""
    top = _top(attempt)
    parent = top.parent
    while parent is not None and parent.type in attempt.snapshot.language.lists:
        parent = parent.parent
    if parent is None:
        return
    for node, kind in places.constructs(attempt.snapshot, attempt.span):
        if node == parent and kind in BETWEEN_BRACKETS:
            yield "statements" if kind == "body" else kind


def _top(attempt: Trial) -> tree_sitter.Node:
    """The largest node that is nothing but the name."""
    node = attempt.node
    while node.parent is not None and len(node.parent.text or b"") == len(attempt.span):
        node = node.parent
    return node
