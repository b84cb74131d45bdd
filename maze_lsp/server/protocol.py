"""pygls' protocol, with what bites left out: its copy of the documents, its tracebacks, its blind spots.

- Documents are kept in `documents.py`: pygls splits lines at form feeds and others, so that its copy would be wrong.
- Malformed messages are answered; nothing is done for a client before its `initialize` (and its token) was accepted.
- A command is a coroutine of its own, so that `$/cancelRequest` reaches it.
- Errors leave without tracebacks and local paths.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from maze_lsp.errors import MazeError
from maze_lsp.server import errors

if TYPE_CHECKING:
    from concurrent.futures import Future

    from maze_lsp.server.session import MazeServer

logger = logging.getLogger(__name__)


class MazeProtocol(LanguageServerProtocol):
    _server: MazeServer

    initialized = False
    """Whether a client was accepted."""

    def receive(self, body: bytes) -> None:
        """Take one message as it came. Never raises: what cannot be understood is answered or logged."""
        try:
            raw = json.loads(body)
        except ValueError:
            self._send_response(None, error=lsp.ResponseError(lsp.ErrorCodes.ParseError, "That is no JSON."))
            return
        if not isinstance(raw, dict) or raw.get("jsonrpc") != self.VERSION:
            logger.warning("something that is no JSON-RPC message was ignored")
            return
        self._take(raw)

    def _take(self, raw: dict[str, Any]) -> None:
        id, method = raw.get("id"), raw.get("method")
        if method is not None and self._refuse(id, str(method)):
            return
        if method is not None and method not in lsp.METHOD_TO_TYPES:
            raw.setdefault("params", None)
        try:
            message = self.structure_message(raw)
        except JsonRpcException as error:
            if method is None:
                self._fail_request(id, error)
            elif id is not None:
                words = f"The parameters of {method} are not what the protocol has there."
                self._send_response(id, error=lsp.ResponseError(lsp.ErrorCodes.InvalidParams, words))
            return
        self.handle_message(message)

    def _refuse(self, id: Any, method: str) -> bool:
        """Whether a message comes at a wrong time or has nobody to handle it; a request is told so."""
        if self._shutdown and method != lsp.EXIT:
            code, words = lsp.ErrorCodes.InvalidRequest, "The server is shutting down."
        elif not self.initialized and method not in (lsp.INITIALIZE, lsp.EXIT):
            code, words = lsp.ErrorCodes.ServerNotInitialized, "The server waits for `initialize`."
        elif self.initialized and method == lsp.INITIALIZE:
            code, words = lsp.ErrorCodes.InvalidRequest, "The server is initialized already."
        elif not self._known(method):
            code, words = lsp.ErrorCodes.MethodNotFound, f"{method} is not a method of this server."
        else:
            return False
        if id is not None:
            self._send_response(id, error=lsp.ResponseError(code, words))
        return True

    def _known(self, method: str) -> bool:
        return method == lsp.CANCEL_REQUEST or method in self.fm.builtin_features or method in self.fm.features

    def _fail_request(self, id: Any, error: JsonRpcException) -> None:
        """The client's answer to a request of ours is malformed: nobody shall wait for it."""
        future = self._request_futures.pop(id, None)
        if future is not None and not future.done():
            future.set_exception(error)

    # -- answers

    def _send_handler_result(self, future: Future[Any], *, msg_id: str | int) -> None:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, MazeError):
            self._request_futures.pop(msg_id, None)
            self._send_response(msg_id, error=errors.response_error(error))
            return
        super()._send_handler_result(future, msg_id=msg_id)

    def _send_response(self, msg_id: Any, result: Any = None, error: lsp.ResponseError | None = None) -> None:
        super()._send_response(msg_id, result, errors.without_internals(error) if error else None)

    def _check_handler_result(self, future: Future[Any]) -> None:
        """A notification was handled. pygls would keep its future for ever."""
        super()._check_handler_result(future)
        for id in [id for id, kept in self._request_futures.items() if kept is future]:
            del self._request_futures[id]

    def _handle_cancel_notification(self, msg_id: str | int) -> None:
        """A cancel that comes too late is nothing to complain of."""
        if msg_id in self._request_futures:
            super()._handle_cancel_notification(msg_id)

    # -- methods that pygls handles itself

    @lsp_method(lsp.INITIALIZE)
    def lsp_initialize(self, params: lsp.InitializeParams) -> Generator[Any, Any, lsp.InitializeResult]:
        result = yield from super().lsp_initialize(params)
        self.initialized = True
        if self._server.client.inline:  # items of the list are for the others
            result.capabilities.completion_provider = None
        return result

    @lsp_method(lsp.EXIT)
    def lsp_exit(self, *_: Any) -> None:  # type: ignore[override]
        self._server.leave(0 if self._shutdown else 1)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> None:
        self.fm.features[lsp.TEXT_DOCUMENT_DID_OPEN](params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> None:
        self.fm.features[lsp.TEXT_DOCUMENT_DID_CHANGE](params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> None:
        self.fm.features[lsp.TEXT_DOCUMENT_DID_CLOSE](params)

    @lsp_method(lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(self, params: lsp.WorkDoneProgressCancelParams) -> None:
        future = self.progress.tokens.get(params.token)
        if future is not None:
            future.cancel()

    @lsp_method(lsp.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]
        self, params: lsp.ExecuteCommandParams
    ) -> Any:
        """Hand a command its first argument, an object, and the client's progress token."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            known = ", ".join(self.fm.commands)
            return {"status": "refused", "message": f"There is no command `{params.command}`; there is: {known}."}
        first = params.arguments[0] if params.arguments else {}
        if first is not None and not isinstance(first, dict):
            return {"status": "refused", "message": f"The argument of {params.command} has to be one object."}
        return await handler(first or {}, params.work_done_token)
