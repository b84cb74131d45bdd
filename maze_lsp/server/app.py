"""The server with all its handlers. Registers only."""

from lsprotocol import types as lsp
from lsprotocol.converters import get_converter

from maze_lsp import __version__
from maze_lsp.server.handlers import annotations, code_actions, commands, documents, lifecycle
from maze_lsp.server.protocol import MazeProtocol
from maze_lsp.server.session import MazeServer


def create_server() -> MazeServer:
    server = MazeServer(
        "maze-lsp", __version__, protocol_cls=MazeProtocol, converter_factory=get_converter, max_workers=6
    )
    for method, handler, options in (
        (lsp.INITIALIZE, lifecycle.initialize, None),
        (lsp.INITIALIZED, lifecycle.initialized, None),
        (lsp.SHUTDOWN, lifecycle.shutdown, None),
        (lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, lifecycle.did_change_configuration, None),
        (lsp.TEXT_DOCUMENT_DID_OPEN, documents.did_open, None),
        (lsp.TEXT_DOCUMENT_DID_CHANGE, documents.did_change, None),
        (lsp.TEXT_DOCUMENT_DID_CLOSE, documents.did_close, None),
        (lsp.TEXT_DOCUMENT_CODE_ACTION, code_actions.code_action, code_actions.OPTIONS),
        (lsp.CODE_ACTION_RESOLVE, code_actions.resolve, None),
        (lsp.TEXT_DOCUMENT_CODE_LENS, annotations.code_lens, annotations.LENS_OPTIONS),
        (lsp.TEXT_DOCUMENT_HOVER, annotations.hover, None),
        (lsp.TEXT_DOCUMENT_INLAY_HINT, annotations.inlay_hint, annotations.HINT_OPTIONS),
    ):
        server.feature(method, options)(handler)
    for name, command in commands.COMMANDS.items():
        server.command(name)(command)
    return server
