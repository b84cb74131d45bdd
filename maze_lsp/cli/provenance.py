"""`maze provenance FILE [verify]`: who wrote these lines; and proving it again without any service."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from maze_lsp.cli import console
from maze_lsp.cli.outcome import plain_record
from maze_lsp.cli.setup import load_settings
from maze_lsp.constraints.proof import accepts
from maze_lsp.provenance.describe import describe
from maze_lsp.provenance.ledger import Ledger
from maze_lsp.provenance.locate import locate
from maze_lsp.provenance.record import Entry, Record
from maze_lsp.provenance.verify import Reverified, reverify
from maze_lsp.text import LineIndex, Span
from maze_lsp.workspace import documents
from maze_lsp.workspace.preferences import ledger_path


class Action(StrEnum):
    show = "show"
    verify = "verify"


def provenance(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A source file.", show_default=False)],
    action: Annotated[Action, typer.Argument(help="What to do with its records.")] = Action.show,
    record: Annotated[
        str, typer.Option("--id", help="Only this record, with all that is known of it.", show_default=False)
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also records of text that is no longer in the file, or never was.")
    ] = False,
    as_json: console.Json = False,
) -> None:
    """Show which text of a file was generated, newest first; `verify` replays each text through its grammar.

    `verify` needs no service. It ends with 1 where a text that is still there does not satisfy its grammar.
    """
    text = documents.read(file)
    ledger = Ledger.open(ledger_path(load_settings()))
    try:
        entries = [
            entry
            for entry in ledger.by_uri(file.absolute().as_uri())
            if not record or entry.record.id.startswith(record)
        ]
        found = {span.record_id: span.range for span in locate(text, [entry.record for entry in entries])}
        shown = [entry for entry in entries if everything or record or entry.record.id in found]
        _tell(file, record, len(entries), len(shown))
        if action is Action.verify:
            _verify(ledger, shown, text, found, as_json)
        elif as_json:
            console.write_json([_plain(entry, text, found) for entry in shown])
        elif record:
            for entry in shown:
                console.write_pairs(describe(entry.record, entry.state, edited=entry.record.id not in found))
        else:
            console.write_table(
                ("lines", "kind", "verdict", "state", "model", "created", "id"),
                (_row(entry, text, found) for entry in shown),
            )
    finally:
        ledger.close()


def _tell(file: Path, record: str, known: int, shown: int) -> None:
    """Say on stderr what the list does not say."""
    if not known:
        which = f" that begins with {record}" if record else ""
        console.say(f"There is no record of {file}{which}.")
    elif known > shown:
        count = known - shown
        console.say(
            f"{count} more {'record is' if count == 1 else 'records are'} of text that is not in the file, or was "
            "edited since; `--all` shows them."
        )


def _verify(ledger: Ledger, entries: list[Entry], text: str, found: dict[str, Span], as_json: bool) -> None:
    answers = [_again(ledger, entry.record, text, found) for entry in entries]
    if as_json:
        console.write_json(
            [{"id": answer.record_id, "holds": answer.holds, "reason": answer.reason} for answer in answers]
        )
    else:
        words = {True: "holds", False: "does not hold", None: "cannot be told"}
        console.write_table(
            ("record", "proof", "why"),
            ((answer.record_id[:12], words[answer.holds], answer.reason) for answer in answers),
        )
    if any(answer.holds is False for answer in answers):
        raise typer.Exit(1)


def _again(ledger: Ledger, record: Record, text: str, found: dict[str, Span]) -> Reverified:
    span = found.get(record.id)
    grammar = ledger.grammar(record.constraint_digest) if record.constraint_digest else None
    return reverify(record, grammar, span.text(text) if span else None, accepts)


def _row(entry: Entry, text: str, found: dict[str, Span]) -> tuple[object, ...]:
    record, where = entry.record, _lines(entry.record, text, found)
    state = entry.state if where else f"{entry.state}; not in the file, or edited"
    lines = where or f"({record.line_range[0] + 1}-{record.line_range[1] + 1})"
    return lines, record.hole_kind, record.verdict, state, record.model, record.created, record.id[:12]


def _lines(record: Record, text: str, found: dict[str, Span]) -> str:
    """The 1-based lines on which the text stands now, empty where it does not."""
    span = found.get(record.id)
    if span is None:
        return ""
    lines = LineIndex(text)
    return f"{lines.line_of(span.start) + 1}-{lines.line_of(span.end) + 1}"


def _plain(entry: Entry, text: str, found: dict[str, Span]) -> dict[str, Any]:
    lines = _lines(entry.record, text, found)
    return {"state": entry.state, "since": entry.since, "lines": lines, **plain_record(entry.record)}
