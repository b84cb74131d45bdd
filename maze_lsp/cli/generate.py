"""`maze generate`: fill a hole of a file, or write a text from a prompt."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

import typer

from maze_lsp.cli import console, outcome
from maze_lsp.cli.constraints import read_files
from maze_lsp.cli.grammar import language_of
from maze_lsp.cli.live import Live
from maze_lsp.cli.places import Place, hole_of, parse_place, snapshot_of
from maze_lsp.cli.setup import await_it, load_settings, open_ledger
from maze_lsp.constraints.ir import ConstraintIR
from maze_lsp.context.derive import derive
from maze_lsp.context.types import HoleContext
from maze_lsp.errors import LedgerError, ServiceError, UsageError
from maze_lsp.inference import connect
from maze_lsp.inference.types import Sampling
from maze_lsp.languages.spec import LanguageSpec
from maze_lsp.pipeline import (
    Delta,
    Event,
    Failed,
    Finished,
    HoleRequest,
    Note,
    Pipeline,
    Reset,
    Result,
    Started,
    TextRequest,
)
from maze_lsp.pipeline.constraining import open_cache
from maze_lsp.pipeline.run import sampling_of
from maze_lsp.settings import Settings


def generate(
    target: Annotated[
        str, typer.Argument(metavar="FILE:LINE[:COL]|PROMPT", help="A place, counted from 1, or what to write.")
    ],
    language: Annotated[
        str, typer.Option("--language", "-l", help="For a prompt: the language to write.", show_default=False)
    ] = "",
    kind: Annotated[
        str,
        typer.Option("--kind", help="The kind of hole, where several are possible.", show_default=False),
    ] = "",
    intent: Annotated[
        str, typer.Option("--intent", help="For a place: what is asked for, in words.", show_default=False)
    ] = "",
    constraints: Annotated[
        list[Path] | None,
        typer.Option("--constraints", "-c", help="A file of constraints or a JSON Schema.", show_default=False),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Put the text into the file.")] = False,
    seed: Annotated[int | None, typer.Option("--seed", min=0, max=2**31 - 1, help="Random seed.")] = None,
    max_tokens: Annotated[int | None, typer.Option("--max-tokens", min=1, max=32768, help="Budget in tokens.")] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", min=0.0, max=2.0, help="0: the likeliest token, always.")
    ] = None,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="Ask all models of `endpoints` at once, or one with several seeds.")
    ] = False,
    candidates: Annotated[
        int | None, typer.Option("--candidates", min=1, max=16, help="With --ensemble: how many texts.")
    ] = None,
    run_tests: Annotated[
        bool,
        typer.Option(
            "--run-tests", help="With --ensemble: run `test_command` on each text (this runs generated code)."
        ),
    ] = False,
    as_json: console.Json = False,
) -> None:
    """Generate code at a place in a file, or from a prompt, and print it.

    At a place the text is proven to fit: it belongs to the grammar of the hole and the file parses with it. A prompt is
    written under the grammar of its language and the constraints; without either nothing constrains it, and that is
    said.

    With --ensemble several texts are made for a place and ranked: proven ones first, then those that pass the tests,
    then by what the models think of them. On a terminal you step through them.
    """
    further = read_files(constraints or ())
    place = target_place(target)
    options = {"seed": seed, "max_tokens": max_tokens, "temperature": temperature, "ensemble": candidates}
    if not ensemble and (run_tests or candidates is not None):
        raise UsageError("`--candidates` and `--run-tests` go with `--ensemble`.")
    settings = load_settings(**{name: value for name, value in options.items() if value is not None})
    if place is None:
        refused = {"--kind": kind, "--intent": intent, "--write": write, "--ensemble": ensemble}
        _from_prompt(target, language, further, settings, as_json, refused)
        return
    if language:
        raise UsageError("`--language` goes with a prompt; a file's language is known by its name.")
    snapshot = snapshot_of(place.path)
    outcome.refuse_excluded(place.path, settings)
    hole = hole_of(snapshot, place, kind)
    context = derive(snapshot, hole, intent=intent, budget_chars=settings.prompt_chars)
    request = HoleRequest(context, sampling(settings), constraints=further)
    if ensemble:
        from maze_lsp.cli.ensemble import generate_all

        generate_all(settings, request, place, run_tests=run_tests, write=write, as_json=as_json)
        return
    result = await_it(_run(settings, request, snapshot.language))
    if write:
        outcome.put(place.path, snapshot.text, result)
        _accept(settings, result)
    _show(result, context, place, as_json, written=write)


def target_place(target: str) -> Place | None:
    """The place that is meant, or None for a prompt: words with blanks between them, unless there is such a file."""
    place = parse_place(target)
    if place is not None and (place.path.exists() or not any(map(str.isspace, target))):
        return place
    if outcome.is_file(target):
        raise UsageError(f"Say where in {target}.", hint=f"Write {target}:LINE or {target}:LINE:COLUMN.")
    if not target.strip():
        raise UsageError("The prompt is empty.", hint="Say what is to be written, or name a place: FILE:LINE.")
    return None


def sampling(settings: Settings) -> Sampling:
    """As the settings have it; without a seed one is drawn, which the record then names."""
    return sampling_of(settings, secrets.randbelow(2**31) if settings.seed is None else settings.seed)


def _from_prompt(
    prompt: str,
    language: str,
    further: tuple[ConstraintIR, ...],
    settings: Settings,
    as_json: bool,
    refused: dict[str, object],
) -> None:
    for option, value in refused.items():
        if value:
            raise UsageError(f"`{option}` goes with a place in a file.", hint="Write FILE:LINE instead of a prompt.")
    spec = language_of(language) if language else None
    if spec is None and not further:
        console.say("Unconstrained: neither a language nor constraints were named, so nothing holds the model.")
    request = TextRequest(prompt, sampling(settings), spec, further)
    result = await_it(_run(settings, request, spec))
    if as_json:
        console.write_json(outcome.plain(result))
        return
    console.write_code(result.text, spec.name if spec else "")
    outcome.tell(result)


async def _run(settings: Settings, request: HoleRequest | TextRequest, spec: LanguageSpec | None) -> Result:
    """Run one generation and show it while it comes. Cancelling this closes the connection to the service."""
    with open_ledger(settings) as ledger, Live(spec.name if spec else "") as live:
        service = connect(settings, live.note)
        try:
            async with aclosing(Pipeline(service, ledger, settings, open_cache(settings)).generate(request)) as events:
                return await _follow(events, live)
        finally:
            await service.aclose()


async def _follow(events: AsyncGenerator[Event], live: Live) -> Result:
    async for event in events:
        match event:
            case Started():
                live.note(f"{event.model} is asked")
            case Delta():
                live.add(event.text, event.tokens)
            case Reset():
                live.reset(event.reason, event.kept)
            case Note():
                live.say(event.message)
            case Failed():
                if isinstance(event.error, ServiceError) and event.error.verified:
                    live.say(f"Until then had come, and was verified:\n{event.error.verified}")
                raise event.error
            case Finished():
                return event.result
    raise AssertionError("a generation ends with Finished or Failed")


def _accept(settings: Settings, result: Result) -> None:
    """Whoever has it written has accepted it."""
    with open_ledger(settings) as ledger:
        try:
            if ledger is not None:
                ledger.set_state(result.id, "accepted")
        except LedgerError as error:
            console.say(str(error))


def _show(result: Result, context: HoleContext, place: Place, as_json: bool, *, written: bool) -> None:
    snapshot = context.snapshot
    if as_json:
        answer: dict[str, Any] = outcome.plain(result, snapshot)
        console.write_json({"file": str(place.path), "kind": context.hole.kind, "written": written, **answer})
        return
    console.write_code(outcome.with_margin(snapshot, result), snapshot.language.name)
    outcome.tell(result)
    if written:
        first, last = (line + 1 for line in result.record.line_range)
        console.say(f"Written to {place.path}, lines {first} to {last}.")
