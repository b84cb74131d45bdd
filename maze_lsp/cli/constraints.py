"""Constraint files on the command line: `--constraints`, and `maze compile`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from maze_lsp.cli import console
from maze_lsp.constraints.ir import ConstraintIR
from maze_lsp.workspace import documents


def read_files(paths: Iterable[Path]) -> tuple[ConstraintIR, ...]:
    """The constraints in these files, in order. Raises DocumentError, ConstraintError."""
    from maze_lsp.constraints.reading import read_constraints

    return tuple(one for path in paths for one in read_constraints(documents.read(path), name=path.stem))


def compile_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="ConstraintIR, JSON Schema, Lark, GBNF, choices.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the grammar to this file.", show_default=False)
    ] = None,
    as_json: console.Json = False,
) -> None:
    """Compile constraints together and print what is sent to a service.

    What the grammar enforces and what is only checked is said part by part. Ends with 4 where they conflict.
    """
    from maze_lsp.constraints.conjoin import conjoin

    compiled = conjoin(read_files(files))
    parts = [{"name": part.name, "kind": part.kind, "enforcement": part.enforcement} for part in compiled.parts]
    if output is not None:
        documents.create(output, compiled.lark)
    if as_json:
        answer: dict[str, Any] = {"lark": compiled.lark, "digest": compiled.digest, "parts": parts}
        console.write_json({**answer, "proof": compiled.proof, **({"output": str(output)} if output else {})})
        return
    if output is None:
        console.write(compiled.lark)
    for part in compiled.parts:
        how = "enforced by the grammar" if part.enforcement == "grammar" else "checked only"
        console.say(f"{part.name} ({part.kind}): {how}")
    console.say(f"digest {compiled.digest}")
