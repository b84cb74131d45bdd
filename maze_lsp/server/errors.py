"""The one place where exceptions become answers of the server."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from maze_lsp.errors import BusyError, MazeError, StaleError, UsageError, VerificationError

logger = logging.getLogger(__name__)


def answer(error: BaseException) -> dict[str, Any]:
    """What a command answers when it ends in an error: a status and a sentence, never a traceback."""
    if isinstance(error, asyncio.CancelledError):
        return {"status": "cancelled", "message": "The generation was cancelled; nothing was inserted."}
    if isinstance(error, MazeError):
        return {"status": status_of(error), "message": str(error)}
    logger.error("unexpected error", exc_info=error)
    return {
        "status": "failed",
        "message": f"Something went wrong inside maze-lsp ({type(error).__name__}). Its log has the details.",
    }


def status_of(error: MazeError) -> str:
    if isinstance(error, BusyError):
        return "busy"
    if isinstance(error, StaleError | VerificationError | UsageError):
        return "refused"
    return "failed"
