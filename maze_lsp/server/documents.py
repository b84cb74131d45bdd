"""The open documents, kept in step with the editor. Parsing is put off until somebody asks for a snapshot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from maze_lsp.errors import DocumentError, StaleError
from maze_lsp.provenance.spans import SpanTracker, minimal
from maze_lsp.server import convert
from maze_lsp.server.history import History
from maze_lsp.server.watch import Watch
from maze_lsp.text import Encoding, LineIndex, Span

if TYPE_CHECKING:
    from maze_lsp.context.types import Snapshot
    from maze_lsp.languages.spec import LanguageSpec

_PARSE_INLINE = 30_000
"""Texts up to this length (characters) are parsed at once; longer ones off the event loop."""


class Document:
    """One open file: its text now, the changes since the last snapshot, and its generated spans.

    `watched` are the places that running generations fill, by their ids. `changed_at`: when the last change came.
    """

    def __init__(self, uri: str, language_id: str, version: int, text: str, encoding: Encoding) -> None:
        self.uri = uri
        self.language_id = language_id
        self.version = version
        self.encoding: Encoding = encoding
        self.lines = LineIndex(text)
        self.spans = SpanTracker()
        self.watched: dict[str, Watch] = {}
        self.closed = False
        self.changed_at = 0.0
        self._changed = asyncio.Event()
        self._history = History(version, encoding)
        self._snapshot: Snapshot | None = None
        self._pending: list[tuple[Span, str]] = []
        self._parsing = asyncio.Lock()

    @property
    def text(self) -> str:
        return self.lines.text

    def change(self, version: int, changes: Iterable[lsp.TextDocumentContentChangeEvent]) -> None:
        """Take the editor's changes, each relative to the text that the one before left."""
        for event in changes:
            if isinstance(event, lsp.TextDocumentContentChangePartial):
                span = convert.span(self.lines, event.range, self.encoding)
            else:
                span = Span(0, len(self.text))
            self._replace(version, *minimal(span, event.text, self.text))
        self.version, self.changed_at = version, time.monotonic()
        self._changed.set()
        self._changed = asyncio.Event()

    def _replace(self, version: int, span: Span, new: str) -> None:
        self._history.add(version, convert.range_of(self.lines, span, self.encoding), new)
        self.spans.apply(span, new, self.text)
        for watch in self.watched.values():
            watch.apply(span, new)
        self._pending.append((span, new))
        self.lines = self.lines.edited(span, new)

    def carried(self, where: lsp.Range, version: int | None) -> lsp.Range:
        """A range of an earlier version as it is now. Raises StaleError where that cannot be told."""
        if version is None or version >= self.version:
            return where
        now = self._history.carried(where, version)
        if now is None:
            raise StaleError("The place was edited since it was chosen.", hint="Choose it again.")
        return now

    def language(self) -> LanguageSpec:
        """Raises DocumentError where the language is not supported."""
        from maze_lsp.languages import by_id, by_path, unknown_language

        spec = by_id(self.language_id) or by_path(self.uri)
        if spec is None:
            raise unknown_language(self.uri.rpartition("/")[2] or self.uri)
        return spec

    async def snapshot(self) -> Snapshot:
        """The document as it is now, parsed. Raises DocumentError for what cannot be worked on."""
        from maze_lsp.context.snapshot import MAX_BYTES, refuse_large

        spec = self.language()
        if len(self.text) > MAX_BYTES:
            refuse_large(len(self.text), self.uri.rpartition("/")[2] or self.uri)
        async with self._parsing:
            # The document may change while it is parsed in a thread.
            while self._snapshot is None or self._snapshot.version != self.version or self._pending:
                self._snapshot = await self._parsed(spec)
            return self._snapshot

    async def _parsed(self, spec: LanguageSpec) -> Snapshot:
        from maze_lsp.context.snapshot import edit, open_snapshot

        base, self._snapshot = self._snapshot, None
        version, text = self.version, self.text
        changes, self._pending = self._pending, []

        def work() -> Snapshot:
            if base is None:
                return open_snapshot(self.uri, version, spec, text)
            return edit(base, version, changes)

        return work() if len(text) <= _PARSE_INLINE else await asyncio.to_thread(work)

    async def next_change(self, version: int, seconds: float) -> None:
        """Wait until the editor has told of a version newer than `version`, or the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while self.version <= version:
                    await self._changed.wait()
        except TimeoutError:
            return


class Documents:
    """All open documents, by URI."""

    def __init__(self) -> None:
        self._open: dict[str, Document] = {}

    def open(self, item: lsp.TextDocumentItem, encoding: Encoding) -> Document:
        self.close(item.uri)
        document = Document(item.uri, item.language_id, item.version, item.text, encoding)
        self._open[item.uri] = document
        return document

    def close(self, uri: str) -> None:
        document = self._open.pop(uri, None)
        if document is not None:
            document.closed = True

    def find(self, uri: str) -> Document | None:
        return self._open.get(uri)

    def all(self) -> list[Document]:
        return list(self._open.values())

    def get(self, uri: str) -> Document:
        document = self._open.get(uri)
        if document is None:
            raise DocumentError(f"{uri or 'The document'} is not open.", hint="Open it in the editor first.")
        return document
