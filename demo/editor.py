"""A language client that holds documents and applies edits, as an editor does. Prints nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, Union

from lsprotocol import types as t
from pygls.lsp.client import BaseLanguageClient  # type: ignore[attr-defined]
from pygls.protocol import default_converter

from maze_lsp.text import Encoding, LineIndex, Span

ANSWER_WITHIN = 30.0
GENERATED_WITHIN = 180.0
"""Seconds. The first generation may have to wait for the model to be loaded."""

T = TypeVar("T")


class NoAnswer(Exception):
    """The server did not answer in time; it may have died."""


@dataclass(slots=True)
class Document:
    """An open file as the editor has it."""

    uri: str
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Text that is being generated: all of it so far."""

    text: str
    done: bool


class Editor:
    """One server, its open documents, and what it said. Edits of the server are applied as they come."""

    def __init__(self, tell: Callable[[Preview | str], None]) -> None:
        self.documents: dict[str, Document] = {}
        self.edits: list[t.WorkspaceEdit] = []
        self.messages: list[str] = []
        self._encoding: Encoding = "utf-16"
        self._tell = tell
        self._client = BaseLanguageClient("maze-demo", "1", converter_factory=_converter)
        self._register()

    async def start(self, folder: Path, environment: dict[str, str]) -> t.InitializeResult:
        """Start `maze-lsp` as an editor does: a child process, its standard streams, `initialize`."""
        await self._client.start_io(sys.executable, "-m", "maze_lsp.server", "--stdio", env=environment)
        result = await _answer(
            "initialize",
            self._client.initialize_async(
                t.InitializeParams(
                    capabilities=_capabilities(),
                    process_id=None,
                    root_uri=folder.as_uri(),
                    workspace_folders=[t.WorkspaceFolder(folder.as_uri(), folder.name)],
                    initialization_options={"preview": True},
                    client_info=t.ClientInfo("maze-demo", "1"),
                )
            ),
        )
        for known in ("utf-8", "utf-16", "utf-32"):
            if result.capabilities.position_encoding == known:
                self._encoding = known
        self._client.initialized(t.InitializedParams())
        return result

    async def stop(self) -> None:
        """Shut down as LSP has it; a server that does not answer any more is killed."""
        process: asyncio.subprocess.Process | None = self._client._server
        if process is None:
            return
        try:
            await _answer("shutdown", self._client.shutdown_async(None), 10)
            self._client.exit(None)
            await asyncio.wait_for(self._client.stop(), 10)  # type: ignore[no-untyped-call]
        except (NoAnswer, TimeoutError, ConnectionError):
            if process.returncode is None:
                process.kill()

    def open(self, path: Path) -> Document:
        document = Document(path.as_uri(), 1, path.read_text(encoding="utf-8"))
        self.documents[document.uri] = document
        item = t.TextDocumentItem(document.uri, "python", document.version, document.text)
        self._client.text_document_did_open(t.DidOpenTextDocumentParams(item))
        return document

    async def actions(self, document: Document, span: Span) -> list[t.CodeAction]:
        """The code actions of this server's own kind at a cursor or selection, with their commands."""
        params = t.CodeActionParams(
            text_document=t.TextDocumentIdentifier(document.uri),
            range=self.range(document, span),
            context=t.CodeActionContext(diagnostics=[], only=[t.CodeActionKind.RefactorRewrite]),
        )
        answer = await _answer("codeAction", self._client.text_document_code_action_async(params))
        return [action for action in answer or [] if isinstance(action, t.CodeAction)]

    async def run(self, action: t.CodeAction) -> Any:
        """Run a code action; what its command answered. The edit has been applied by then."""
        if action.command is None:
            action = await _answer("codeAction/resolve", self._client.code_action_resolve_async(action))
        assert action.command is not None, f"the action {action.title!r} has no command"
        return await self.execute(action.command.command, action.command.arguments or [])

    async def execute(self, command: str, arguments: Sequence[Any]) -> Any:
        params = t.ExecuteCommandParams(command=command, arguments=list(arguments))
        return await _answer(command, self._client.workspace_execute_command_async(params), GENERATED_WITHIN)

    async def hover(self, document: Document, at: int) -> str:
        """The text of the hover at an offset."""
        position = self.range(document, Span(at, at)).start
        params = t.HoverParams(t.TextDocumentIdentifier(document.uri), position)
        answer = await _answer("hover", self._client.text_document_hover_async(params))
        if answer is None:
            return ""
        return answer.contents.value if isinstance(answer.contents, t.MarkupContent) else str(answer.contents)

    async def lenses(self, document: Document) -> list[str]:
        """The titles of the code lenses of a document."""
        params = t.CodeLensParams(t.TextDocumentIdentifier(document.uri))
        answer = await _answer("codeLens", self._client.text_document_code_lens_async(params))
        return [lens.command.title for lens in answer or [] if lens.command]

    def range(self, document: Document, span: Span) -> t.Range:
        lines = LineIndex(document.text)
        start, end = (t.Position(*lines.position(at, self._encoding)) for at in (span.start, span.end))
        return t.Range(start, end)

    def _register(self) -> None:
        def apply(params: t.ApplyWorkspaceEditParams) -> t.ApplyWorkspaceEditResult:
            problem = self._apply(params.edit)
            return t.ApplyWorkspaceEditResult(applied=not problem, failure_reason=problem or None)

        def preview(params: Any) -> None:
            self._tell(Preview(params.text, params.done))

        def status(params: Any) -> None:
            self._tell(str(params.message))

        def message(params: t.ShowMessageParams | t.LogMessageParams) -> None:
            if params.type in (t.MessageType.Error, t.MessageType.Warning):
                self.messages.append(params.message)

        def configuration(params: t.ConfigurationParams) -> list[Any]:
            return [None for _ in params.items]

        def nothing(_params: Any) -> None:
            return None

        handlers: dict[str, Callable[[Any], Any]] = {
            t.WORKSPACE_APPLY_EDIT: apply,
            t.WORKSPACE_CONFIGURATION: configuration,
            t.WINDOW_SHOW_MESSAGE: message,
            t.WINDOW_LOG_MESSAGE: message,
            t.WINDOW_WORK_DONE_PROGRESS_CREATE: nothing,
            t.CLIENT_REGISTER_CAPABILITY: nothing,
            t.WORKSPACE_CODE_LENS_REFRESH: nothing,
            t.WORKSPACE_INLAY_HINT_REFRESH: nothing,
            t.PROGRESS: nothing,
            "maze/preview": preview,
            "maze/status": status,
        }
        for method, handler in handlers.items():
            self._client.feature(method)(handler)

    def _apply(self, edit: t.WorkspaceEdit) -> str:
        """Apply an edit to the open documents and tell the server; why it cannot be applied, if so."""
        for change in edit.document_changes or []:
            if not isinstance(change, t.TextDocumentEdit):
                return "only edits of texts are understood here"
            document = self.documents.get(change.text_document.uri)
            if document is None or change.text_document.version not in (None, document.version):
                return "the document is not open in this version"
            lines = LineIndex(document.text)
            places = [
                (Span(self._offset(lines, one.range.start), self._offset(lines, one.range.end)), _new_text(one))
                for one in change.edits
            ]
            for span, new in sorted(places, key=lambda place: place[0], reverse=True):
                document.text = document.text[: span.start] + new + document.text[span.end :]
            document.version += 1
            self._client.text_document_did_change(
                t.DidChangeTextDocumentParams(
                    t.VersionedTextDocumentIdentifier(version=document.version, uri=document.uri),
                    [t.TextDocumentContentChangeWholeDocument(document.text)],
                )
            )
        self.edits.append(edit)
        return "" if edit.document_changes else "an edit without changes"

    def _offset(self, lines: LineIndex, position: t.Position) -> int:
        return lines.offset(position.line, position.character, self._encoding)


