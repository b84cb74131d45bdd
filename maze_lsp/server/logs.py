"""Logging to stderr. Document text appears at `trace` only; nothing is ever written to stdout."""

from __future__ import annotations

import logging
import re
import sys

_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO}
_LONGEST_ARGUMENT = 60
_KEY = re.compile(r"""(api_?key\\*["']\s*[:=]\s*\\*["'])[^"'\\]+""", re.IGNORECASE)
"""A key as settings have it, in JSON or in Python's words."""


def set_up() -> None:
    """Send the log to stderr. Call once, before anything is logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_without_texts)
    handler.addFilter(_without_keys)
    logging.getLogger().addHandler(handler)


def set_level(level: str) -> None:
    """`trace` logs the traffic with the client too; below it pygls, which logs each message at INFO, is kept quiet."""
    logging.getLogger("maze_lsp").setLevel(_LEVELS.get(level, logging.DEBUG))
    logging.getLogger("pygls").setLevel(logging.DEBUG if level == "trace" else logging.WARNING)


def _without_texts(record: logging.LogRecord) -> bool:
    """Take messages of the client out of what pygls complains about, unless all is to be logged."""
    if not record.name.startswith("pygls") or logging.getLogger("pygls").level <= logging.DEBUG:
        return True
    if isinstance(record.args, tuple):
        record.args = tuple(_short(argument) for argument in record.args)
    record.msg = str(record.msg).replace("\n", " ")
    if record.exc_info and record.exc_info[0]:
        record.msg += f" ({record.exc_info[0].__name__})"
        record.exc_info = None
    return True


def _without_keys(record: logging.LogRecord) -> bool:
    """Editors send keys among their settings; the traffic is logged without them."""
    try:
        told = record.getMessage()
    except (TypeError, ValueError):
        return True
    if "key" in told.lower():
        record.msg, record.args = _KEY.sub(r"\1***", told), ()
    return True


def _short(argument: object) -> object:
    plain = isinstance(argument, int | str) and len(str(argument)) <= _LONGEST_ARGUMENT
    return argument if plain else "…"
