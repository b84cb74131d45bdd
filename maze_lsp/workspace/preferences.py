"""The user's own files: the settings in `config.toml`, and where the ledger is."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from maze_lsp.settings import Layer, Settings, environment_layers
from maze_lsp.workspace.folders import config_dir, state_dir


def user_file() -> Path:
    """The settings file of the user; it need not exist."""
    return config_dir() / "config.toml"


def user_layers(environ: Mapping[str, str]) -> tuple[list[Layer], list[str]]:
    """The layers below any editor or command line: the user file, then the environment; and what was wrong."""
    layers, problems = [], []
    path = user_file()
    try:
        layers.append(Layer(f"user file {path}", tomllib.loads(path.read_text(encoding="utf-8"))))
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"The settings file {path} is not used: {error}.")
    return [*layers, *environment_layers(environ)], problems


def ledger_path(settings: Settings) -> Path:
    return Path(settings.ledger).expanduser() if settings.ledger else state_dir() / "ledger.sqlite3"
