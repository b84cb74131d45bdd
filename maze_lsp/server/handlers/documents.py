"""didOpen, didChange, didClose: at once and in order."""

from __future__ import annotations

import asyncio
import logging

from lsprotocol import types as lsp

from maze_lsp.errors import MazeError
from maze_lsp.server.documents import Document
from maze_lsp.server.session import MazeServer

logger = logging.getLogger(__name__)


def did_open(server: MazeServer, params: lsp.DidOpenTextDocumentParams) -> None:
    document = server.documents.open(params.text_document, server.client.encoding)
    server.spawn(_find_spans(server, document))
    server.spawn(_warm(server, document))


def did_change(server: MazeServer, params: lsp.DidChangeTextDocumentParams) -> None:
    document = server.documents.find(params.text_document.uri)
    if document is None:
        logger.warning("a change of a document that is not open was ignored")
        return
    document.change(params.text_document.version, params.content_changes)
    server.document_changed(document)


def did_close(server: MazeServer, params: lsp.DidCloseTextDocumentParams) -> None:
    """A generation in a document that is closed has no place to go."""
    uri = params.text_document.uri
    server.running.cancel(uri=uri)
    server.stop_suggesting(uri)
    document = server.documents.find(uri)
    if document is not None:
        server.document_changed(document, closed=True)
    server.documents.close(uri)


async def _warm(server: MazeServer, document: Document) -> None:
    """Make what the first suggestion would have to wait for, unless none will be asked for."""
    await server.ready()
    if not server.settings.inline:
        return
    from maze_lsp.server.warming import warm

    try:
        await asyncio.to_thread(warm, await document.snapshot())
    except MazeError as error:
        logger.debug("nothing is made beforehand: %s", error)


async def _find_spans(server: MazeServer, document: Document) -> None:
    """Find generated text again in a file that was opened, as the ledger remembers it."""
    await server.ready()
    from maze_lsp.provenance.locate import locate

    entries = await server.records.of(document.uri)
    records = [entry.record for entry in entries]
    while records and not document.closed:
        version = document.version
        found = await asyncio.to_thread(locate, document.text, records)
        if document.version == version:
            for span in found:
                document.spans.add(span.record_id, span.range, span.text)
            server.refresh()
            return
