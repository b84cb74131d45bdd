"""A service is lost in the middle of a generation: another one goes on behind what was verified."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from benchmarks.failover import CASES, one
from maze_lsp.errors import ServiceUnreachable
from maze_lsp.inference.fleet import Fleet
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest
from maze_lsp.pipeline import Event, Failed, HoleRequest, Note, Pipeline, TextRequest
from maze_lsp.settings import resolve
from tests.unit.pipeline.fakes import ScriptedService, Typist
from tests.unit.pipeline.test_continuing import AMPLE, DOCUMENT, HEAD, TEXT, shown
from tests.unit.pipeline.test_run import BODY, context_at, error_of, result_of

A, B, C = (f"http://127.0.0.1:{port}" for port in (1, 2, 3))


class Dead(Typist):
    """Answers questions, but no request."""

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        self.requests.append(request)
        raise ServiceUnreachable(f"Cannot connect to {self.endpoint}.")
        yield

    async def capabilities(self) -> Capabilities:
        return Capabilities("scripted", "1", "none", True, 2048)


async def run(*services: ScriptedService, request: HoleRequest | TextRequest | None = None) -> list[Event]:
    settings = resolve([]).settings.model_copy(update={"suffix_digest": False})
    fleet = Fleet([(service, 0.0) for service in services])
    try:
        pipeline = Pipeline(fleet, None, settings)
        request = request or HoleRequest(context_at(BODY), AMPLE)
        return [event async for event in pipeline.generate(request)]
    finally:
        await fleet.aclose()


@pytest.mark.parametrize("at", range(5, len(TEXT), 9))
async def test_the_second_one_finishes_what_the_first_began(at: int) -> None:
    first, second = Typist(DOCUMENT, breaks=[at + 5], endpoint=A), Typist(DOCUMENT, endpoint=B)
    events = await run(first, second)
    result = result_of(events)
    assert (result.text, result.record.verdict, result.record.ending) == (TEXT, "enforced", "finished")
    assert [(one.endpoint, one.end) for one in result.record.requests] == [(A, "broke off"), (B, "finished")]
    assert sum(one.length for one in result.record.requests) == len(TEXT)
    assert result.record.endpoint == B
    assert shown(events).startswith(TEXT)
    assert any(event.message.endswith(f"{B} is asked to go on.") for event in events if isinstance(event, Note))


async def test_before_any_text_the_next_one_is_asked_instead() -> None:
    events = await run(Dead(DOCUMENT, endpoint=A), Typist(DOCUMENT, endpoint=B))
    assert result_of(events).text == TEXT
    assert any(event.message.endswith(f"{B} is asked instead.") for event in events if isinstance(event, Note))


async def test_a_chain_of_losses() -> None:
    services = [Typist(DOCUMENT, breaks=[25], endpoint=endpoint) for endpoint in (A, B, C)]
    result = result_of(await run(*services))
    assert result.text == TEXT
    assert [one.endpoint for one in result.record.requests][:3] == [A, B, C]


async def test_where_nobody_is_left_the_verified_text_goes_along() -> None:
    error = error_of(await run(Typist(DOCUMENT, breaks=[25, 0, 0, 0], endpoint=A), Dead(DOCUMENT, endpoint=B)))
    assert isinstance(error, ServiceUnreachable)
    assert error.verified
    assert TEXT.startswith(error.verified)


async def test_one_that_does_not_mask_may_take_over() -> None:
    first = Typist(DOCUMENT, breaks=[len("\n    total = add(a, b)\n    if tot")], endpoint=A, size=1)
    second = Typist(DOCUMENT, endpoint=B, grammar=False)
    events = await run(first, second)
    result = result_of(events)
    assert (result.text, result.record.verdict) == (TEXT, "verified")
    assert second.requests[0].prompt == HEAD + "total = add(a, b)\n    if", "it is shown whole words"
    assert shown(events).startswith(TEXT)


async def test_unconstrained_text_moves_only_before_it_has_begun() -> None:
    request = TextRequest("HEAD", AMPLE)
    result = result_of(await run(Dead("HEAD"), Typist("HEAD and more", endpoint=B), request=request))
    assert result.text == " and more"
    events = await run(Typist("HEAD and more", breaks=[5]), Typist("HEAD and more", endpoint=B), request=request)
    assert isinstance(events[-1], Failed), "nobody can tell where to go on"


@pytest.mark.parametrize("language", CASES)
@pytest.mark.parametrize("kill_after", [3, 20])
async def test_over_the_wire_from_one_that_is_killed(language: str, kill_after: int) -> None:
    outcome = await one(language, kill_after)
    assert outcome.good, outcome.said
    assert outcome.kept
