"""Several services as one: order, weights, who is left alone, and who is asked beside a late one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from maze_lsp.errors import ServiceError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference import connect, fleet
from maze_lsp.inference.fleet import Fleet
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Sampling
from maze_lsp.settings.endpoints import Endpoint
from tests.server.fake_llamacpp import fake_llamacpp
from tests.unit.inference.fake import fake_service, llama_events, settings

REQUEST = CompletionRequest("x", Sampling())


class One:
    """A service in memory. `fault`: what it raises; `late`: seconds to its first text; `open`: streams under way."""

    def __init__(self, name: str, *, fault: ServiceError | None = None, late: float = 0.0, model: str = "m") -> None:
        self.endpoint = name
        self.fault = fault
        self.late = late
        self.model = model
        self.asked = self.open = self.looked_at = 0

    async def capabilities(self) -> Capabilities:
        if self.fault and not self.asked:
            raise self.fault
        return Capabilities("s", "1", self.model, True, 2048)

    async def stream(self, _request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        self.asked += 1
        self.open += 1
        try:
            await asyncio.sleep(self.late)
            if self.fault:
                raise self.fault
            yield Chunk(self.endpoint, 1)
            yield Completed("stop", 1, 1, 0, 0)
        finally:
            self.open -= 1

    async def tokenize(self, text: str) -> list[int]:
        return list(text.encode())

    async def health(self) -> str:
        self.looked_at += 1
        return self.fault.message if self.fault else "ok"

    async def models(self) -> list[str]:
        if self.fault:
            raise self.fault
        return [self.model]

    async def aclose(self) -> None:
        return None


def gone(name: str = "a") -> ServiceUnreachable:
    return ServiceUnreachable(f"{name} does not answer.", hint="Start it.")


def of(*services: One, hedge: bool = False, weights: tuple[float, ...] = ()) -> Fleet:
    return Fleet(list(zip(services, weights or (0.0,) * len(services), strict=True)), hedge=hedge)


async def text_of(service: Fleet, through: object = None) -> str:
    stream = (through or service).stream(REQUEST)  # type: ignore[attr-defined]
    async with aclosing(stream):
        return "".join([item.text async for item in stream if isinstance(item, Chunk)])


async def test_the_first_one_is_asked() -> None:
    a, b = One("a"), One("b")
    assert await text_of(of(a, b)) == "a"
    assert b.asked == 0


async def test_the_next_one_is_asked_where_the_first_does_not_answer() -> None:
    a, b = One("a", fault=gone()), One("b")
    service = of(a, b)
    assert [await text_of(service) for _ in range(3)] == ["b"] * 3
    assert (await service.route()).endpoint == service.endpoint == "b"
    await service.aclose()


async def test_one_that_fails_while_it_is_asked_is_left_for_another() -> None:
    a, b = One("a"), One("b")
    service = of(a, b)
    await text_of(service)
    a.fault = gone()
    assert await text_of(service) == "b"
    assert a.asked == 2
    assert await text_of(service) == "b"
    assert a.asked == 2, "it is left alone for a while"
    await service.aclose()


async def test_a_request_that_is_refused_for_its_own_sake_says_nothing_of_the_service() -> None:
    a, b = One("a"), One("b")
    service = of(a, b)
    a.asked, a.fault = 1, ServiceRefused("too long", status=413)
    assert await text_of(service) == "b"
    assert service.endpoint == "a"


async def test_one_that_starts_slowly_is_waited_for_only_where_no_other_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Slow(One):
        async def capabilities(self) -> Capabilities:
            await asyncio.sleep(0.2)
            return await super().capabilities()

    monkeypatch.setattr(fleet, "_PATIENCE", 0.05)
    assert await text_of(of(Slow("a"), One("b"))) == "b"
    service = of(Slow("a"), One("b", fault=gone()))
    assert await text_of(service) == "a"
    await service.aclose()


async def test_who_is_well_again_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "PAUSE", 0.05)
    a, b = One("a", fault=gone()), One("b")
    service = of(a, b)
    assert await text_of(service) == "b"
    await asyncio.sleep(0.3)
    assert a.looked_at >= 1, "it is looked at in the background"
    a.fault = None
    while service.endpoint != "a":
        await asyncio.sleep(0.02)
    assert await text_of(service) == "a"
    await service.aclose()


async def test_nobody_is_looked_at_once_the_fleet_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "PAUSE", 0.02)
    monkeypatch.setattr(fleet, "_IN_USE", 0.05)
    a = One("a", fault=gone())
    service = of(a, One("b"))
    await text_of(service)
    await asyncio.sleep(0.4)
    before = a.looked_at
    await asyncio.sleep(0.2)
    assert a.looked_at == before
    a.fault = None
    assert await text_of(service) == "b"
    while service.endpoint != "a":  # in use again
        await asyncio.sleep(0.02)
    await service.aclose()


async def test_where_none_answers_all_are_named() -> None:
    service = of(One("a", fault=gone("a")), One("b", fault=gone("b")))
    with pytest.raises(ServiceUnreachable) as caught:
        await service.capabilities()
    assert "None of the 2 services" in str(caught.value)
    assert "a does not answer. b does not answer." in str(caught.value)
    assert await service.health() == "a: a does not answer.; b: b does not answer."
    await service.aclose()


async def test_weights_share_the_requests() -> None:
    a, b, spare = One("a"), One("b"), One("spare")
    service = of(a, spare, b, weights=(3, 0, 1))
    counts = Counter([await text_of(service) for _ in range(400)])
    assert counts["a"] > 2 * counts["b"] > 80
    assert counts["spare"] == 0
    a.fault = b.fault = gone()
    assert await text_of(service) == "spare", "who has no weight stands in"
    await service.aclose()


async def test_models_of_all() -> None:
    assert await of(One("a", model="x"), One("b", model="y"), One("c", fault=gone())).models() == ["x", "y"]


# ---------------------------------------------------------------- hedging


async def measured(a: One, b: One, *, hedge: bool = True) -> Fleet:
    service = of(a, b, hedge=hedge)
    for _ in range(10):
        assert await text_of(service, await service.route()) == "a"
    return service


async def test_a_late_one_is_doubled_and_the_loser_is_closed() -> None:
    a, b = One("a", late=0.005), One("b")
    service = await measured(a, b)
    a.late = 30
    route = await service.route()
    assert await asyncio.wait_for(text_of(service, route), 10) == "b"
    assert (a.open, b.open, route.endpoint) == (0, 0, "b")


async def test_the_first_one_may_still_win() -> None:
    a, b = One("a", late=0.005), One("b", late=30)
    service = await measured(a, b)
    a.late = 0.5
    route = await service.route()
    assert await asyncio.wait_for(text_of(service, route), 10) == "a"
    assert (b.asked, b.open, route.endpoint) == (1, 0, "a")


async def test_nobody_is_doubled_where_it_is_off_or_nothing_is_known() -> None:
    a, b = One("a", late=0.005), One("b")
    service = await measured(a, b, hedge=False)
    a.late = 0.3
    assert await text_of(service, await service.route()) == "a"
    fresh = of(a, b, hedge=True)
    assert await text_of(fresh, await fresh.route()) == "a"
    assert b.asked == 0


async def test_only_the_same_model_doubles() -> None:
    a, b = One("a", late=0.005), One("b", model="other")
    service = await measured(a, b)
    a.late = 0.3
    assert await text_of(service, await service.route()) == "a"
    assert b.asked == 0


async def test_closing_a_race_closes_both() -> None:
    a, b = One("a", late=0.005), One("b", late=30)
    service = await measured(a, b)
    a.late = 30
    task = asyncio.create_task(text_of(service, await service.route()))
    while not b.open:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (a.open, b.open) == (0, 0)


async def test_a_fault_of_the_late_one_leaves_the_other() -> None:
    a, b = One("a", late=0.005), One("b", late=0.6)
    service = await measured(a, b)
    a.late, a.fault = 0.3, gone()
    assert await asyncio.wait_for(text_of(service, await service.route()), 10) == "b"
    await service.aclose()


# ---------------------------------------------------------------- from the settings


def test_the_embedded_service_may_be_one_of_them_and_endpoint_comes_first() -> None:
    endpoints = (Endpoint(endpoint="embedded"), Endpoint(endpoint="http://b:1", weight=2))
    service = connect(settings(endpoint="http://a:1", endpoints=endpoints))
    assert isinstance(service, Fleet)
    assert [(one.service.endpoint, one.weight) for one in service.members] == [
        ("http://a:1", 0),
        ("embedded", 0),
        ("http://b:1", 2),
    ]


async def test_each_endpoint_gets_its_own_key_and_no_other() -> None:
    async with fake_service() as first, fake_service() as second:
        for fake, model in ((first, "one"), (second, "two")):
            props = {"default_generation_settings": {"n_ctx": 512}, "model_alias": model, "build_info": "b1"}
            fake.always("/props", 200, props)
            fake.streams("/completion", llama_events("hello"))
        endpoints = (Endpoint(endpoint=first.url, api_key="key-one"), Endpoint(endpoint=second.url))  # type: ignore[arg-type]
        service = connect(settings(endpoints=endpoints))
        assert isinstance(service, Fleet)
        models = [(await one.capabilities()).model for one in service.services]
        assert models == ["one", "two"]
        assert {request.headers.get("authorization") for request in first.requests} == {"Bearer key-one"}
        assert {request.headers.get("authorization") for request in second.requests} == {None}
        await service.aclose()


async def test_the_loser_of_a_race_sees_its_connection_closed() -> None:
    async with fake_llamacpp(scripts=["a"]) as first, fake_llamacpp(scripts=["b"]) as second:
        endpoints = (Endpoint(endpoint=first.url), Endpoint(endpoint=second.url))
        service = connect(settings(endpoints=endpoints, hedge=True))
        assert isinstance(service, Fleet)
        for _ in range(10):
            assert await text_of(service, await service.route()) == "a"
        first.hold_after = 0
        route = await service.route()
        assert await asyncio.wait_for(text_of(service, route), 20) == "b"
        assert route.endpoint == second.url
        await asyncio.wait_for(first.gone.wait(), 20)
        await service.aclose()