async def _answer(what: str, request: Awaitable[T], within: float = ANSWER_WITHIN) -> T:
    try:
        return await asyncio.wait_for(request, within)
    except TimeoutError:
        raise NoAnswer(f"The language server did not answer `{what}` within {within:.0f} s.") from None


def _new_text(edit: t.TextEdit | t.AnnotatedTextEdit | t.SnippetTextEdit) -> str:
    assert not isinstance(edit, t.SnippetTextEdit), "snippets were not announced"
    return edit.new_text


def _converter() -> Any:
    """lsprotocol's own converter takes every code action that has a command for a command."""
    converter: Any = default_converter()  # type: ignore[no-untyped-call]

    def structure(value: dict[str, Any], _type: Any) -> t.Command | t.CodeAction:
        kind = t.Command if isinstance(value.get("command"), str) else t.CodeAction
        found: t.Command | t.CodeAction = converter.structure(value, kind)
        return found

    converter.register_structure_hook(t.Command | t.CodeAction, structure)
    converter.register_structure_hook(Union[t.Command, t.CodeAction], structure)  # noqa: UP007
    return converter


def _capabilities() -> t.ClientCapabilities:
    return t.ClientCapabilities(
        general=t.GeneralClientCapabilities(position_encodings=[t.PositionEncodingKind.Utf16]),
        workspace=t.WorkspaceClientCapabilities(
            apply_edit=True,
            configuration=True,
            workspace_edit=t.WorkspaceEditClientCapabilities(
                document_changes=True,
                change_annotation_support=t.ChangeAnnotationsSupportOptions(groups_on_label=True),
            ),
            code_lens=t.CodeLensWorkspaceClientCapabilities(refresh_support=True),
            inlay_hint=t.InlayHintWorkspaceClientCapabilities(refresh_support=True),
        ),
        window=t.WindowClientCapabilities(work_done_progress=True),
        text_document=t.TextDocumentClientCapabilities(
            code_action=t.CodeActionClientCapabilities(
                data_support=True,
                resolve_support=t.ClientCodeActionResolveOptions(properties=["command", "edit"]),
                code_action_literal_support=t.ClientCodeActionLiteralOptions(
                    code_action_kind=t.ClientCodeActionKindOptions(value_set=[t.CodeActionKind.RefactorRewrite])
                ),
                tag_support=t.CodeActionTagOptions(value_set=[t.CodeActionTag.LlmGenerated]),
            ),
            hover=t.HoverClientCapabilities(content_format=[t.MarkupKind.PlainText]),
            code_lens=t.CodeLensClientCapabilities(),
            inlay_hint=t.InlayHintClientCapabilities(),
        ),
        experimental={"maze": {"preview": True}},
    )
