"""What commands need before they can begin: settings, the ledger, and an event loop that can be cancelled."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from maze_lsp.cli import console
from maze_lsp.errors import CancelledByUser, LedgerError
from maze_lsp.settings import Layer, Resolved, Settings, resolve
from maze_lsp.workspace.preferences import ledger_path, user_layers

if TYPE_CHECKING:
    from maze_lsp.provenance.ledger import Ledger

T = TypeVar("T")


def resolve_settings(options: dict[str, Any] | None = None) -> tuple[Resolved, list[str]]:
    """The settings of this command line (user file, then environment, then options), and all that was wrong."""
    layers, problems = user_layers(os.environ)
    resolved = resolve([*layers, *([Layer("command line", options)] if options else [])])
    return resolved, [*problems, *(f"Setting {problem}" for problem in resolved.problems)]


def load_settings(**options: Any) -> Settings:
    """The same; what is wrong is said on stderr."""
    resolved, problems = resolve_settings(options)
    for problem in problems:
        console.say(problem)
    return resolved.settings


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger | None]:
    """The ledger, or None with a word about it where it cannot be opened: generation works without."""
    from maze_lsp.provenance.ledger import Ledger

    try:
        ledger = Ledger.open(ledger_path(settings))
    except LedgerError as error:
        console.say(f"This generation will not be recorded: {error}")
        yield None
        return
    try:
        yield ledger
    finally:
        ledger.close()


def await_it(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine. Ctrl-C cancels it, waits until it has closed its connections, and raises CancelledByUser."""
    try:
        return asyncio.run(work)
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise CancelledByUser("Cancelled; nothing was written.") from None
