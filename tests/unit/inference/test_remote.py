"""Endpoints of the settings: addresses, dialects found by asking, proofs of enforcement, vLLM's format."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from pydantic import SecretStr

from maze_lsp.errors import MazeError, ServiceProtocolError, ServiceRefused, ServiceUnreachable, SettingsError
from maze_lsp.inference import connect, retry
from maze_lsp.inference.options import plain_key
from maze_lsp.inference.remote import base_address
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Sampling, Service

from .fake import Connection, Fake, event, fake_service, llama_events, settings, vllm_events

PROPS = {
    "default_generation_settings": {"n_ctx": 4096},
    "model_path": "/models/code.gguf",
    "build_info": "b123-abc",
}
MODELS = {
    "object": "list",
    "data": [{"id": "smol", "max_model_len": 2048}, {"id": "other", "max_model_len": 1}],
}


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fake]:
    monkeypatch.setattr(retry, "BACKOFF_BASE", 0.001)
    async with fake_service() as service:
        yield service


async def collect(service: Service, request: CompletionRequest | None = None) -> list[Chunk | Completed]:
    request = request or CompletionRequest("p", Sampling())
    return [item async for item in cast(AsyncGenerator[Chunk | Completed], service.stream(request))]


def llama(fake: Fake, *, obeys: bool) -> None:
    """A llama.cpp server with llguidance, or one that ignores the grammar, as it does without."""
    fake.always("/props", 200, PROPS)

    async def complete(connection: Connection) -> None:
        grammar = connection.request.body.get("grammar", "")
        await connection.open_stream()
        await connection.send(llama_events(grammar.split('"')[1] if obeys else "a + b"))

    fake.handlers["/completion"] = complete


def vllm(fake: Fake, *, obeys: bool = True) -> None:
    fake.always("/version", 200, {"version": "0.32.0"})
    fake.always("/v1/models", 200, MODELS)

    async def complete(connection: Connection) -> None:
        outputs = connection.request.body.get("structured_outputs")
        if outputs and not obeys:
            await connection.answer(500, {"error": {"message": "Internal server error", "code": 500}})
            return
        await connection.open_stream()
        text = outputs["grammar"].split('"')[1] if outputs else "a + b"
        await connection.send(vllm_events("", *text))

    fake.handlers["/v1/completions"] = complete


@pytest.mark.parametrize("obeys", [True, False])
async def test_llamacpp_is_found_and_proven(fake: Fake, obeys: bool) -> None:
    llama(fake, obeys=obeys)
    service = connect(settings(endpoint=fake.url + "/v1/"))
    way = "grammar" if obeys else ""
    assert await service.capabilities() == Capabilities("llama.cpp", "b123-abc", "code.gguf", obeys, 4096, way=way)
    probes = fake.paths().count("/completion")
    await service.capabilities()
    # Where the first grammar is not obeyed, a plainer one is tried.
    assert fake.paths().count("/completion") == probes == (1 if obeys else 2)
    await service.aclose()


async def test_each_probe_has_its_own_nonce(fake: Fake) -> None:
    llama(fake, obeys=True)
    for _ in range(2):
        service = connect(settings(endpoint=fake.url))
        assert (await service.capabilities()).grammar
        await service.aclose()
    grammars = {request.body["grammar"] for request in fake.requests if request.path == "/completion"}
    assert len(grammars) == 2


@pytest.mark.parametrize("length", [0, 5])
async def test_an_unfinished_nonce_proves_nothing(fake: Fake, length: int) -> None:
    async def complete(connection: Connection) -> None:
        await connection.open_stream()
        nonce = connection.request.body["grammar"].split('"')[1]
        await connection.send(llama_events(nonce[:length]))

    fake.always("/props", 200, PROPS)
    fake.handlers["/completion"] = complete
    service = connect(settings(endpoint=fake.url))
    assert not (await service.capabilities()).grammar
    await service.aclose()


async def test_vllm_is_found_and_proven(fake: Fake) -> None:
    vllm(fake)
    service = connect(settings(endpoint=fake.url))
    way = "structured_outputs"
    assert await service.capabilities() == Capabilities("vLLM", "0.32.0", "smol", True, 2048, way=way)
    await service.aclose()


async def test_vllm_with_another_backend(fake: Fake) -> None:
    """500 for a grammar is not repeated, and the capability is denied."""
    vllm(fake, obeys=False)
    service = connect(settings(endpoint=fake.url, dialect="vllm"))
    assert not (await service.capabilities()).grammar
    assert fake.paths().count("/v1/completions") == 2
    with pytest.raises(ServiceRefused, match="guidance"):
        await collect(service, CompletionRequest("p", Sampling(), grammar='%llguidance {}\nstart: "a"'))
    await service.aclose()


async def test_vllm_stream(fake: Fake) -> None:
    vllm(fake)
    service = connect(settings(endpoint=fake.url, dialect="vllm", model="other"))
    items = await collect(service, CompletionRequest("p", Sampling(5, 0.5, 0.9, 7, 3), '%llguidance {}\nstart: "äb"'))
    assert items == [Chunk("ä", 2), Chunk("b", 3), Completed("stop", 3, 7, 0.0, 0.0)]
    assert fake.requests[-1].body == {
        "model": "other",
        "prompt": "p",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 5,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 7,
        "seed": 3,
        "structured_outputs": {"grammar": '%llguidance {}\nstart: "äb"'},
    }
    await service.aclose()


async def test_vllm_refuses_a_grammar_inside_the_stream(fake: Fake) -> None:
    vllm(fake)
    fake.streams(
        "/v1/completions",
        event({"error": {"message": 'Grammar error: at 1(8): unknown name: "foo"', "code": 400}}) + b"data: [DONE]\n\n",
    )
    service = connect(settings(endpoint=fake.url, dialect="vllm"))
    with pytest.raises(ServiceRefused, match="unknown name") as caught:
        await collect(service)
    assert caught.value.status == 400
    await service.aclose()


async def test_vllm_stream_that_breaks_off(fake: Fake) -> None:
    vllm(fake)
    fake.streams("/v1/completions", event({"choices": [{"index": 0, "text": "a", "finish_reason": None}]}))
    service = connect(settings(endpoint=fake.url, dialect="vllm"))
    with pytest.raises(ServiceUnreachable):
        await collect(service)
    await service.aclose()


async def test_a_model_that_is_not_served(fake: Fake) -> None:
    vllm(fake)
    service = connect(settings(endpoint=fake.url, dialect="vllm", model="big"))
    with pytest.raises(ServiceRefused, match=r"`big`.*smol, other"):
        await service.capabilities()
    await service.aclose()


@pytest.mark.parametrize("dialect", ["llamacpp", "vllm"])
async def test_tokenize_models_and_health(fake: Fake, dialect: str) -> None:
    fake.always("/tokenize", 200, {"tokens": [1, 2], "count": 2})
    fake.always("/v1/models", 200, MODELS)
    fake.always("/health", 200, {"status": "ok"})
    fake.always("/version", 200, {"version": "1"})
    service = connect(settings(endpoint=fake.url, dialect=dialect))
    assert await service.tokenize("ab") == [1, 2]
    assert await service.models() == ["smol", "other"]
    assert await service.health() == "ok"
    fake.always("/health", 503, {"error": {"message": "Loading model", "code": 503}})
    fake.always("/version", 503, b"")
    assert await service.health() == "loading"
    fake.always("/tokenize", 200, {"unexpected": 1})
    with pytest.raises(ServiceProtocolError):
        await service.tokenize("ab")
    await service.aclose()


async def test_a_kept_connection_that_the_server_closes_is_opened_again(fake: Fake) -> None:
    answers = iter([False, True])

    async def closes_once(connection: Connection) -> None:
        if not next(answers):
            raise ConnectionResetError
        await connection.answer(200, {"status": "ok"})

    fake.handlers["/health"] = closes_once
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"))
    assert await service.health() == "ok"
    assert fake.paths() == ["/health", "/health"]
    await service.aclose()


async def test_a_server_that_is_neither(fake: Fake) -> None:
    service = connect(settings(endpoint=fake.url))
    with pytest.raises(ServiceProtocolError, match="neither"):
        await service.capabilities()
    assert "neither" in await service.health()
    await service.aclose()


async def test_a_wrong_key_is_said_at_once(fake: Fake) -> None:
    fake.always("/props", 401, {"error": {"message": "Invalid API Key", "code": 401}})
    service = connect(settings(endpoint=fake.url, api_key="secret-key"))
    with pytest.raises(ServiceRefused, match="Invalid API Key") as caught:
        await service.capabilities()
    assert "secret-key" not in str(caught.value)
    await service.aclose()


async def test_the_key_stays_with_its_host(fake: Fake) -> None:
    """A redirect is refused, so the other host hears nothing at all."""
    async with fake_service() as other:
        other.always("/props", 200, PROPS)
        fake.always("/props", 302, b"", Location=other.url + "/props")
        service = connect(settings(endpoint=fake.url, api_key="k"))
        with pytest.raises(ServiceRefused, match="redirects"):
            await service.capabilities()
        assert fake.requests
        assert not other.requests
        await service.aclose()


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://h:1", "http://h:1"),
        (" https://h.example/v1/ ", "https://h.example"),
        ("https://h.example/a/b/", "https://h.example/a/b"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_addresses(given: str, used: str) -> None:
    assert base_address(given) == used


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"endpoint": "localhost:8080"}, "http://host:port"),
        ({"endpoint": "ftp://h"}, "http://host:port"),
        ({"endpoint": "http://"}, "http://host:port"),
        ({"endpoint": "http://user:pw@h"}, "plain address"),
        ({"endpoint": "http://h?key=1"}, "plain address"),
        ({"endpoint": "http://h", "dialect": "sglan"}, "llamacpp"),
        ({"endpoint": "http://h", "api_key": "a\nb"}, "api_key"),
        ({"endpoint": "http://h", "api_key": "schlüssel"}, "api_key"),
    ],
)
def test_bad_settings(changes: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connect(settings(**changes))
    assert isinstance(caught.value, MazeError)
    assert words in str(caught.value)


def test_a_wrapped_key_is_used() -> None:
    assert plain_key(SecretStr(" k ")) == "k"
    assert plain_key(None) == plain_key("") == ""


def test_importing_is_light() -> None:
    """The language server imports this layer before `initialize` is answered: no HTTP library yet."""
    heavy = ("httpx", "xllamacpp", "asyncio")
    code = f"import sys, maze_lsp.inference; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY")


@pytest.mark.parametrize("variable", PROXIES)
async def test_a_proxy_of_the_usual_variables(fake: Fake, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv(variable, fake.url)
    fake.always("http://service.example/health", 200, {})
    service = connect(settings(endpoint="http://service.example", dialect="llamacpp"))
    assert await service.health() == "ok"
    assert fake.paths() == ["http://service.example/health"]
    await service.aclose()


async def test_this_machine_is_not_asked_through_a_proxy(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a proxy calls `localhost` is another machine."""
    for variable in PROXIES:
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    fake.always("/health", 200, {})
    for endpoint in (fake.url, fake.url.replace("127.0.0.1", "localhost")):
        service = connect(settings(endpoint=endpoint, dialect="llamacpp"))
        assert await service.health() == "ok"
        await service.aclose()


def test_a_file_of_certificates_that_has_none(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for name, why in (("missing.pem", "No such file"), ("empty.pem", "no certificates")):
        with pytest.raises(SettingsError, match=f"{name}.*{why}"):
            connect(settings(endpoint="https://h", ca_file=str(tmp_path / name)))


async def test_what_a_server_says_steers_no_terminal(fake: Fake) -> None:
    fake.always("/health", 500, {"error": {"message": "\x1b]0;gotcha\x07\x1b[2Jbad\r\nthing\u202e"}})
    service = connect(settings(endpoint=fake.url, dialect="llamacpp"))
    told = await service.health()
    assert "]0;gotcha [2Jbad thing" in told
    assert told.isprintable()
    await service.aclose()
