"""A real vLLM on the processor: with the grammar backend that we need, and with its default one.

`make vllm` installs it; without it these tests are skipped and say so.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from benchmarks import vllm
from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.errors import ServiceRefused
from maze_lsp.inference import connect
from maze_lsp.inference.report import report
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Sampling, Service
from maze_lsp.languages import by_id
from maze_lsp.pipeline.events import Finished, Note
from maze_lsp.pipeline.run import HoleRequest, Pipeline
from maze_lsp.settings import Settings

pytestmark = pytest.mark.servers

KEY = "a key for this test only"
HOLES = {
    "python": "def add(a: int, b: int) -> int:\n    ...\n",
    "go": 'package main\n\nfunc add(a, b int) int {\n\tpanic("todo")\n}\n',
}
JSON_FIRST = {"prompt": "a", "max_tokens": 4, "structured_outputs": {"json": {"type": "null"}}}
LONG = CompletionRequest("def f(x):\n", Sampling(max_tokens=1500, temperature=0.0), extra={"ignore_eos": True})


@pytest.fixture(scope="module")
def guided() -> Iterator[vllm.Running]:
    """vLLM as `docs/serving.md` says: backend `guidance`, with a key. Its model writes real text."""
    with _vllm(key=KEY, arguments=("--enable-prefix-caching",)) as server:
        yield server


@pytest.fixture(scope="module")
def default() -> Iterator[vllm.Running]:
    """vLLM as it comes."""
    with _vllm(backend="") as server:
        yield server


@pytest.fixture(scope="module")
def deployed() -> Iterator[vllm.Running]:
    """vLLM as `deploy/` starts it on other machines. Its model is made of random weights."""
    with _vllm(key=KEY, model="tiny", deployed=True) as server:
        yield server


def _vllm(**how: Any) -> Any:
    if why := vllm.missing():
        pytest.skip(why)
    return vllm.running(**how)


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Service]:
    service = connect(settings)
    try:
        yield service
    finally:
        await service.aclose()


def stream_of(service: Service, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
    return cast(AsyncGenerator[Chunk | Completed], service.stream(request))


async def text_of(service: Service, request: CompletionRequest) -> str:
    return "".join([item.text async for item in stream_of(service, request) if isinstance(item, Chunk)])


async def generate(settings: Settings, language: str, tokens: int = 48) -> list[Any]:
    """All events of filling the one hole of that language's example."""
    spec = by_id(language)
    assert spec is not None
    snapshot = open_snapshot("file:///example", 0, spec, HOLES[language])
    context = derive(snapshot, holes(snapshot)[0])
    sampling = Sampling(max_tokens=tokens, temperature=0.2, seed=7)
    async with connected(settings) as service:
        events = Pipeline(service, None, settings).generate(HoleRequest(context, sampling))
        return [event async for event in events]


async def test_capabilities_are_proven(guided: vllm.Running) -> None:
    async with connected(guided.settings()) as service:
        capabilities = await service.capabilities()
        assert capabilities.server == "vLLM"
        assert capabilities.version.startswith("0.")
        assert capabilities.model == "smol"
        assert capabilities.context_size == 2048
        assert capabilities.grammar
        assert await service.health() == "ok"
        assert await service.models() == ["smol"]


@pytest.mark.parametrize("language", ["python", "go"])
async def test_a_hole_is_filled_under_its_grammar(guided: vllm.Running, language: str) -> None:
    *_, last = await generate(guided.settings(), language)
    assert isinstance(last, Finished), last
    record = last.result.record
    assert record.verdict == "enforced"
    assert (record.server, record.model) == ("vLLM", "smol")
    assert record.tokens > 0


async def test_a_text_that_has_signs_of_several_bytes(guided: vllm.Running) -> None:
    grammar = '%llguidance {}\nstart: "naïve 火山 🌋 " /[a-c]{3}/'
    async with connected(guided.settings()) as service:
        text = await text_of(service, CompletionRequest("say: ", Sampling(max_tokens=64, temperature=0.0), grammar))
    assert text.startswith("naïve 火山 🌋 ")
    assert len(text) == 14


async def test_cancelling_frees_the_server(guided: vllm.Running) -> None:
    async with connected(guided.settings()) as service:
        async with aclosing(stream_of(service, LONG)) as stream:
            async for _ in stream:
                break
            assert await asyncio.to_thread(guided.metric, "vllm:num_requests_running") == 1
        for _ in range(100):
            if await asyncio.to_thread(guided.metric, "vllm:num_requests_running") == 0:
                return
            await asyncio.sleep(0.05)
    pytest.fail("the request still runs after its stream was closed")


