"""What `maze health` proves of a service, and what it says is worse than it could be."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from maze_lsp.errors import ServiceError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference.fleet import Fleet
from maze_lsp.inference.infill import by_name
from maze_lsp.inference.prove import Proven, prove
from maze_lsp.inference.report import Missing, Report, as_json_of, degraded, report, reports
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Queue

ABLE = Capabilities("vLLM", "1", "m", True, 2048, by_name("qwen"), counts=True)
UNABLE = Capabilities("OpenAI-compatible", "", "m", False, 0, chat=True)
ALL = Proven(True, True, True, True, True, 10.0, 50.0, Queue(1, 0))


class Able:
    """A service that can do everything, and remembers the prompts that it has read."""

    endpoint = "http://127.0.0.1:1"
    capable = ABLE

    def __init__(self) -> None:
        self.requests: list[CompletionRequest] = []

    async def capabilities(self) -> Capabilities:
        return self.capable

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        seen = any(one.prompt == request.prompt for one in self.requests)
        self.requests.append(request)
        pieces = self.pieces(request)[: request.sampling.max_tokens]
        for number, piece in enumerate(pieces, 1):
            await asyncio.sleep(0)
            yield Chunk(piece, number, -0.5 if request.logprobs else None)
        yield Completed("stop", len(pieces), 40, 0.0, 0.0, cached_tokens=38 if seen else 0)

    def pieces(self, request: CompletionRequest) -> list[str]:
        if request.token_bias:
            return ["bra"] * 99
        if request.grammar:
            found = re.search(r'start: "([a-z]+)"', request.grammar)
            assert found
            return [found[1], "a", "b", "."]
        return ["result ", "+= ", "price", "\n"] * 20

    async def tokenize(self, text: str) -> list[int]:
        return [1, 2]

    async def health(self) -> str:
        return "ok"

    async def models(self) -> list[str]:
        return ["m"]

    async def queue(self) -> Queue | None:
        return Queue(1, 0)

    async def aclose(self) -> None:
        return


class Unable(Able):
    """It chats, and takes no notice of anything."""

    capable = UNABLE

    def pieces(self, request: CompletionRequest) -> list[str]:
        if request.logprobs:
            raise ServiceRefused("No `logprobs` here.", status=400)
        return ["Sure! "] * 99

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        assert request.messages
        async for item in super().stream(request):
            yield replace(item, cached_tokens=0) if isinstance(item, Completed) else item

    async def queue(self) -> Queue | None:
        return None


async def test_a_service_that_can_everything() -> None:
    proven = await prove(Able())
    assert proven == replace(ALL, first_token_ms=proven.first_token_ms, tokens_per_second=proven.tokens_per_second)
    assert proven.tokens_per_second > 0


async def test_a_service_that_can_nothing() -> None:
    proven = await prove(Unable())
    assert (proven.big_grammars, proven.token_ids, proven.token_bias) == (None, False, None)
    assert (proven.logprobs, proven.prefix_cache, proven.queue) == (False, None, None)


async def test_grammars_that_are_ignored_when_they_are_large() -> None:
    class Small(Able):
        def pieces(self, request: CompletionRequest) -> list[str]:
            return ["return 0"] if request.grammar else super().pieces(request)

    assert (await prove(Small())).big_grammars is False


async def test_a_service_that_dies_is_no_service_without_abilities() -> None:
    class Dying(Able):
        def pieces(self, request: CompletionRequest) -> list[str]:
            if request.logprobs:
                raise ServiceUnreachable("gone")
            return super().pieces(request)

    with pytest.raises(ServiceUnreachable):
        await prove(Dying())


async def test_the_report() -> None:
    found = await report(Able())
    assert found.degraded == ()
    told = found.as_json()
    assert (told["infill"], told["queue"], told["big_grammars"]) == ("qwen", {"running": 1, "waiting": 0}, True)
    assert (await report(Able(), lambda _seen: None)).as_json()["infill"] == ""


async def test_a_service_that_is_not_well() -> None:
    class Loading(Able):
        async def health(self) -> str:
            return "loading"

    with pytest.raises(ServiceError, match="not well: loading"):
        await report(Loading())


async def test_several_services() -> None:
    """Each has its report; one that is not there has the reason."""

    class Gone(Able):
        endpoint = "http://127.0.0.1:2"

        async def capabilities(self) -> Capabilities:
            raise ServiceUnreachable("not there")

    first, second = await reports(Fleet([(Able(), 0.0), (Gone(), 0.0)]))
    assert isinstance(first, Report)
    assert second == Missing("http://127.0.0.1:2", "not there")
    told = as_json_of([second, first])
    assert (told["model"], told["services"][0]) == ("m", {"endpoint": "http://127.0.0.1:2", "health": "not there"})
    assert "services" not in as_json_of([first])
    with pytest.raises(ServiceUnreachable, match="not there"):
        await reports(Fleet([(Gone(), 0.0), (Gone(), 0.0)]))
    assert isinstance((await reports(Able()))[0], Report)


@pytest.mark.parametrize(
    ("seen", "proven", "what", "mend"),
    [
        (replace(ABLE, grammar=False), ALL, "not enforced by this server", "guidance"),
        (replace(ABLE, grammar=False, server="llama.cpp"), ALL, "not enforced", "DLLAMA_LLGUIDANCE"),
        (replace(ABLE, grammar=False, server="LM Studio"), ALL, "not enforced", "Use llama.cpp"),
        (replace(ABLE, grammar=False, plain_grammar=True), ALL, "without `&` and `~`", "Update"),
        (ABLE, replace(ALL, big_grammars=False), "Large grammars", "Update"),
        (replace(ABLE, chat=True), ALL, "only chats", "completes"),
        (replace(ABLE, infill=None), ALL, "above the hole", "`fim`"),
        (replace(ABLE, context_size=0), ALL, "context is not known", "prompt_tokens"),
        (replace(ABLE, counts=False), ALL, "estimated", ""),
        (ABLE, replace(ALL, prefix_cache=False), "anew", "--enable-prefix-caching"),
        (ABLE, replace(ALL, logprobs=None), "ranked", ""),
        (ABLE, replace(ALL, queue=Queue(4, 9)), "9 requests wait", "Add servers"),
        (ABLE, replace(ALL, tokens_per_second=2.0), "slow", "smaller model"),
        (ABLE, replace(ALL, first_token_ms=9000.0), "slow", "smaller model"),
    ],
)
def test_what_is_worse_and_how_to_mend_it(seen: Capabilities, proven: Proven, what: str, mend: str) -> None:
    (found,) = degraded(seen, proven)
    assert what in found.what
    assert mend in found.mend
