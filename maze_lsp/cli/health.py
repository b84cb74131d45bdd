"""`maze health`: is the inference service there, what can it do, and what is worse than it could be?"""

from __future__ import annotations

from functools import partial
from typing import Any

from maze_lsp import languages
from maze_lsp.cli import console
from maze_lsp.cli.setup import await_it, load_settings
from maze_lsp.inference import connect
from maze_lsp.inference.report import Missing, Report, as_json_of, reports
from maze_lsp.pipeline.prompting import format_of
from maze_lsp.settings import Settings


def health(as_json: console.Json = False) -> None:
    """Ask the inference service how it is, and prove what it can do. Ends with 3 if it is not there."""
    settings = load_settings()
    with console.progress("asking the service") as progress:
        found = await_it(_ask(settings, progress))
    off = languages.unavailable()
    names = [spec.name for spec in languages.all_languages()]
    if as_json:
        console.write_json({**as_json_of(found), "languages": names})
        return
    for one in sorted(found, key=lambda one: isinstance(one, Missing)):
        _write(one)
        console.write("")
    console.write_pairs([("languages", ", ".join(names) + "".join(f"; {why}" for why in off.values()))])


def _write(found: Report | Missing) -> None:
    if isinstance(found, Missing):
        console.write_pairs((("endpoint", found.endpoint), ("health", found.message)))
        return
    seen, proven = found.capabilities, found.proven
    queue = f"{proven.queue.running} running, {proven.queue.waiting} waiting" if proven.queue else "not told"
    console.write_pairs(
        (
            ("service", f"{seen.server} {seen.version}".strip()),
            ("endpoint", found.endpoint),
            ("health", found.health),
            ("model", seen.model),
            ("grammars", _grammars(found)),
            ("gaps", _gaps(found)),
            ("context", f"{seen.context_size} tokens" if seen.context_size else "unknown"),
            ("large grammars", _proven(proven.big_grammars)),
            ("token ids", _proven(proven.token_ids)),
            ("token biases", _proven(proven.token_bias)),
            ("log-probabilities", _proven(proven.logprobs)),
            ("prefix cache", _proven(proven.prefix_cache)),
            ("speed", f"first token {proven.first_token_ms:.0f} ms, {proven.tokens_per_second:.0f} tokens/s"),
            ("queue", queue),
            ("answered in", f"{found.milliseconds:.0f} ms"),
        )
    )
    for one in found.degraded:
        console.write(f"- {one.what} {one.mend}".rstrip())


def _grammars(found: Report) -> str:
    seen = found.capabilities
    if seen.grammar:
        return f"enforced, as `{seen.way}` (proved just now)" if seen.way else "enforced (proved just now)"
    return "not enforced by this server: texts are only checked"


def _gaps(found: Report) -> str:
    seen = found.capabilities
    if seen.chat:
        return "shown in messages: it only chats"
    return f"filled as `{seen.infill.name}`" if seen.infill else "not filled: the model sees what is above"


def _proven(value: bool | None) -> str:
    return "not known" if value is None else "yes" if value else "no"


async def _ask(settings: Settings, progress: Any) -> list[Report | Missing]:
    service = connect(settings, progress)
    try:
        return await reports(service, partial(format_of, settings))
    finally:
        await service.aclose()
