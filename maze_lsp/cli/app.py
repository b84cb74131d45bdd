"""The commands of the program, by name. Only registers."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from maze_lsp import __version__
from maze_lsp.cli import (
    cache,
    config,
    constraints,
    context,
    generate,
    grammar,
    health,
    holes,
    models,
    provenance,
    serve,
)

app = typer.Typer(
    name="maze",
    help="Generate code that cannot break the file it is generated into, and say where it came from.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if sys.stdout.isatty() else None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 usage, 3 service unreachable, 4 constraint refused, 130 cancelled.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"maze-lsp {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


app.command("generate")(generate.generate)
app.command("holes")(holes.holes)
app.command("context")(context.context)
app.add_typer(grammar.app, name="grammar")
app.command("compile")(constraints.compile_files)
app.command("serve")(serve.serve)
app.add_typer(models.app, name="models")
app.add_typer(config.app, name="config")
app.command("health")(health.health)
app.command("cache")(cache.cache)
app.command("provenance")(provenance.provenance)
