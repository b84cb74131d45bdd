"""Putting a verified text into the document: at its place, or where its place has moved to, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types as lsp

from maze_lsp.context.inplace import problems
from maze_lsp.errors import StaleError
from maze_lsp.server import convert
from maze_lsp.server.watch import Watch
from maze_lsp.text import Span

if TYPE_CHECKING:
    from maze_lsp.context.types import Snapshot
    from maze_lsp.pipeline import Result
    from maze_lsp.server.documents import Document
    from maze_lsp.server.session import MazeServer

T = TypeVar("T")

_TRIES = 3
_EDITOR_SECONDS = 20.0
_TOLD_SECONDS = 2.0
"""How long an editor may take to tell of an edit that it has made (some collect changes for a moment)."""
_UNTOLD_SECONDS = 1.0
_ANNOTATION = "maze"


class NotInserted(StaleError):
    """The document no longer has the place, or the editor did not take the edit; nothing was inserted."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Nothing was inserted. Generate again.")


async def apply_result(
    server: MazeServer, document: Document, made_for: Snapshot, watch: Watch, result: Result, *, keep: int = 0
) -> Span | None:
    """Insert the text as one edit. The span of its visible part, None where that was not found afterwards.

    `keep`: so many characters of it stand at the place already, and only the others are put behind them.

    Raises NotInserted where the place is gone, the text no longer fits, or the editor does not take the edit.
    """
    if not server.client.takes_edits:
        raise NotInserted("This editor takes no edits from a language server.")
    for _ in range(_TRIES):
        place = await _place(document, made_for, watch, result)
        version = document.version
        edit = _workspace_edit(server, document, Span(place.start + keep, place.end), result, keep)
        request = server.workspace_apply_edit_async(lsp.ApplyWorkspaceEditParams(edit, label="Generate constrained"))
        try:
            answer = await asyncio.wait_for(asyncio.shield(request), _EDITOR_SECONDS)
        except TimeoutError:
            raise NotInserted("The editor did not answer the edit.") from None
        except Exception as error:
            raise NotInserted(f"The editor could not make the edit: {error}.") from error
        if answer.applied:
            return await _settled(document, place, version, result)
        # The user may have typed what the editor has not told of yet: then it is tried again at the new place.
        await document.next_change(version, _UNTOLD_SECONDS)
        if document.version == version:
            reason = f": {answer.failure_reason}" if answer.failure_reason else ""
            raise NotInserted(f"The editor did not take the edit{reason}.")
    raise NotInserted("The document kept changing.")


async def _place(document: Document, made_for: Snapshot, watch: Watch, result: Result) -> Span:
    """Where the text goes now, verified there again if anything has changed since it was made."""
    verified = made_for.version
    while document.version != verified:
        now = await document.snapshot()
        if watch.touched:
            raise NotInserted("The place was edited while its text was generated.")
        place = watch.range
        if _edges(now, place) != _edges(made_for, result.range):
            raise NotInserted("The line was edited where the text begins or ends while it was generated.")
        found = await asyncio.to_thread(problems, now, place, result.text)
        if found:
            raise NotInserted(f"The document changed, and the text no longer fits: {found[0]}")
        verified = now.version
    return watch.range


def _edges(snapshot: Snapshot, span: Span) -> tuple[str, str, str]:
    """What a text has to fit to: the indentation of its first line, and the characters beside it."""
    text, start = snapshot.text, snapshot.lines.line_start(snapshot.lines.line_of(span.start))
    head = text[start : span.start]
    return (
        head[: len(head) - len(head.lstrip())],
        text[max(span.start - 1, 0) : span.start],
        text[span.end : span.end + 1],
    )


def _workspace_edit(
    server: MazeServer, document: Document, place: Span, result: Result, keep: int
) -> lsp.WorkspaceEdit:
    client, text = server.client, result.text[keep:]
    where = convert.range_of(document.lines, place, client.encoding)
    if not client.document_changes:
        return lsp.WorkspaceEdit(changes={document.uri: [lsp.TextEdit(where, text)]})
    identifier = lsp.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    if not client.annotations:
        plain = lsp.TextDocumentEdit(identifier, [lsp.TextEdit(where, text)])
        return lsp.WorkspaceEdit(document_changes=[plain])
    edit = lsp.AnnotatedTextEdit(annotation_id=_ANNOTATION, range=where, new_text=text)
    label = f"Generated by {result.record.model}, {result.record.verdict}"
    return lsp.WorkspaceEdit(
        document_changes=[lsp.TextDocumentEdit(identifier, [edit])],
        change_annotations={_ANNOTATION: lsp.ChangeAnnotation(label, needs_confirmation=False)},
    )


async def _settled(document: Document, place: Span, version: int, result: Result) -> Span | None:
    """The generated text in the document, once the editor has told of it; None where it is not to be seen."""
    visible = result.text.strip()
    start = place.start + len(result.text) - len(result.text.lstrip())
    await document.next_change(version, _TOLD_SECONDS)
    if document.text.startswith(visible, start):
        return Span(start, start + len(visible))
    at = document.text.find(visible)
    if at < 0 or document.text.find(visible, at + 1) >= 0:
        return None
    return Span(at, at + len(visible))


async def uncancelled(work: Coroutine[Any, Any, T]) -> T:
    """Finish `work` even if the task around it is cancelled meanwhile: an edit that was sent cannot be called back."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
        except Exception:
            break
    return task.result()
