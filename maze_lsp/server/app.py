"""The server with all its handlers. Registers only."""

from lsprotocol import types as lsp
from lsprotocol.converters import get_converter

from maze_lsp import __version__
from maze_lsp.server.handlers import (
    code_action,
    code_lens,
    commands,
    configuration,
    documents,
    hover,
    inlay_hint,
    inline_completion,
    lifecycle,
)
from maze_lsp.server.protocol import MazeProtocol
from maze_lsp.server.session import MazeServer


def create_server() -> MazeServer:
    """A server for one connection. Has to be called where an event loop runs or will."""
    server = MazeServer("maze-lsp", __version__, protocol_cls=MazeProtocol, converter_factory=get_converter)
    for method, handler, options in (
        (lsp.INITIALIZE, lifecycle.initialize, None),
        (lsp.INITIALIZED, lifecycle.initialized, None),
        (lsp.SHUTDOWN, lifecycle.shutdown, None),
        (lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, configuration.did_change, None),
        (lsp.TEXT_DOCUMENT_DID_OPEN, documents.did_open, None),
        (lsp.TEXT_DOCUMENT_DID_CHANGE, documents.did_change, None),
        (lsp.TEXT_DOCUMENT_DID_CLOSE, documents.did_close, None),
        (lsp.TEXT_DOCUMENT_CODE_ACTION, code_action.code_action, code_action.OPTIONS),
        (lsp.CODE_ACTION_RESOLVE, code_action.resolve, None),
        (lsp.TEXT_DOCUMENT_CODE_LENS, code_lens.code_lens, None),
        (lsp.TEXT_DOCUMENT_HOVER, hover.hover, None),
        (lsp.TEXT_DOCUMENT_INLAY_HINT, inlay_hint.inlay_hint, None),
        (lsp.TEXT_DOCUMENT_INLINE_COMPLETION, inline_completion.inline_completion, inline_completion.OPTIONS),
        (lsp.TEXT_DOCUMENT_COMPLETION, inline_completion.completion, inline_completion.COMPLETION_OPTIONS),
    ):
        server.feature(method, options)(handler)
    for name, command in commands.COMMANDS.items():
        server.command(name)(command)
    return server
