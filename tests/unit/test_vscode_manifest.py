"""The extension's package.json says what the program has: version, languages, settings."""

from __future__ import annotations

import json

from maze_lsp import __version__, languages
from maze_lsp.settings import Settings
from maze_lsp.settings.model import is_secret
from tools.vscode_manifest import MANIFEST, written

MANIFESTED = json.loads(MANIFEST.read_text(encoding="utf-8"))


def test_it_is_what_the_program_would_write() -> None:
    written_now = written(json.loads(MANIFEST.read_text(encoding="utf-8")))
    assert written_now == MANIFESTED, "run `python tools/vscode_manifest.py`"


def test_version_and_languages() -> None:
    assert MANIFESTED["version"] == __version__
    names = {name for spec in languages.all_languages() for name in spec.language_ids}
    assert {f"onLanguage:{name}" for name in names} == set(MANIFESTED["activationEvents"])


def test_every_setting_but_the_key_can_be_set() -> None:
    """The key is kept in the editor's secret storage, where no settings file holds it."""
    properties = MANIFESTED["contributes"]["configuration"]["properties"]
    assert properties["maze.maxTokens"]["default"] == Settings.model_fields["max_tokens"].default
    assert "maze.apiKey" not in properties
    camel = {name.removeprefix("maze.").lower() for name in properties}
    missing = [key for key in Settings.model_fields if key.replace("_", "") not in camel and not is_secret(key)]
    assert not missing


def test_what_a_workspace_that_is_not_trusted_cannot_choose() -> None:
    restricted = MANIFESTED["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert {"maze.server.path", "maze.endpoint", "maze.model"} <= set(restricted)
