"""Prompts with a gap: formats, the models that know them, and what servers and model files say of themselves."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import pytest

from maze_lsp.inference import connect, retry
from maze_lsp.inference.embedded.gguf import Described, described
from maze_lsp.inference.infill import FORMATS, by_name, custom, of_models
from maze_lsp.inference.types import CompletionRequest, Sampling
from maze_lsp.settings import Settings

from .fake import Connection, Fake, fake_service, llama_events, settings, vllm_events


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fake]:
    monkeypatch.setattr(retry, "BACKOFF_BASE", 0.001)
    async with fake_service() as service:
        yield service


# ---------------------------------------------------------------- formats


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("qwen", "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>"),
        ("starcoder2", "<fim_prefix>a<fim_suffix>b<fim_middle>"),
        ("starcoder", "<fim_prefix>a<fim_suffix>b<fim_middle>"),
        ("codellama", "▁<PRE>a▁<SUF>b▁<MID>"),
        ("deepseek", "<｜fim▁begin｜>a<｜fim▁hole｜>b<｜fim▁end｜>"),
        ("codestral", "[SUFFIX]b[PREFIX]a"),
        ("granite", "<fim_prefix>a<fim_suffix>b<fim_middle>"),
        ("granite4", "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>"),
        ("codegemma", "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>"),
    ],
)
def test_a_gap_in_each_format(name: str, expected: str) -> None:
    shape = by_name(name)
    assert shape is not None
    before, behind = shape.around("b")
    assert before + "a" + behind == expected


def test_files_stand_in_front() -> None:
    for name, expected in (
        ("qwen", "<|file_sep|>x.py\nx\n<|file_sep|>a.py\n<|fim_prefix|>"),
        ("starcoder2", "<file_sep>x.py\nx\n<file_sep><fim_prefix>a.py\n"),
    ):
        shape = by_name(name)
        assert shape is not None
        assert shape.around("b", files=f"{shape.file}x.py\nx\n", name="a.py")[0] == expected


def test_the_setting_names_each_format() -> None:
    known = get_args(Settings.model_fields["fim"].annotation)
    assert known == ("auto", "off", *(one.name for one in FORMATS))


@pytest.mark.parametrize("shape", FORMATS, ids=lambda one: one.name)
def test_tokens_in_a_text_are_defused(shape: object) -> None:
    assert shape in FORMATS
    for one in FORMATS:
        text = one.defused("x".join((*one.marks, one.file, *one.stop)))
        assert not [mark for mark in (*one.marks, one.file, *one.stop) if mark and mark in text]
        assert one.defused("a[b] <c>") == "a[b] <c>"


# ---------------------------------------------------------------- models by their names


@pytest.mark.parametrize(
    ("model", "format_name"),
    [
        ("Qwen/Qwen2.5-Coder-7B", "qwen"),
        ("/models/qwen2.5-coder-7b-q4_k_m.gguf", "qwen"),
        ("Qwen3-Coder-30B-A3B-Instruct", "qwen"),
        ("starcoder2-3b", "starcoder2"),
        ("bigcode/tiny_starcoder_py", "starcoder"),
        ("stable-code-3b", "starcoder"),
        ("CodeLlama-7b-hf", "codellama"),
        ("Code_Llama 13B", "codellama"),
        ("deepseek-coder-6.7b-base", "deepseek"),
        ("DeepSeek-Coder-V2-Lite-Instruct", "deepseek"),
        ("Codestral-22B-v0.1", "codestral"),
        ("granite-8b-code-base-4k", "granite"),
        ("granite-3.3-8b-base", "granite"),
        ("granite-4.0-h-tiny", "granite4"),
        ("codegemma-2b", "codegemma"),
        ("qwen2.5-7b-instruct", ""),
        ("CodeLlama-34b-hf", ""),
        ("CodeLlama-7b-Python-hf", ""),
        ("deepseek-coder-6.7b-instruct", ""),
        ("mamba-codestral-7B", ""),
        ("smollm2-135m", ""),
    ],
)
def test_models_by_name(model: str, format_name: str) -> None:
    found = of_models([model])
    assert (found.name if found else "") == format_name


# ---------------------------------------------------------------- what servers say


def llama(fake: Fake, *, tokens: dict[str, list[int]] | None, **props: str) -> None:
    """A llama.cpp server whose vocabulary has these texts as tokens; None: without `/tokenize`."""
    fake.always("/props", 200, {"default_generation_settings": {"n_ctx": 4096}, "build_info": "b1", **props})

    async def complete(connection: Connection) -> None:
        await connection.open_stream()
        await connection.send(llama_events(connection.request.body["grammar"].split('"')[1]))

    async def tokenize(connection: Connection) -> None:
        assert tokens is not None
        text = connection.request.body["content"]
        await connection.answer(200, {"tokens": tokens.get(text, list(text.encode()))})

    fake.handlers["/completion"] = complete
    if tokens is not None:
        fake.handlers["/tokenize"] = tokenize


QWEN = {"<|fim_prefix|><|fim_suffix|><|fim_middle|>": [1, 2, 3]}


@pytest.mark.parametrize(
    "props", [{"model_alias": "qwen2.5-coder"}, {"model_alias": "x", "model_path": "/m/Qwen2.5-Coder.gguf"}]
)
async def test_llamacpp_tells_its_model(fake: Fake, props: dict[str, str]) -> None:
    llama(fake, tokens=QWEN, **props)
    service = connect(settings(endpoint=fake.url))
    seen = await service.capabilities()
    assert (seen.infill, seen.counts) == (by_name("qwen"), True)
    await service.capabilities()
    assert fake.paths().count("/tokenize") == 1, "asked once"
    await service.aclose()


async def test_a_name_is_not_believed_against_the_vocabulary(fake: Fake) -> None:
    llama(fake, tokens={}, model_alias="qwen2.5-coder")
    service = connect(settings(endpoint=fake.url))
    seen = await service.capabilities()
    assert (seen.infill, seen.counts) == (None, True)
    await service.aclose()


async def test_a_server_that_cannot_count(fake: Fake) -> None:
    llama(fake, tokens=None, model_alias="qwen2.5-coder")
    service = connect(settings(endpoint=fake.url))
    seen = await service.capabilities()
    assert (seen.infill, seen.counts) == (by_name("qwen"), False)
    await service.aclose()


async def test_vllm_tells_its_model_behind_a_served_name(fake: Fake) -> None:
    fake.always("/version", 200, {"version": "0.32.0"})
    model = {"id": "code", "root": "bigcode/starcoder2-3b", "max_model_len": 2048}
    fake.always("/v1/models", 200, {"object": "list", "data": [model]})
    fake.always("/tokenize", 200, {"count": 3, "max_model_len": 2048, "tokens": [1, 2, 3]})

    async def complete(connection: Connection) -> None:
        await connection.open_stream()
        await connection.send(vllm_events(connection.request.body["structured_outputs"]["grammar"].split('"')[1]))

    fake.handlers["/v1/completions"] = complete
    service = connect(settings(endpoint=fake.url))
    seen = await service.capabilities()
    assert (seen.infill, seen.counts) == (by_name("starcoder2"), True)
    assert seen.infill is not None
    before, behind = seen.infill.around("b")
    request = CompletionRequest(before + "a" + behind, Sampling(), 'start: "x"', stop=seen.infill.stop)
    [_ async for _ in service.stream(request)]
    body = fake.requests[-1].body
    assert body["prompt"] == "<fim_prefix>a<fim_suffix>b<fim_middle>"
    assert body["stop"] == ["<|endoftext|>", "<file_sep>"]
    assert "suffix" not in body, "vLLM refuses it"
    await service.aclose()


# ---------------------------------------------------------------- what model files say


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf(**values: str | int | list[str]) -> bytes:
    """The head of a GGUF file; `__` in a key is a dot."""
    out = b"GGUF" + struct.pack("<IQQ", 3, 0, len(values))
    for key, value in values.items():
        out += text(key.replace("__", "."))
        if isinstance(value, str):
            out += struct.pack("<I", 8) + text(value)
        elif isinstance(value, int):
            out += struct.pack("<II", 4, value)
        else:
            out += struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    return out


FIM = {f"tokenizer__ggml__fim_{part}_token_id": at for part, at in (("pre", 1), ("suf", 3), ("mid", 2))}
WORDS = ["a", "<P>", "<M>", "<S>"]


def test_a_model_file_names_its_tokens(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(gguf(general__name="Coder", tokenizer__ggml__tokens=WORDS, **FIM))
    assert described(file) == Described(("Coder",), ("<P>", "<S>", "<M>"))


def test_older_keys(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    older = {f"tokenizer__ggml__{part}_token_id": at for part, at in (("prefix", 1), ("suffix", 3), ("middle", 2))}
    file.write_bytes(gguf(tokenizer__ggml__tokens=WORDS, **older))
    assert described(file).infill == ("<P>", "<S>", "<M>")


@pytest.mark.parametrize("left", [0, 3, 4, 30, 60, 200])
def test_a_broken_model_file_says_nothing(tmp_path: Path, left: int) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(gguf(general__name="Coder", tokenizer__ggml__tokens=WORDS, **FIM)[:left])
    assert described(file) == Described()
    assert described(tmp_path / "missing.gguf") == Described()


def test_tokens_that_the_vocabulary_lacks_do_not_count(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(gguf(tokenizer__ggml__tokens=WORDS[:2], **FIM))
    assert described(file).infill is None


def test_tokens_of_an_unknown_model() -> None:
    assert custom("<P>", "<S>", "<M>").around("b") == ("<P>", "<S>b<M>")
