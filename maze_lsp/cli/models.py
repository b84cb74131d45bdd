"""`maze models list|pull|path`: local models."""

from __future__ import annotations

from typing import Annotated

import typer

from maze_lsp.cli import console
from maze_lsp.inference import models as local

app = typer.Typer(help="Local models: which there are, and fetching one.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="MODEL", help="A known model, or the path of a GGUF file.")]


@app.command("list")
def list_models(as_json: console.Json = False) -> None:
    """List the known models and where they are."""
    found = local.list_models()
    if as_json:
        console.write_json(
            [
                {
                    "name": entry.model.name,
                    "present": entry.present,
                    "path": str(entry.path),
                    "size": entry.model.size,
                    "sha256": entry.model.sha256,
                    "licence": entry.model.licence,
                    "summary": entry.model.summary,
                }
                for entry in found
            ]
        )
        return
    rows = (
        (
            entry.model.name,
            "here" if entry.present else "not fetched",
            f"{entry.model.size / 1e6:.0f} MB",
            entry.model.licence,
            entry.path if entry.present else f"maze models pull {entry.model.name}",
            entry.model.summary,
        )
        for entry in found
    )
    console.write_table(("model", "state", "size", "licence", "where", "what for"), rows)


@app.command()
def pull(name: Name = local.DEFAULT, as_json: console.Json = False) -> None:
    """Fetch a known model into the user's cache folder and check it; prints its path."""
    with console.progress(f"looking for {name}") as progress:
        place = local.pull(name, progress)
    if as_json:
        console.write_json({"name": name, "path": str(place)})
    else:
        console.write(str(place))


@app.command()
def path(name: Name = local.DEFAULT, as_json: console.Json = False) -> None:
    """Print where a model's file is; fails where it is missing or not whole."""
    place = local.path(name)
    if as_json:
        console.write_json({"name": name, "path": str(place)})
    else:
        console.write(str(place))
