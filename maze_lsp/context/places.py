"""The hole at a cursor where nothing is marked: an empty line, a slot for an expression, the construct around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import tree_sitter

from maze_lsp.context import layout, queries
from maze_lsp.context.trial import Trial, names, put, standing, trial, without_name
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.languages.spec import BETWEEN_BRACKETS, PARTS, HoleKind
from maze_lsp.text import Span

Construct = tuple[tree_sitter.Node, HoleKind]

_OPEN, _CLOSE = "([{", ")]}"
_QUOTES = "\"'`"
_DELIMITERS: dict[HoleKind, tuple[str, str]] = dict.fromkeys(BETWEEN_BRACKETS, (_OPEN, _CLOSE))
_DELIMITERS["string"] = (_QUOTES, _QUOTES)
_OUTER_FIRST: tuple[HoleKind, ...] = (*PARTS[:-2], "statement", "declaration", *PARTS[-2:])
_STATEMENTS = frozenset({"statements", "statement"})
_ONLY = r"hole\..*|never(?:\..*)?"


def constructs(snapshot: Snapshot, span: Span) -> list[Construct]:
    """The nodes that touch a span and may be generated anew, smallest first (of one size the outer one first)."""
    lines = snapshot.lines
    near = (max(lines.byte(span.start) - 1, 0), lines.byte(span.end) + 1)
    found: list[Construct] = []
    never: set[tuple[int, str]] = set()
    for match in queries.matches(snapshot, "holes.scm", snapshot.tree.root_node, only=_ONLY, near=near):
        for name, nodes in match.items():
            if name.startswith("never"):
                never.update((node.id, name[6:]) for node in nodes)
            elif name.startswith("hole."):
                kind: HoleKind = name[5:]  # type: ignore[assignment]
                found += [(node, kind) for node in nodes]
    found = [(node, kind) for node, kind in found if never.isdisjoint(((node.id, ""), (node.id, kind)))]
    return sorted(found, key=lambda item: (item[0].end_byte - item[0].start_byte, _rank(item[1])))


def extent(snapshot: Snapshot, node: tree_sitter.Node, kind: HoleKind) -> Span:
    """What is replaced when a node is generated anew; the brackets or quotes around it stay (`BETWEEN_BRACKETS`)."""
    if kind == "docstring" and layout.is_comment(snapshot, snapshot.lines.line_text(node.start_point[0])):
        return _comment_lines(snapshot, node)
    start, end = node.start_byte, node.end_byte
    opening, closing = _DELIMITERS.get(kind, ("", ""))
    if opening and node.child_count:
        first, last = node.children[0], node.children[-1]
        if not last.is_named and last.type in closing and not (first.type in opening and not first.is_named):
            # a switch, say, with its own words before the bracket
            matching = opening[closing.index(last.type)]
            first = next((child for child in node.children if child.type == matching), first)
        if not first.is_named and first.type in opening:
            start = first.end_byte
        if not last.is_named and last.type in closing and last.start_byte >= start:
            end = last.start_byte
            before = last.prev_sibling
            if before is not None and before.type == snapshot.language.trailing and before.start_byte > start:
                end = before.start_byte
    return Span(snapshot.lines.offset_of_byte(start), snapshot.lines.offset_of_byte(end))


def _comment_lines(snapshot: Snapshot, node: tree_sitter.Node) -> Span:
    """The comment lines that a comment is one of."""
    lines = snapshot.lines
    line = node.start_point[0]
    first, last = layout.comments_above(snapshot, line), layout.comments_below(snapshot, line)
    start = lines.line_start(first) + len(layout.leading(lines.line_text(first)))
    return Span(start, lines.line_start(last) + len(lines.line_text(last).rstrip(" \t\f")))


def indent_of(snapshot: Snapshot, offset: int) -> str:
    return layout.leading(snapshot.lines.line_text(snapshot.lines.line_of(offset)))


def slots(snapshot: Snapshot, at: int) -> Iterator[Hole]:
    """What a name at the cursor would be: an expression, arguments, a type. Nothing where a name cannot stand."""
    text = snapshot.text
    start = at
    while start and layout.is_word(text[start - 1]):
        start -= 1
    if (at < len(text) and layout.is_word(text[at])) or text[start:at][:1].isdigit():
        return
    line = snapshot.lines.line_span(snapshot.lines.line_of(at))
    statements = not _STATEMENTS.isdisjoint(snapshot.language.start_rules)
    if layout.is_blank(text[line.start : start]) and statements:
        return  # a name at the start of a line is a statement that has been begun
    if start and text[start - 1] == ".":
        return
    typed = text[start:at]
    span = Span(start, at)
    if typed:
        present = standing(snapshot, span)
        if not in_error(present):
            yield from _of_trial(snapshot, span, typed, present)
            return
    closing = closers(text[line.start : start])
    for (whole, lead, behind), name in product(_joints(snapshot, span), names(snapshot.language)):
        for tail in dict.fromkeys((behind, behind + closing)):
            attempt = put(snapshot, whole, lead, tail, name)
            if breaks(snapshot, attempt) or in_error(attempt):
                continue
            found = [replace(hole, lead=lead, tail=behind) for hole in _of_trial(snapshot, whole, typed, attempt)]
            if found:
                yield from found
                return
            break


def _joints(snapshot: Snapshot, span: Span) -> list[tuple[Span, str, str]]:
    """What is replaced, what then stands in front and behind: with separators where they may be missing."""
    separator = snapshot.language.separator
    if not separator:
        return [(span, "", "")]
    before = snapshot.text[: span.start]
    behind = Span(len(before.rstrip()), span.end)
    lead = separator + before[behind.start :]
    return [(span, "", ""), (span, "", separator), (behind, lead, ""), (behind, lead, separator)]


def breaks(snapshot: Snapshot, attempt: Trial) -> bool:
    """Whether a name makes the code around it worse than it is."""
    after = error_count(attempt.snapshot.tree.root_node)
    return after > 0 and after > error_count(without_name(snapshot, attempt.stretch).tree.root_node)


def error_count(root: tree_sitter.Node) -> int:
    """How many ERROR and MISSING nodes are in a tree."""
    return sum(1 for _ in errors(root))


def errors(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """The outermost ERROR and the MISSING nodes below a node."""
    if not node.has_error:
        return
    if node.is_error or node.is_missing:
        yield node
        return
    for child in node.children:
        yield from errors(child)


def empty_line(snapshot: Snapshot, at: int) -> Iterator[Hole]:
    """Statements on an empty line, at the levels that are possible there, the cursor's own first."""
    lines = snapshot.lines
    line = lines.line_of(at)
    levels = _levels(snapshot, line)
    below = next_code(snapshot, line)
    if below is not None:
        floor = layout.width(layout.leading(lines.line_text(below)))
        levels = [level for level in levels if layout.width(level) >= floor] or levels
    column = layout.width(layout.leading(lines.line_text(line)))
    own = [level for level in levels if layout.width(level) <= column][:1] or levels[-1:]
    others = [level for level in levels if level not in own]
    found = [hole for hole in (_on_line(snapshot, line, level) for level in own) if _fits(snapshot, hole)]
    if not found or (others and _adjacent(snapshot, line)):
        rest = (_on_line(snapshot, line, level) for level in others)
        found += [hole for hole in rest if _fits(snapshot, hole)][:1]
    yield from found


