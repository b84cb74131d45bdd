"""`maze generate --ensemble`: several candidates for one place, ranked; on a terminal the user steps through them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from maze_lsp.cli import console, outcome
from maze_lsp.cli.places import Place
from maze_lsp.cli.setup import await_it, open_ledger
from maze_lsp.context.types import Snapshot
from maze_lsp.errors import CancelledByUser, LedgerError, VerificationError
from maze_lsp.inference import connect
from maze_lsp.pipeline import HoleRequest, Result
from maze_lsp.pipeline.ensemble import Candidate, Ranked, candidates, rank
from maze_lsp.settings import Settings
from maze_lsp.workspace import documents, testing

_KEYS = "[n]ext, [p]revious, [t]ake, [q]uit"


def generate_all(
    settings: Settings, request: HoleRequest, place: Place, *, run_tests: bool, write: bool, as_json: bool
) -> None:
    """Make the candidates, rank and show them; the chosen one is printed, or written into the file."""
    if run_tests:
        testing.argv(settings.test_command)  # before anything is asked
    snapshot = request.context.snapshot
    found = await_it(_made(settings, request))
    tests = _tested(settings, place, snapshot, found) if run_tests else {}
    ranked = rank(found, {number: test.passed for number, test in tests.items()})
    good = [one for one in ranked if one.candidate.result]
    if not good and not as_json:
        _tell(ranked)
        error = ranked[0].candidate.error if ranked else None
        raise error or VerificationError("No candidate was made.")
    step = not as_json and console.on_terminal() and console.on_terminal(sys.stdin)
    chosen = _choose(snapshot, ranked, good) if step else good[0].candidate.result if good else None
    if chosen is not None and write:
        outcome.put(place.path, snapshot.text, chosen)
    _decide(settings, found, chosen, written=write)
    if as_json:
        _write_json(place, request, ranked, tests, written=write and chosen is not None)
        return
    assert chosen is not None
    if not step:
        _tell(ranked)
        console.write_code(outcome.with_margin(snapshot, chosen), snapshot.language.name)
    outcome.tell(chosen)
    if write:
        console.say(f"Written to {place.path}.")


async def _made(settings: Settings, request: HoleRequest) -> list[Candidate]:
    found: list[Candidate] = []
    with open_ledger(settings) as ledger, console.progress("asking") as progress:
        service = connect(settings, progress)
        try:
            async with aclosing(candidates(service, ledger, settings, request, settings.ensemble)) as made:
                async for one in made:
                    found.append(one)
                    progress(f"{len(found)} done")
        finally:
            await service.aclose()
    return found


def _tested(
    settings: Settings, place: Place, snapshot: Snapshot, found: Sequence[Candidate]
) -> dict[int, testing.Outcome]:
    """What the test command says of each text, by the candidates' numbers."""
    document = documents.load(place.path.resolve())
    here = Path.cwd()
    root = here if document.path.is_relative_to(here) else document.path.parent
    by_text: dict[str, testing.Outcome] = {}
    tests: dict[int, testing.Outcome] = {}
    with console.progress("testing") as progress:
        for one in found:
            if one.result is None:
                continue
            text = outcome.filled(snapshot.text, one.result)
            if text not in by_text:
                progress(f"testing candidate {one.number + 1}")
                by_text[text] = testing.run_with(settings.test_command, root, document, text, settings.test_timeout)
            tests[one.number] = by_text[text]
    return tests


def _choose(snapshot: Snapshot, ranked: Sequence[Ranked], good: Sequence[Ranked]) -> Result:
    """The candidate that the user takes. Raises CancelledByUser."""
    at = 0
    while True:
        result = good[at].candidate.result
        assert result is not None
        console.say(f"\n{_line(at + 1, good[at])}   ({at + 1} of {len(good)})")
        console.write_code(outcome.with_margin(snapshot, result), snapshot.language.name)
        try:
            key = input(f"{_KEYS}: ").strip().lower()[:1]
        except EOFError:
            key = "q"
        if key == "t":
            return result
        if key == "q":
            _tell(ranked)
            raise CancelledByUser("None was taken; nothing was written.")
        at = (at + (-1 if key == "p" else 1)) % len(good)


def _decide(settings: Settings, found: Sequence[Candidate], chosen: Result | None, *, written: bool) -> None:
    """Note in the ledger which one was taken: whoever has it written has accepted it."""
    with open_ledger(settings) as ledger:
        if ledger is None:
            return
        try:
            for one in found:
                if one.result is None:
                    continue
                if chosen is None or one.result.id != chosen.id:
                    ledger.set_state(one.result.id, "rejected")
                elif written:
                    ledger.set_state(one.result.id, "accepted")
        except LedgerError as error:
            console.say(str(error))


def _tell(ranked: Sequence[Ranked]) -> None:
    for place, one in enumerate(ranked, 1):
        console.say(_line(place, one))


def _line(place: int, one: Ranked) -> str:
    candidate = one.candidate
    if candidate.result is None:
        return f"–. {candidate.endpoint}, seed {candidate.seed}: {candidate.error}"
    record = candidate.result.record
    words = [record.verdict, record.ending]
    if one.tested is not None:
        words.append("tests pass" if one.tested else "tests fail")
    if candidate.logprob is not None:
        words.append(f"mean log-probability {candidate.logprob:.2f}")
    if one.alike > 1:
        words.append(f"written {one.alike} times")
    return f"{place}. {record.model} at {candidate.endpoint}, seed {candidate.seed}: {', '.join(words)}"


def _write_json(
    place: Place,
    request: HoleRequest,
    ranked: Sequence[Ranked],
    tests: dict[int, testing.Outcome],
    *,
    written: bool,
) -> None:
    snapshot = request.context.snapshot

    def plain(one: Ranked) -> dict[str, Any]:
        candidate, test = one.candidate, tests.get(one.candidate.number)
        return {
            "endpoint": candidate.endpoint,
            "seed": candidate.seed,
            "alike": one.alike,
            "logprob": candidate.logprob,
            "tested": one.tested,
            **({"test_output": test.said} if test else {}),
            **(outcome.plain(candidate.result, snapshot) if candidate.result else {"error": str(candidate.error)}),
        }

    answer = {"file": str(place.path), "kind": request.context.hole.kind, "written": written}
    console.write_json({**answer, "candidates": [plain(one) for one in ranked]})
