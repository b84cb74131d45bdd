"""Inference: the only network I/O. `connect` gives a `Service`, whatever is behind it.

Light to import: HTTP libraries are loaded when a connection is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maze_lsp.inference.options import InferenceSettings
    from maze_lsp.inference.types import Service

__all__ = ["connect"]


def connect(settings: InferenceSettings, progress: Callable[[str], None] = lambda _message: None) -> Service:
    """The service that the settings name, several of them as one, or the embedded one where they name none.

    Nothing is sent or started before the first use. The first call imports the HTTP libraries (about 100 ms):
    where an event loop runs, call it in a thread. `progress` is called from the event loop with
    sentences for the user while something is awaited. Raises SettingsError where the endpoint is not an
    address or the dialect unknown.
    """
    if settings.endpoints:
        from maze_lsp.inference.several import fleet

        return fleet(settings, progress)
    if settings.endpoint.strip():
        from maze_lsp.inference.remote import RemoteService

        return RemoteService(settings, progress)
    from maze_lsp.inference.embedded.service import EmbeddedService

    return EmbeddedService(settings, progress)