def _on_line(snapshot: Snapshot, line: int, indent: str) -> Hole:
    """The hole of an empty line at a level; `lead` where the line has another indentation."""
    span = snapshot.lines.line_span(line)
    unit = layout.unit_of(snapshot, span.start)
    if layout.leading(span.text(snapshot.text)) == indent:
        return Hole("statements", Span(span.end, span.end), indent, unit)
    return Hole("statements", span, indent, unit, lead=indent)


def _fits(snapshot: Snapshot, hole: Hole) -> bool:
    """Whether a statement can stand there at all (not: between an `if` and its `else`, on their level)."""
    return not breaks(snapshot, trial(snapshot, hole))


def behind_line(snapshot: Snapshot, at: int) -> Hole | None:
    """Statements below the line of the cursor, which ends a statement there."""
    lines, text = snapshot.lines, snapshot.text
    line = lines.line_of(at)
    span = lines.line_span(line)
    if not layout.is_blank(text[at : span.end]) or layout.is_blank(span.text(text)):
        return None
    levels = _levels(snapshot, line + 1)
    below = next_code(snapshot, line)
    if not levels:
        return None
    indent = levels[0]
    if below is not None and layout.width(layout.leading(lines.line_text(below))) > layout.width(indent):
        return None  # the line opens a block that is there already, or goes on below
    start = span.start + len(span.text(text).rstrip(" \t\f"))
    lead = layout.eol_of(text) + indent
    hole = Hole("statements", Span(start, span.end), indent, layout.unit_of(snapshot, at), lead=lead)
    return hole if _fits(snapshot, hole) else None


def missing_block(snapshot: Snapshot, at: int) -> Hole | None:
    """The block of a head that ends with the line of the cursor, before what opens a block."""
    opening, closing = snapshot.language.block
    lines, text = snapshot.lines, snapshot.text
    span = lines.line_span(lines.line_of(at))
    head = span.text(text).rstrip(" \t\f")
    if not opening or not head or not layout.is_blank(text[at : span.end]):
        return None
    place = Span(span.start + len(head), span.end)
    outside, unit, eol = layout.leading(head), layout.unit_of(snapshot, at), layout.eol_of(text)
    indent = outside + unit
    lead, tail = opening + eol + indent, eol + outside + closing if closing else ""
    attempt = put(snapshot, place, lead, tail)
    if breaks(snapshot, attempt) or in_error(attempt):
        return None
    start = attempt.snapshot.lines.byte(attempt.span.start - len(eol + indent))
    for node, kind in constructs(attempt.snapshot, attempt.span):
        if kind in ("body", "statements") and node.start_byte in (start - 1, start, attempt.at):
            return Hole(kind, place, indent, unit, lead=lead, tail=tail)
    return None


