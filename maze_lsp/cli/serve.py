"""`maze serve`: the embedded inference service in the foreground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from maze_lsp.cli import console
from maze_lsp.cli.setup import load_settings

if TYPE_CHECKING:
    from maze_lsp.inference.embedded.files import Instance


def serve(
    model: Annotated[str, typer.Option("--model", help="A known model, or a GGUF file (path or name).")] = "",
    host: Annotated[
        str,
        typer.Option("--host", metavar="ADDRESS", help="Where to listen; beyond this machine a key must be set."),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65535, help="A port of its own; 0: the service that editors share."),
    ] = 0,
    as_json: console.Json = False,
) -> None:
    """Run the embedded inference service until Ctrl-C. It listens on this machine only and wants a key.

    The key is taken from MAZE_SERVE_KEY or made anew and kept in a file that only you can read. With `--host` others
    are served too; then MAZE_SERVE_KEY must be set.
    """
    from maze_lsp.inference.embedded.serve import beyond_loopback
    from maze_lsp.inference.embedded.serve import serve as run

    settings = load_settings(model=model) if model else load_settings()

    def ready(instance: Instance, key_file: str) -> None:
        if as_json:
            console.write_json(
                {
                    "url": instance.url,
                    "model": instance.model,
                    "pid": instance.pid,
                    "key_file": key_file,
                    "file": instance.file,
                    "size": instance.size,
                    "memory": instance.memory(),
                    "context": instance.context,
                    "threads": instance.threads,
                }
            )
            return
        console.write(f"{instance.model} at {instance.url}")
        console.say(
            f"{instance.size / 1e6:.0f} MB of model, {instance.memory() / 1e6:.0f} MB of memory; a context of "
            f"{instance.context} tokens, threads: {instance.threads}."
        )
        if beyond_loopback(instance.host):
            console.say(
                "Others can reach it, by plain HTTP: key and texts can be read on the way. Put a proxy with TLS before "
                "it, or a tunnel, wherever the network is not your own."
            )
        console.say(f"Its key is in {key_file}. End it with Ctrl-C.")

    run(settings, host=host, port=port, progress=lambda message: console.say(message.capitalize()), ready=ready)
