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

from pydantic import BaseModel, ValidationError, create_model

from maze_lsp.settings.model import Settings, is_restricted, is_secret

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Layer:
    """Raw values from one source. `source` is shown to the user; an untrusted layer cannot set restricted keys."""

    source: str
    values: Mapping[str, Any]
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings, for each key the source it came from, and what was wrong, in sentences."""

    settings: Settings
    sources: Mapping[str, str]
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class _State:
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def resolve(layers: Sequence[Layer]) -> Resolved:
    """The settings of all layers together, lowest first. An `api_key` counts only beside its own `endpoint`."""
    state = _State()
    for layer in layers:
        _apply(layer, state)
    key_source, endpoint_source = state.sources.get("api_key"), state.sources.get("endpoint", DEFAULT)
    if key_source and key_source != endpoint_source:
        del state.values["api_key"], state.sources["api_key"]
        if state.values.get("endpoint"):
            state.problems.append(
                f"`api_key` ({key_source}) is not used: `endpoint` comes from {endpoint_source}, and a key is sent "
                "only to an endpoint of the same source. Set both in one place."
            )
    sources = {key: state.sources.get(key, DEFAULT) for key in Settings.model_fields}
    return Resolved(Settings(**state.values), sources, tuple(state.problems))


def _apply(layer: Layer, state: _State) -> None:
    for raw_key, raw in layer.values.items():
        key = snake_case(raw_key)
        if key not in Settings.model_fields:
            near = difflib.get_close_matches(key, Settings.model_fields, 1)
            meant = f" Did you mean `{near[0]}`?" if near else ""
            state.problems.append(f"`{raw_key}` ({layer.source}) is not a setting.{meant}")
        elif raw is None:
            continue
        elif not layer.trusted and is_restricted(key):
            state.problems.append(f"`{key}` ({layer.source}) is ignored: this workspace is not trusted.")
        else:
            _set(key, raw, layer.source, state)


def _set(key: str, raw: Any, source: str, state: _State) -> None:
    try:
        checked = _SINGLE[key](**{key: raw})
    except ValidationError as error:
        wanted = "; ".join(problem["msg"] for problem in error.errors()[:2])
        shown = "the value" if is_secret(key) else f"`{str(raw)[:80]}`"
        kept = state.sources.get(key, DEFAULT)
        state.problems.append(f"`{key}` ({source}): {shown} cannot be used: {wanted}. The value of {kept} holds.")
        return
    state.values[key] = getattr(checked, key)
    state.sources[key] = source


_SINGLE: dict[str, type[BaseModel]] = {
    name: create_model(f"Setting_{name}", **{name: (info.annotation, info)})  # type: ignore[call-overload]
    for name, info in Settings.model_fields.items()
}
"""One model a key, so that one bad value does not hide the others."""


def snake_case(key: str) -> str:
    """`maze.maxTokens` → `max_tokens`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key.removeprefix("maze.")).lower()