def _of_trial(snapshot: Snapshot, span: Span, typed: str, attempt: Trial) -> Iterator[Hole]:
    """The holes that a name has turned out to be."""
    indent, unit = indent_of(snapshot, span.start), layout.unit_of(snapshot, span.start)
    kinds = kinds_of(attempt)
    if "statement" in kinds or "declaration" in kinds:
        return
    for kind in kinds:
        yield Hole(kind, span, indent, unit, typed_prefix=typed)


def kinds_of(attempt: Trial) -> list[HoleKind]:
    """What the name is, those first that say more."""
    exact = {
        kind
        for node, kind in constructs(attempt.snapshot, attempt.span)
        if kind in _OUTER_FIRST and _is_all(attempt, extent(attempt.snapshot, node, kind))
    }
    if "type" in exact:
        exact.discard("expression")
    return sorted(exact, key=_rank)


def _is_all(attempt: Trial, span: Span) -> bool:
    """Whether nothing but the name stands in a span."""
    inside = span.start <= attempt.span.start and attempt.span.end <= span.end
    return inside and len(span.text(attempt.snapshot.text).strip()) == len(attempt.span)


def in_error(attempt: Trial) -> bool:
    """Whether the name landed in code of its own line that the parser cannot read."""
    if any(node.is_error or node.is_missing for node in list(attempt.chain())[:4]):
        return True
    row = attempt.snapshot.lines.line_of(attempt.span.start)
    return any(node.start_point[0] == row for node in errors(attempt.snapshot.tree.root_node))


def code_above(snapshot: Snapshot, line: int) -> int | None:
    """The offset behind the last code above a line; comments and empty lines do not count."""
    lines = snapshot.lines
    for above in range(line - 1, -1, -1):
        text = lines.line_text(above)
        if not layout.is_blank(text) and not layout.is_comment(snapshot, text):
            return lines.line_start(above) + len(text.rstrip(" \t\f"))
    return None


def _levels(snapshot: Snapshot, line: int) -> list[str]:
    """The indentations at which a statement may follow the code above a line, deepest first."""
    lines = snapshot.lines
    end = code_above(snapshot, line)
    if end is None:
        return [""]
    levels = {"": None}
    broken = True
    for node, kind in constructs(snapshot, Span(end - 1, end)):
        if kind not in ("statement", "declaration") or node.end_byte < lines.byte(end) - 1:
            continue
        broken = False
        start = lines.offset_of_byte(node.start_byte)
        begin = lines.line_start(lines.line_of(start))
        if layout.is_blank(snapshot.text[begin:start]):
            levels[layout.leading(snapshot.text[begin:start])] = None
    if broken:
        levels.update(dict.fromkeys(_levels_of_lines(snapshot, lines.line_of(end))))
    return sorted(levels, key=layout.width, reverse=True)


def _levels_of_lines(snapshot: Snapshot, line: int) -> Iterator[str]:
    """The indentations of a line and of what encloses it, by the look of the lines."""
    lowest: int | None = None
    for at in range(line, max(line - 2000, -1), -1):
        text = snapshot.lines.line_text(at)
        if layout.is_blank(text) or layout.is_comment(snapshot, text):
            continue
        indent = layout.leading(text)
        if lowest is None or layout.width(indent) < lowest:
            lowest = layout.width(indent)
            yield indent
        if not lowest:
            return


def next_code(snapshot: Snapshot, line: int) -> int | None:
    """The first line below one with code on it."""
    lines = snapshot.lines
    for at in range(line + 1, lines.line_count):
        text = lines.line_text(at)
        if not layout.is_blank(text) and not layout.is_comment(snapshot, text):
            return at
    return None


def _adjacent(snapshot: Snapshot, line: int) -> bool:
    return line > 0 and not layout.is_blank(snapshot.lines.line_text(line - 1))


def closers(text: str) -> str:
    """What closes the brackets that a piece of a line leaves open, in the right order."""
    stack = ""
    for char in text:
        if char in _OPEN:
            stack = _CLOSE[_OPEN.index(char)] + stack
        elif stack.startswith(char):
            stack = stack[1:]
    return stack


def _rank(kind: HoleKind) -> int:
    return _OUTER_FIRST.index(kind) if kind in _OUTER_FIRST else len(_OUTER_FIRST)
