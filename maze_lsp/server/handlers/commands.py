"""workspace/executeCommand: maze.generate and the commands of the lenses. Each takes one object and answers one."""

from __future__ import annotations

import asyncio
from typing import Any

from lsprotocol import types as lsp

from maze_lsp.errors import DocumentError, MazeError, UsageError
from maze_lsp.server import convert
from maze_lsp.server.errors import answer
from maze_lsp.server.handlers.explain import explain
from maze_lsp.server.handlers.health import health
from maze_lsp.server.handlers.spans import id_of, show_provenance, spans, unknown
from maze_lsp.server.running import Running
from maze_lsp.server.session import MazeServer
from maze_lsp.text import Span

Arguments = dict[str, Any]
Token = lsp.ProgressToken | None


async def generate(server: MazeServer, arguments: Arguments, token: Token) -> Arguments:
    """{uri, range | position, version?, kind?, intent?, seed?} → {status, id, message, …}."""

    async def work(running: Running) -> Arguments:
        return await server.generations.generate(running, arguments)

    return await server.running.run(str(arguments.get("uri", "")), token, work)


async def generate_all(server: MazeServer, arguments: Arguments, token: Token) -> Arguments:
    """The argument of `generate`, and {count?, insert?} → the same answer, and `candidates`, best first."""

    async def work(running: Running) -> Arguments:
        return await server.ensembles.generate(running, arguments)

    return await server.running.run(str(arguments.get("uri", "")), token, work)


async def use_candidate(server: MazeServer, arguments: Arguments, token: Token) -> Arguments:
    """{id, step?}: put a candidate of an ensemble in the place of the one that stands there."""

    async def work(running: Running) -> Arguments:
        return await server.ensembles.use(running, arguments)

    return await server.running.run("", token, work)


async def regenerate(server: MazeServer, arguments: Arguments, token: Token) -> Arguments:
    """{id}: fill the place of a generated text anew."""

    async def work(running: Running) -> Arguments:
        return await server.generations.regenerate(running, id_of(arguments))

    return await server.running.run("", token, work)


async def cancel(server: MazeServer, arguments: Arguments, _token: Token) -> Arguments:
    """{id?, uri?}: cancel one generation, those of a document, or all."""
    if arguments.get("id") is None:
        server.stop_suggesting(arguments.get("uri"))
    return {"cancelled": server.running.cancel(id=arguments.get("id"), uri=arguments.get("uri"))}


async def accept(server: MazeServer, arguments: Arguments, _token: Token) -> Arguments:
    """{id, lines?}: insert a proposed text, or so many more lines of it; of an inserted one, note that it is kept."""
    await server.ready()
    if server.proposals.get(id_of(arguments)):
        return await _insert(server, arguments)
    entry = await server.records.entry(id_of(arguments))
    if entry is None:
        return answer(unknown(id_of(arguments)))
    await server.records.set_state(entry.record.id, "accepted")
    server.refresh()
    return {"status": "accepted", "id": entry.record.id, "message": "Accepted."}


async def _insert(server: MazeServer, arguments: Arguments) -> Arguments:
    lines = arguments.get("lines")
    if lines is not None and (isinstance(lines, bool) or not isinstance(lines, int) or lines < 1):
        return answer(UsageError("`lines` of maze.accept is a number."))
    try:
        return await server.proposals.accept(id_of(arguments), lines)
    except MazeError as error:
        server.tell(str(error), lsp.MessageType.Warning)
        return answer(error)


async def reject(server: MazeServer, arguments: Arguments, _token: Token) -> Arguments:
    """{id}: drop a proposed text."""
    await server.ready()
    id = id_of(arguments)
    if not server.proposals.drop(id):
        return answer(DocumentError(f"There is no proposal `{id}`.", hint="It was accepted, or the place was edited."))
    return {"status": "rejected", "id": id, "message": "Nothing was inserted."}


async def accept_inline(server: MazeServer, arguments: Arguments, _token: Token) -> Arguments:
    """{id, length?, part?}: the user took a suggestion, or its first `length` characters (`part`: word or line)."""
    await server.ready()
    length, part = arguments.get("length"), arguments.get("part")
    counted = isinstance(length, int) and not isinstance(length, bool) and length > 0
    if not (length is None or counted) or part not in (None, "whole", "word", "line"):
        return answer(UsageError("`length` of maze.acceptInline is a number, `part` whole, word or line."))
    try:
        record = await server.inline.accepted(id_of(arguments), length, part or "")
    except MazeError as error:
        return answer(error)
    return {"status": "accepted", "id": record.id, "message": "Accepted."}


async def holes(server: MazeServer, arguments: Arguments, _token: Token) -> Any:
    """{uri}: the marked holes of an open document, each with what `maze.generate` needs to fill it."""
    await server.ready()
    from maze_lsp.context.holes import holes as all_holes

    try:
        document = server.documents.get(str(arguments.get("uri", "")))
        snapshot = await document.snapshot()
    except MazeError as error:
        return answer(error)
    encoding = server.client.encoding

    def range_of(span: Span) -> Any:
        return convert.range_to_json(convert.range_of(snapshot.lines, span, encoding))

    return [
        {
            "uri": snapshot.uri,
            "version": snapshot.version,
            "kind": hole.kind,
            "range": range_of(hole.range),
            "marker": hole.marker,
            "bulk": hole.bulk,
        }
        for hole in await asyncio.to_thread(all_holes, snapshot)
    ]


COMMANDS = {
    "maze.generate": generate,
    "maze.generateAll": generate_all,
    "maze.useCandidate": use_candidate,
    "maze.regenerate": regenerate,
    "maze.cancel": cancel,
    "maze.accept": accept,
    "maze.reject": reject,
    "maze.acceptInline": accept_inline,
    "maze.showProvenance": show_provenance,
    "maze.holes": holes,
    "maze.spans": spans,
    "maze.explain": explain,
    "maze.health": health,
}
