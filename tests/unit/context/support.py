"""Sources with a cursor (`‸`) or a selection (`«…»`) in them."""

from __future__ import annotations

from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import Snapshot
from maze_lsp.languages import by_id
from maze_lsp.text import Span


def snapshot_of(text: str, uri: str = "file:///work/sample.py", language: str = "python") -> Snapshot:
    spec = by_id(language)
    assert spec is not None
    return open_snapshot(uri, 1, spec, text)


def marked(source: str, uri: str = "file:///work/sample.py", language: str = "python") -> tuple[Snapshot, Span]:
    """The snapshot of a source without its marks, and what they mark."""
    if "‸" in source:
        at = source.index("‸")
        return snapshot_of(source.replace("‸", ""), uri, language), Span(at, at)
    start = source.index("«")
    end = source.index("»") - 1
    return snapshot_of(source.replace("«", "").replace("»", ""), uri, language), Span(start, end)
