"""From a hole to verified text, or to a clear refusal."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from maze_lsp.constraints.compile import compile_hole
from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes_at
from maze_lsp.context.prompt import build_prompt
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import HoleContext
from maze_lsp.errors import LedgerError, ServiceUnreachable, VerificationError
from maze_lsp.inference.types import Sampling
from maze_lsp.languages import by_id
from maze_lsp.pipeline import Delta, Event, Failed, Finished, HoleRequest, Pipeline, Reset, Result, Started
from maze_lsp.pipeline.steps import Step
from maze_lsp.provenance.record import Record
from maze_lsp.settings import resolve
from maze_lsp.text import Span
from tests.unit.pipeline.fakes import ScriptedService

BODY = "def add(a, b):\n    ‸...\n\n\nprint(add(1, 2))\n"
HEAL = "\n    "
SAMPLING = Sampling(max_tokens=64, temperature=0.0, seed=5)


def context_at(source: str) -> HoleContext:
    at = source.index("‸")
    spec = by_id("python")
    assert spec is not None
    snapshot = open_snapshot("file:///a.py", 1, spec, source.replace("‸", ""))
    return derive(snapshot, holes_at(snapshot, Span(at, at))[0])


async def run(service: ScriptedService, source: str = BODY, **kwargs: object) -> list[Event]:
    ledger = kwargs.pop("ledger", None)
    pipeline = Pipeline(service, ledger, resolve([]).settings)  # type: ignore[arg-type]
    request = HoleRequest(context_at(source), SAMPLING)
    return [event async for event in pipeline.generate(request, **kwargs)]  # type: ignore[arg-type]


def result_of(events: list[Event]) -> Result:
    last = events[-1]
    assert isinstance(last, Finished), last
    return last.result


def error_of(events: list[Event]) -> Exception:
    last = events[-1]
    assert isinstance(last, Failed), last
    return last.error


class Kept:
    """A ledger that keeps records in a list."""

    def __init__(self) -> None:
        self.records: list[tuple[Record, str]] = []

    def append(self, record: Record, grammar: str = "") -> None:
        self.records.append((record, grammar))


async def test_streams_and_inserts_what_the_grammar_accepts() -> None:
    events = await run(ScriptedService(HEAL + "return a + b"))
    assert isinstance(events[0], Started)
    assert "".join(e.text for e in events if isinstance(e, Delta)) == "return a + b"
    result = result_of(events)
    assert result.text == "return a + b"
    assert {v.part.name: v.verdict for v in result.verdicts} == {
        "python body": "enforced",
        "parses in place": "verified",
    }


async def test_the_prompt_ends_before_the_white_space_that_the_grammar_repeats() -> None:
    service = ScriptedService(HEAL + "return a + b")
    await run(service)
    assert service.requests[0].prompt.endswith("def add(a, b):")
    assert service.requests[0].grammar is not None


async def test_what_a_model_writes_behind_its_answer_is_cut_off() -> None:
    events = await run(ScriptedService(HEAL + "return a + b\n\n\nprint(add"))
    result = result_of(events)
    assert (result.text, result.record.ending) == ("return a + b", "finished")


async def test_text_behind_a_spent_budget_is_cut_back_to_a_finished_line() -> None:
    events = await run(ScriptedService(HEAL + "c = a + b\n    return c + som<limit>"))
    result = result_of(events)
    assert (result.text, result.record.ending) == ("c = a + b", "cut")
    assert any("budget" in warning for warning in result.warnings)


async def test_a_budget_spent_inside_the_first_construct_is_closed() -> None:
    events = await run(ScriptedService(HEAL + "return add(a, (b<limit>"))
    result = result_of(events)
    assert (result.text, result.record.ending) == ("return add(a, (b))", "closed")


async def test_a_close_that_invents_nothing_keeps_more_than_a_cut() -> None:
    events = await run(ScriptedService(HEAL + "c = a + b\n    return add(a, [b, (1)<limit>"))
    result = result_of(events)
    assert (result.text, result.record.ending) == ("c = a + b\n    return add(a, [b, (1)])", "closed")


async def test_a_stream_that_only_repeats_itself_is_stopped() -> None:
    service = ScriptedService(HEAL + "a = 1\n" + "    b = a + b + 1\n" * 40 + "…")
    result = result_of(await asyncio.wait_for(run(service), 30))
    assert result.text == "a = 1\n    b = a + b + 1"
    assert result.record.ending == "cut"
    assert service.open == 0


async def test_a_server_that_leaves_the_grammar_is_found_out() -> None:
    events = await run(ScriptedService(HEAL + "c = a + b\n    return return c"))
    result = result_of(events)
    assert result.text == "c = a + b", "it leaves it each time; what was complete before stays"
    assert result.verdicts[0].verdict == "verified"
    assert result.record.verdict == "verified"


async def test_a_server_without_grammars_is_checked_here() -> None:
    events = await run(ScriptedService(HEAL + "return a + b\n\n\n# done\nprint(1)\nprint(2)\n", grammar=False))
    started = events[0]
    assert isinstance(started, Started)
    assert not started.enforced
    result = result_of(events)
    assert result.text == "return a + b"
    assert result.verdicts[0].verdict == "verified"


async def test_prose_is_retried_with_another_seed_and_then_refused() -> None:
    service = ScriptedService(HEAL + "```python")
    events = await run(service)
    assert isinstance(error_of(events), VerificationError)
    assert [e for e in events if isinstance(e, Reset)], "the editor is told that a new attempt begins"
    assert [r.sampling.seed for r in service.requests] == [5, 6]
    assert service.requests[1].sampling.temperature > 0, "a greedy attempt would fail again"


async def test_the_second_attempt_may_succeed() -> None:
    result = result_of(await run(ScriptedService(HEAL + "``", HEAL + "return b")))
    assert (result.text, result.record.attempts, result.record.seed) == ("return b", 2, 6)


async def test_text_that_fits_the_grammar_but_not_the_file_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("maze_lsp.pipeline.run.problems", lambda *_, **_more: ("line 3: ERROR",))
    error = error_of(await run(ScriptedService(HEAL + "return a")))
    assert "line 3: ERROR" in str(error)


async def test_a_lost_connection_ends_in_one_typed_error() -> None:
    events = await run(ScriptedService(HEAL + "return a†", "†"))
    error = error_of(events)
    assert isinstance(error, ServiceUnreachable)
    assert error.verified == "return a", "nothing is lost that had been verified"
    assert not [e for e in events if isinstance(e, Finished)]


async def test_closing_the_generation_closes_the_stream() -> None:
    service = ScriptedService(HEAL + "return a…")
    events = Pipeline(service, None, resolve([]).settings).generate(HoleRequest(context_at(BODY), SAMPLING))
    async for event in events:
        if isinstance(event, Delta):
            break
    assert service.open == 1
    await events.aclose()
    assert service.open == 0


async def test_cancelling_the_task_closes_the_stream() -> None:
    service = ScriptedService(HEAL + "return a…")
    task = asyncio.create_task(run(service))
    while not service.open:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert service.open == 0


async def test_one_record_a_generation() -> None:
    ledger = Kept()
    result = result_of(await run(ScriptedService(HEAL + "return a"), ledger=ledger))
    [(record, grammar)] = ledger.records
    assert record == result.record
    assert (record.id, record.hole_kind, record.server, record.tokens) == (result.id, "body", "scripted", 5)
    assert grammar == compile_hole(context_at(BODY)).proof
    assert record.text == "", "texts are kept only where the user asks for it"


async def test_the_same_request_has_the_same_digest() -> None:
    first, second = [result_of(await run(ScriptedService(HEAL + "return a"))).record for _ in range(2)]
    assert first.request_digest == second.request_digest
    assert first.id != second.id


async def test_a_broken_ledger_does_not_lose_the_text() -> None:
    class Full:
        def append(self, record: Record, grammar: str = "") -> None:
            raise LedgerError("the disk is full", hint="Free some space.")

    result = result_of(await run(ScriptedService(HEAL + "return a"), ledger=Full()))
    assert result.text == "return a"
    assert any("the disk is full" in warning for warning in result.warnings)


async def test_a_plan_of_two_steps_runs_on_one_growing_prompt() -> None:
    context = context_at(BODY)
    statement = compile_hole(replace(context, hole=replace(context.hole, kind="statement")))

    class LineByLine:
        whole = compile_hole(context)

        def next(self, text: str) -> Step | None:
            if "return" in text:
                return None
            joint = HEAL if text else ""
            return Step(build_prompt(context) + text + joint, statement, joint)

    service = ScriptedService(HEAL + "c = a + b\n    re", HEAL + "return c")
    events = await run(service, plan=LineByLine())
    result = result_of(events)
    assert result.text == "c = a + b\n    return c"
    assert "".join(e.text for e in events if isinstance(e, Delta)).startswith("c = a + b")
    assert service.requests[1].prompt == service.requests[0].prompt + HEAL + "c = a + b"
    assert result.record.steps == 2
    assert service.requests[1].sampling.max_tokens < service.requests[0].sampling.max_tokens


@pytest.mark.parametrize("size", [1, 2, 7, 500])
async def test_the_size_of_the_pieces_does_not_matter(size: int) -> None:
    script = HEAL + "name = 'äöü €𝄞'\n    return name\n\n\nclass A"
    result = result_of(await run(ScriptedService(script, size=size)))
    assert result.text == "name = 'äöü €𝄞'\n    return name"
