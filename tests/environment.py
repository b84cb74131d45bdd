"""What every test that starts a program of ours needs: how long to wait, and an environment of its own."""

from __future__ import annotations

import os
from pathlib import Path

PATIENCE = 60.0
"""Seconds until a wait counts as hung. Nothing is asserted about times."""


def clean_environment(folder: Path, more: dict[str, str] | None = None) -> dict[str, str]:
    """This process's environment without any settings of ours, and with folders of the test's own."""
    families = ("MAZE_", "MODAL_", "ANANKE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(families)}
    own = {f"MAZE_{name.upper()}_DIR": str(folder / f".{name}") for name in ("state", "cache", "config")}
    return {**kept, **own, **(more or {})}
