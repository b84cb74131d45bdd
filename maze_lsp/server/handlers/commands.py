"""workspace/executeCommand: maze.generate and the commands of the lenses. Each takes one object."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from lsprotocol import types as lsp

from maze_lsp.errors import DocumentError, LedgerError, MazeError
from maze_lsp.server import convert
from maze_lsp.server.errors import answer
from maze_lsp.server.session import MazeServer


async def generate(server: MazeServer, arguments: dict[str, Any], token: lsp.ProgressToken | None) -> dict[str, Any]:
    """{uri, range | position, kind?, intent?, seed?} → {status, id, …}."""
    answered = await server.generations.start(arguments, token)
    if answered["status"] in ("busy", "refused") and "id" not in answered:
        server.tell(answered["message"], lsp.MessageType.Warning)
    return answered


async def regenerate(server: MazeServer, arguments: dict[str, Any], token: lsp.ProgressToken | None) -> dict[str, Any]:
    """{id}: fill the place of a generated span anew."""
    return await server.generations.regenerate(str(arguments.get("id", "")), token)


async def cancel(server: MazeServer, arguments: dict[str, Any], _token: lsp.ProgressToken | None) -> dict[str, Any]:
    """{id?, uri?}: cancel one generation, those of a document, or all."""
    return {"cancelled": server.generations.cancel(id=arguments.get("id"), uri=arguments.get("uri"))}


async def accept(server: MazeServer, arguments: dict[str, Any], _token: lsp.ProgressToken | None) -> dict[str, Any]:
    """{id}: note that the user keeps the text."""
    record_id = str(arguments.get("id", ""))
    ledger = await asyncio.to_thread(server.ledger)
    entry = await server.entry(record_id)
    if entry is None:
        return answer(DocumentError(f"There is no record `{record_id}`.", hint="It may be in another ledger."))
    if ledger is not None:
        try:
            await asyncio.to_thread(ledger.set_state, record_id, "accepted")
        except LedgerError as error:
            server.tell(str(error), lsp.MessageType.Warning)
    server.entries[record_id] = dataclasses.replace(entry, state="accepted")
    server.refresh()
    return {"status": "accepted", "id": record_id}


async def show_provenance(
    server: MazeServer, arguments: dict[str, Any], _token: lsp.ProgressToken | None
) -> dict[str, Any]:
    """{id}: the whole record, for the client to show; other clients see it as a message."""
    from maze_lsp.provenance.describe import describe

    record_id = str(arguments.get("id", ""))
    entry = await server.entry(record_id)
    if entry is None:
        return answer(DocumentError(f"There is no record `{record_id}`.", hint="It may be in another ledger."))
    lines = [f"{label}: {value}" for label, value in describe(entry.record, entry.state)]
    server.tell("\n".join(lines))
    return {"status": "shown", "id": record_id, "lines": lines, "record": dataclasses.asdict(entry.record)}


async def holes(server: MazeServer, arguments: dict[str, Any], _token: lsp.ProgressToken | None) -> Any:
    """{uri}: all marked holes of an open document: kind, range, marker, and whether "fill all" may take it."""
    from maze_lsp.context.holes import holes as all_holes

    try:
        snapshot = await server.documents.get(str(arguments.get("uri", ""))).snapshot()
    except MazeError as error:
        return answer(error)
    return [
        {
            "kind": hole.kind,
            "range": convert.range_to_json(convert.range_of(snapshot.lines, hole.range, server.client.encoding)),
            "marker": hole.marker,
            "bulk": hole.bulk,
        }
        for hole in await asyncio.to_thread(all_holes, snapshot)
    ]


COMMANDS = {
    "maze.generate": generate,
    "maze.regenerate": regenerate,
    "maze.cancel": cancel,
    "maze.accept": accept,
    "maze.showProvenance": show_provenance,
    "maze.holes": holes,
}
