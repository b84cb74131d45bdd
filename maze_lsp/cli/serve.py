"""`maze serve`: the embedded inference service in the foreground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from maze_lsp.cli import console
from maze_lsp.cli.setup import load_settings

if TYPE_CHECKING:
    from maze_lsp.inference.embedded.files import Instance


def serve(
    model: Annotated[str, typer.Option("--model", help="A known model, or the path of a GGUF file.")] = "",
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65535, help="A port of its own; 0: the service that editors share."),
    ] = 0,
    as_json: console.Json = False,
) -> None:
    """Run the embedded inference service until Ctrl-C. It listens on this machine only and wants a key.

    The key is taken from MAZE_SERVE_KEY or made anew and kept in a file that only you can read.
    """
    from maze_lsp.inference.embedded.serve import serve as run

    settings = load_settings(model=model) if model else load_settings()

    def ready(instance: Instance, key_file: str) -> None:
        if as_json:
            console.write_json(
                {"url": instance.url, "model": instance.model, "pid": instance.pid, "key_file": key_file}
            )
            return
        console.write(f"{instance.model} at {instance.url}")
        console.say(f"Its key is in {key_file}. End it with Ctrl-C.")

    run(settings, port=port, progress=lambda message: console.say(message.capitalize()), ready=ready)
