"""Write what `editors/vscode/package.json` has from the program: version, languages and settings.

    python tools/vscode_manifest.py [--check]

Settings are those of `maze_lsp/settings/model.py`, with their sentences, and the few of the extension itself. Their
defaults are only shown: the extension sends what somebody has set, so that config.toml and the environment hold.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from maze_lsp import __version__
from maze_lsp.languages import all_languages
from maze_lsp.settings import Settings
from maze_lsp.settings.model import is_restricted, is_secret

MANIFEST = Path(__file__).resolve().parent.parent / "editors" / "vscode" / "package.json"

_PATH = (
    "Path of the program `maze-lsp`. Empty: the first of the active Python environment, `PATH`, and `~/.local/bin`, "
    "where pipx and uv put programs. In a workspace that is not trusted only the value of your user settings counts."
)
_OWN: dict[str, dict[str, Any]] = {
    "maze.server.path": {"type": "string", "default": "", "scope": "machine-overridable", "markdownDescription": _PATH},
    "maze.server.uvx": {
        "type": "boolean",
        "default": False,
        "scope": "machine",
        "markdownDescription": "Where no server is found, run it by `uvx`, which fetches it from a package index.",
    },
    "maze.marks": {
        "type": "string",
        "enum": ["line", "background", "both", "off"],
        "default": "line",
        "markdownDescription": "How generated code is marked in the editor: a line beside it, a background, or both.",
    },
}
_OWN_RESTRICTED = ("maze.server.path", "maze.server.uvx")


def written(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with its parts from the program."""
    languages = sorted({name for spec in all_languages() for name in spec.language_ids})
    properties = _OWN | {_name(key): _property(key) for key in Settings.model_fields if not is_secret(key)}
    restricted = [_name(key) for key in Settings.model_fields if is_restricted(key) and not is_secret(key)]
    manifest["version"] = __version__
    manifest["activationEvents"] = [f"onLanguage:{name}" for name in languages]
    manifest["contributes"]["configuration"]["properties"] = properties
    manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = [*_OWN_RESTRICTED, *restricted]
    manifest["fileExtensions"] = sorted({suffix for spec in all_languages() for suffix in spec.extensions})
    return manifest


def _name(key: str) -> str:
    first, *rest = key.split("_")
    return "maze." + first + "".join(part.capitalize() for part in rest)


def _property(key: str) -> dict[str, Any]:
    """One setting as the editor has it."""
    info = Settings.model_fields[key]
    whole = Settings.model_json_schema()
    schema = whole["properties"][key]
    options = schema.get("anyOf", [schema])
    taken = {"type", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "items"}
    kept = {name: value for name, value in options[0].items() if name in taken}
    if len(options) > 1:
        kept["type"] = [option["type"] for option in options]
    if "$ref" in kept.get("items", {}):
        kept["items"] = _table(whole["$defs"][kept["items"]["$ref"].rpartition("/")[2]])
    default = list(info.default) if isinstance(info.default, tuple) else info.default
    return {**kept, "default": default, "scope": "window", "markdownDescription": info.description}


def _table(schema: dict[str, Any]) -> dict[str, Any]:
    """The entries of a setting that is a list of tables."""
    kept = ("type", "enum", "minimum", "maximum", "description", "items")
    properties = {
        name: {key: value for key, value in given.items() if key in kept and "$ref" not in str(value)}
        for name, given in schema["properties"].items()
        if not given.get("writeOnly")  # a key: it is kept in the editor's secret storage
    }
    return {"type": "object", "properties": properties, "required": schema.get("required", [])}


def main() -> int:
    before = MANIFEST.read_text(encoding="utf-8")
    after = json.dumps(written(json.loads(before)), indent=2, ensure_ascii=False) + "\n"
    if "--check" in sys.argv:
        return int(before != after)
    MANIFEST.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
