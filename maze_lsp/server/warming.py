"""Makes beforehand what the first suggestion in a document would have to wait for. In a thread; no result."""

from __future__ import annotations

import gc
import time
from itertools import islice

from maze_lsp import grammar
from maze_lsp.constraints.compile import compile_hole
from maze_lsp.context.derive import derive
from maze_lsp.context.inline import place_at
from maze_lsp.context.inplace import problems
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import Snapshot
from maze_lsp.errors import MazeError

_PLACES = 24
_SECONDS = 1.0
_LARGEST = 200_000

_frozen: set[str] = set()


def warm(snapshot: Snapshot) -> None:
    """The rules of the document's language, and what is kept of them at places like those in the document."""
    grammar.warm(grammar.load(snapshot.language))
    if len(snapshot.text) <= _LARGEST:
        _visit(snapshot)
    if snapshot.language.name not in _frozen:
        # Else every collection looks at all the rules anew, which takes longer than a frame of the screen.
        _frozen.add(snapshot.language.name)
        gc.freeze()


def _visit(snapshot: Snapshot) -> None:
    """What a suggestion asks of places all over a document."""
    # of its own: what is remembered with it goes with it
    snapshot = open_snapshot(snapshot.uri, snapshot.version, snapshot.language, snapshot.text)
    until = time.monotonic() + _SECONDS
    lines = snapshot.lines
    for line in islice(range(0, lines.line_count, max(lines.line_count // _PLACES, 1)), _PLACES):
        span = lines.line_span(line)
        for at in (span.start + len(span) * 2 // 3, span.end):
            if time.monotonic() > until:
                return
            try:
                place = place_at(snapshot, at, invoked=True)
                if place is not None:
                    compile_hole(derive(snapshot, place.hole))
                    problems(snapshot, place.hole.construct, place.hole.begun)
            except MazeError:
                continue
