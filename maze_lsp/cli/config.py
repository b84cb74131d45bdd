"""`maze config`: each setting, its value and where that comes from; `set-key` and `forget-key`: the keyring."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from maze_lsp.cli import console
from maze_lsp.cli.setup import load_settings, resolve_settings
from maze_lsp.errors import UsageError
from maze_lsp.settings import describe
from maze_lsp.workspace.preferences import ledger_path, user_file

app = typer.Typer(invoke_without_command=True)

Address = Annotated[
    str, typer.Argument(metavar="[ENDPOINT]", help="The address that the key is for; by default that of the settings.")
]


@app.callback()
def config(context: typer.Context, as_json: console.Json = False) -> None:
    """Show every setting with its value (keys are masked) and its source. Ends with 2 where one cannot be used."""
    if context.invoked_subcommand:
        return
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


@app.command("set-key")
def set_key(endpoint: Address = "", as_json: console.Json = False) -> None:
    """Store the API key of a service in the system's keyring. It is asked for, or read from stdin."""
    from maze_lsp.inference import keys

    address = _address(endpoint)
    # Never an argument: those can be seen by other users, and are kept in the shell's history.
    asked = getpass.getpass(f"Key for {address}: ") if sys.stdin.isatty() else sys.stdin.readline()
    key = asked.strip()
    if not key or key == keys.MARK or not (key.isascii() and key.isprintable()):
        raise UsageError("That is not a key.", hint="Keys are plain ASCII, without blanks around them.")
    keys.store(address, key)
    if as_json:
        console.write_json({"endpoint": address, "stored": True})
    console.say(f"The key for {address} is in the keyring.")
    settings = load_settings()
    named = [settings.api_key, *(one.api_key for one in settings.endpoints)]
    if keys.MARK not in (one.get_secret_value() for one in named):
        console.say(f'It is used where `api_key = "{keys.MARK}"` stands beside that endpoint, as in {user_file()}.')


@app.command("forget-key")
def forget_key(endpoint: Address = "", as_json: console.Json = False) -> None:
    """Take the API key of a service out of the system's keyring."""
    from maze_lsp.inference import keys

    address = _address(endpoint)
    if not keys.forget(address):
        raise UsageError(f"The keyring has no key for {address}.")
    if as_json:
        console.write_json({"endpoint": address, "stored": False})
    console.say(f"The key for {address} is no longer in the keyring.")


def _address(endpoint: str) -> str:
    from maze_lsp.inference.remote import base_address

    endpoint = endpoint.strip() or load_settings().endpoint
    if not endpoint:
        raise UsageError("No endpoint is set, so there is none that a key could be for.", hint="Name its address.")
    return base_address(endpoint)