async def test_a_prompt_that_was_seen_is_not_read_again(guided: vllm.Running) -> None:
    prompt = "".join(f"# line {number} of a long file\n" for number in range(60))
    request = CompletionRequest(prompt + "x = ", Sampling(max_tokens=4, temperature=0.0))
    async with connected(guided.settings()) as service:
        await text_of(service, request)
        before = await asyncio.to_thread(guided.metric, "vllm:prefix_cache_hits_total")
        await text_of(service, request)
        assert await asyncio.to_thread(guided.metric, "vllm:prefix_cache_hits_total") - before > 300


async def test_tokens(guided: vllm.Running) -> None:
    async with connected(guided.settings()) as service:
        assert len(await service.tokenize("def add(a, b):")) > 3
        assert await service.tokenize("") == []
        items = [item async for item in stream_of(service, CompletionRequest("a", Sampling(max_tokens=9)))]
    end = items[-1]
    assert isinstance(end, Completed)
    assert (end.tokens, end.prompt_tokens, end.finish_reason) == (9, 1, "length")


async def test_log_probabilities(guided: vllm.Running) -> None:
    request = CompletionRequest("def f(x):\n", Sampling(max_tokens=6, temperature=0.0), logprobs=True)
    async with connected(guided.settings()) as service:
        chunks = [item async for item in stream_of(service, request) if isinstance(item, Chunk)]
    assert chunks
    assert all(chunk.logprob is not None and chunk.logprob <= 0 for chunk in chunks)


async def test_a_hole_as_messages(guided: vllm.Running) -> None:
    """The grammar holds in a chat too."""
    settings = guided.settings().model_copy(update={"chat": "always"})
    *_, last = await generate(settings, "python")
    assert isinstance(last, Finished), last
    assert last.result.record.verdict == "enforced"


async def test_by_the_protocol_of_openai_alone(guided: vllm.Running) -> None:
    """The way in which it takes a grammar is found."""
    async with connected(guided.settings(dialect="openai")) as service:
        seen = await service.capabilities()
    assert (seen.grammar, seen.way, seen.chat, seen.counts) == (True, "structured_outputs", False, True)


async def test_the_report_of_maze_health(guided: vllm.Running) -> None:
    async with connected(guided.settings()) as service:
        found = (await report(service)).proven
    assert (found.big_grammars, found.token_ids, found.token_bias) == (True, True, True)
    assert (found.logprobs, found.prefix_cache) == (True, True)
    assert found.queue is not None
    assert found.tokens_per_second > 0


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"model": "no-such-model"}, 404, "smol"),
        ({"api_key": "wrong"}, 401, "API key"),
    ],
)
async def test_what_it_refuses(guided: vllm.Running, changes: dict[str, str], status: int, message: str) -> None:
    async with connected(guided.settings(**changes)) as service:
        with pytest.raises(ServiceRefused, match=message) as refused:
            await text_of(service, CompletionRequest("a", Sampling(max_tokens=2)))
    assert refused.value.status == status


async def test_an_error_inside_the_stream(guided: vllm.Running) -> None:
    request = CompletionRequest("a", Sampling(max_tokens=2), grammar="%llguidance {}\nstart: unheard_of")
    async with connected(guided.settings()) as service:
        with pytest.raises(ServiceRefused, match="unheard_of"):
            await text_of(service, request)


async def test_the_default_backend(default: vllm.Running) -> None:
    """It is chosen by the server's first constrained request: after somebody's JSON schema, no grammar of ours."""
    post(default, "/v1/completions", JSON_FIRST)
    async with connected(default.settings()) as service:
        assert not (await service.capabilities()).grammar
        with pytest.raises(ServiceRefused, match=r'"backend":"guidance"'):
            await text_of(service, CompletionRequest("a", Sampling(), grammar='%llguidance {}\nstart: "a"'))


async def test_a_text_is_checked_here_where_the_server_does_not(default: vllm.Running) -> None:
    post(default, "/v1/completions", JSON_FIRST)
    events = await generate(default.settings(), "python")
    assert any(isinstance(event, Note) and "not enforce" in event.message for event in events)
    last = events[-1]
    assert isinstance(last, Finished), last
    assert last.result.record.verdict == "verified"


def post(server: vllm.Running, path: str, body: dict[str, Any]) -> Any:
    data = json.dumps({"model": server.model, **body}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.key}"}
    with urlopen(Request(server.url + path, data=data, headers=headers), timeout=60) as answer:
        return json.load(answer)


@pytest.mark.parametrize("path", ["/v1/completions", "/invocations", "/tokenize"])
def test_what_is_deployed_wants_the_key_on_every_route(deployed: vllm.Running, path: str) -> None:
    """`deploy/vllm_command.py`; vLLM's own key leaves `/invocations` open, which generates."""
    body = {"prompt": "a", "max_tokens": 2}
    assert post(deployed, path, body)
    with pytest.raises(HTTPError, match="401"):
        post(replace(deployed, key=""), path, body)


async def test_what_is_deployed_enforces_grammars(deployed: vllm.Running) -> None:
    async with connected(deployed.settings()) as service:
        assert (await service.capabilities()).grammar
