"""How the program speaks: results on stdout, everything else on stderr; rich on a terminal, plain in a pipe."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TextIO

import typer

from maze_lsp.errors import MazeError


class _Mode:
    """What the command line asked for; set once, by the option `--json`."""

    json = False


def _set_json(value: bool) -> bool:
    _Mode.json = value
    return value


Json = Annotated[
    bool, typer.Option("--json", callback=_set_json, is_eager=True, help="Print JSON, for programs to read.")
]
"""The option that every command has."""


def prepare() -> None:
    """Any text can be printed, whatever the terminal's encoding; a character it lacks is written as an escape."""
    _Mode.json = False
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def on_terminal(stream: TextIO | None = None) -> bool:
    """Whether a stream (stdout if none is given) is a terminal that a person reads."""
    return (stream or sys.stdout).isatty()


_CONTROL = re.compile(r"(?!\r\n)[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """A text that can be shown on a terminal: what steers it, or turns the direction of writing, becomes an escape.

    Servers and models may have written it.
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def say(message: str) -> None:
    """A sentence for the user, on stderr."""
    print(harmless(message), file=sys.stderr, flush=True)


def error(problem: MazeError) -> None:
    """What happened, to what, what to do, and what it was caused by. With `--json` on stdout, too."""
    if _Mode.json:
        found = {"kind": type(problem).__name__, "message": problem.message, "hint": problem.hint}
        write_json({"error": found, "exit_code": problem.exit_code})
    say(f"Error: {problem.message}")
    if problem.hint:
        say(problem.hint)
    cause = problem.__cause__
    while cause is not None:
        text = " ".join(str(cause).split()) or type(cause).__name__
        if text not in (problem.message, str(problem)):
            say(f"Caused by: {text}")
        cause = cause.__cause__


def write(text: str) -> None:
    """A result, with one line end behind it; exactly as it is in a pipe."""
    if on_terminal():
        text = harmless(text)
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def write_json(value: Any) -> None:
    write(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def write_code(text: str, language: str) -> None:
    """Code: with colours on a terminal, exactly as it is in a pipe."""
    if not on_terminal():
        write(text)
        return
    from rich.console import Console

    Console().print(code(text, language))


def code(text: str, language: str) -> Any:
    """Code as rich shows it, on the terminal's own background."""
    from rich.syntax import Syntax

    return Syntax(harmless(text), language or "text", theme="ansi_dark", background_color="default", word_wrap=True)


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on a terminal; lines of values with tabs between them in a pipe."""
    if not on_terminal():
        for row in rows:
            write("\t".join(" ".join(str(value).split()) for value in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(harmless(str(value))) for value in row))
    Console().print(table)


def write_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line."""
    known = [(name, str(value)) for name, value in pairs]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        indented = value.replace("\n", "\n" + " " * (width + 2))
        write(f"{name:<{width}}  {indented}".rstrip())


@contextmanager
def progress(message: str) -> Iterator[Callable[[str], None]]:
    """Show that something is going on, where stderr is a terminal; yields what changes the message."""
    if not on_terminal(sys.stderr):
        yield lambda _message: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status(escape(message)) as status:
        yield lambda text: status.update(escape(harmless(text)))
