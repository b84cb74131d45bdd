"""Every dialect: its format split anywhere, the request that it makes, what it finds out about its server."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, cast

import pytest

from maze_lsp.errors import ServiceProtocolError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference import connect, patience, remote, retry
from maze_lsp.inference.dialects import openai_stream
from maze_lsp.inference.dialects import runpod as runpod_dialect
from maze_lsp.inference.http import Http
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, Message, Queue, Sampling, Service

from .fake import Connection, Fake, event, fake_service, llama_events, settings, vllm_events
from .formats import TEXTS, Wire, modal, openai, runpod, sglang, wires

GRAMMAR = '%llguidance {}\nstart: "a"'
SAMPLING = Sampling(max_tokens=5, temperature=0.5, top_p=0.9, top_k=7, seed=3)
PLAIN = CompletionRequest("p", SAMPLING)
CONSTRAINED = CompletionRequest("p", SAMPLING, GRAMMAR, stop=("\n\n",), logprobs=True, token_bias={7: -100})
CHAT = CompletionRequest("p", SAMPLING, GRAMMAR, messages=(Message("system", "s"), Message("user", "u")))
STREAMED = [wire for wire in wires() if wire.dialect != "auto"]


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fake]:
    monkeypatch.setattr(retry, "BACKOFF_BASE", 0.001)
    monkeypatch.setattr(runpod_dialect, "PAUSE", 0.001)
    async with fake_service() as service:
        yield service


@pytest.fixture(autouse=True)
async def close_services() -> AsyncIterator[None]:
    yield
    while _opened:
        await _opened.pop().aclose()


_opened: list[Service] = []


def client(fake: Fake, dialect: str, **changes: object) -> Service:
    _opened.append(connect(settings(endpoint=fake.url, dialect=dialect, **changes)))
    return _opened[-1]


async def collect(service: Service, request: CompletionRequest = PLAIN) -> list[Chunk | Completed]:
    return [item async for item in cast(AsyncGenerator[Chunk | Completed], service.stream(request))]


def text_of(items: list[Chunk | Completed]) -> str:
    return "".join(item.text for item in items if isinstance(item, Chunk))


# ---------------------------------------------------------------- formats


@pytest.mark.parametrize("wire", STREAMED, ids=lambda wire: f"{wire.dialect}{wire.path}")
async def test_an_answer_split_at_every_byte(fake: Fake, wire: Wire) -> None:
    wire.install(fake)
    service, raw = client(fake, wire.dialect), wire.whole()

    def split(at: int) -> Callable[[Connection], Any]:
        async def handler(connection: Connection) -> None:
            await connection.open_stream(wire.kind)
            await connection.send(raw[:at], raw[at:])

        return handler

    for at in range(1, len(raw)):
        fake.handlers[wire.path] = split(at)
        got: list[str] = []
        await wire.ask(service, got)
        assert "".join(got) == "".join(TEXTS), at


@pytest.mark.parametrize("wire", STREAMED, ids=lambda wire: f"{wire.dialect}{wire.path}")
async def test_one_way_to_end(fake: Fake, wire: Wire) -> None:
    """Exactly one `Completed`, which comes last and counts the tokens."""
    wire.install(fake)
    request = CompletionRequest("p", SAMPLING, messages=openai.MESSAGES if "chat" in wire.path else ())
    items = await collect(client(fake, wire.dialect), request)
    assert [isinstance(item, Completed) for item in items] == [False] * (len(items) - 1) + [True]
    assert cast(Completed, items[-1]).tokens == len(TEXTS)


# ---------------------------------------------------------------- requests


COMMON = {"max_tokens": 5, "temperature": 0.5, "top_p": 0.9, "top_k": 7, "seed": 3}


async def test_what_vllm_is_asked(fake: Fake) -> None:
    fake.always("/v1/models", 200, openai.MODELS)
    fake.streams("/v1/completions", vllm_events("a"))
    await collect(client(fake, "vllm"), CONSTRAINED)
    assert fake.requests[-1].body == {
        "model": "smol",
        "prompt": "p",
        "stream": True,
        "stream_options": {"include_usage": True},
        **COMMON,
        "stop": ["\n\n"],
        "logprobs": 1,
        "logit_bias": {"7": -100},
        "structured_outputs": {"grammar": GRAMMAR},
    }


async def test_what_vllm_is_asked_in_a_chat(fake: Fake) -> None:
    fake.always("/v1/models", 200, openai.MODELS)
    fake.streams("/v1/chat/completions", openai.choice({"content": "a"}, "stop"))
    assert text_of(await collect(client(fake, "vllm"), CHAT)) == "a"
    body = fake.requests[-1].body
    assert body["messages"] == [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    assert body["structured_outputs"] == {"grammar": GRAMMAR}
    assert "prompt" not in body


async def test_what_llamacpp_is_asked(fake: Fake) -> None:
    fake.streams("/completion", llama_events("a"))
    await collect(client(fake, "llamacpp"), CONSTRAINED)
    body = fake.requests[-1].body
    assert (body["n_probs"], body["logit_bias"], body["grammar"]) == (1, [[7, -100]], GRAMMAR)
    fake.streams("/v1/chat/completions", openai.choice({"content": "a"}, "stop"))
    await collect(client(fake, "llamacpp"), CHAT)
    assert fake.requests[-1].body["grammar"] == GRAMMAR


async def test_what_sglang_is_asked(fake: Fake) -> None:
    sglang.WIRES[0].install(fake)
    await collect(client(fake, "sglang"), CONSTRAINED)
    assert fake.requests[-1].body == {
        "text": "p",
        "stream": True,
        "return_logprob": True,
        "sampling_params": {
            "max_new_tokens": 5,
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 7,
            "stop": ["\n\n"],
            "logit_bias": {"7": -100},
            "ebnf": GRAMMAR,
        },
    }
    fake.streams("/v1/chat/completions", openai.choice({"content": "a"}, "stop"))
    await collect(client(fake, "sglang"), CHAT)
    assert fake.requests[-1].body["ebnf"] == GRAMMAR


async def test_what_modal_is_asked(fake: Fake) -> None:
    modal.WIRES[0].install(fake)
    await collect(client(fake, "modal", api_key="k"), CONSTRAINED)
    assert fake.requests[-1].headers["authorization"] == "Bearer k"
    assert fake.requests[-1].body == {
        "prompt": "p",
        "max_tokens": 5,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 7,
        "stop_sequences": ["\n\n"],
        "stream": True,
        "constraints": {"grammar": GRAMMAR},
    }


async def test_what_runpod_is_asked(fake: Fake) -> None:
    runpod.WIRES[0].install(fake)
    await collect(client(fake, "runpod", model="smol"), CONSTRAINED)
    asked = next(request.body for request in fake.requests if request.path == "/run")["input"]
    assert (asked["prompt"], asked["openai_route"]) == ("p", "/v1/completions")
    assert asked["openai_input"]["structured_outputs"] == {"grammar": GRAMMAR}
    assert asked["sampling_params"] == {**COMMON, "stop": ["\n\n"], "structured_outputs": {"grammar": GRAMMAR}}


@pytest.mark.parametrize("dialect", ["vllm", "sglang", "modal", "openai"])
async def test_extra_parameters_cannot_bring_a_constraint(fake: Fake, dialect: str) -> None:
    for wire in STREAMED:
        if wire.dialect == dialect:
            wire.install(fake)
    names = ("structured_outputs", "guided_grammar", "ebnf", "regex", "json_schema", "constraints", "response_format")
    await collect(client(fake, dialect), CompletionRequest("p", SAMPLING, extra=dict.fromkeys(names, "x")))
    sent = fake.requests[-1].body
    assert not set(names) & {*sent, *sent.get("sampling_params", {})}


# ---------------------------------------------------------------- log-probabilities


async def test_log_probabilities(fake: Fake) -> None:
    def scored(*numbers: float) -> dict[str, Any]:
        return {"completion_probabilities": [{"logprob": number, "token": "x"} for number in numbers]}

    raw = event({"content": "ab", "stop": False, **scored(-1.0, -0.5)})
    fake.streams("/completion", raw + llama_events("c"))
    chunks = await collect(client(fake, "llamacpp"))
    assert [item.logprob for item in chunks if isinstance(item, Chunk)] == [-1.5, None]

    fake.always("/v1/models", 200, openai.MODELS)
    first = {"index": 0, "text": "", "logprobs": {"token_logprobs": [-1.0]}, "finish_reason": None}
    second = {"index": 0, "text": "ü", "logprobs": {"token_logprobs": [-0.5, None]}, "finish_reason": "stop"}
    fake.streams("/v1/completions", event({"choices": [first]}) + event({"choices": [second]}))
    # The pieces of a character count where its text comes.
    assert (await collect(client(fake, "vllm")))[0] == Chunk("ü", 2, -1.5)

    told = {"logprobs": {"content": [{"token": "a", "logprob": -0.25}]}}
    fake.streams("/v1/chat/completions", openai.choice({"content": "a"}, "stop", **told))
    assert (await collect(client(fake, "openai"), CHAT))[0] == Chunk("a", 1, -0.25)

    sglang.WIRES[0].install(fake)
    one = {"text": "a", "meta_info": sglang.meta(1, output_token_logprobs=[[-1.0, 5, None]])}
    stop = {"type": "stop"}
    two = {"text": "abc", "meta_info": sglang.meta(3, stop, output_token_logprobs=[[-1.0, 5], [-0.5, 6], [-0.25, 7]])}
    fake.streams("/generate", event(one) + event(two))
    chunks = await collect(client(fake, "sglang"))
    assert [item.logprob for item in chunks if isinstance(item, Chunk)] == [-1.0, -0.75]


# ---------------------------------------------------------------- SGLang


async def test_sglang_is_found_and_proven(fake: Fake) -> None:
    sglang.WIRES[0].install(fake)

    async def generate(connection: Connection) -> None:
        text = connection.request.body["sampling_params"]["ebnf"].split('"')[1]
        await connection.open_stream()
        await connection.send(b"".join(raw for _, raw in sglang.pieces(list(text))))

    fake.handlers["/generate"] = generate
    seen = await client(fake, "auto").capabilities()
    assert (seen.server, seen.version, seen.model, seen.grammar, seen.context_size, seen.way) == (
        "SGLang",
        "0.5.4",
        "smol",
        True,
        2048,
        "ebnf",
    )


async def test_sglang_that_streams_pieces(fake: Fake) -> None:
    sglang.WIRES[0].install(fake)
    fake.always("/get_server_info", 200, {**sglang.INFO, "incremental_streaming_output": True})
    pieces = [event({"text": "aa", "meta_info": sglang.meta(1)}), event({"text": "aa", "meta_info": sglang.meta(2)})]
    end = event({"text": "", "meta_info": sglang.meta(2, {"type": "length", "length": 2})})
    fake.streams("/generate", b"".join([*pieces, end]))
    items = await collect(client(fake, "sglang"))
    assert text_of(items) == "aaaa"
    assert cast(Completed, items[-1]).finish_reason == "length"


async def test_sglang_shows_half_a_character(fake: Fake) -> None:
    sglang.WIRES[0].install(fake)
    first = event({"text": "a\ufffd", "meta_info": sglang.meta(1)})
    last = event({"text": "aü", "meta_info": sglang.meta(2, {"type": "stop"})})
    fake.streams("/generate", first + last)
    assert text_of(await collect(client(fake, "sglang"))) == "aü"


async def test_sglang_takes_text_back(fake: Fake) -> None:
    sglang.WIRES[0].install(fake)
    first, last = event({"text": "ab", "meta_info": {}}), event({"text": "xb", "meta_info": {}})
    fake.streams("/generate", first + last)
    with pytest.raises(ServiceProtocolError, match="changed text"):
        await collect(client(fake, "sglang"))


async def test_sglang_refuses_a_grammar_in_the_stream(fake: Fake) -> None:
    sglang.WIRES[0].install(fake)
    reason = {"type": "abort", "message": "Failed to compile ebnf grammar", "status_code": 400}
    fake.streams("/generate", event({"text": "", "meta_info": sglang.meta(0, reason)}))
    with pytest.raises(ServiceRefused, match=r"Failed to compile.*llguidance") as caught:
        await collect(client(fake, "sglang"), CONSTRAINED)
    assert caught.value.status == 400


# ---------------------------------------------------------------- vLLM of older versions


async def test_vllm_before_structured_outputs(fake: Fake) -> None:
    """It ignores the new field, and obeys the old one."""
    fake.always("/version", 200, {"version": "0.10.1"})
    fake.always("/v1/models", 200, openai.MODELS)

    async def complete(connection: Connection) -> None:
        grammar = connection.request.body.get("guided_grammar")
        await connection.open_stream()
        await connection.send(vllm_events(grammar.split('"')[1] if grammar else "a + b"))

    fake.handlers["/v1/completions"] = complete
    service = client(fake, "vllm")
    seen = await service.capabilities()
    assert (seen.grammar, seen.way) == (True, "guided_grammar")
    await collect(service, CONSTRAINED)
    assert "structured_outputs" not in fake.requests[-1].body


async def test_grammars_without_intersections(fake: Fake) -> None:
    fake.always("/version", 200, {"version": "0.32.0"})
    fake.always("/v1/models", 200, openai.MODELS)

    async def complete(connection: Connection) -> None:
        grammar = connection.request.body["structured_outputs"]["grammar"]
        if "&" in grammar:
            await connection.answer(400, {"error": {"message": "unexpected `&`", "code": 400}})
            return
        await connection.open_stream()
        await connection.send(vllm_events(grammar.split('"')[1]))

    fake.handlers["/v1/completions"] = complete
    seen = await client(fake, "vllm").capabilities()
    assert (seen.grammar, seen.plain_grammar) == (False, True)


# ---------------------------------------------------------------- OpenAI-compatible


def hosted(fake: Fake, *, way: str = "", chats: bool = False, **model: object) -> None:
    """A service that obeys a grammar handed over in one way, or in none."""
    fake.always("/v1/models", 200, {"data": [{"id": "smol", **model}]})

    async def answer(connection: Connection) -> None:
        body = connection.request.body
        given = body.get(way)
        text = (given["grammar"] if isinstance(given, dict) else given).split('"')[1] if given else "a + b"
        await connection.open_stream()
        raw = openai.choice({"content": text}, "stop") if "messages" in body else vllm_events(text)
        await connection.send(raw)

    fake.handlers["/v1/chat/completions"] = answer
    if not chats:
        fake.handlers["/v1/completions"] = answer


@pytest.mark.parametrize("way", ["structured_outputs", "guided_grammar", "grammar", "ebnf"])
@pytest.mark.parametrize("chats", [True, False])
async def test_the_way_to_hand_over_a_grammar_is_found(fake: Fake, way: str, chats: bool) -> None:
    hosted(fake, way=way, chats=chats)
    service = client(fake, "auto")
    seen = await service.capabilities()
    assert (seen.server, seen.grammar, seen.way, seen.chat) == ("OpenAI-compatible", True, way, chats)
    await collect(service, CHAT if chats else CONSTRAINED)
    ways = {"structured_outputs", "guided_grammar", "grammar", "ebnf"}
    assert ways & set(fake.requests[-1].body) == {way}


async def test_a_service_without_grammars(fake: Fake) -> None:
    hosted(fake)
    service = client(fake, "openai")
    seen = await service.capabilities()
    assert (seen.grammar, seen.way, seen.chat) == (False, "", False)
    await collect(service, CONSTRAINED)
    assert not {"structured_outputs", "guided_grammar", "grammar", "ebnf"} & set(fake.requests[-1].body)


async def test_ollama_only_chats(fake: Fake) -> None:
    """Its route for texts puts them into the template of a chat."""
    hosted(fake, owned_by="library")
    assert (await client(fake, "auto").capabilities()).chat
    assert "/v1/completions" not in fake.paths()


async def test_a_grammar_as_a_custom_tool(fake: Fake) -> None:
    fake.always("/v1/models", 200, {"data": [{"id": "smol"}]})

    async def answer(connection: Connection) -> None:
        body = connection.request.body
        unknown = [key for key in ("structured_outputs", "guided_grammar", "grammar", "ebnf", "top_k") if key in body]
        if unknown:
            message = f"Unrecognized request arguments supplied: {', '.join(unknown)}"
            await connection.answer(400, {"error": {"message": message, "type": "invalid_request_error"}})
            return
        if "max_tokens" in body:
            message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            await connection.answer(400, {"error": {"message": message}})
            return
        await connection.open_stream()
        if "tools" not in body:
            await connection.send(openai.choice({"content": "a + b"}, "stop"))
            return
        told = body["tools"][0]["custom"]
        assert body["tool_choice"] == {"type": "custom", "custom": {"name": told["name"]}}
        text = told["format"]["grammar"]["definition"].split('"')[1]
        for piece in (text[:3], text[3:]):
            call = {"index": 0, "id": "c", "type": "custom", "custom": {"name": told["name"], "input": piece}}
            await connection.send(openai.choice({"tool_calls": [call]}))
        await connection.send(openai.choice({}, "tool_calls"), openai.usage(2))

    fake.handlers["/v1/chat/completions"] = answer
    service = client(fake, "openai")
    seen = await service.capabilities()
    assert (seen.grammar, seen.way, seen.chat) == (True, "custom tool", True)
    assert text_of(await collect(service, CHAT)) == "a"
    assert fake.requests[-1].body["max_completion_tokens"] == 5


@pytest.mark.parametrize(
    "refusal",
    [
        {"error": {"message": "Unrecognized request argument supplied: top_k"}},
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "top_k"], "msg": "Extra inputs are not permitted"}]},
    ],
)
async def test_a_field_that_is_refused_is_left_out(fake: Fake, refusal: object) -> None:
    fake.always("/v1/models", 200, openai.MODELS)

    async def answer(connection: Connection) -> None:
        if "top_k" in connection.request.body:
            await connection.answer(422, refusal)
            return
        await connection.open_stream()
        await connection.send(vllm_events("a"))

    fake.handlers["/v1/completions"] = answer
    service = client(fake, "openai")
    for _ in range(2):
        assert text_of(await collect(service)) == "a"
    assert fake.paths().count("/v1/completions") == 3


async def test_a_refused_grammar_is_never_left_out(fake: Fake) -> None:
    hosted(fake, way="grammar")
    service = client(fake, "openai")
    assert (await service.capabilities()).way == "grammar"
    fake.always("/v1/completions", 400, {"error": {"message": "the grammar is too large"}})
    with pytest.raises(ServiceRefused, match="too large"):
        await collect(service, CONSTRAINED)


async def test_the_model_among_several(fake: Fake) -> None:
    hosted(fake)
    fake.always("/v1/models", 200, {"data": [{"id": "qwen:latest"}, {"id": "other"}]})
    with pytest.raises(ServiceRefused, match=r"several models.*qwen:latest, other.*Set `model`"):
        await client(fake, "openai").capabilities()
    for wanted, asked in (("qwen", "qwen:latest"), ("other", "other"), ("unlisted", "unlisted")):
        await collect(client(fake, "openai", model=wanted))
        assert fake.requests[-1].body["model"] == asked


async def test_an_address_without_v1(fake: Fake) -> None:
    fake.always("/api/v4/models", 200, openai.MODELS)
    fake.streams("/api/v4/chat/completions", openai.choice({"content": "a"}, "stop"))
    _opened.append(connect(settings(endpoint=f"{fake.url}/api/v4", dialect="auto")))
    assert text_of(await collect(_opened[-1], CHAT)) == "a"


# ---------------------------------------------------------------- thoughts


@pytest.mark.parametrize(
    ("deltas", "text"),
    [
        ([{"reasoning_content": "Hm."}, {"content": "a"}], "a"),
        ([{"reasoning": "Hm."}, {"content": "a"}], "a"),
        ([{"content": "<think>Hm"}, {"content": ".</think>\n\n  a"}], "  a"),
        ([{"content": piece} for piece in "\n<think>\n</b></think>\na < b"], "a < b"),
        ([{"content": piece} for piece in "<th"], "<th"),
        ([{"content": "  <b>"}], "  <b>"),
        ([{"content": "\n "}], "\n "),
        ([{"content": "<think>never an end"}], ""),
    ],
)
async def test_thoughts_never_come_through(fake: Fake, deltas: list[dict[str, str]], text: str) -> None:
    fake.always("/v1/models", 200, openai.MODELS)
    fake.streams("/v1/chat/completions", *map(openai.choice, deltas), openai.choice({}, "stop"))
    assert text_of(await collect(client(fake, "openai"), CHAT)) == text


async def test_thoughts_take_nothing_from_the_budget(fake: Fake) -> None:
    """A model that was seen to think gets more tokens; its answer ends where they would have ended it."""
    fake.always("/v1/models", 200, openai.MODELS)
    thoughts = [openai.choice({"reasoning_content": "Hm. "}, **scored(-9.0)) for _ in range(9)]
    answer = [openai.choice({"content": "a"}, **scored(-0.5)) for _ in range(9)]
    fake.streams("/v1/chat/completions", *thoughts, *answer)
    service = client(fake, "openai")
    for asked in (5, 5 + openai_stream.THINKING):
        items = await collect(service, CHAT)
        assert items == [*(Chunk("a", number, -0.5) for number in range(1, 6)), Completed("length", 5, 0, 0.0, 0.0)]
        assert fake.requests[-1].body["max_tokens"] == asked


def scored(*numbers: float) -> dict[str, Any]:
    return {"logprobs": {"content": [{"token": "x", "logprob": number} for number in numbers]}}


# ---------------------------------------------------------------- Modal


async def test_modal_is_found(fake: Fake) -> None:
    modal.WIRES[0].install(fake)
    seen = await client(fake, "auto").capabilities()
    assert (seen.server, seen.model, seen.grammar) == ("Modal", "smol", False)


async def test_modal_without_streams(fake: Fake) -> None:
    modal.WIRES[1].install(fake)
    service = client(fake, "modal")
    for _ in range(2):
        assert await collect(service) == [Chunk("".join(TEXTS), 3), Completed("stop", 3, 0, 0.0, 20.0)]
    assert fake.paths() == ["/generate/stream", "/generate", "/generate"]


@pytest.mark.parametrize(
    "answer",
    [
        {"generated_text": "", "tokens_generated": 0, "finish_reason": "error", "metadata": {"error": "out of memory"}},
        {"error": "out of memory"},
    ],
)
async def test_modal_errs_with_200(fake: Fake, answer: dict[str, Any]) -> None:
    fake.always("/generate", 200, answer)
    with pytest.raises(ServiceRefused, match="out of memory"):
        await collect(client(fake, "modal"))


async def test_modal_errs_in_the_stream(fake: Fake) -> None:
    fake.streams("/generate/stream", event({"token": "a"}), event({"token": "", "done": True, "error": "no memory"}))
    with pytest.raises(ServiceRefused, match="no memory"):
        await collect(client(fake, "modal"))


async def test_modal_breaks_off(fake: Fake) -> None:
    fake.streams("/generate/stream", event({"token": "a", "done": False, "error": None}))
    with pytest.raises(ServiceUnreachable):
        await collect(client(fake, "modal"))


async def test_what_modal_says_of_constraints_is_not_believed(fake: Fake) -> None:
    modal.WIRES[1].install(fake)
    assert not (await client(fake, "modal").capabilities()).grammar


# ---------------------------------------------------------------- RunPod


def polled(fake: Fake, *answers: dict[str, Any]) -> None:
    runpod.WIRES[0].install(fake)
    left = list(answers)

    async def stream(connection: Connection) -> None:
        await connection.answer(200, left.pop(0) if len(left) > 1 else left[0])

    fake.handlers[f"/stream/{runpod.JOB}"] = stream


async def test_runpod_piece_by_piece(fake: Fake) -> None:
    def line(text: str, reason: str | None = None) -> str:
        return "data: " + json.dumps({"choices": [{"index": 0, "text": text, "finish_reason": reason}]}) + "\n\n"

    polled(
        fake,
        runpod.answer("IN_QUEUE"),
        runpod.answer("IN_PROGRESS", line("a") + line("b")),
        runpod.answer("IN_PROGRESS"),
        runpod.answer("COMPLETED", line("c", "length"), "data: [DONE]\n\n"),
    )
    items = await collect(client(fake, "runpod"))
    assert (text_of(items), cast(Completed, items[-1]).finish_reason) == ("abc", "length")
    assert f"/cancel/{runpod.JOB}" not in fake.paths()


@pytest.mark.parametrize(
    "outputs",
    [
        [{"choices": [{"tokens": ["a", "b"]}], "usage": {"input": 7, "output": 2}}],
        [[{"choices": [{"tokens": ["ab"]}]}]],
        ["a", "b"],
        [{"text": "ab"}],
        [{"choices": [{"text": "ab", "finish_reason": "stop"}]}],
    ],
)
async def test_runpod_workers_put_out_what_they_like(fake: Fake, outputs: list[Any]) -> None:
    polled(fake, runpod.answer("COMPLETED", *outputs))
    assert text_of(await collect(client(fake, "runpod"))) == "ab"


async def test_a_runpod_worker_that_does_not_stream(fake: Fake) -> None:
    polled(fake, runpod.answer("COMPLETED"))
    fake.always(f"/status/{runpod.JOB}", 200, {"status": "COMPLETED", "output": {"text": "ab"}})
    assert text_of(await collect(client(fake, "runpod"))) == "ab"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": "FAILED", "error": "CUDA is not available"}, "CUDA is not available"),
        ({"status": "TIMED_OUT"}, "TIMED_OUT"),
        (runpod.answer("IN_PROGRESS", {"error": "bad input"}), "bad input"),
    ],
)
async def test_a_runpod_job_that_fails(fake: Fake, answer: dict[str, Any], words: str) -> None:
    polled(fake, answer)
    with pytest.raises(ServiceRefused, match=words):
        await collect(client(fake, "runpod"))


async def test_a_runpod_job_that_nobody_waits_for_is_cancelled(fake: Fake) -> None:
    polled(fake, runpod.answer("IN_PROGRESS", {"text": "a"}))
    stream = cast(AsyncGenerator[Chunk | Completed], client(fake, "runpod").stream(PLAIN))
    assert await anext(stream) == Chunk("a", 1)
    await stream.aclose()
    assert fake.paths()[-1] == f"/cancel/{runpod.JOB}"


async def test_a_runpod_job_without_a_worker(fake: Fake) -> None:
    polled(fake, runpod.answer("IN_QUEUE"))
    with pytest.raises(ServiceUnreachable, match="workers may be busy or starting"):
        await collect(client(fake, "runpod", first_token_timeout=0.05))
    assert fake.paths()[-1] == f"/cancel/{runpod.JOB}"


async def test_a_runpod_worker_that_starts(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is told so while its job is in the queue."""
    monkeypatch.setattr(patience, "NOTE_EVERY", 0.02)
    notes: list[str] = []

    async def stream(connection: Connection) -> None:
        ready = len(notes) > 1
        await connection.answer(200, runpod.answer("COMPLETED", {"text": "ab"}) if ready else runpod.answer("IN_QUEUE"))

    for path, answer in runpod.ANSWERS.items():
        fake.always(path, 200, answer)
    fake.handlers[f"/stream/{runpod.JOB}"] = stream
    service = connect(settings(endpoint=fake.url, dialect="runpod"), notes.append)
    assert (await collect(service))[0] == Chunk("ab", 1)
    assert set(notes) == {"the service is starting, 0 s"}
    await service.aclose()


