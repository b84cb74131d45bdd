"""textDocument/inlineCompletion, and textDocument/completion for clients without it: suggestions at the cursor."""

from __future__ import annotations

from lsprotocol import types as lsp

from maze_lsp.server import convert
from maze_lsp.server.recent import Left
from maze_lsp.server.session import MazeServer

ACCEPT = "maze.acceptInline"
"""What a client runs when the user has taken a suggestion: {id, length?}."""

COMPLETION_OPTIONS = lsp.CompletionOptions(trigger_characters=[], resolve_provider=False)


async def inline_completion(server: MazeServer, params: lsp.InlineCompletionParams) -> lsp.InlineCompletionList:
    """One suggestion at most; `range` is the place of the cursor."""
    invoked = params.context.trigger_kind == lsp.InlineCompletionTriggerKind.Invoked
    left = await _left(server, params.text_document.uri, params.position, invoked=invoked)
    if left is None:
        return lsp.InlineCompletionList([])
    return lsp.InlineCompletionList(
        [
            lsp.InlineCompletionItem(
                insert_text=left.text,
                range=lsp.Range(params.position, params.position),
                command=_accept(left),
            )
        ]
    )


async def completion(server: MazeServer, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    """The same as an item of the list, behind those of other servers; nothing where a trigger character asked."""
    context = params.context
    asked = context is None or context.trigger_kind == lsp.CompletionTriggerKind.Invoked
    if server.client.inline or not asked:
        return None
    left = await _left(server, params.text_document.uri, params.position, invoked=True)
    if left is None:
        return None
    first = left.text.strip().splitlines()[0]
    item = lsp.CompletionItem(
        label=first,
        label_details=lsp.CompletionItemLabelDetails(description="Maze"),
        kind=lsp.CompletionItemKind.Snippet,
        detail="generated under the grammar of this place",
        documentation=left.text,
        sort_text="￿maze",
        filter_text="",
        insert_text_format=lsp.InsertTextFormat.PlainText,
        text_edit=lsp.TextEdit(lsp.Range(params.position, params.position), left.text),
        command=_accept(left),
    )
    return lsp.CompletionList(is_incomplete=False, items=[item])


def _accept(left: Left) -> lsp.Command:
    return lsp.Command("Keep the record of this text", command=ACCEPT, arguments=[{"id": left.suggestion.id}])


async def _left(server: MazeServer, uri: str, position: lsp.Position, *, invoked: bool) -> Left | None:
    document = server.documents.find(uri)
    if document is None:
        return None
    await server.configured()
    if not server.settings.inline and not invoked:
        return None
    place = convert.span(document.lines, lsp.Range(position, position), server.client.encoding)
    return await server.inline.suggest(document, place.start, invoked=invoked)
