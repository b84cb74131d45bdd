"""`maze config`: each setting, its value and where that comes from."""

from __future__ import annotations

import typer

from maze_lsp.cli import console
from maze_lsp.cli.setup import resolve_settings
from maze_lsp.settings import describe
from maze_lsp.workspace.preferences import ledger_path, user_file


def config(as_json: console.Json = False) -> None:
    """Show every setting with its value (keys are masked) and its source. Ends with 2 where one cannot be used."""
    resolved, problems = resolve_settings()
    rows = describe(resolved)
    if as_json:
        console.write_json(
            {
                "settings": [
                    {
                        "key": row.key,
                        "value": row.value,
                        "source": row.source,
                        "default": row.default,
                        "description": row.description,
                    }
                    for row in rows
                ],
                "problems": problems,
                "user_file": str(user_file()),
                "ledger": str(ledger_path(resolved.settings)),
            }
        )
    else:
        console.write_table(
            ("setting", "value", "from", "meaning"),
            ((row.key, row.value, row.source, row.description) for row in rows),
        )
        console.say(f"User file: {user_file()}\nLedger: {ledger_path(resolved.settings)}")
    for problem in problems:
        console.say(problem)
    if problems:
        raise typer.Exit(2)
