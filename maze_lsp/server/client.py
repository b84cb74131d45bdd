"""What the client can do, read once from its `initialize`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lsprotocol import types as lsp

from maze_lsp.server.convert import encoding_named
from maze_lsp.text import Encoding


@dataclass(frozen=True, slots=True)
class Client:
    """Capabilities of the client that change what we send. `options` are its `initializationOptions`."""

    encoding: Encoding = "utf-16"
    options: tuple[tuple[str, Any], ...] = ()
    trusted: bool = True
    preview: bool = False
    instruction: bool = False
    llm_tag: bool = False
    resolve_command: bool = False
    progress: bool = False
    annotations: bool = False
    document_changes: bool = False
    configuration: bool = False
    watch_configuration: bool = False
    refresh_lens: bool = False
    refresh_hints: bool = False
    markdown: bool = False


OWN_OPTIONS = ("trusted", "preview", "instruction", "token")
"""Keys of `initializationOptions` that are no settings."""


def read_client(params: lsp.InitializeParams, encoding: object) -> Client:
    """What a client says of itself. Absent or malformed parts count as "cannot"."""
    raw = params.initialization_options
    options = raw if isinstance(raw, dict) else {}
    wants = _experimental(params.capabilities)
    text, window = params.capabilities.text_document, params.capabilities.window
    space = params.capabilities.workspace
    action, hover = (text.code_action, text.hover) if text else (None, None)
    edit = space.workspace_edit if space else None
    tags = action.tag_support if action else None
    resolve = action.resolve_support if action else None
    formats = hover.content_format if hover else None
    own = options.get("preview")
    return Client(
        encoding=encoding_named(encoding),
        options=tuple((key, value) for key, value in options.items() if key not in OWN_OPTIONS),
        trusted=options.get("trusted", True) is True,
        preview=own if isinstance(own, bool) else bool(wants.get("preview")),
        instruction=bool(options.get("instruction", wants.get("instruction"))),
        llm_tag=bool(tags and lsp.CodeActionTag.LlmGenerated in tags.value_set),
        resolve_command=bool(resolve and action and action.data_support and "command" in resolve.properties),
        progress=bool(window and window.work_done_progress),
        annotations=bool(edit and edit.change_annotation_support),
        document_changes=bool(edit and edit.document_changes),
        configuration=bool(space and space.configuration),
        watch_configuration=bool(
            space and space.did_change_configuration and space.did_change_configuration.dynamic_registration
        ),
        refresh_lens=bool(space and space.code_lens and space.code_lens.refresh_support),
        refresh_hints=bool(space and space.inlay_hint and space.inlay_hint.refresh_support),
        markdown=bool(formats and formats[0] == lsp.MarkupKind.Markdown),
    )


def _experimental(capabilities: lsp.ClientCapabilities) -> dict[str, Any]:
    experimental = capabilities.experimental
    own = experimental.get("maze") if isinstance(experimental, dict) else getattr(experimental, "maze", None)
    if isinstance(own, dict):
        return own
    return {key: getattr(own, key, None) for key in ("preview", "instruction")} if own is not None else {}
