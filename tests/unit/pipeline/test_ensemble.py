"""The same hole by several models or seeds: who is asked for what, and which text is best."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

from maze_lsp.inference.fleet import Fleet
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Service
from maze_lsp.pipeline import HoleRequest
from maze_lsp.pipeline.ensemble import Candidate, candidates, rank
from maze_lsp.settings import resolve
from tests.unit.pipeline.fakes import ScriptedService
from tests.unit.pipeline.test_run import BODY, HEAL, SAMPLING, Kept, context_at

A, B = "http://a:1", "http://b:1"


class Likely(ScriptedService):
    """Gives each piece the same log-probability."""

    def __init__(self, *scripts: str, endpoint: str, logprob: float | None = None) -> None:
        super().__init__(*(HEAL + script for script in scripts))
        self.endpoint = endpoint
        self.logprob = logprob

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        async for item in super().stream(request):
            yield replace(item, logprob=self.logprob) if isinstance(item, Chunk) else item


async def made(*services: Likely, count: int = 0, ledger: Kept | None = None) -> list[Candidate]:
    service: Service = Fleet([(one, 0.0) for one in services]) if len(services) > 1 else services[0]
    request = HoleRequest(context_at(BODY), SAMPLING)
    return [one async for one in candidates(service, ledger, resolve([]).settings, request, count)]


def ranking(found: list[Candidate], tested: dict[int, bool] | None = None) -> list[str]:
    return [one.candidate.result.text if one.candidate.result else "failed" for one in rank(found, tested)]


async def test_each_endpoint_is_asked_once() -> None:
    a, b = Likely("return a", endpoint="a", logprob=-2.0), Likely("return b", endpoint="b", logprob=-0.5)
    found = await made(a, b)
    assert {(one.endpoint, one.seed, one.logprob) for one in found} == {("a", 5, -2.0), ("b", 5, -0.5)}
    assert ranking(found) == ["return b", "return a"], "the likelier one first"


async def test_one_model_is_asked_with_several_seeds() -> None:
    a = Likely("return a", "return b", "return c", endpoint="a", logprob=-1.0)
    found = await made(a)
    assert sorted(request.sampling.seed for request in a.requests) == [5, 6, 7]
    assert all(request.logprobs for request in a.requests)
    assert sorted(ranking(found)) == ["return a", "return b", "return c"]


async def test_more_candidates_than_endpoints_go_round() -> None:
    a, b = Likely("return a", endpoint="a"), Likely("return b", endpoint="b")
    found = await made(a, b, count=5)
    assert sorted((one.endpoint, one.seed) for one in found) == [("a", 5), ("a", 6), ("a", 7), ("b", 5), ("b", 6)]


async def test_each_has_its_own_record() -> None:
    ledger = Kept()
    found = await made(Likely("return a", endpoint=A, logprob=-1), Likely("return b", endpoint=B), ledger=ledger)
    assert {record.id for record, _ in ledger.records} == {one.id for one in found}
    assert {(record.endpoint, record.logprob) for record, _ in ledger.records} == {(A, -1), (B, None)}


async def test_what_failed_comes_last_and_says_why() -> None:
    found = await made(Likely("```", endpoint="a", logprob=-0.1), Likely("return b", endpoint="b", logprob=-9))
    assert ranking(found) == ["return b", "failed"]
    assert "did not pass the proof" in str(rank(found)[1].candidate.error)


async def test_tests_count_more_than_likelihood() -> None:
    found = await made(*(Likely(f"return {n}", endpoint=n, logprob=p) for n, p in (("a", -0.1), ("b", -5), ("c", -1))))
    by_text = {one.result.text: one.number for one in found if one.result}
    tested = {by_text["return a"]: False, by_text["return b"]: True}
    assert ranking(found, tested) == ["return b", "return c", "return a"]


async def test_equal_texts_are_one() -> None:
    same = [Likely("return a", endpoint=name, logprob=-1) for name in "ab"]
    found = await made(*same, Likely("return b", endpoint="c"))
    assert [(one.alike, one.candidate.endpoint) for one in rank(found)] == [(2, "a"), (1, "c")]


async def test_unknown_likelihoods_come_behind_known_ones() -> None:
    found = await made(Likely("return a", endpoint="a"), Likely("return b", endpoint="b", logprob=-9))
    assert ranking(found) == ["return b", "return a"]


async def test_they_are_made_at_once_and_told_as_they_come() -> None:
    slow, quick = Likely("return a…", endpoint="a"), Likely("return b", endpoint="b")
    request = HoleRequest(context_at(BODY), SAMPLING)
    found = candidates(Fleet([(slow, 0.0), (quick, 0.0)]), None, resolve([]).settings, request)
    first = await asyncio.wait_for(anext(found), 20)
    assert first.endpoint == "b"
    assert slow.open == 1
    await found.aclose()
    assert slow.open == 0, "what is still made is cancelled"


async def test_what_the_model_finished_itself_comes_first() -> None:
    closed = Likely("c = a\n    return (c<limit>", endpoint="a", logprob=-0.1)
    found = await made(closed, Likely("return b", endpoint="b"))
    assert ranking(found)[0] == "return b"
