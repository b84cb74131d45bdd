"""The hole with a name in it: what a parser sees once something stands there.

An empty place has no node of its own. A name put into it (or what the language has in its place: `placeholders`) has,
and with it everything that surrounds the hole, also where the block is still missing or the cursor stands on an empty
line. Only the part of the file that matters is parsed for that, which keeps it fast in large files: see
`stretch_around`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter

from maze_lsp.context import queries
from maze_lsp.context.snapshot import open_snapshot, tried
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.languages.spec import LanguageSpec
from maze_lsp.text import Span

NAME = "maze_hole"
_KEY = "trials"
_STRETCHES = "stretches"
_LARGE = 12_000
"""Bytes from which on a construct is taken apart."""
_TOO_LARGE = 30_000
"""Bytes from which on parsing all of the file anew, incrementally, is cheaper."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole lines of a file that parse by themselves: one or more spans; `whole` if it is all of the file.

    `outer`: the top-level constructs that the stretch stands for.
    """

    parts: tuple[Span, ...]
    outer: Span
    whole: bool

    def text(self, source: str) -> str:
        return "".join(part.text(source) for part in self.parts)

    def inside(self, offset: int) -> int:
        """Where an offset in the file's last part, or before it, is in the stretch."""
        before = 0
        for part in self.parts[:-1]:
            if offset <= part.end:
                return before + max(offset - part.start, 0)
            before += len(part)
        return before + max(offset - self.parts[-1].start, 0)

    def outside(self, offset: int) -> int:
        """Where an offset in the stretch is in the file."""
        for part in self.parts[:-1]:
            if offset < len(part):
                return part.start + offset
            offset -= len(part)
        return self.parts[-1].start + offset


@dataclass(frozen=True, slots=True)
class Trial:
    """A stretch of the file with a name in the hole.

    `snapshot`: the text of the stretch with it; `node`: the smallest named node there; `span`: where the name is.
    Offsets in `snapshot` and `span` count from the start of the stretch.
    """

    stretch: Stretch
    snapshot: Snapshot
    node: tree_sitter.Node
    span: Span

    @property
    def at(self) -> int:
        """The byte of `snapshot` at which the name starts."""
        return self.snapshot.lines.byte(self.span.start)

    def chain(self) -> Iterator[tree_sitter.Node]:
        """The node and what it stands in, innermost first."""
        at: tree_sitter.Node | None = self.node
        while at is not None:
            yield at
            at = at.parent

    def offset(self, hole: Hole, byte: int) -> int:
        """The offset in the file of a byte of `snapshot`."""
        offset = self.snapshot.lines.offset_of_byte(byte)
        begin = self.span.start - len(hole.lead)
        if offset > self.span.start:
            offset = max(offset - (len(hole.lead) + len(self.span) + len(hole.tail) - len(hole.construct)), begin)
        else:
            offset = min(offset, begin)
        return self.stretch.outside(offset)


def trial(snapshot: Snapshot, hole: Hole) -> Trial:
    """The trial of a hole, remembered with the snapshot."""
    name = snapshot.language.placeholders.get(hole.kind, NAME)
    return remembered(snapshot, hole.construct, hole.lead, hole.tail, name)


def remembered(snapshot: Snapshot, span: Span, lead: str = "", tail: str = "", name: str = NAME) -> Trial:
    """As `put`, but done once for a snapshot: for what is likely to be asked again as the trial of a hole."""
    known: dict[tuple[Span, str, str, str], Trial] = snapshot.memo.setdefault(_KEY, {})
    key = (span, lead, tail, name)
    if key not in known:
        known[key] = put(snapshot, span, lead, tail, name)
    return known[key]


def names(language: LanguageSpec) -> tuple[str, ...]:
    """What may be put into an empty place to see what is around it, in the order in which it is tried."""
    return tuple(dict.fromkeys((NAME, *language.placeholders.values())))


def put(snapshot: Snapshot, span: Span, lead: str = "", tail: str = "", name: str = NAME) -> Trial:
    """Replace a span by `lead`, a name and `tail`."""
    stretch = stretch_around(snapshot, span)
    text = lead + name + tail
    if stretch.whole:
        attempt = tried(snapshot, span, text)
        start = span.start + len(lead)
    else:
        first, last = stretch.inside(span.start), stretch.inside(span.end)
        attempt = tried(without_name(snapshot, stretch), Span(first, last), text)
        start = first + len(lead)
    byte = attempt.lines.byte(start)
    root = attempt.tree.root_node
    node = root.named_descendant_for_byte_range(byte, byte + len(name)) or root
    return Trial(stretch, attempt, node, Span(start, start + len(name)))


