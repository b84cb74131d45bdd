"""What is sent: a gap where the model knows one, comments where it does not, and never more than the budget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from maze_lsp.constraints.compile import heal_of
from maze_lsp.context.cursor import begun_holes
from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes_at
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import HoleContext, Snapshot
from maze_lsp.errors import ServiceRefused
from maze_lsp.inference.infill import by_name
from maze_lsp.inference.types import Capabilities, Sampling
from maze_lsp.languages import by_path
from maze_lsp.pipeline import Finished, HoleRequest, Pipeline
from maze_lsp.pipeline.prompting import Prompt, budget_of, prompt_for
from maze_lsp.provenance.digests import digest
from maze_lsp.settings import Layer, Settings, resolve
from maze_lsp.text import Span
from tests.unit.pipeline.fakes import ScriptedService

SOURCE = "import shop\n\n\ndef total(prices):\n    ‸...\n\n\ndef main() -> None:\n    print(total([1]))\n"
HEAL = "\n    "
SAMPLING = Sampling(max_tokens=64, temperature=0.0, seed=5)


def context_at(source: str = SOURCE, **more: Any) -> HoleContext:
    at = source.index("‸")
    snapshot = opened(source.replace("‸", ""))
    return derive(snapshot, holes_at(snapshot, Span(at, at))[0], **more)


def opened(text: str, name: str = "a.py") -> Snapshot:
    spec = by_path(name)
    assert spec is not None
    return open_snapshot(f"file:///work/{name}", 1, spec, text)


def of(**values: Any) -> Settings:
    resolved = resolve([Layer("test", values)])
    assert not resolved.problems
    return resolved.settings


class Counter(ScriptedService):
    """Counts tokens as a test says, and how often it was asked."""

    def __init__(self, tokens: Callable[[str], int] = lambda text: len(text.encode()), *scripts: str) -> None:
        super().__init__(*scripts)
        self.calls = 0
        self._tokens = tokens

    async def tokenize(self, text: str) -> list[int]:
        self.calls += 1
        return [0] * self._tokens(text)


def prompt(
    context: HoleContext | None = None,
    *others: Snapshot,
    service: Counter | None = None,
    model: str = "",
    size: int = 0,
    max_tokens: int = 256,
    **values: Any,
) -> Prompt:
    context = context or context_at()
    seen = Capabilities("scripted", "1", "m", True, size, by_name(model), counts=service is not None)
    heal = heal_of(context)
    return asyncio.run(
        prompt_for(context, others, heal, service or Counter(), seen, of(**values), max_tokens=max_tokens)
    )


# ---------------------------------------------------------------- models that know no gap


def test_what_is_defined_behind_stands_above() -> None:
    assert prompt().sent == "# Defined below:\n#   def main() -> None:\nimport shop\n\n\ndef total(prices):"


def test_the_digest_can_be_left_out() -> None:
    assert prompt(suffix_digest=False).sent == "import shop\n\n\ndef total(prices):"


def test_nothing_is_said_where_nothing_follows() -> None:
    assert prompt(context_at("def f(a):\n    ‸...\n")).sent == "def f(a):"


def test_other_files_are_shown_in_comments() -> None:
    other = opened("import os\n\n\nclass Cart:\n    def add(self, item): return 1\n", "shop.py")
    assert prompt(None, other, suffix_digest=False).sent == (
        "# shop.py:\n#   import os\n#   class Cart:\n#       def add(self, item):\nimport shop\n\n\ndef total(prices):"
    )


def test_the_file_that_is_imported_stands_nearest() -> None:
    shop, zoo = opened("def s(): ...\n", "shop.py"), opened("def z(): ...\n", "zoo.py")
    sent = prompt(None, shop, zoo).sent
    assert sent.index("zoo.py") < sent.index("shop.py")


def test_other_files_can_be_left_out_and_other_languages_are() -> None:
    shop, go = opened("def s(): ...\n", "shop.py"), opened("package a\n\nfunc F() {}\n", "a.go")
    assert "def s" not in prompt(None, shop, open_files=False).sent
    assert "func F" not in prompt(None, go).sent


def test_comments_are_those_of_the_language() -> None:
    at = "function f(): number {\n  ‸\n}\nfunction g(): void {}\n"
    snapshot = opened(at.replace("‸", ""), "a.ts")
    context = derive(snapshot, holes_at(snapshot, Span(at.index("‸"), at.index("‸")))[0])
    assert prompt(context).sent == "// Defined below:\n//   function g(): void\nfunction f(): number {"


# ---------------------------------------------------------------- models that know one


def test_the_healed_end_is_taken_off_the_prefix() -> None:
    found = prompt(model="qwen")
    assert found.text.endswith("def total(prices):\n    ")
    assert found.sent == (
        "<|fim_prefix|>import shop\n\n\ndef total(prices):"
        "<|fim_suffix|>\n\n\ndef main() -> None:\n    print(total([1]))\n<|fim_middle|>"
    )


def test_the_suffix_comes_first_where_the_model_wants_it() -> None:
    sent = prompt(model="codestral").sent
    assert sent.startswith("[SUFFIX]\n\n\ndef main()")
    assert sent.endswith("[PREFIX]import shop\n\n\ndef total(prices):")


def test_other_files_stand_in_files_of_their_own() -> None:
    other = opened("def s(): return 1\n", "shop.py")
    assert prompt(None, other, model="qwen").before == (
        "<|file_sep|>shop.py\ndef s():\n<|file_sep|>a.py\n<|fim_prefix|>"
    )
    assert prompt(None, other, model="deepseek").before == "<｜fim▁begin｜># shop.py:\n#   def s():\n"


def test_the_settings_choose() -> None:
    assert prompt(model="qwen", fim="off").format == ""
    assert prompt(fim="granite").format == "granite"
    assert prompt(model="qwen", fim_tokens=["<P>", "<S>", "<M>"]).sent.startswith("<P>import shop")
    assert prompt(model="qwen", fim_tokens=["<P>", "<S>"]).sent.endswith("print(total([1]))\n")
    assert resolve([Layer("test", {"fim_tokens": ["<P>"]})]).problems


def test_tokens_in_the_file_are_no_tokens() -> None:
    context = context_at('A = "<|fim_middle|>"\n' + SOURCE + 'B = "<|fim_prefix|>"\n')
    sent = prompt(context, model="qwen").sent
    assert [sent.count(mark) for mark in ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")] == [1, 1, 1]
    assert 'A = "< |fim_middle|>"' in sent


def test_text_behind_the_generated_text_begins_the_suffix() -> None:
    context = context_at()
    context = replace(context, hole=replace(context.hole, tail="\n)"))
    assert "<|fim_suffix|>\n)\n\n\ndef main" in prompt(context, model="qwen").sent


def test_an_intent_between_prefix_and_hole_does_not_break_the_healing() -> None:
    """The comment stands inside of the white space that the grammar repeats."""
    found = prompt(context_at("def f(a):\n\n    ‸...\n", intent="sort it"), model="qwen")
    assert found.sent == "<|fim_prefix|>def f(a):\n\n    # sort it<|fim_suffix|>\n<|fim_middle|>"


# ---------------------------------------------------------------- the budget


def test_the_budget_is_what_the_context_leaves() -> None:
    assert budget_of(of(), 0, 256) == 3072
    assert budget_of(of(), 2048, 256) == 2048 - 256 - 16
    assert budget_of(of(prompt_tokens=500), 2048, 256) == 500
    assert budget_of(of(), 512, 4096) == 128 - 16, "a text that may be longer than the context leaves a quarter"


LONG = (
    "import shop\n" + "".join(f"x{n} = {n}\n" for n in range(300)) + SOURCE + "".join(f"y{n} = 1\n" for n in range(99))
)
TOKENS: dict[str, Callable[[str], int]] = {
    "bytes": lambda text: len(text.encode()),
    "characters": len,
    "words": lambda text: len(text.split()),
    "digits weigh": lambda text: sum(1 + 0 * len(c) if c.isdigit() else 0 for c in text) + len(text) // 8,
    "the end weighs": lambda text: sum(n % 7 > 3 for n, _ in enumerate(text)) // 2,
}


@hypothesis(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(TOKENS)),
    st.sampled_from(["", "qwen", "starcoder2", "codestral", "deepseek"]),
    st.integers(200, 3000),
    st.booleans(),
)
def test_a_counted_prompt_never_exceeds_the_budget(tokens: str, model: str, room: int, alone: bool) -> None:
    others = [] if alone else [opened("".join(f"def f{n}(): ...\n" for n in range(200)), "shop.py")]
    service = Counter(TOKENS[tokens])
    found = prompt(context_at(LONG), *others, service=service, model=model, prompt_tokens=room)
    assert TOKENS[tokens](found.sent) <= room
    assert service.calls <= 3
    whole = set(LONG.replace("‸...", "").splitlines())
    for part in (found.parts.unhealed, found.parts.suffix):
        assert set(part.splitlines()) <= whole, "no line is cut"


def test_a_prompt_that_fits_is_counted_once_and_a_cut_one_twice() -> None:
    fits, cut, small = (Counter(lambda text: len(text) // 3) for _ in range(3))
    assert prompt(context_at(LONG), service=fits, model="qwen").counted
    assert fits.calls == 1
    prompt(context_at(LONG), service=cut, model="qwen", prompt_tokens=500)
    assert cut.calls == 2
    prompt(service=small, model="qwen")
    assert small.calls == 0, "fewer bytes than the budget has tokens need no counting"


def test_most_of_the_budget_is_used() -> None:
    found = prompt(context_at(LONG), service=Counter(len), model="qwen", prompt_tokens=1000)
    assert 850 <= len(found.sent) <= 1000


def test_without_a_counter_tokens_are_estimated() -> None:
    found = prompt(context_at(LONG), model="qwen", size=600)
    assert found.tokens <= 600 - 256 - 16
    assert not found.counted


async def test_a_counter_that_fails_is_done_without() -> None:
    class Failing(Counter):
        async def tokenize(self, text: str) -> list[int]:
            raise ServiceRefused("no", status=404)

    seen = Capabilities("scripted", "1", "m", True, 600, counts=True)
    found = await prompt_for(context_at(LONG), (), HEAL, Failing(), seen, of(), 256)
    assert not found.counted
    assert found.tokens <= 600 - 256 - 16


# ---------------------------------------------------------------- what is sent, and recorded


class Fim(ScriptedService):
    async def capabilities(self) -> Capabilities:
        return replace(await super().capabilities(), infill=by_name("qwen"))


async def test_a_gap_is_filled_and_the_record_has_the_digest_of_what_was_sent() -> None:
    service = Fim(HEAL + "return sum(prices)")
    other = opened("def s(): ...\n", "shop.py")
    request = HoleRequest(context_at(), SAMPLING, others=(other,))
    events = [event async for event in Pipeline(service, None, of()).generate(request)]
    last = events[-1]
    assert isinstance(last, Finished), last
    assert last.result.text == "return sum(prices)"
    (sent,) = service.requests
    assert sent.prompt.startswith("<|file_sep|>shop.py\ndef s():\n<|file_sep|>a.py\n<|fim_prefix|>import shop")
    assert "def total(prices):<|fim_suffix|>" in sent.prompt
    assert "<|endoftext|>" in sent.stop
    assert last.result.record.prompt_digest == digest(sent.prompt)


async def test_without_a_gap_no_stop_is_sent() -> None:
    service = ScriptedService(HEAL + "return sum(prices)")
    [_ async for _ in Pipeline(service, None, of()).generate(HoleRequest(context_at(), SAMPLING))]
    assert service.requests[0].stop == ()


async def test_a_half_typed_word_is_healed_in_the_prefix() -> None:
    """The word is taken off before the gap and written again under the grammar."""
    at = "def f(prices):\n    return su‸ + 1\n\n\nx = 2\n"
    snapshot = opened(at.replace("‸", ""))
    hole = next(begun_holes(snapshot, at.index("‸")))
    service = Fim(" sum(prices)")
    request = HoleRequest(derive(snapshot, hole), SAMPLING)
    last = [event async for event in Pipeline(service, None, of()).generate(request)][-1]
    assert isinstance(last, Finished), last
    assert last.result.text == "m(prices)"
    assert service.requests[0].prompt == (
        "<|fim_prefix|>def f(prices):\n    return<|fim_suffix|> + 1\n\n\nx = 2\n<|fim_middle|>"
    )
