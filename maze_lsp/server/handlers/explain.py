"""The command `maze.explain`: how a generated text came about, piece by piece."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from lsprotocol import types as lsp

from maze_lsp.errors import LedgerError, MazeError
from maze_lsp.server.errors import answer
from maze_lsp.server.handlers.spans import id_of, unknown
from maze_lsp.server.session import MazeServer

Arguments = dict[str, Any]


async def explain(server: MazeServer, arguments: Arguments, _token: lsp.ProgressToken | None) -> Arguments:
    """{id} → {status, id, pieces, characters, tokens, note}: what the grammar forced and left open, and the tokens."""
    await server.ready()
    from maze_lsp.constraints.choices import CHARACTERS, pieces

    id = id_of(arguments)
    entry = await server.records.entry(id)
    if entry is None:
        return answer(unknown(id))
    text, note = _text(server, id, entry.record.text)
    grammar = await _grammar(server, entry.record.constraint_digest)
    found = []
    if text and grammar:
        try:
            found = await asyncio.to_thread(pieces, grammar, text)
        except MazeError as error:
            return answer(error)
        if not found:
            note = "The text that stands there now does not belong to the grammar."
    elif not note:
        note = "The grammar or the text of this record is not known any more."
    return {
        "status": "explained",
        "id": entry.record.id,
        "pieces": [asdict(piece) for piece in found],
        "characters": CHARACTERS,
        "tokens": server.timelines.of(id),
        "note": note,
    }


def _text(server: MazeServer, id: str, kept: str) -> tuple[str, str]:
    """The text as it was generated, as far as it is known; and what is to be said of it."""
    made = kept or server.timelines.text(id)
    if made:
        return made, ""
    for document in server.documents.all():
        span = document.spans.get(id)
        if span is not None:
            return span.text, ""
    return "", "The text is not kept, and stands in no open document."


async def _grammar(server: MazeServer, digest: str) -> str:
    ledger = await server.records.ledger()
    if ledger is None or not digest:
        return ""
    try:
        return await asyncio.to_thread(ledger.grammar, digest) or ""
    except LedgerError:
        return ""