def standing(snapshot: Snapshot, span: Span) -> Trial:
    """The trial that the file itself is where a name stands already."""
    everything = Span(0, len(snapshot.text))
    root = snapshot.tree.root_node
    first, last = snapshot.lines.byte(span.start), snapshot.lines.byte(span.end)
    node = root.named_descendant_for_byte_range(first, last) or root
    return Trial(Stretch((everything,), everything, True), snapshot, node, span)


def without_name(snapshot: Snapshot, stretch: Stretch) -> Snapshot:
    """A stretch of the file as it is, parsed by itself; once for a snapshot."""
    if stretch.whole:
        return snapshot
    known: dict[Stretch, Snapshot] = snapshot.memo.setdefault(_STRETCHES, {})
    if stretch not in known:
        source = stretch.text(snapshot.text)
        known[stretch] = open_snapshot(snapshot.uri, snapshot.version, snapshot.language, source)
    return known[stretch]


def stretch_around(snapshot: Snapshot, span: Span) -> Stretch:
    """What has to be parsed to see a place in its surroundings.

    The lines of the top-level construct that holds a span or ends before it, up to the next one. Of a large one,
    where blocks go by indentation, its head and the member that the span is in. The whole text where that is not
    sound (broken code, constructs that do not begin a line) or not worth it.
    """
    lines = snapshot.lines
    everything = Span(0, len(snapshot.text))
    whole = Stretch((everything,), everything, True)
    first, stop = _around(snapshot.tree.root_node, lines.byte(span.start), lines.byte(span.end))
    if first is None or first.start_point[1] or first.is_error:
        return whole
    begin = lines.line_start(first.start_point[0])
    until = lines.line_start(stop.start_point[0]) if stop is not None else len(snapshot.text)
    outer = Span(begin, until)
    parts = [outer]
    node: tree_sitter.Node | None = first
    while snapshot.language.offside and node is not None and len(parts[-1]) > _LARGE:
        node = _member(snapshot, node, parts, span)
    if sum(map(len, parts)) > _TOO_LARGE:
        return whole
    return Stretch(tuple(parts), outer, False)


def _around(root: tree_sitter.Node, start: int, end: int) -> tuple[tree_sitter.Node | None, tree_sitter.Node | None]:
    """The last child of the root that begins before a place, and the first that begins a line behind it."""
    first: tree_sitter.Node | None = None
    for node in root.children:
        if node.start_byte > end and node.start_point[1] == 0:
            return first, node
        if node.is_error and node.end_byte >= start:
            return None, None
        if node.start_byte <= start and not node.is_extra:
            first = node
    return first, None


def _member(snapshot: Snapshot, node: tree_sitter.Node, parts: list[Span], span: Span) -> tree_sitter.Node | None:
    """Replace the last part, a construct's, by its head and the definition in its body that the span is in."""
    lines = snapshot.lines
    start, end = lines.byte(span.start), lines.byte(span.end)
    definition = node.child_by_field_name("definition") or node
    body = definition.child_by_field_name("body")
    if body is None or not _is_class(snapshot, definition):
        return None  # the names of a function are known in what it holds, so all of it counts
    for member in body.named_children:
        if member.start_byte <= start and end <= member.end_byte:
            inner = member.child_by_field_name("definition") or member
            deeper = inner.child_by_field_name("body")
            if deeper is None or not deeper.start_byte <= start:
                return None
            head = lines.line_start(body.start_point[0])
            first = lines.line_start(member.start_point[0])
            last = lines.line_span(member.end_point[0]).end
            if head <= parts[-1].start or first < head or last < span.end:
                return None
            parts[-1:] = [Span(parts[-1].start, head), Span(first, last)]
            return member
    return None


def _is_class(snapshot: Snapshot, node: tree_sitter.Node) -> bool:
    near = (node.start_byte, node.start_byte + 1)
    found = queries.matches(snapshot, "scope.scm", node, only=r"scope\.class", near=near)
    return any(one == node for match in found for one in match.get("scope.class", ()))
