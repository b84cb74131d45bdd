"""`maze cache`: what is kept of compiled constraints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from maze_lsp.cli import console
from maze_lsp.cli.setup import load_settings


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Forget all of it.")] = False, as_json: console.Json = False
) -> None:
    """Show what the cache of compiled constraints on disk has and how often it was of use; or clear it."""
    from maze_lsp.workspace.store import store_of

    settings = load_settings()
    store = store_of(settings)
    before = store.stats
    if clear:
        store.clear()
    stats = store.stats
    if as_json:
        console.write_json(
            {**asdict(stats), "on_disk": settings.cache_on_disk, "cleared": before.entries if clear else 0}
        )
        return
    if clear:
        console.write(f"Cleared: {before.entries} constraints, {before.size / 2**20:.1f} MB.")
        return
    asked = stats.hits + stats.misses
    share = f" ({stats.hits / asked:.0%})" if asked else ""
    console.write_pairs(
        (
            ("kept", f"{stats.entries} constraints, {stats.size / 2**20:.1f} MB of {2 * settings.cache_megabytes} MB"),
            ("hits", f"{stats.hits}{share}"),
            ("misses", stats.misses),
            ("evictions", stats.evictions),
            ("in memory", f"at most {settings.cache_entries} a process, {settings.cache_megabytes} MB"),
            ("file", stats.path if settings.cache_on_disk else "none: `cache_on_disk` is off"),
        )
    )
