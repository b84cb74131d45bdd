"""Records for tests."""

from dataclasses import replace

from maze_lsp.provenance.digests import digest
from maze_lsp.provenance.record import Record, RecordPart

SAMPLE = Record(
    id="0" * 32,
    created="2026-01-02T03:04:05.678+00:00",
    uri="file:///a.py",
    language="python",
    hole_kind="body",
    line_range=(1, 2),
    model="m",
    server="s",
    server_version="1",
    endpoint="http://127.0.0.1:1",
    sampling=(("temperature", 0.2), ("max_tokens", 64)),
    seed=7,
    request_digest="r",
    prompt_digest="p",
    intent_digest="",
    constraint_digest=digest("grammar"),
    parts=(RecordPart("python body", "syntax", "enforced"),),
    grammar_version="maze-lsp 0",
    llguidance_version="1",
    text_digest=digest("x = 1"),
    text_length=5,
    prompt_tokens=3,
    tokens=4,
    steps=1,
    attempts=1,
    ending="finished",
    verdict="enforced",
    timings=(("total", 12.5),),
)


def sample(number: int = 0, text: str = "x = 1", line: int = 1) -> Record:
    return replace(
        SAMPLE,
        id=f"{number:032x}",
        text_digest=digest(text),
        text_length=len(text),
        line_range=(line, line + text.count("\n")),
    )
