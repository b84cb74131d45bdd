"""What becomes of a result: shown, as JSON, or put into the file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from maze_lsp.cli import console
from maze_lsp.cli.places import shown
from maze_lsp.context.types import Snapshot
from maze_lsp.errors import StaleError, UsageError
from maze_lsp.pipeline import Result
from maze_lsp.settings import Settings
from maze_lsp.workspace import documents, exclusion


def put(path: Path, before: str, result: Result) -> None:
    """Write a result into its file, at one stroke, in the file's own encoding and line ends.

    Raises StaleError where the file is no longer the one that was read; it is then left alone.
    """
    document = documents.load(path)
    if document.text != before:
        raise StaleError(
            f"{path} was changed while the text was generated; it was left as it is.", hint="Run it again."
        )
    documents.write(document, filled(before, result))


def filled(before: str, result: Result) -> str:
    """A file's text with a result in its place."""
    span = result.range
    return before[: span.start] + result.text + before[span.end :]


def refuse_excluded(path: Path, settings: Settings) -> None:
    """Raise UsageError for a file that may not be part of a prompt."""
    why = exclusion.why_excluded(path, Path.cwd(), settings.exclude)
    if why:
        raise UsageError(f"{path} {why}, so nothing of it is sent to a model.", hint="Generate in another file.")


def is_file(text: str) -> bool:
    """Whether an argument names a file (a prompt may be too long to be a name at all)."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def with_margin(snapshot: Snapshot, result: Result) -> str:
    """The text with the indentation that stands before it in the file, so that its lines stand under each other."""
    start = snapshot.lines.line_start(snapshot.lines.line_of(result.range.start))
    margin = snapshot.text[start : result.range.start]
    text = result.text.lstrip("\r\n")
    return margin + text if not margin.strip() and text == result.text else text


def plain(result: Result, snapshot: Snapshot | None = None) -> dict[str, Any]:
    """A result as JSON has it."""
    return {
        "id": result.id,
        "text": result.text,
        **({"range": shown(snapshot, result.range)} if snapshot else {}),
        "ending": result.record.ending,
        "verdict": result.record.verdict,
        "parts": [
            {
                "name": verdict.part.name,
                "kind": verdict.part.kind,
                "verdict": verdict.verdict,
                "detail": verdict.detail,
            }
            for verdict in result.verdicts
        ],
        "warnings": list(result.warnings),
        "record": plain_record(result.record),
    }


def plain_record(record: Any) -> dict[str, Any]:
    """A record as JSON has it: pairs become objects."""
    values = asdict(record)
    return {**values, "sampling": dict(record.sampling), "timings": dict(record.timings)}


def tell(result: Result) -> None:
    """Verdict and warnings, on stderr."""
    record = result.record
    for warning in result.warnings:
        console.say(warning)
    parts = ", ".join(f"{verdict.part.name}: {verdict.verdict}" for verdict in result.verdicts)
    seconds = dict(record.timings).get("total", 0) / 1000
    console.say(
        f"{record.verdict.capitalize()}{f' ({parts})' if parts else ''}. "
        f"{record.model}, {record.tokens} tokens in {seconds:.1f} s, record {result.id[:12]}."
    )
