"""Settings from environment variables: our own, and those of the seed (Maze and Ananke)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from maze_lsp.settings.model import Settings
from maze_lsp.settings.resolve import Layer

_SERVICE = ("endpoint", "api_key", "model")
_FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("MODAL_", _SERVICE),
    ("ANANKE_MODAL_", _SERVICE),
    ("ANANKE_", tuple(Settings.model_fields)),
    ("MAZE_", tuple(Settings.model_fields)),
)
"""Prefixes of variables and the keys that follow them, lowest first."""

_LISTS = {"endpoints", "exclude"}
_LIKENESS = 0.8


def environment_layers(environ: Mapping[str, str]) -> list[Layer]:
    """The layers of an environment, lowest first. Empty variables count as unset.

    Each family is a source of its own, so that `MODAL_API_KEY` is never sent to `MAZE_ENDPOINT`.
    """
    layers = []
    for prefix, keys in _FAMILIES:
        names = {key: prefix + key.upper() for key in keys}
        if prefix == "MAZE_" and not environ.get("MAZE_LOG_LEVEL", "").strip():
            names["log_level"] = "MAZE_LOG"
        found = {key: environ[name].strip() for key, name in names.items() if environ.get(name, "").strip()}
        values = {key: _items(value) if key in _LISTS else value for key, value in found.items()}
        if prefix == "MAZE_":
            values |= _misspelt(environ, {name.removeprefix(prefix) for name in names.values()})
        if values:
            layers.append(Layer("environment", values, names=names))
    return layers


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _misspelt(environ: Mapping[str, str], known: set[str]) -> dict[str, str]:
    """Variables that nearly have the name of a setting. Others may belong to something else, and are none of ours."""
    left = (name for name in environ if name.startswith("MAZE_") and name.removeprefix("MAZE_") not in known)
    return {name: "set" for name in left if difflib.get_close_matches(name.removeprefix("MAZE_"), known, 1, _LIKENESS)}
