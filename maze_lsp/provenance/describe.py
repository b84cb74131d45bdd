"""A record in words, for a hover and for the terminal alike."""

from __future__ import annotations

from maze_lsp.provenance.record import Record, RecordState

_ENDINGS = {
    "finished": "the model ended by itself",
    "cut": "cut back to the last complete place",
    "closed": "closed by the shortest completion",
}
_SHORT = 12


def describe(record: Record, state: RecordState = "offered", *, edited: bool = False) -> list[tuple[str, str]]:
    """(label, value) pairs, most wanted first. `edited`: whether the text was changed since."""
    times = dict(record.timings)
    seconds = times.get("total", 0.0) / 1000
    place = f"{record.hole_kind} in {record.uri}, lines {record.line_range[0] + 1}–{record.line_range[1] + 1}"
    return [
        ("Verdict", record.verdict),
        *((part.name, part.verdict) for part in record.parts),
        ("Model", record.model),
        ("Server", f"{record.server} {record.server_version}{f' at {record.endpoint}' if record.endpoint else ''}"),
        *([("Written by", _written(record))] if record.requests else []),
        ("Created", record.created),
        ("State", f"{state}, edited since" if edited else state),
        *([("Taken", record.taken)] if record.taken else []),
        ("Place", place if record.uri else "not in a file"),
        ("Tokens", f"{record.tokens} ({record.prompt_tokens} in the prompt) in {seconds:.2f} s"),
        ("Ending", _ENDINGS.get(record.ending, record.ending)),
        ("Attempts", f"{record.attempts}, {record.steps} step{'s' if record.steps != 1 else ''}"),
        ("Seed", str(record.seed)),
        ("Sampling", ", ".join(f"{name} {value:g}" for name, value in record.sampling)),
        ("Times", ", ".join(f"{name.replace('_', ' ')} {value:.0f} ms" for name, value in record.timings)),
        ("Grammar", f"{record.grammar_version}, llguidance {record.llguidance_version}"),
        ("Constraint digest", record.constraint_digest[:_SHORT] or "none"),
        ("Prompt digest", record.prompt_digest[:_SHORT]),
        *([("Intent digest", record.intent_digest[:_SHORT])] if record.intent_digest else []),
        ("Text digest", record.text_digest[:_SHORT]),
        ("Request digest", record.request_digest[:_SHORT]),
        ("Id", record.id),
    ]


def _written(record: Record) -> str:
    return "; ".join(
        f"{one.model} at {one.endpoint or 'unknown'}: {one.length} characters, {one.end}" for one in record.requests
    )
