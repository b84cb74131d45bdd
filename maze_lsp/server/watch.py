"""Follow the place of a running generation through the edits that happen meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from maze_lsp.text import Span


@dataclass(slots=True)
class Watch:
    """A place in a document. `touched`: something inside it was edited, so that it is no longer the same place."""

    range: Span
    touched: bool = False

    def apply(self, change: Span, new: str) -> None:
        """Follow one change, `change` replaced by `new`; text put in at either edge stays outside."""
        if change.end <= self.range.start:
            grown = len(new) - len(change)
            self.range = Span(self.range.start + grown, self.range.end + grown)
        elif change.start < self.range.end:
            self.touched = True
