"""The open documents, kept in step with the editor. Parsing is put off until somebody asks for a snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from maze_lsp.errors import DocumentError
from maze_lsp.provenance.spans import SpanTracker
from maze_lsp.server import convert
from maze_lsp.server.watch import Watch
from maze_lsp.text import Encoding, LineIndex, Span

if TYPE_CHECKING:
    from maze_lsp.context.types import Snapshot
    from maze_lsp.languages.spec import LanguageSpec

_PARSE_INLINE = 30_000
"""Texts up to this length (characters) are parsed at once; longer ones off the event loop."""


class Document:
    """One open file: its text now, the changes since the last snapshot, and its generated spans.

    `watched`: the places that running generations will fill, by their ids.
    """

    def __init__(self, uri: str, language_id: str, version: int, text: str) -> None:
        self.uri = uri
        self.language_id = language_id
        self.version = version
        self.lines = LineIndex(text)
        self.spans = SpanTracker()
        self.watched: dict[str, Watch] = {}
        self.changed = asyncio.Event()
        self._snapshot: Snapshot | None = None
        self._pending: list[tuple[Span, str]] = []
        self._parsing = asyncio.Lock()

    @property
    def text(self) -> str:
        return self.lines.text

    def change(self, version: int, changes: Iterable[lsp.TextDocumentContentChangeEvent], encoding: Encoding) -> None:
        """Take the editor's changes, each relative to the text that the one before left."""
        for event in changes:
            if isinstance(event, lsp.TextDocumentContentChangePartial):
                span = convert.span(self.lines, event.range, encoding)
            else:
                span = Span(0, len(self.text))
            self._replace(span, event.text)
        self.version = version
        self.changed.set()
        self.changed = asyncio.Event()

    def _replace(self, span: Span, new: str) -> None:
        before = self.text
        self.spans.apply(span, new, before)
        for watch in self.watched.values():
            watch.apply(span, new)
        self._pending.append((span, new))
        self.lines = LineIndex(before[: span.start] + new + before[span.end :])

    def language(self) -> LanguageSpec:
        """Raises DocumentError where the language is not supported."""
        from maze_lsp.languages import by_id, by_path, unknown_language

        spec = by_id(self.language_id) or by_path(self.uri)
        if spec is None:
            raise unknown_language(self.uri.rpartition("/")[2] or self.uri)
        return spec

    async def snapshot(self) -> Snapshot:
        """The document as it is now, parsed. Raises DocumentError for what cannot be worked on."""
        from maze_lsp.context.snapshot import MAX_BYTES, edit, open_snapshot, refuse_large

        spec = self.language()
        if len(self.text) > MAX_BYTES:
            refuse_large(len(self.text), self.uri)
        async with self._parsing:
            while self._snapshot is None or self._snapshot.version != self.version or self._pending:
                base, version, text = self._snapshot, self.version, self.text
                changes, self._pending = self._pending, []
                try:
                    if base is None:
                        parsed = await self._off_loop(partial(open_snapshot, self.uri, version, spec, text))
                    else:
                        parsed = await self._off_loop(partial(edit, base, version, changes))
                except BaseException:
                    self._snapshot, self._pending = None, []
                    raise
                self._snapshot = parsed
            return self._snapshot

    async def _off_loop(self, parse: Callable[[], Snapshot]) -> Snapshot:
        """Parse at once what is small, and beside the event loop what is not."""
        return parse() if len(self.text) <= _PARSE_INLINE else await asyncio.to_thread(parse)

    async def next_change(self, version: int, seconds: float) -> None:
        """Wait until the editor has told of a version newer than `version`, or the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while self.version <= version:
                    await self.changed.wait()
        except TimeoutError:
            return


class Documents:
    """All open documents, by URI."""

    def __init__(self) -> None:
        self._open: dict[str, Document] = {}

    def open(self, item: lsp.TextDocumentItem) -> Document:
        document = Document(item.uri, item.language_id, item.version, item.text)
        self._open[item.uri] = document
        return document

    def close(self, uri: str) -> None:
        self._open.pop(uri, None)

    def find(self, uri: str) -> Document | None:
        return self._open.get(uri)

    def all(self) -> list[Document]:
        return list(self._open.values())

    def get(self, uri: str) -> Document:
        document = self._open.get(uri)
        if document is None:
            raise DocumentError(f"{uri or 'The document'} is not open.", hint="Open it in the editor first.")
        return document
