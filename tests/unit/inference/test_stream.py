"""Streaming from llama.cpp's format: events split anywhere, faults, time-outs, retries, cancellation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from email.utils import formatdate
from typing import cast

import pytest

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference import connect, retry, sse
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Sampling, Service

from .fake import Connection, Fake, event, fake_service, llama_events, settings

REQUEST = CompletionRequest("def f():\n    ", Sampling(max_tokens=16, temperature=0.0, seed=3))
TEXTS = ("retürn ", "'😀'", "\n")


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with fake_service() as service:
        yield service


@pytest.fixture(autouse=True)
async def close_services() -> AsyncIterator[None]:
    yield
    while _opened:
        await _opened.pop().aclose()


@pytest.fixture(autouse=True)
def quick_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "BACKOFF_BASE", 0.001)


_opened: list[Service] = []


def client(fake: Fake, **changes: object) -> Service:
    _opened.append(connect(settings(endpoint=fake.url, dialect="llamacpp", **changes)))
    return _opened[-1]


def stream_of(service: Service, request: CompletionRequest = REQUEST) -> AsyncGenerator[Chunk | Completed]:
    return cast(AsyncGenerator[Chunk | Completed], service.stream(request))


async def collect(service: Service, request: CompletionRequest = REQUEST) -> tuple[str, Completed]:
    """The whole text and its end; there is exactly one end, and it comes last."""
    items = [item async for item in stream_of(service, request)]
    assert [isinstance(item, Completed) for item in items].index(True) == len(items) - 1
    end = items[-1]
    assert isinstance(end, Completed)
    return "".join(item.text for item in items if isinstance(item, Chunk)), end


async def check_fault(service: Service, kind: type[ServiceError], *words: str) -> ServiceError:
    with pytest.raises(kind) as caught:
        await collect(service)
    assert type(caught.value) is kind
    for word in words:
        assert word in str(caught.value)
    return caught.value


async def test_text_end_and_request(fake: Fake) -> None:
    fake.streams("/completion", llama_events(*TEXTS))
    request = CompletionRequest(
        "p",
        Sampling(9, 0.5, 0.9, 11, 4),
        grammar="%llguidance {}\nstart: /a/",
        stop=("\n\n",),
        extra={"min_p": 0.1},
    )
    text, end = await collect(client(fake, api_key="k-1"), request)
    assert text == "".join(TEXTS)
    assert end == Completed("stop", 3, 7, 5.5, 20.0)
    sent = fake.requests[0]
    assert sent.headers["authorization"] == "Bearer k-1"
    assert sent.body == {
        "prompt": "p",
        "n_predict": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 11,
        "seed": 4,
        "min_p": 0.1,
        "stop": ["\n\n"],
        "grammar": "%llguidance {}\nstart: /a/",
        "cache_prompt": True,
        "stream": True,
    }


async def test_extra_parameters_cannot_replace_the_constraint(fake: Fake) -> None:
    fake.streams("/completion", llama_events("x"))
    request = CompletionRequest(
        "p", Sampling(), "%llguidance {}", extra={"grammar": "", "prompt": "q", "stream": False}
    )
    await collect(client(fake), request)
    assert fake.requests[0].body["grammar"] == "%llguidance {}"
    assert fake.requests[0].body["prompt"] == "p"


async def test_events_split_at_every_byte(fake: Fake) -> None:
    raw = b": ping\r\n\r\n" + llama_events(*TEXTS).replace(b"\n", b"\r\n")
    service = client(fake)
    for at in range(1, len(raw)):
        fake.streams("/completion", raw[:at], raw[at:])
        assert (await collect(service))[0] == "".join(TEXTS), at


async def test_every_byte_by_itself(fake: Fake) -> None:
    raw = llama_events(*TEXTS)
    fake.streams("/completion", *(raw[at : at + 1] for at in range(len(raw))))
    assert (await collect(client(fake)))[0] == "".join(TEXTS)


async def test_an_event_of_several_data_lines(fake: Fake) -> None:
    fake.streams("/completion", b'data: {"content":\ndata: "a", "stop": false}\n\n' + llama_events("b"))
    assert (await collect(client(fake)))[0] == "ab"


async def test_the_budget_was_spent(fake: Fake) -> None:
    fake.streams("/completion", llama_events("a", stop_type="limit"))
    assert (await collect(client(fake)))[1].finish_reason == "length"


async def test_half_a_surrogate_pair_in_the_prompt(fake: Fake) -> None:
    fake.streams("/completion", llama_events("a"))
    await collect(client(fake), CompletionRequest("x\ud83d", Sampling()))
    assert fake.requests[0].body["prompt"] == "x?"


async def test_stream_cut_anywhere_is_never_a_finished_text(fake: Fake) -> None:
    raw = llama_events(*TEXTS)
    service = client(fake)
    for at in range(len(raw)):
        fake.streams("/completion", raw[:at])
        await check_fault(service, ServiceUnreachable)


async def test_invalid_utf8_does_not_break_the_stream(fake: Fake) -> None:
    fake.streams("/completion", b'data: {"content": "a\xff", "stop": false}\n\n' + llama_events("b"))
    assert (await collect(client(fake)))[0] == "a\ufffdb"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (event({"error": {"message": "out of memory", "code": 500}}), "out of memory"),
        (event({"error": "Unauthorized"}), "Unauthorized"),
        (b"event: error\n" + event({"message": "bad thing"}), "bad thing"),
    ],
)
async def test_an_error_inside_a_stream(fake: Fake, raw: bytes, words: str) -> None:
    fake.streams("/completion", event({"content": "a", "stop": False}) + raw)
    await check_fault(client(fake), ServiceRefused, words)
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, {"error": {"code": 400, "message": "failed to parse grammar"}}, "failed to parse grammar"),
        (401, {"error": "Unauthorized"}, "API key"),
        (403, {"detail": "no access"}, "no access"),
        (404, {"error": {"message": "model not found"}}, "model not found"),
        (413, b"", "too long"),
        (422, {"detail": [{"msg": "field required"}]}, "field required"),
        (404, b"<!DOCTYPE html><html>hello</html>", "HTML"),
    ],
)
async def test_a_refusal_is_not_repeated(fake: Fake, status: int, body: object, words: str) -> None:
    fake.always("/completion", status, body)
    error = await check_fault(client(fake), ServiceRefused, words)
    assert cast(ServiceRefused, error).status == status
    assert len(fake.requests) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_fault_is_repeated(fake: Fake, status: int) -> None:
    async def handler(connection: Connection) -> None:
        if len(fake.requests) < 3:
            await connection.answer(status, {"error": {"message": "busy"}})
            return
        await connection.open_stream()
        await connection.send(llama_events("a"))

    fake.handlers["/completion"] = handler
    assert (await collect(client(fake)))[0] == "a"
    assert len(fake.requests) == 3


async def test_a_lasting_fault_is_reported_in_the_end(fake: Fake) -> None:
    fake.always("/completion", 503, {"error": {"message": "no slot", "code": 503}})
    error = await check_fault(client(fake), ServiceRefused, "no slot", "starting or overloaded")
    assert cast(ServiceRefused, error).status == 503
    assert len(fake.requests) == 1 + retry.MAX_RETRIES


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_retry_after_is_honoured(fake: Fake, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    async def handler(connection: Connection) -> None:
        if len(fake.requests) == 1:
            value = "12" if form == "seconds" else formatdate(time.time() + 12, usegmt=True)
            await connection.answer(429, {"error": "slow down"}, Retry_After=value)
            return
        await connection.open_stream()
        await connection.send(llama_events("a"))

    fake.handlers["/completion"] = handler
    monkeypatch.setattr(asyncio, "sleep", noted)
    await collect(client(fake))
    assert 10 <= max(waited) <= 12


async def test_a_long_retry_after_is_not_waited_for(fake: Fake) -> None:
    fake.always("/completion", 503, {"error": "busy"}, Retry_After="3600")
    await check_fault(client(fake), ServiceRefused, "come back in 3600 s")
    assert len(fake.requests) == 1


async def test_nothing_is_repeated_after_text_was_shown(fake: Fake) -> None:
    fake.streams("/completion", event({"content": "a", "stop": False}))
    await check_fault(client(fake), ServiceUnreachable, "before the text was finished")
    fake.streams("/completion", event({"content": "a", "stop": False}) + event({"error": {"code": 503}}))
    await check_fault(client(fake), ServiceRefused)
    assert len(fake.requests) == 2


async def test_no_connection() -> None:
    async with fake_service() as gone:
        pass
    await check_fault(client(gone), ServiceUnreachable, gone.url, "Start the service")


async def test_redirects_are_not_followed(fake: Fake) -> None:
    fake.always("/completion", 307, b"", Location="http://127.0.0.1:9/completion")
    await check_fault(client(fake, api_key="k"), ServiceRefused, "redirects", "not followed")


async def test_a_web_page_is_not_a_service(fake: Fake) -> None:
    fake.always("/completion", 200, b"<html>Welcome</html>", "text/html")
    await check_fault(client(fake), ServiceProtocolError, "HTML")


async def test_a_whole_document_is_not_a_stream(fake: Fake) -> None:
    fake.always("/completion", 200, {"content": "abc", "stop": True})
    await check_fault(client(fake), ServiceProtocolError, "stream of events")


async def test_truncated_json_in_an_event(fake: Fake) -> None:
    fake.streams("/completion", b'data: {"content": "a\n\n')
    await check_fault(client(fake), ServiceProtocolError, "instead of JSON")


@pytest.mark.parametrize("line", [b"data: " + b"x" * 1000, b"data: x\n" * 200])
async def test_a_huge_event_is_refused(fake: Fake, line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT", 100_000)

    async def handler(connection: Connection) -> None:
        await connection.open_stream()
        for _ in range(150_000 // len(line)):
            await connection.send(line)
        await connection.closed_by_client()

    fake.handlers["/completion"] = handler
    await check_fault(client(fake), ServiceProtocolError, "event")


async def test_an_endless_stream_is_refused(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_STREAM", 200_000)

    async def handler(connection: Connection) -> None:
        await connection.open_stream()
        while True:
            await connection.send(event({"content": "abc", "stop": False}) * 100)

    fake.handlers["/completion"] = handler
    await check_fault(client(fake), ServiceProtocolError, "answer")


@pytest.mark.parametrize(
    ("before", "changes", "words"),
    [
        (None, {"first_token_timeout": 0.2}, "sent no text"),
        (b"", {"first_token_timeout": 0.2}, "sent no text"),
        (event({"content": "", "stop": False}), {"first_token_timeout": 0.2}, "sent no text"),
        (event({"content": "a", "stop": False}), {"token_timeout": 0.2}, "paused"),
        (event({"content": "a", "stop": False}), {"total_timeout": 0.2}, "did not finish"),
    ],
)
async def test_a_stall(fake: Fake, before: bytes | None, changes: dict[str, float], words: str) -> None:
    """Comments keep a connection alive; they are not progress."""

    async def handler(connection: Connection) -> None:
        if before is not None:
            await connection.open_stream()
            await connection.send(before)
        while True:
            await asyncio.sleep(0.02)
            if before is not None:
                await connection.send(b": ping\n\n")

    fake.handlers["/completion"] = handler
    await check_fault(client(fake, **changes), ServiceUnreachable, words)
    assert len(fake.requests) == 1


@pytest.mark.parametrize("when", ["before the answer", "before the text", "in the text"])
@pytest.mark.parametrize("how", ["close", "cancel"])
async def test_cancelling_closes_the_connection(fake: Fake, when: str, how: str) -> None:
    arrived, closed = asyncio.Event(), asyncio.Event()

    async def handler(connection: Connection) -> None:
        if when != "before the answer":
            await connection.open_stream()
        if when == "in the text":
            await connection.send(event({"content": "a", "stop": False}))
        arrived.set()
        await connection.closed_by_client()
        closed.set()

    async def consume() -> None:
        async with aclosing(stream_of(service)) as stream:
            async for _ in stream:
                if how == "close":
                    return

    fake.handlers["/completion"] = handler
    service = client(fake)
    task = asyncio.create_task(consume())
    await arrived.wait()
    if how == "cancel" or when != "in the text":
        task.cancel()
    await asyncio.wait([task])
    async with asyncio.timeout(5):
        await closed.wait()


async def test_a_finished_connection_is_used_again(fake: Fake) -> None:
    raw = llama_events("a")
    ports: set[int] = set()

    async def handler(connection: Connection) -> None:
        ports.add(connection.writer.get_extra_info("peername")[1])
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {len(raw)}\r\n\r\n"
        await connection.send(head.encode() + raw)
        connection.request.body["stream"] = False

    fake.handlers["/completion"] = handler
    service = client(fake)
    for _ in range(3):
        items = [item async for item in stream_of(service)]
        assert items[0] == Chunk("a", 1)
    assert len(ports) == 1


async def test_many_streams_at_once(fake: Fake) -> None:
    fake.streams("/completion", *(event({"content": "a", "stop": False}) for _ in range(50)), llama_events("b"))
    service = client(fake)

    async def one() -> str:
        return "".join([item.text async for item in stream_of(service) if isinstance(item, Chunk)])

    assert await asyncio.gather(*(one() for _ in range(20))) == ["a" * 50 + "b"] * 20
