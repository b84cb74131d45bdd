"""An editor without a screen: keeps documents, applies edits, answers the server, and notes all that it was told.

It drives the real server in a process of its own, over stdio, by pytest-lsp's client.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union

from lsprotocol import types as lsp
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

from maze_lsp.text import Encoding, LineIndex, Span
from tests.environment import PATIENCE, clean_environment

SERVER = [sys.executable, "-m", "maze_lsp.server", "--stdio"]


@dataclass
class Text:
    """An open document as the editor has it."""

    uri: str
    version: int
    lines: LineIndex

    @property
    def text(self) -> str:
        return self.lines.text


@dataclass
class Editor:
    client: LanguageClient
    folder: Path
    encoding: Encoding = "utf-16"
    result: lsp.InitializeResult | None = None
    texts: dict[str, Text] = field(default_factory=dict)
    edits: list[lsp.WorkspaceEdit] = field(default_factory=list)
    previews: list[Any] = field(default_factory=list)
    proposals: list[Any] = field(default_factory=list)
    statuses: list[tuple[str, str]] = field(default_factory=list)
    refreshes: list[str] = field(default_factory=list)
    opened: int = 0
    takes_edits: bool = True
    answers_edits: bool = True
    before_edit: Callable[[], None] | None = None
    """Called when an edit has come and before it is applied: what the user does at that moment."""
    happened: asyncio.Event = field(default_factory=asyncio.Event)

    # ------------------------------------------------------------ documents

    def open(self, source: str, name: str = "", language: str = "python") -> tuple[Text, Span]:
        """Open a text, by default as a file of its own; `‸` in it is the cursor, `«…»` the selection."""
        source, span = unmarked(source)
        self.opened += 1
        name = name or f"sample{self.opened}.py"
        uri = name if ":" in name else (self.folder / name).as_uri()
        text = Text(uri, 1, LineIndex(source))
        self.texts[uri] = text
        item = lsp.TextDocumentItem(uri, language, 1, source)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return text, span

    def edit(self, text: Text, span: Span, new: str) -> None:
        """The user replaces a span; the server is told incrementally, in the negotiated encoding."""
        change = lsp.TextDocumentContentChangePartial(range=self.range(text, span), text=new)
        text.lines = LineIndex(text.text[: span.start] + new + text.text[span.end :])
        text.version += 1
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(lsp.VersionedTextDocumentIdentifier(text.version, text.uri), [change])
        )

    def replace(self, text: Text, old: str, new: str) -> None:
        at = text.text.index(old)
        self.edit(text, Span(at, at + len(old)), new)

    def close(self, text: Text) -> None:
        del self.texts[text.uri]
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(text.uri)))

    def range(self, text: Text, span: Span) -> lsp.Range:
        return lsp.Range(*(lsp.Position(*text.lines.position(at, self.encoding)) for at in (span.start, span.end)))

    def span(self, text: Text, where: lsp.Range) -> Span:
        start, end = (text.lines.offset(p.line, p.character, self.encoding) for p in (where.start, where.end))
        return Span(start, end)

    async def clear(self) -> None:
        """Forget what happened, so that the next test can go on with this editor."""
        await self.command("maze.cancel")
        for text in list(self.texts.values()):
            self.close(text)
        await self.command("maze.holes", {"uri": ""})
        self.takes_edits, self.answers_edits, self.before_edit = True, True, None
        notes: list[list[Any]] = [self.edits, self.previews, self.proposals, self.statuses, self.refreshes]
        for note in (*notes, self.client.messages, self.client.log_messages):
            note.clear()
        self.progress.clear()

    # ------------------------------------------------------------ requests

    async def actions(self, text: Text, span: Span, only: Sequence[str] | None = None) -> list[lsp.CodeAction]:
        answer = await patiently(
            self.client.text_document_code_action_async(
                lsp.CodeActionParams(
                    lsp.TextDocumentIdentifier(text.uri),
                    self.range(text, span),
                    lsp.CodeActionContext(diagnostics=[], only=list(only) if only is not None else None),
                )
            )
        )
        return [action for action in answer or [] if isinstance(action, lsp.CodeAction)]

    async def run(self, action: lsp.CodeAction, **more: Any) -> Any:
        """Run an action, asking for its command first where it has none; `more` is added to its argument."""
        if action.command is None:
            action = await patiently(self.client.code_action_resolve_async(action))
        assert action.command
        (argument,) = plain(action.command.arguments)
        return await self.command(action.command.command, {**argument, **more})

    async def command(self, name: str, *arguments: Any, token: str | None = None) -> Any:
        params = lsp.ExecuteCommandParams(name, list(arguments), work_done_token=token)
        return plain(await patiently(self.client.workspace_execute_command_async(params)))

    def starting(self, name: str, *arguments: Any, token: str | None = None) -> asyncio.Task[Any]:
        """A command that is not waited for yet."""
        return asyncio.ensure_future(self.command(name, *arguments, token=token))

    def place(self, text: Text, span: Span, **more: Any) -> dict[str, Any]:
        """The argument of `maze.generate` for a span."""
        where = self.range(text, span)
        return {"uri": text.uri, "version": text.version, "range": json_range(where), **more}

    async def generate(self, text: Text, span: Span, *, token: str | None = None, **more: Any) -> Any:
        return await self.command("maze.generate", self.place(text, span, **more), token=token)

    async def hover(self, text: Text, at: int) -> lsp.Hover | None:
        position = self.range(text, Span(at, at)).start
        return await patiently(
            self.client.text_document_hover_async(lsp.HoverParams(lsp.TextDocumentIdentifier(text.uri), position))
        )

    async def inline(self, text: Text, at: int, *, invoked: bool = True) -> list[lsp.InlineCompletionItem]:
        kinds = lsp.InlineCompletionTriggerKind
        params = lsp.InlineCompletionParams(
            lsp.InlineCompletionContext(kinds.Invoked if invoked else kinds.Automatic),
            lsp.TextDocumentIdentifier(text.uri),
            self.range(text, Span(at, at)).start,
        )
        answer = await patiently(self.client.text_document_inline_completion_async(params))
        return list(answer.items if isinstance(answer, lsp.InlineCompletionList) else answer or [])

    async def lenses(self, text: Text) -> list[lsp.CodeLens]:
        answer = await patiently(
            self.client.text_document_code_lens_async(lsp.CodeLensParams(lsp.TextDocumentIdentifier(text.uri)))
        )
        return list(answer or [])

    async def hints(self, text: Text) -> list[lsp.InlayHint]:
        whole = self.range(text, Span(0, len(text.text)))
        answer = await patiently(
            self.client.text_document_inlay_hint_async(lsp.InlayHintParams(lsp.TextDocumentIdentifier(text.uri), whole))
        )
        return list(answer or [])

    # ------------------------------------------------------------ what the server said

    @property
    def messages(self) -> list[str]:
        return [message.message for message in self.client.messages]

    @property
    def progress(self) -> dict[Any, list[Any]]:
        return self.client.progress_reports

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something that the server says has made the condition true."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.happened.clear()
                await asyncio.wait({asyncio.ensure_future(self.happened.wait())}, timeout=0.05)

    # ------------------------------------------------------------ answers

    def register(self) -> None:
        def apply(params: lsp.ApplyWorkspaceEditParams) -> Any:
            if self.before_edit:
                self.before_edit()
            if not self.answers_edits:
                return asyncio.sleep(PATIENCE)
            problem = "" if self.takes_edits else "read only"
            problem = problem or self._apply(params.edit)
            self.happened.set()
            return lsp.ApplyWorkspaceEditResult(applied=not problem, failure_reason=problem or None)

        async def apply_edit(params: lsp.ApplyWorkspaceEditParams) -> Any:
            answer = apply(params)
            return await answer if asyncio.iscoroutine(answer) else answer

        def noting(notes: list[Any], read: Callable[[Any], Any]) -> Callable[[Any], None]:
            def note(params: Any) -> None:
                notes.append(read(params))
                self.happened.set()

            return note

        refresh = self.refreshes
        features = dict(DEFAULT_CLIENT_FEATURES)
        features |= {
            lsp.WORKSPACE_APPLY_EDIT: apply_edit,
            "maze/preview": noting(self.previews, plain),
            "maze/proposal": noting(self.proposals, plain),
            "maze/status": noting(self.statuses, lambda params: (params.state, params.message)),
            lsp.WORKSPACE_CODE_LENS_REFRESH: noting(refresh, lambda _params: "lens"),
            lsp.WORKSPACE_INLAY_HINT_REFRESH: noting(refresh, lambda _params: "hint"),
            lsp.CLIENT_REGISTER_CAPABILITY: lambda _params: None,
        }
        register_lsp_features(self.client, features)

    def _apply(self, edit: lsp.WorkspaceEdit) -> str:
        """Apply an edit and tell the server of the change; the reason where it cannot be applied."""
        changes: list[tuple[Text, list[Any]]] = []
        for change in edit.document_changes or []:
            assert isinstance(change, lsp.TextDocumentEdit)
            text = self.texts.get(change.text_document.uri)
            if text is None or change.text_document.version not in (None, text.version):
                return "the document has another version"
            changes.append((text, list(change.edits)))
        for uri, edits in (edit.changes or {}).items():
            changes.append((self.texts[uri], list(edits)))
        if not changes:
            return "an edit without changes"
        for text, edits in changes:
            for one in sorted(edits, key=lambda one: self.span(text, one.range), reverse=True):
                self.edit(text, self.span(text, one.range), one.new_text)
        self.edits.append(edit)
        return ""


@asynccontextmanager
async def editor(
    folder: Path,
    *,
    options: dict[str, Any] | None = None,
    configuration: dict[str, Any] | None = None,
    capabilities: lsp.ClientCapabilities | None = None,
    environment: dict[str, str] | None = None,
    command: Sequence[str] = SERVER,
) -> AsyncIterator[Editor]:
    """An editor with its server, initialized; both are shut down properly at the end."""
    client = LanguageClient(converter_factory=_converter, configuration={"": {"maze": configuration or {}}})
    one = Editor(client, folder)
    one.register()
    await client.start_io(*command, env=clean_environment(folder, environment))
    try:
        params = lsp.InitializeParams(
            capabilities=capabilities or full_capabilities(),
            root_uri=folder.as_uri(),
            workspace_folders=[lsp.WorkspaceFolder(folder.as_uri(), folder.name)],
            initialization_options=options or {},
        )
        one.result = await patiently(client.initialize_session(params))
        negotiated = one.result.capabilities.position_encoding or "utf-16"
        one.encoding = str(getattr(negotiated, "value", negotiated))  # type: ignore[assignment]
        yield one
        await patiently(client.shutdown_session())
    finally:
        if client._server and client._server.returncode is None:
            client._server.kill()
        await client.stop()


def _converter() -> Any:
    """pygls' own takes a code action with a command for a command."""
    converter = default_converter()

    def action(raw: Any, _: Any) -> lsp.CodeAction | lsp.Command:
        return converter.structure(raw, lsp.Command if isinstance(raw.get("command"), str) else lsp.CodeAction)

    converter.register_structure_hook(Union[lsp.Command, lsp.CodeAction], action)  # noqa: UP007
    return converter


