"""The settings in words: for `maze config`, and for `docs/settings.md` (`python -m maze_lsp.settings`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from maze_lsp.settings.model import Settings, expected, is_restricted, is_secret
from maze_lsp.settings.resolve import Resolved

KEPT = {"": "(not set)", "keyring": "(in the keyring)"}
"""Values of a secret that are none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as it is shown; secrets are masked."""

    key: str
    value: str
    source: str
    default: str
    description: str


def describe(resolved: Resolved) -> list[Row]:
    return [
        Row(
            key,
            shown(key, getattr(resolved.settings, key)),
            resolved.sources[key],
            shown(key, info.default),
            info.description or "",
        )
        for key, info in Settings.model_fields.items()
    ]


def shown(key: str, value: Any) -> str:
    """A value for people: secrets masked, empty values said to be so."""
    if is_secret(key):
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        return KEPT.get(text, "(set)")
    if value is None or value in ("", ()):
        return "(none)"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def json_schema() -> dict[str, Any]:
    """A JSON schema of the user file, for editors that complete and check it."""
    schema = Settings.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "maze-lsp settings"
    return schema


def markdown() -> str:
    """`docs/settings.md`."""
    rows = [
        f"| `{key}` | `MAZE_{key.upper()}` | {expected(key)} | {_default(key, info.default)} "
        f"| {info.description}{' †' if is_restricted(key) else ''} |"
        for key, info in Settings.model_fields.items()
    ]
    return "\n".join([_HEAD, *rows, _TAIL])


def _default(key: str, value: Any) -> str:
    text = shown(key, value)
    return text if text.startswith("(") else f"`{text}`"


_HEAD = """# Settings

This page is generated (`python -m maze_lsp.settings > docs/settings.md`).

A setting may stand in several places; later ones win:

1. the defaults below,
2. the user file `config.toml` in the user's configuration folder (`maze config` prints its path),
3. the environment: `MODAL_ENDPOINT`, `MODAL_API_KEY`, `MODAL_MODEL`; then `ANANKE_MODAL_ENDPOINT`,
   `ANANKE_MODAL_API_KEY`, `ANANKE_MODAL_MODEL`; then `ANANKE_…` and after it `MAZE_…` for every key as in the table
   (and `MAZE_LOG=maze=debug` for the log level; lists are separated by commas),
4. the editor's `initializationOptions`,
5. the editor's configuration, section `maze` (names in camelCase are fine: `maze.maxTokens`),
6. options of the command line, or arguments of one request.

An empty text and `null` mean "not set". A bad value is named, and the place below it holds.

An `api_key` is used only where `endpoint` comes from the same place: the same file, the same editor, the same family of
variables (`MODAL_API_KEY` is never sent to `MAZE_ENDPOINT`). With `api_key = "keyring"` it is read from the system's
keyring, where `maze config set-key` keeps it under the endpoint's address.

A workspace that is not trusted cannot set the keys marked †, and can only add to `exclude`.

| key | variable | type | default | meaning |
|---|---|---|---|---|"""
_TAIL = ""
