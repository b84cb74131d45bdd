"""textDocument/codeLens: Accept, Regenerate and Why above generated text, and the next of several candidates."""

from __future__ import annotations

from lsprotocol import types as lsp

from maze_lsp.server import convert
from maze_lsp.server.session import MazeServer
from maze_lsp.text import Span

_ACCEPT = ("Accept", "maze.accept")
_OTHERS = (("Regenerate", "maze.regenerate"), ("Why", "maze.showProvenance"))


async def code_lens(server: MazeServer, params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
    """The lenses of each generated span; Accept only until the user has done so."""
    document = server.documents.find(params.text_document.uri)
    spans = document.spans.all() if document else ()
    if document is None or not spans or not server.settings.code_lens:
        return []
    lenses = []
    for span in spans:
        entry = await server.records.entry(span.record_id)
        line = document.lines.line_of(span.range.start)
        head = Span(document.lines.line_start(line), max(span.range.start, document.lines.line_start(line)))
        where = convert.range_of(document.lines, head, server.client.encoding)
        offered = [_ACCEPT] if entry is not None and entry.state == "offered" else []
        place = server.ensembles.place_of(span.record_id)
        if place is not None:
            title = "Next candidate ({} of {})".format(*place)
            next_one = [{"id": span.record_id, "step": 1}]
            lenses.append(lsp.CodeLens(where, lsp.Command(title, command="maze.useCandidate", arguments=next_one)))
        lenses += [
            lsp.CodeLens(where, lsp.Command(title=title, command=name, arguments=[{"id": span.record_id}]))
            for title, name in (*offered, *_OTHERS)
        ]
    return lenses
