"""The one place where exceptions become answers of the server: sentences, never tracebacks or local paths."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from lsprotocol import types as lsp

from maze_lsp.errors import BusyError, CancelledByUser, MazeError, StaleError, UsageError, VerificationError

logger = logging.getLogger(__name__)

_CODES: tuple[tuple[type[MazeError], int], ...] = (
    (UsageError, lsp.ErrorCodes.InvalidParams),
    (StaleError, lsp.LSPErrorCodes.ContentModified),
    (CancelledByUser, lsp.LSPErrorCodes.RequestCancelled),
    (MazeError, lsp.LSPErrorCodes.RequestFailed),
)
"""The first that fits."""


def answer(error: BaseException) -> dict[str, Any]:
    """What a command answers when it ends in an error: a status and a sentence."""
    if isinstance(error, asyncio.CancelledError | CancelledByUser):
        return {"status": "cancelled", "message": "The generation was cancelled; nothing was inserted."}
    if isinstance(error, MazeError):
        return {"status": status_of(error), "message": str(error)}
    logger.error("unexpected error", exc_info=error)
    return {"status": "failed", "message": _unexpected(type(error).__name__)}


def status_of(error: MazeError) -> str:
    """`busy`, `refused` (the request or the document does not allow it) or `failed` (it was tried)."""
    if isinstance(error, BusyError):
        return "busy"
    if isinstance(error, StaleError | VerificationError | UsageError):
        return "refused"
    return "failed"


def response_error(error: MazeError) -> lsp.ResponseError:
    """The answer to a request, other than a command, that ends in an error."""
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    return lsp.ResponseError(code, str(error))


def without_internals(error: lsp.ResponseError) -> lsp.ResponseError:
    """An error as it may leave: no data, and of unexpected ones only the name of the exception."""
    if error.code != lsp.ErrorCodes.InternalError:
        return lsp.ResponseError(error.code, error.message)
    name = re.match(r"[\w.]+", error.message)
    return lsp.ResponseError(error.code, _unexpected(name[0].rpartition(".")[2] if name else "error"))


def _unexpected(name: str) -> str:
    return f"Something went wrong inside maze-lsp ({name}). Its log has the details."
