"""The hole with a name in it: what a parser sees once something stands there.

An empty place has no node of its own. A name put into it has, and with it everything that surrounds the hole,
also where the block is still missing or the cursor stands on an empty line. Only the top-level construct around
the hole is parsed for that, which keeps it fast in large files; where the file is broken there, all of it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter

from maze_lsp.context.snapshot import open_snapshot, tried
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.text import Span

NAME = "maze_hole"
_KEY = "trials"


@dataclass(frozen=True, slots=True)
class Trial:
    """A stretch of the file with NAME in the hole.

    `stretch`: what was parsed of the file (all of it, or whole lines at the top level); `snapshot`: that text with
    NAME in it; `node`: the smallest named node there; `span`: where NAME is. Offsets in `snapshot` and `span` count
    from the start of the stretch.
    """

    stretch: Span
    snapshot: Snapshot
    node: tree_sitter.Node
    span: Span

    @property
    def at(self) -> int:
        """The byte of `snapshot` at which NAME starts."""
        return self.snapshot.lines.byte(self.span.start)

    def chain(self) -> Iterator[tree_sitter.Node]:
        """The node and what it stands in, innermost first."""
        at: tree_sitter.Node | None = self.node
        while at is not None:
            yield at
            at = at.parent

    def offset(self, hole: Hole, byte: int) -> int:
        """The offset in the file of a byte of `snapshot`."""
        offset = self.snapshot.lines.offset_of_byte(byte) + self.stretch.start
        if offset <= hole.range.start:
            return offset
        return max(offset - (len(hole.lead) + len(NAME) - len(hole.range)), hole.range.start)


def trial(snapshot: Snapshot, hole: Hole) -> Trial:
    """The trial of a hole, remembered with the snapshot."""
    key = (hole.range, hole.lead)
    known: dict[tuple[Span, str], Trial] = snapshot.memo.setdefault(_KEY, {})
    if key not in known:
        known[key] = put(snapshot, hole.range, hole.lead)
    return known[key]


def put(snapshot: Snapshot, span: Span, lead: str = "", tail: str = "") -> Trial:
    """Replace a span by `lead`, NAME and `tail`."""
    stretch = stretch_around(snapshot, span)
    text = lead + NAME + tail
    if len(stretch) == len(snapshot.text):
        attempt = tried(snapshot, span, text)
    else:
        before = snapshot.text[stretch.start : span.start]
        after = snapshot.text[span.end : stretch.end]
        attempt = open_snapshot(snapshot.uri, snapshot.version, snapshot.language, before + text + after)
    start = span.start - stretch.start + len(lead)
    first = attempt.lines.byte(start)
    root = attempt.tree.root_node
    node = root.named_descendant_for_byte_range(first, first + len(NAME)) or root
    return Trial(stretch, attempt, node, Span(start, start + len(NAME)))


def without_name(snapshot: Snapshot, stretch: Span) -> Snapshot:
    """A stretch of the file as it is, parsed by itself."""
    if len(stretch) == len(snapshot.text):
        return snapshot
    return open_snapshot(snapshot.uri, snapshot.version, snapshot.language, stretch.text(snapshot.text))


def stretch_around(snapshot: Snapshot, span: Span) -> Span:
    """The lines of the top-level construct that holds a span or ends before it, up to the next one.

    The whole text where that is not sound: broken code, or constructs that do not begin a line.
    """
    lines, root = snapshot.lines, snapshot.tree.root_node
    start, end = lines.byte(span.start), lines.byte(span.end)
    first = following = None
    for node in root.children:
        if node.start_byte > end and node.start_point[1] == 0:
            following = node
            break
        if node.start_byte <= start and not node.is_extra:
            first = node
        if node.end_byte >= start and node.is_error:
            return Span(0, len(snapshot.text))
    if first is None or first.start_point[1] or first.is_error:
        return Span(0, len(snapshot.text))
    stop = lines.line_start(following.start_point[0]) if following is not None else len(snapshot.text)
    return Span(lines.line_start(first.start_point[0]), stop)
