"""The user's own folders: state (ledger, locks), cache (models, compiled grammars) and configuration.

Names folders and, on request, creates them; it never reads or writes files in them. Each can be moved by an
environment variable (`MAZE_STATE_DIR`, `MAZE_CACHE_DIR`, `MAZE_CONFIG_DIR`), which is read at every call.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from maze_lsp.errors import MazeError

APP = "maze-lsp"


def state_dir() -> Path:
    """Where the ledger, lock files and the embedded service's files are kept."""
    return _overridden("MAZE_STATE_DIR") or Path(platformdirs.user_state_dir(APP, appauthor=False))


def cache_dir() -> Path:
    """Where things are kept that can be fetched or computed again (models above all)."""
    return _overridden("MAZE_CACHE_DIR") or Path(platformdirs.user_cache_dir(APP, appauthor=False))


def config_dir() -> Path:
    """Where the user's settings file is."""
    return _overridden("MAZE_CONFIG_DIR") or Path(platformdirs.user_config_dir(APP, appauthor=False))


def ensure(path: Path) -> Path:
    """Create a folder (and its parents) that only its owner may enter, and return it; an existing one is left as it is.

    Raises MazeError where that is impossible (read-only file system, a file in the way).
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise MazeError(
            f"The folder {path} cannot be created: {error.strerror or error}.",
            hint="Make it writable, or set MAZE_STATE_DIR, MAZE_CACHE_DIR or MAZE_CONFIG_DIR to another place.",
        ) from error
    return path


def _overridden(variable: str) -> Path | None:
    value = os.environ.get(variable, "").strip()
    return Path(value).expanduser().absolute() if value else None
