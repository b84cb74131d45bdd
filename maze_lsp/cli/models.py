"""`maze models list|pull|path`: local models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from maze_lsp.cli import console
from maze_lsp.inference import models as local
from maze_lsp.inference.embedded.files import Instance, running

app = typer.Typer(help="Local models: which there are, and fetching one.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="MODEL", help="A known model, or a GGUF file (path or name).")]


@app.command("list")
def list_models(as_json: console.Json = False) -> None:
    """List the models that are known or here, where they are, and what the running ones take of memory."""
    entries = [_entry(model) for model in local.list_models()]
    services = running()
    known = {str(entry["path"]) for entry in entries}
    for path in dict.fromkeys(one.file for one in services if one.file not in known):
        size = next(one.size for one in services if one.file == path)
        entries.append(_entry(local.LocalModel(Path(path).stem, None, Path(path), True, size)))
    for entry in entries:
        entry["running"] = [_running(one) for one in services if one.file == entry["path"]]
    if as_json:
        console.write_json(entries)
        return
    rows = (
        (
            entry["name"],
            _state(entry),
            f"{entry['size'] / 1e6:.0f} MB",
            entry["licence"],
            entry["path"] if entry["present"] else f"maze models pull {entry['name']}",
            entry["summary"],
        )
        for entry in entries
    )
    console.write_table(("model", "state", "size", "licence", "where", "what for"), rows)


def _entry(entry: local.LocalModel) -> dict[str, Any]:
    model = entry.model
    return {
        "name": entry.name,
        "present": entry.present,
        "path": str(entry.path),
        "size": entry.size,
        "sha256": model.sha256 if model else "",
        "licence": model.licence if model else "",
        "summary": model.summary if model else "a file of your own",
    }


def _running(service: Instance) -> dict[str, Any]:
    return {
        "pid": service.pid,
        "url": service.url if service.ready else "",
        "memory": service.memory(),
        "context": service.context,
        "threads": service.threads,
        "version": service.version,
    }


def _state(entry: dict[str, Any]) -> str:
    if entry["running"]:
        return "; ".join(f"runs, {one['memory'] / 1e6:.0f} MB of memory" for one in entry["running"])
    return "here" if entry["present"] else "not fetched"


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
