"""The hole with a name in it: what a parser sees once something stands there.

An empty place has no node of its own. A name put into it has, and with it everything that surrounds the hole,
also where the block is still missing or the cursor stands on an empty line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter

from maze_lsp.context import snapshot as snapshots
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.text import Span

NAME = "maze_hole"
_KEY = "trial"


@dataclass(frozen=True, slots=True)
class Trial:
    """`snapshot`: the file with NAME in the hole; `node`: the smallest named node there; `span`: where NAME is."""

    snapshot: Snapshot
    node: tree_sitter.Node
    span: Span

    def chain(self) -> Iterator[tree_sitter.Node]:
        """The node and what it stands in, innermost first."""
        at: tree_sitter.Node | None = self.node
        while at is not None:
            yield at
            at = at.parent


def trial(snapshot: Snapshot, hole: Hole) -> Trial:
    """The trial of a hole, remembered with the snapshot."""
    key = (hole.range, hole.lead)
    known: dict[tuple[Span, str], Trial] = snapshot.memo.setdefault(_KEY, {})
    if key not in known:
        known[key] = put(snapshot, hole.range, hole.lead)
    return known[key]


def put(snapshot: Snapshot, span: Span, lead: str = "", tail: str = "") -> Trial:
    """Replace a span by `lead`, NAME and `tail`."""
    text = lead + NAME + tail
    tried = snapshots.tried(snapshot, span, text)
    start = span.start + len(lead)
    first = tried.lines.byte(start)
    root = tried.tree.root_node
    node = root.named_descendant_for_byte_range(first, first + len(NAME)) or root
    return Trial(tried, node, Span(start, start + len(NAME)))
