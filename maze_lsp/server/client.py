"""What the client can do, read once from its `initialize`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lsprotocol import types as lsp

from maze_lsp.server.convert import encoding_named
from maze_lsp.text import Encoding


@dataclass(frozen=True, slots=True)
class Client:
    """Capabilities of the client that change what we send. `options` are the settings in its `initializationOptions`.

    `trusted`: whether the workspace may choose endpoint, model and the like. `preview`, `review`, `instruction`: it
    shows live text, lets the user accept a text before it is inserted, asks the user for an instruction. `inline`: it
    shows suggestions at the cursor. `action_resolve`: it keeps the data of an action and asks for its command.
    `timeline`: it shows probabilities of tokens.
    `extension`: name and version of the editor's part of Maze.
    """

    encoding: Encoding = "utf-16"
    options: tuple[tuple[str, Any], ...] = ()
    trusted: bool = True
    preview: bool = False
    review: bool = False
    instruction: bool = False
    action_literals: bool = False
    action_resolve: bool = False
    llm_tag: bool = False
    progress: bool = False
    takes_edits: bool = False
    annotations: bool = False
    document_changes: bool = False
    configuration: bool = False
    watch_configuration: bool = False
    refresh_lens: bool = False
    refresh_hints: bool = False
    markdown: bool = False
    inline: bool = False
    timeline: bool = False
    extension: str = ""


_NO_SETTINGS = ("trusted", "instruction", "token", "extension")
"""Keys of `initializationOptions` that are no settings. (`preview` is one, and says that the client shows it.)"""


def read_client(params: lsp.InitializeParams, encoding: object) -> Client:
    """What a client says of itself. Absent or malformed parts count as "cannot"."""
    raw = params.initialization_options
    options: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    wants = _experimental(params.capabilities)
    text, window = params.capabilities.text_document, params.capabilities.window
    space = params.capabilities.workspace
    action, hover = (text.code_action, text.hover) if text else (None, None)
    edit = space.workspace_edit if space else None
    watched = space.did_change_configuration if space else None
    tags = action.tag_support if action else None
    formats = hover.content_format if hover else None
    return Client(
        encoding=encoding_named(encoding),
        options=tuple((key, value) for key, value in options.items() if key not in _NO_SETTINGS),
        trusted=options.get("trusted", True) is True,
        preview=options.get("preview", wants.get("preview")) is True,
        review=wants.get("review") is True,
        instruction=options.get("instruction", wants.get("instruction")) is True,
        action_literals=bool(action and action.code_action_literal_support),
        action_resolve=bool(
            action and action.data_support and action.resolve_support and "command" in action.resolve_support.properties
        ),
        llm_tag=bool(tags and lsp.CodeActionTag.LlmGenerated in tags.value_set),
        progress=bool(window and window.work_done_progress),
        takes_edits=bool(space and space.apply_edit),
        annotations=bool(edit and edit.change_annotation_support),
        document_changes=bool(edit and edit.document_changes),
        configuration=bool(space and space.configuration),
        watch_configuration=bool(watched and watched.dynamic_registration),
        refresh_lens=bool(space and space.code_lens and space.code_lens.refresh_support),
        refresh_hints=bool(space and space.inlay_hint and space.inlay_hint.refresh_support),
        markdown=bool(formats and formats[0] == lsp.MarkupKind.Markdown),
        inline=bool(text and text.inline_completion),
        timeline=wants.get("timeline") is True,
        extension=str(options.get("extension", "")),
    )


def _experimental(capabilities: lsp.ClientCapabilities) -> Mapping[str, Any]:
    experimental = capabilities.experimental
    own = experimental.get("maze") if isinstance(experimental, dict) else None
    return own if isinstance(own, dict) else {}
