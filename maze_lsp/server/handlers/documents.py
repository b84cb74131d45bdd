"""didOpen, didChange, didClose: at once and in order."""

from __future__ import annotations

import asyncio
import logging

from lsprotocol import types as lsp

from maze_lsp.errors import LedgerError
from maze_lsp.server.documents import Document
from maze_lsp.server.session import MazeServer

logger = logging.getLogger(__name__)


def did_open(server: MazeServer, params: lsp.DidOpenTextDocumentParams) -> None:
    document = server.documents.open(params.text_document)
    server.spawn(_find_spans(server, document))


def did_change(server: MazeServer, params: lsp.DidChangeTextDocumentParams) -> None:
    document = server.documents.find(params.text_document.uri)
    if document is None:
        logger.warning("a change of a document that is not open was ignored")
        return
    document.change(params.text_document.version, params.content_changes, server.client.encoding)


def did_close(server: MazeServer, params: lsp.DidCloseTextDocumentParams) -> None:
    """A generation in a document that is closed has no place to go."""
    uri = params.text_document.uri
    if server.busy():
        server.generations.cancel(uri=uri)
    server.documents.close(uri)


async def _find_spans(server: MazeServer, document: Document) -> None:
    """Find generated text again in a file that was opened, as the ledger remembers it."""
    from maze_lsp.provenance.locate import locate

    version, text = document.version, document.text
    ledger = await asyncio.to_thread(server.ledger)
    if ledger is None:
        return
    try:
        entries = await asyncio.to_thread(ledger.by_uri, document.uri)
    except LedgerError as error:
        logger.warning("%s", error)
        return
    kept = [entry for entry in reversed(entries) if entry.state != "rejected"]
    if not kept:
        return
    found = await asyncio.to_thread(locate, text, [entry.record for entry in kept])
    if document.version != version:
        found = await asyncio.to_thread(locate, document.text, [entry.record for entry in kept])
    if document.text != text and document.version != version:
        return
    server.entries.update({entry.record.id: entry for entry in kept})
    for span in found:
        document.spans.add(span.record_id, span.range, span.text)
    server.refresh()
