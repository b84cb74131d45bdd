"""Settings from environment variables: our own, and those of the seed (Maze and Ananke)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_lsp.settings.model import Settings
from maze_lsp.settings.resolve import Layer

_MODAL = {"MODAL_ENDPOINT": "endpoint", "MODAL_API_KEY": "api_key", "MODAL_MODEL": "model"}
_ANANKE = {
    "ANANKE_MODAL_ENDPOINT": "endpoint",
    "ANANKE_MODAL_API_KEY": "api_key",
    "ANANKE_MODEL": "model",
}
_LISTS = {"exclude"}


def environment_layers(environ: Mapping[str, str]) -> list[Layer]:
    """The layers of an environment, lowest first. Empty variables count as unset.

    Each family is a source of its own, so that `MODAL_API_KEY` is never sent to `MAZE_ENDPOINT`.
    """
    own: dict[str, Any] = {}
    for key in Settings.model_fields:
        if value := environ.get(f"MAZE_{key.upper()}"):
            own[key] = value.split(",") if key in _LISTS else value
    if "log_level" not in own and (log := environ.get("MAZE_LOG")):
        own["log_level"] = log.rpartition("=")[2].strip()
    families = (
        ("environment, MODAL_*", _named(environ, _MODAL)),
        ("environment, ANANKE_*", _named(environ, _ANANKE)),
        ("environment, MAZE_*", own),
    )
    return [Layer(source, values) for source, values in families if values]


def _named(environ: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {key: environ[name] for name, key in names.items() if environ.get(name)}
