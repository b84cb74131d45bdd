"""`maze grammar show` and `maze grammar check`: the grammars, and whether texts belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from maze_lsp import grammar as model
from maze_lsp import languages
from maze_lsp.cli import console
from maze_lsp.cli.places import hole_of, place_of, snapshot_of
from maze_lsp.cli.setup import load_settings
from maze_lsp.constraints.compile import compile_hole, compile_language, start_rule
from maze_lsp.constraints.replay import Replay
from maze_lsp.context import layout
from maze_lsp.context.derive import derive
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.errors import MazeError, UsageError
from maze_lsp.languages.spec import HoleKind, LanguageSpec
from maze_lsp.text import LineIndex
from maze_lsp.workspace import documents

app = typer.Typer(help="Show a language's grammar, or check texts against it.", no_args_is_help=True)

_EXPECTED_SHOWN = 12
_WIDEST = 100

Language = Annotated[str, typer.Argument(metavar="LANGUAGE", help="A language, such as `python`.")]
Start = Annotated[str, typer.Option("--start", metavar="KIND", help="The kind of hole to start from.")]


@app.command()
def show(
    language: Language,
    start: Start = "",
    at: Annotated[str, typer.Option("--at", metavar="FILE:LINE:COL", help="For the hole at this place.")] = "",
    as_json: console.Json = False,
) -> None:
    """Print the grammar that would be sent, as llguidance Lark."""
    spec = language_of(language)
    if at:
        place = place_of(at)
        snapshot = snapshot_of(place.path)
        if snapshot.language is not spec:
            raise UsageError(f"{place.path} is a {snapshot.language.title} file, not {spec.title}.")
        hole = hole_of(snapshot, place, start)
        context = derive(snapshot, hole, budget_chars=load_settings().prompt_chars)
        constraint = compile_hole(context)
    else:
        constraint = compile_language(spec, kind_of(spec, start))
    if not as_json:
        console.write(constraint.lark)
        return
    parts = [{"name": part.name, "kind": part.kind, "enforcement": part.enforcement} for part in constraint.parts]
    console.write_json(
        {
            "lark": constraint.lark,
            "proof": constraint.proof,
            "digest": constraint.digest,
            "heal": constraint.heal,
            "parts": parts,
        }
    )


@app.command()
def check(
    language: Language,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Texts to check.", show_default=False)],
    start: Start = "",
    as_json: console.Json = False,
) -> None:
    """Does the text of each file belong to the grammar? If not: where does it stop, and what may stand there?

    Blank lines at either end are not looked at. Ends with 1 where a file does not belong.
    """
    spec = language_of(language)
    kind = kind_of(spec, start)
    answers: list[Answer | MazeError] = []
    for file in files:
        try:
            answers.append(check_text(spec, kind, documents.read(file)))
        except MazeError as error:
            answers.append(error)
    if as_json:
        console.write_json([{"file": str(file), **_plain(answer)} for file, answer in zip(files, answers, strict=True)])
    else:
        for file, answer in zip(files, answers, strict=True):
            _tell(file, answer)
    failures = [answer for answer in answers if isinstance(answer, MazeError)]
    if failures:
        raise typer.Exit(failures[0].exit_code)
    if not all(isinstance(answer, Answer) and answer.belongs for answer in answers):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a text belongs, and otherwise where it stops: 1-based, with that line and what may stand there.

    `early`: every character is allowed, but the text ends before it is complete.
    """

    belongs: bool
    early: bool = False
    line: int = 0
    column: int = 0
    source: str = ""
    expected: tuple[str, ...] = ()


def check_text(spec: LanguageSpec, kind: HoleKind, text: str) -> Answer:
    """Replay a text through the grammar of a kind, at the left margin, with its own indentation and line ends."""
    lines = LineIndex(text)
    first = next((n for n in range(lines.line_count) if lines.line_text(n).strip()), 0)
    begin = lines.line_start(first)
    content = text[begin:].rstrip()
    unit = layout.unit_of(open_snapshot("memory:", 0, spec, text), len(text))
    lark = model.emit_hole(
        model.load(spec), start=start_rule(spec, kind), indent="", unit=unit, eol=layout.eol_of(text)
    )
    replay = Replay(lark)
    replay.feed(content)
    if replay.complete and not replay.refused:
        return Answer(True)
    at = begin + replay.length
    line, column = lines.position(at, "utf-32")
    return Answer(
        False, not replay.refused, line + 1, column + 1, lines.line_text(line), allowed_after(lark, replay.text)
    )


def allowed_after(lark: str, text: str) -> tuple[str, ...]:
    """Printable characters that may follow a text of the grammar's beginning."""
    replay = Replay(lark)
    replay.feed(text)
    return replay.expected()


def expected_words(expected: tuple[str, ...]) -> str:
    """Characters as a person lists them: letters and digits together, the rest one by one."""
    groups = (
        ("a letter", str.isalpha),
        ("a digit", str.isdigit),
    )
    words, rest = [], list(expected)
    for name, belongs in groups:
        if sum(map(belongs, rest)) > 4:
            words.append(name)
            rest = [char for char in rest if not belongs(char)]
    names = {" ": "a blank", "\n": "a line end", "\t": "a tab"}
    words += [names.get(char, char) for char in rest]
    more = "" if len(words) <= _EXPECTED_SHOWN else " …"
    return "  ".join(words[:_EXPECTED_SHOWN]) + more if words else "nothing: the text has to end here"


def language_of(name: str) -> LanguageSpec:
    """A language by the name that editors use. Raises DocumentError, which names those that there are."""
    spec = languages.by_id(name)
    if spec is None:
        raise languages.unknown_language(f"`{name}`")
    return spec


def kind_of(spec: LanguageSpec, name: str) -> HoleKind:
    """A kind of hole that the language has a grammar for; `statements`, a whole text, where none is named."""
    for kind in spec.start_rules:
        if kind == (name or "statements"):
            return kind
    raise UsageError(
        f"{spec.title} has no grammar for `{name or 'statements'}`.", hint=f"It has: {', '.join(spec.start_rules)}."
    )


def _tell(file: Path, answer: Answer | MazeError) -> None:
    if isinstance(answer, MazeError):
        console.error(answer)
        return
    if answer.belongs:
        console.write(f"{file}: belongs to the grammar")
        return
    what = "the text ends before it is complete" if answer.early else "this cannot stand here"
    console.write(f"{file}:{answer.line}:{answer.column}: {what}")
    source, column = _window(answer.source, answer.column)
    console.write(f"  {source}")
    console.write("  " + "".join("\t" if char == "\t" else " " for char in source[: column - 1]) + "^")
    console.write(f"  expected: {expected_words(answer.expected)}")


def _window(source: str, column: int) -> tuple[str, int]:
    """A stretch of a long line around a column, and the column in it."""
    if len(source) <= _WIDEST:
        return source, column
    start = max(0, column - 1 - _WIDEST // 2)
    return source[start : start + _WIDEST], column - start


def _plain(answer: Answer | MazeError) -> dict[str, Any]:
    if isinstance(answer, MazeError):
        return {"belongs": False, "error": str(answer)}
    if answer.belongs:
        return {"belongs": True}
    return {
        "belongs": False,
        "early_end": answer.early,
        "line": answer.line,
        "column": answer.column,
        "expected": list(answer.expected),
    }
