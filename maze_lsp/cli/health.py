"""`maze health`: is the inference service there, what can it do, and what is worse than it could be?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from maze_lsp import languages
from maze_lsp.cli import console
from maze_lsp.cli.setup import await_it, load_settings
from maze_lsp.errors import ServiceError
from maze_lsp.inference import connect
from maze_lsp.inference.report import Report, report
from maze_lsp.inference.types import Service
from maze_lsp.pipeline.ensemble import services_of
from maze_lsp.pipeline.prompting import format_of
from maze_lsp.settings import Settings

Found = Report | tuple[str, ServiceError]


def health(as_json: console.Json = False) -> None:
    """Ask the inference service how it is, and prove what it can do. Ends with 3 if it is not there."""
    settings = load_settings()
    with console.progress("asking the service") as progress:
        found = await_it(_ask(settings, progress))
    names = [spec.name for spec in languages.all_languages()]
    reports = [one for one in found if isinstance(one, Report)]
    if not reports:
        raise next(one for _, one in _faults(found))
    if as_json:
        console.write_json({**reports[0].as_json(), **_all_as_json(found), "languages": names})
        return
    off = languages.unavailable()
    for one in reports:
        _write(one)
        if len(found) > 1:
            console.write("")
    for endpoint, fault in _faults(found):
        console.write_pairs((("endpoint", endpoint), ("health", str(fault))))
        console.write("")
    console.write_pairs((("languages", ", ".join(names) + "".join(f"; {why}" for why in off.values())),))


def _write(found: Report) -> None:
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
            *([("memory", f"{found.memory / 1e6:.0f} MB")] if found.memory else ()),
            ("answered in", f"{found.milliseconds:.0f} ms"),
        )
    )
    for one in found.degraded:
        console.write(f"- {one.what} {one.mend}".rstrip())


def _faults(found: Sequence[Found]) -> list[tuple[str, ServiceError]]:
    return [one for one in found if not isinstance(one, Report)]


def _all_as_json(found: Sequence[Found]) -> dict[str, Any]:
    """All services, where there are several; the first that answers stands for itself, too."""
    if len(found) < 2:
        return {}
    return {
        "services": [
            one.as_json() if isinstance(one, Report) else {"endpoint": one[0], "health": str(one[1])} for one in found
        ]
    }


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


async def _ask(settings: Settings, progress: Any) -> list[Found]:
    """All services that the settings name, in order: what each is like, or what is wrong with it."""
    service = connect(settings, progress)
    try:
        return [await _one(each, settings) for each in services_of(service)]
    finally:
        await service.aclose()


async def _one(service: Service, settings: Settings) -> Found:
    try:
        return await report(service, partial(format_of, settings))
    except ServiceError as error:
        return service.endpoint, error
