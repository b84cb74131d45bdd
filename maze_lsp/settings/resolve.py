"""From layers of raw values to settings. Never raises: a bad value is named and the layer below holds.

The order, later wins: defaults, user file, environment (MODAL_* before ANANKE_* before MAZE_*), initialization
options, the editor's configuration, the command line or the request itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr, ValidationError

from maze_lsp.settings.model import EMBEDDED, Settings, expected, is_restricted, is_secret

DEFAULT = "default"
_FOREIGN = {"trace"}
"""Keys of the editor's own in the same section."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Raw values from one source. `source` is shown to the user; an untrusted layer cannot set restricted keys.

    Keys are taken in snake_case and camelCase, alone, behind `maze.` or in a table `maze`. None and the empty text mean
    "not set". `names`: what a key is called in this source, where that is another name (a variable).
    """

    source: str
    values: Mapping[str, Any]
    trusted: bool = True
    names: Mapping[str, str] = field(default_factory=dict)

    def origin(self, key: str) -> str:
        name = self.names.get(key)
        return f"{self.source} {name}" if name else self.source


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings, for each key the source it came from, and what was wrong, in sentences."""

    settings: Settings
    sources: Mapping[str, str]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refused:
    """A value that was not taken; what holds in its place is known only when all layers were read."""

    key: str
    origin: str
    shown: str


@dataclass(slots=True)
class _State:
    values: dict[str, Any] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)
    keys: list[tuple[Layer, SecretStr]] = field(default_factory=list)
    refused: list[_Refused] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def origin(self, key: str) -> str:
        layer = self.layers.get(key)
        return layer.origin(key) if layer else DEFAULT


def resolve(layers: Sequence[Layer]) -> Resolved:
    """The settings of all layers together, lowest first. An `api_key` counts only beside its own `endpoint`."""
    state = _State()
    for layer in layers:
        _apply(layer, state)
    _pair_key(state)
    _one_or_several(layers, state)
    if state.values.get("endpoint") == EMBEDDED:
        state.values["endpoint"] = ""
    settings = Settings(**state.values)
    for refused in state.refused:
        key = refused.key
        state.problems.append(
            f"`{key}` ({refused.origin}): {refused.shown} cannot be used, {expected(key)} is expected. "
            f"The value of {state.origin(key)} holds."
        )
    sources = {key: state.origin(key) for key in Settings.model_fields}
    return Resolved(settings, sources, tuple(state.problems))


def _apply(layer: Layer, state: _State) -> None:
    for written, raw in _entries(layer, state):
        key = snake_case(written)
        if raw is None or (isinstance(raw, str) and not raw.strip()) or key in _FOREIGN:
            continue
        if key not in Settings.model_fields:
            near = difflib.get_close_matches(key, Settings.model_fields, 1)
            meant = f" Did you mean `{near[0]}`?" if near else ""
            state.problems.append(f"`{written}` ({layer.source}) is not a setting.{meant}")
        elif not layer.trusted and is_restricted(key):
            state.problems.append(f"`{key}` ({layer.origin(key)}) is ignored: this workspace is not trusted.")
        else:
            _set(key, raw, layer, state)


def _entries(layer: Layer, state: _State) -> list[tuple[str, Any]]:
    """The keys and values of a layer, those in a table `maze` included. Other programs wrote it: it may be anything."""
    if not isinstance(layer.values, Mapping):
        state.problems.append(f"The settings of {layer.source} are not a table of keys and values; they are not used.")
        return []
    found: list[tuple[str, Any]] = []
    for key, value in layer.values.items():
        if key == "maze" and isinstance(value, Mapping):
            found.extend((str(inner), given) for inner, given in value.items())
        else:
            found.append((str(key), value))
    return found


def _set(key: str, raw: Any, layer: Layer, state: _State) -> None:
    try:
        # Each value alone, so that one bad one does not hide the others.
        value = getattr(Settings.model_validate({key: raw}), key)
    except ValidationError:
        state.refused.append(_Refused(key, layer.origin(key), _shown(key, raw)))
        return
    if is_secret(key):
        state.keys.append((layer, value))
        return
    if key == "exclude" and not layer.trusted:
        # Whoever is not trusted may hide more from prompts, never less.
        value = (*state.values.get(key, ()), *value)
    state.values[key] = value
    state.layers[key] = layer


def _pair_key(state: _State) -> None:
    """Take the key of the layer that named the endpoint, and no other: a key must not reach a foreign host."""
    owner = state.layers.get("endpoint")
    if not state.keys or state.values.get("endpoint") == EMBEDDED:
        return
    for layer, value in state.keys:
        if layer is owner:
            state.values["api_key"] = value
            state.layers["api_key"] = layer
    last = state.keys[-1][0]
    if last is owner:
        return
    there = f"`endpoint` comes from {state.origin('endpoint')}" if owner else "no `endpoint` is set"
    state.problems.append(
        f"`api_key` ({last.origin('api_key')}) is not used: {there}, and a key is sent only to an endpoint of the "
        "same source. Set both in one place."
    )


def _one_or_several(layers: Sequence[Layer], state: _State) -> None:
    """`endpoint` or `endpoints`, whichever comes later; both where they come from the same place."""
    one, several = state.layers.get("endpoint"), state.layers.get("endpoints")
    if one is None or several is None or one is several:
        return
    order = [id(layer) for layer in layers]
    ousted = ("endpoints",) if order.index(id(one)) > order.index(id(several)) else ("endpoint", "api_key")
    for key in ousted:
        state.values.pop(key, None)
        state.layers.pop(key, None)


def _shown(key: str, raw: Any) -> str:
    text = str(raw)
    if is_secret(key) or key == "endpoints" or (key == "endpoint" and any(mark in text for mark in "@?#")):
        return "the value (not shown, it may hold a secret)"
    return f"`{text[:77]}…`" if len(text) > 78 else f"`{text}`"


def snake_case(key: str) -> str:
    """`maze.maxTokens` → `max_tokens`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key.removeprefix("maze.")).replace("-", "_").lower()
