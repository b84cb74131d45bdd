"""The commands by which a client shows what was generated: `maze.spans` and `maze.showProvenance`."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from maze_lsp.errors import DocumentError, LedgerError, MazeError, UsageError
from maze_lsp.server import convert
from maze_lsp.server.documents import Document
from maze_lsp.server.errors import answer
from maze_lsp.server.session import MazeServer

if TYPE_CHECKING:
    from maze_lsp.provenance.record import Record
    from maze_lsp.provenance.spans import TrackedSpan
    from maze_lsp.text import Encoding

Arguments = dict[str, Any]


async def spans(server: MazeServer, arguments: Arguments, _token: lsp.ProgressToken | None) -> Any:
    """{uri}: the generated texts of an open document, in order, each with where it is and what became of it."""
    await server.ready()
    try:
        document = server.documents.get(str(arguments.get("uri", "")))
    except MazeError as error:
        return answer(error)
    entries = {span.record_id: await server.records.entry(span.record_id) for span in document.spans.all()}
    encoding = server.client.encoding
    return [
        _shown(document, span, entry.record, entry.state, encoding)
        for span in document.spans.all()  # as they are now: they may have moved while the records were read
        if (entry := entries.get(span.record_id)) is not None
    ]


def _shown(document: Document, span: TrackedSpan, record: Record, state: str, encoding: Encoding) -> Arguments:
    return {
        "id": record.id,
        "uri": document.uri,
        "version": document.version,
        "range": convert.range_to_json(convert.range_of(document.lines, span.range, encoding)),
        "state": state,
        "edited": span.state == "edited",
        "survived": round(span.survived, 3),
        "kind": record.hole_kind,
        "verdict": record.verdict,
        "model": record.model,
        "seed": record.seed,
        "tokens": record.tokens,
        "seconds": dict(record.timings).get("total", 0.0) / 1000,
        "created": record.created,
    }


async def show_provenance(server: MazeServer, arguments: Arguments, _token: lsp.ProgressToken | None) -> Arguments:
    """{id, show?}: the whole record and its grammar. The user sees it as a message, unless `show` is false."""
    await server.ready()
    from maze_lsp.provenance.describe import describe

    id = id_of(arguments)
    entry = await server.records.entry(id)
    if entry is None:
        return answer(unknown(id))
    lines = [f"{label}: {value}" for label, value in describe(entry.record, entry.state)]
    if arguments.get("show") is not False:
        server.tell("\n".join(lines))
    return {
        "status": "shown",
        "id": entry.record.id,
        "state": entry.state,
        "lines": lines,
        "record": dataclasses.asdict(entry.record),
        "grammar": await _grammar(server, entry.record.constraint_digest),
    }


async def _grammar(server: MazeServer, digest: str) -> str | None:
    """The grammar that a text was written under, None where it was not kept."""
    ledger = await server.records.ledger()
    if ledger is None or not digest:
        return None
    try:
        return await asyncio.to_thread(ledger.grammar, digest)
    except LedgerError:
        return None


def id_of(arguments: Arguments) -> str:
    id = arguments.get("id")
    return id if isinstance(id, str) else ""


def unknown(id: str) -> MazeError:
    if not id:
        return UsageError("This command needs the `id` of a generation.")
    return DocumentError(f"There is no record `{id}`.", hint="It may be in another ledger.")