@pytest.mark.parametrize("path", ["/run", f"/stream/{runpod.JOB}"])
async def test_what_a_runpod_request_does_is_not_done_twice(fake: Fake, path: str) -> None:
    """A job is not queued again, and pieces that may have been told are not asked for again."""

    async def breaks(connection: Connection) -> None:
        connection.reset()

    polled(fake, runpod.answer("COMPLETED", {"text": "ab"}))
    fake.handlers[path] = breaks
    with pytest.raises(ServiceUnreachable, match="broke"):
        await collect(client(fake, "runpod"))
    assert fake.paths().count(path) == 1


@pytest.mark.parametrize(
    ("endpoint", "dialect"),
    [
        ("https://api.runpod.ai/v2/abc", "runpod"),
        ("https://api.runpod.ai/v2/abc/openai/v1", "openai"),
    ],
)
async def test_runpod_is_known_by_its_address(endpoint: str, dialect: str) -> None:
    address = Http(remote.base_address(endpoint))
    assert await remote._ask_dialect(address) == dialect
    await address.aclose()


# ---------------------------------------------------------------- how busy


async def test_queues(fake: Fake) -> None:
    metrics = (
        "# HELP vllm:num_requests_running n\n"
        'vllm:num_requests_running{engine="0",model_name="a b"} 2.0\n'
        'vllm:num_requests_running{engine="1",model_name="a b"} 1.0\n'
        "vllm:num_requests_waiting 4.0 1700000000\n"
        "vllm:broken NaN\n"
    )
    fake.always("/v1/models", 200, openai.MODELS)
    fake.always("/slots", 200, [{"is_processing": True}, {"is_processing": False}])
    fake.always("/health", 200, runpod.ANSWERS["/health"])
    fake.always("/metrics", 200, metrics.encode(), "text/plain")
    for dialect, queue in (
        ("vllm", Queue(3, 4)),
        ("llamacpp", Queue(1, 0)),
        ("runpod", Queue(1, 2)),
        ("sglang", None),
        ("openai", None),
    ):
        service = cast(Any, client(fake, dialect))
        assert await service.queue() == queue, dialect
