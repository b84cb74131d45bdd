"""`maze context FILE:LINE[:COL]`: what the server would derive there."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from maze_lsp.cli import console
from maze_lsp.cli.places import hole_of, place_of, position, shown, snapshot_of
from maze_lsp.cli.setup import load_settings
from maze_lsp.constraints.compile import heal_of
from maze_lsp.context.derive import derive
from maze_lsp.context.types import HoleContext
from maze_lsp.inference import infill
from maze_lsp.pipeline.prompting import Prompt, estimated_prompt, format_of
from maze_lsp.settings import Settings

_NAMES_SHOWN = 40


def context(
    place: Annotated[str, typer.Argument(metavar="FILE:LINE[:COL]", help="A place, counted from 1.")],
    kind: Annotated[str, typer.Option("--kind", help="The kind of hole, where several are possible.")] = "",
    intent: Annotated[str, typer.Option("--intent", help="What is asked for, in words.")] = "",
    as_json: console.Json = False,
) -> None:
    """Show what the server would derive at a place: hole, names in scope, signature, prompt. Sends nothing."""
    where = place_of(place)
    settings = load_settings()
    snapshot = snapshot_of(where.path)
    hole = hole_of(snapshot, where, kind)
    found = derive(snapshot, hole, intent=intent, budget_chars=settings.prompt_chars)
    if as_json:
        console.write_json(_plain(found, _prompt(found, settings)))
        return
    line, column = position(snapshot, hole.range.start)
    names = [name for name in found.scope.names if name.kind != "builtin"]
    more = f" … and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    console.write_pairs(
        (
            ("hole", f"{hole.kind} at {where.path}:{line}:{column}"),
            ("marker", hole.marker or "none"),
            ("signature", found.signature or "none"),
            ("intent", found.intent or "none"),
            ("expected type", found.expected_type or "unknown"),
            ("inside", ", ".join(flag for flag, on in asdict(found.enclosing).items() if on) or "module"),
            ("names", ", ".join(f"{name.name} ({name.kind})" for name in names[:_NAMES_SHOWN]) + more),
            ("prompt", _prompt(found, settings).sent),
        )
    )


def _prompt(found: HoleContext, settings: Settings) -> Prompt:
    """What would be sent, as far as that is known without the service: its model by the name in the settings."""
    shape = format_of(settings, infill.of_models([settings.model]))
    size = 0 if settings.endpoint else settings.embedded_context
    return estimated_prompt(found, settings, shape, size, heal_of(found))


def _plain(found: HoleContext, prompt: Prompt) -> dict[str, Any]:
    hole = found.hole
    return {
        "uri": found.snapshot.uri,
        "language": found.snapshot.language.name,
        "hole": {
            "kind": hole.kind,
            **shown(found.snapshot, hole.range),
            "indent": hole.indent,
            "unit": hole.unit,
            "typed_prefix": hole.typed_prefix,
            "begun": hole.begun,
            "marker": hole.marker,
            "lead": hole.lead,
            "tail": hole.tail,
            "bulk": hole.bulk,
        },
        "scope": {
            "complete": found.scope.complete,
            "names": [{"name": name.name, "kind": name.kind, "type": name.type_text} for name in found.scope.names],
        },
        "signature": found.signature,
        "docstring": found.docstring,
        "imports": list(found.imports),
        "expected_type": found.expected_type,
        "intent": found.intent,
        "enclosing": asdict(found.enclosing),
        "eol": found.eol,
        "prefix": found.prefix,
        "suffix": found.suffix,
        "prompt": prompt.sent,
        "prompt_parts": {
            "format": prompt.format,
            "ahead": prompt.parts.ahead,
            "prefix": prompt.parts.unhealed,
            "suffix": prompt.parts.suffix,
            "healed": prompt.parts.heal,
            "stop": list(prompt.stop),
            "tokens": prompt.tokens,
            "counted": prompt.counted,
        },
    }
