"""textDocument/inlineCompletion, and textDocument/completion for clients without it: suggestions at the cursor."""

from __future__ import annotations

import time

from lsprotocol import types as lsp

from maze_lsp.server import convert
from maze_lsp.server.documents import Document
from maze_lsp.server.recent import Left
from maze_lsp.server.session import MazeServer
from maze_lsp.text import Span

ACCEPT = "maze.acceptInline"
"""What a client runs when the user has taken a suggestion: {id, length?, part?}."""
_LABEL = 60
_TYPED_SECONDS = 0.3
"""A list that is asked for so soon after a change was asked for by the typing, whatever the client calls it."""

OPTIONS = lsp.InlineCompletionOptions()
"""Without any, pygls does not announce the method."""
COMPLETION_OPTIONS = lsp.CompletionOptions(trigger_characters=[], resolve_provider=False)


async def inline_completion(server: MazeServer, params: lsp.InlineCompletionParams) -> lsp.InlineCompletionList:
    """One suggestion at most; `range` is the place of the cursor, with the blanks around it that are replaced."""
    invoked = params.context.trigger_kind == lsp.InlineCompletionTriggerKind.Invoked
    found = await _left(server, params.text_document.uri, params.position, invoked=invoked)
    if found is None:
        return lsp.InlineCompletionList([])
    document, left = found
    where = convert.range_of(document.lines, left.range, server.client.encoding)
    return lsp.InlineCompletionList([lsp.InlineCompletionItem(left.text, range=where, command=_accept(left))])


async def completion(server: MazeServer, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    """The same as an item of the list, behind those of other servers; nothing where a trigger character asked."""
    context = params.context
    asked = context is None or context.trigger_kind == lsp.CompletionTriggerKind.Invoked
    if server.client.inline or not asked:
        return None
    document = server.documents.find(params.text_document.uri)
    if document is None or time.monotonic() - document.changed_at < _TYPED_SECONDS:
        return None
    found = await _left(server, params.text_document.uri, params.position, invoked=True)
    if found is None:
        return None
    return lsp.CompletionList(is_incomplete=False, items=[_item(server, *found)])


def _item(server: MazeServer, document: Document, left: Left) -> lsp.CompletionItem:
    """The word that stands before the cursor is part of it: clients compare with that."""
    from maze_lsp.context.layout import is_word

    start, text = left.range.start, document.text
    while not left.text[0].isspace() and start and is_word(text[start - 1]):
        start -= 1
    whole = text[start : left.range.start] + left.text
    where = convert.range_of(document.lines, Span(start, left.range.end), server.client.encoding)
    first = whole.strip().splitlines()[0]
    return lsp.CompletionItem(
        label=first if len(first) <= _LABEL else first[: _LABEL - 1] + "…",
        label_details=lsp.CompletionItemLabelDetails(description="Maze"),
        kind=lsp.CompletionItemKind.Text,
        detail="generated under the grammar of this place",
        documentation=whole,
        sort_text="\uffffmaze",
        filter_text=first,
        insert_text_format=lsp.InsertTextFormat.PlainText,
        insert_text_mode=lsp.InsertTextMode.AsIs,
        text_edit=lsp.TextEdit(where, whole),
        command=_accept(left),
    )


def _accept(left: Left) -> lsp.Command:
    return lsp.Command("Keep the record of this text", command=ACCEPT, arguments=[{"id": left.suggestion.id}])


async def _left(server: MazeServer, uri: str, position: lsp.Position, *, invoked: bool) -> tuple[Document, Left] | None:
    document = server.documents.find(uri)
    if document is None:
        return None
    await server.configured()
    if not server.settings.inline and not invoked:
        return None
    place = convert.span(document.lines, lsp.Range(position, position), server.client.encoding)
    left = await server.inline.suggest(document, place.start, invoked=invoked)
    return None if left is None else (document, left)