def full_capabilities(*encodings: str) -> lsp.ClientCapabilities:
    """A client that can do all that the server may use."""
    return lsp.ClientCapabilities(
        general=lsp.GeneralClientCapabilities(position_encodings=list(encodings or ["utf-16"])),
        workspace=lsp.WorkspaceClientCapabilities(
            apply_edit=True,
            configuration=True,
            execute_command=lsp.ExecuteCommandClientCapabilities(),
            did_change_configuration=lsp.DidChangeConfigurationClientCapabilities(dynamic_registration=True),
            workspace_edit=lsp.WorkspaceEditClientCapabilities(
                document_changes=True,
                change_annotation_support=lsp.ChangeAnnotationsSupportOptions(groups_on_label=True),
            ),
            code_lens=lsp.CodeLensWorkspaceClientCapabilities(refresh_support=True),
            inlay_hint=lsp.InlayHintWorkspaceClientCapabilities(refresh_support=True),
        ),
        window=lsp.WindowClientCapabilities(work_done_progress=True),
        text_document=lsp.TextDocumentClientCapabilities(
            code_action=lsp.CodeActionClientCapabilities(
                data_support=True,
                resolve_support=lsp.ClientCodeActionResolveOptions(properties=["command", "edit"]),
                code_action_literal_support=lsp.ClientCodeActionLiteralOptions(
                    code_action_kind=lsp.ClientCodeActionKindOptions(value_set=[lsp.CodeActionKind.RefactorRewrite])
                ),
                tag_support=lsp.CodeActionTagOptions(value_set=[lsp.CodeActionTag.LlmGenerated]),
            ),
            hover=lsp.HoverClientCapabilities(content_format=[lsp.MarkupKind.Markdown, lsp.MarkupKind.PlainText]),
            code_lens=lsp.CodeLensClientCapabilities(),
            inlay_hint=lsp.InlayHintClientCapabilities(),
            inline_completion=lsp.InlineCompletionClientCapabilities(),
        ),
        experimental={"maze": {"preview": True, "review": True}},
    )


def unmarked(source: str) -> tuple[str, Span]:
    """A text without its marks, and the span that they mark (an empty one at the end where there are none)."""
    if "‸" in source:
        at = source.index("‸")
        return source.replace("‸", ""), Span(at, at)
    if "«" in source:
        start, end = source.index("«"), source.index("»") - 1
        return source.replace("«", "").replace("»", ""), Span(start, end)
    return source, Span(len(source), len(source))


def json_range(where: lsp.Range) -> dict[str, Any]:
    return {end: {"line": p.line, "character": p.character} for end, p in (("start", where.start), ("end", where.end))}


async def patiently(request: Any) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await request


def plain(value: Any) -> Any:
    """The objects that the client makes of JSON, as dictionaries again."""
    if hasattr(value, "_asdict"):
        return {key: plain(inner) for key, inner in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
