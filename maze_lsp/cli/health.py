"""`maze health`: is the inference service there, and what can it do?"""

from __future__ import annotations

import time
from typing import Any

from maze_lsp import languages
from maze_lsp.cli import console
from maze_lsp.cli.setup import await_it, load_settings
from maze_lsp.errors import ServiceUnreachable
from maze_lsp.inference import connect
from maze_lsp.pipeline.prompting import format_of
from maze_lsp.settings import Settings


def health(as_json: console.Json = False) -> None:
    """Ask the inference service how it is, and prove whether it enforces grammars. Ends with 3 if it is not there."""
    settings = load_settings()
    with console.progress("asking the service") as progress:
        found = await_it(_ask(settings, progress))
    if as_json:
        console.write_json(found)
        return
    off = languages.unavailable()
    console.write_pairs(
        (
            ("service", f"{found['server']} {found['version']}".strip()),
            ("endpoint", found["endpoint"]),
            ("health", found["health"]),
            ("model", found["model"]),
            ("grammars", "enforced (proved just now)" if found["grammar"] else "not enforced: texts are only checked"),
            (
                "gaps",
                f"filled as `{found['infill']}`" if found["infill"] else "not filled: the model sees what is above",
            ),
            ("context", f"{found['context_size']} tokens" if found["context_size"] else "unknown"),
            ("answered in", f"{found['milliseconds']:.0f} ms"),
            ("languages", ", ".join(found["languages"]) + "".join(f"; {why}" for why in off.values())),
        )
    )


async def _ask(settings: Settings, progress: Any) -> dict[str, Any]:
    service = connect(settings, progress)
    try:
        began = time.perf_counter()
        capabilities = await service.capabilities()
        state = await service.health()
        elapsed = 1000 * (time.perf_counter() - began)
        if state != "ok":
            raise ServiceUnreachable(
                f"The service at {service.endpoint} is not well: {state.rstrip('.')}.",
                hint="See its log, or try again.",
            )
        return {
            "endpoint": service.endpoint,
            "health": state,
            "server": capabilities.server,
            "version": capabilities.version,
            "model": capabilities.model,
            "grammar": capabilities.grammar,
            "infill": shape.name if (shape := format_of(settings, capabilities.infill)) else "",
            "context_size": capabilities.context_size,
            "milliseconds": round(elapsed, 1),
            "languages": [spec.name for spec in languages.all_languages()],
        }
    finally:
        await service.aclose()
