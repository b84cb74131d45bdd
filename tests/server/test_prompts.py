"""What goes over the wire to the service: the gap, other open files, and nothing of a file that is excluded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.server.conftest import Start
from tests.server.editor import Editor
from tests.server.fake_llamacpp import FakeLlama

SOURCE = "import shop\n\n\ndef total(prices):\n    ‸...\n\n\ndef main(): ...\n"


async def sent(editor: Editor, llama: FakeLlama, source: str = SOURCE, name: str = "") -> dict[str, Any]:
    """The body of the request that a generation makes."""
    llama.scripts = ["return sum(prices)"]
    text, span = editor.open(source, name)
    answer = await editor.generate(text, span)
    assert answer["status"] == "applied", answer
    return llama.requests[-1]


async def test_imports_and_signatures_of_open_files(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        editor.open("import os\n\n\ndef price(item: str) -> int:\n    return 12345\n", "shop.py")
        editor.open("package a\n\nfunc Price() {}\n", "a.go", "go")
        prompt = (await sent(editor, llama))["prompt"]
    assert "# shop.py:\n#   import os\n#   def price(item: str) -> int:\n" in prompt
    assert "12345" not in prompt, "no bodies"
    assert "Price" not in prompt, "no other language"
    assert prompt.endswith("def total(prices):")


async def test_nothing_of_an_excluded_file(start: Start, llama: FakeLlama, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("ignored.py\nbuild/\n", encoding="utf-8")
    names = ("ignored.py", "build/made.py", ".env.py", "credentials.py", "private/own.py", "fine.py")
    async with start(configuration={"exclude": ["private/*"]}, folder=tmp_path) as editor:
        for number, name in enumerate(names):
            editor.open(f"def hidden{number}(): ...\n", name)
        editor.open("def hidden9(): ...\n", "untitled:Untitled-1")
        prompt = (await sent(editor, llama))["prompt"]
    assert "def hidden5" in prompt, "of those, only `fine.py` may be shown"
    assert prompt.count("hidden") == 1
    assert not [name for name in names if name != "fine.py" and Path(name).name in prompt]


async def test_secrets_in_signatures_are_blanked(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        editor.open('def sign(key="sk-abcdefghijklmnopqrst1234"): ...\n', "shop.py")
        prompt = (await sent(editor, llama))["prompt"]
    assert 'def sign(key="…"):' in prompt


async def test_open_files_can_be_left_out(start: Start, llama: FakeLlama) -> None:
    async with start(options={"openFiles": False}) as editor:
        editor.open("def price(item): ...\n", "shop.py")
        assert "price(item)" not in (await sent(editor, llama))["prompt"]


async def test_a_closed_file_is_forgotten(start: Start, llama: FakeLlama) -> None:
    async with start() as editor:
        text, _ = editor.open("def price(item): ...\n", "shop.py")
        editor.close(text)
        assert "price(item)" not in (await sent(editor, llama))["prompt"]


async def test_the_gap_is_shown_to_a_model_that_can_fill_it(start: Start, llama: FakeLlama) -> None:
    async with start(options={"fim": "qwen"}) as editor:
        editor.open("def price(item): ...\n", "shop.py")
        body = await sent(editor, llama, name="cart.py")
    assert body["prompt"] == (
        "<|file_sep|>shop.py\ndef price(item):\n<|file_sep|>cart.py\n"
        "<|fim_prefix|>import shop\n\n\ndef total(prices):<|fim_suffix|>\n\n\ndef main(): ...\n<|fim_middle|>"
    )
    assert "<|endoftext|>" in body["stop"]
    assert body["grammar"].startswith("%llguidance")


async def test_tokens_of_the_settings(start: Start, llama: FakeLlama) -> None:
    async with start(options={"fimTokens": ["<P>", "<S>", "<M>"]}) as editor:
        body = await sent(editor, llama)
    assert body["prompt"] == "<P>import shop\n\n\ndef total(prices):<S>\n\n\ndef main(): ...\n<M>"
    assert "stop" not in body


async def test_a_budget_of_tokens(start: Start, llama: FakeLlama) -> None:
    above = "".join(f"x{n} = {n}\n" for n in range(200))
    async with start(options={"promptTokens": 100}) as editor:
        prompt = (await sent(editor, llama, above + SOURCE))["prompt"]
    assert len(prompt) <= 250, "a token is taken for two and a half bytes where nobody counts"
    assert prompt.endswith("x199 = 199\nimport shop\n\n\ndef total(prices):")
