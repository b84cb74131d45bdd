"""Holes as messages, and texts taken out of answers."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_lsp.inference.types import Message
from maze_lsp.languages import by_id
from maze_lsp.languages.spec import HoleKind
from maze_lsp.pipeline import Finished, HoleRequest, Pipeline, TextRequest
from maze_lsp.pipeline.chat import WHAT, Answer, Chat, is_prose
from tests.unit.pipeline.fakes import ScriptedService
from tests.unit.pipeline.test_prompting import SAMPLING, SOURCE, context_at, of, opened, prompt

DEF = "def add(a, b):\n    "


def taken(answer: str, before: str = DEF, *, size: int = 1, eol: str = "\n") -> str:
    """What is taken out of an answer that comes in pieces of `size` characters."""
    reading = Answer(before, eol, "    ")
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    return "".join([*map(reading.feed, pieces), reading.end()])


# ---------------------------------------------------------------- messages


def test_every_kind_has_words() -> None:
    assert set(WHAT) == set(get_args(HoleKind))


def test_a_hole_as_messages() -> None:
    found = prompt(context_at(intent="add them up"), opened("def price(x):\n    return 1\n", "shop.py"), chat="always")
    assert found.chat is not None
    system, user = found.chat.messages(found.text)
    assert system.role == "system"
    assert "<<<GAP>>> marks its place" in system.content
    assert "`a.py` (Python):\n\n```python\nimport shop\n" in user.content
    assert "def total(prices):\n" in user.content
    assert "    <<<GAP>>>\n\n\ndef main() -> None:\n" in user.content
    assert "What is missing: the statements of the body of the function." in user.content
    assert "It is to do this: add them up" in user.content
    assert "Of other files:\n\n```python\n# shop.py:\n#   def price(x):" in user.content


def test_messages_are_sent_where_the_service_only_chats_or_as_the_settings_say() -> None:
    assert prompt().chat is None
    assert prompt(chat="always").chat is not None
    assert prompt(chat="never").chat is None


def test_a_file_that_contains_mark_and_fence() -> None:
    chat = Chat("at {mark}", "`a.md`:", "", "fill it", "```\n<<<GAP>>>\n")
    system, user = chat.messages("<<<GAP2>>>")
    assert system.content == "at <<<GAP3>>>"
    assert "````\n<<<GAP2>>><<<GAP3>>>```\n<<<GAP>>>\n````" in user.content


def test_messages_keep_to_the_budget() -> None:
    long = "x = 1\n" * 4000 + "def f():\n    ‸...\n"
    found = prompt(context_at(long), chat="always", prompt_tokens=500)
    assert found.tokens <= 500
    assert "<<<GAP>>>" in found.sent


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("return a + b", "return a + b"),
        ("    return a + b\n", "return a + b"),
        ("```python\nreturn a + b\n```\nThis adds.", "return a + b"),
        ("\n```\n    return a + b\n```", "return a + b"),
        ("~~~py\nreturn a\n~~~\nreturn b", "return a"),
        ("````\nx = '''\n```\n'''\n````", "x = '''\n    ```\n    '''"),
        ("x = 1\r\nreturn x\r\n", "x = 1\n    return x"),
        ("You can sum them up:\n\n```\nreturn a + b\n```\nOr so:\n```\nreturn b + a\n```", "return a + b"),
        ("Here's what you want to write:\n    return a", "Here's what you want to write:\n        return a"),
        ("", ""),
        ("```", ""),
        ("```python\n", ""),
    ],
)
def test_fences_go(answer: str, text: str) -> None:
    for size in (1, 2, 100):
        assert taken(answer, size=size) == text


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        # At the left margin, or as the file is: both come out as the file is.
        ("x = 1\nreturn x", "x = 1\n    return x"),
        ("    x = 1\n    return x", "x = 1\n    return x"),
        ("x = 1\n    return x", "x = 1\n    return x"),
        ("if a:\n    return b\nreturn a", "if a:\n        return b\n    return a"),
        ("    if a:\n        return b\n    return a", "if a:\n        return b\n    return a"),
        ("if a:\n        return b\n    return a", "if a:\n        return b\n    return a"),
        ("        x = 1\n        return x", "x = 1\n    return x"),
        ("x = 1\n\n\nreturn x\n\n", "x = 1\n\n\n    return x"),
    ],
)
def test_lines_are_indented_as_the_file_is(answer: str, text: str) -> None:
    assert taken(answer) == text


@pytest.mark.parametrize(
    ("before", "answer", "text"),
    [
        (DEF, "def add(a, b):\n    return a + b", "return a + b"),
        ('def f():\n    """Say 1."""\n    ', "def f():\n    return 1", "return 1"),
        ("import os\n\n@cache\ndef f():\n    ", "@cache\ndef f():\n    return 1", "return 1"),
        ("x = 1\ny = 2\n", "x = 1\nz = 3", "x = 1\nz = 3"),
        ("x = 1\ny = 2\n", "x = 1", "x = 1"),
        ("def f(x):\n    return ", "return x + 1", "x + 1"),
        ("def f(x):\n    return ", "x + 1", "x + 1"),
        ("def f(x):\n    re", "return x", "turn x"),
        ("a = [", "[1]", "[1]"),
    ],
)
def test_what_the_file_has_already_goes(before: str, answer: str, text: str) -> None:
    assert taken(answer, before) == text


def test_line_ends_are_those_of_the_file() -> None:
    assert taken("x = 1\nreturn x\n", eol="\r\n") == "x = 1\r\n    return x"


@pytest.mark.parametrize(
    ("line", "prose"),
    [
        ("Here's a corrected version of the function:", True),
        ("You can use Python's built-in `sum` function to add two numbers.", True),
        ("return a + b", False),
        ("Foo = bar(1, 2, 3)", False),
        ("Point p1 = new Point(1, 2);", False),
        ("# Add them all up here.", False),
    ],
)
def test_what_talks_about_code(line: str, prose: bool) -> None:
    assert is_prose(line) == prose


def test_words_are_text_where_words_are_asked_for() -> None:
    answer = Chat("", "", "", "", prose=True).answer("x = '")
    assert answer.feed("Adds two numbers and more.\n") + answer.end() == "Adds two numbers and more."


LINES = st.lists(st.text(alphabet="ab`~ \n:{}", max_size=12), max_size=6)


@given(LINES, st.integers(1, 9))
def test_pieces_make_no_difference(lines: list[str], size: int) -> None:
    answer = "\n".join(lines)
    assert taken(answer, size=size) == taken(answer, size=10_000)


# ---------------------------------------------------------------- generations


async def generated(service: ScriptedService, source: str = SOURCE) -> str:
    """The inserted text of a generation on a service that only chats; it was asked in messages each time."""
    request = HoleRequest(context_at(source), SAMPLING)
    events = [event async for event in Pipeline(service, None, of()).generate(request)]
    assert all(request.messages for request in service.requests)
    last = events[-1]
    assert isinstance(last, Finished), last
    return last.result.text


async def test_a_free_answer_is_cut_to_its_code() -> None:
    service = ScriptedService(
        "```python\ndef total(prices):\n    result = sum(prices)\n    return result\n```\nThis sums them up.",
        grammar=False,
        chat=True,
    )
    assert await generated(service) == "result = sum(prices)\n    return result"


async def test_a_free_answer_is_gone_on_with_behind_its_last_whole_line() -> None:
    """The messages of the second request show what was kept."""
    service = ScriptedService("result = sum(prices)\n    return ??\n", "return result\n", grammar=False, chat=True)
    assert await generated(service) == "result = sum(prices)\n    return result"
    assert "    result = sum(prices)\n    <<<GAP>>>" in service.requests[1].messages[1].content


async def test_without_a_whole_line_it_is_asked_anew() -> None:
    service = ScriptedService("You sum them ??\n", "return sum(prices)\n", grammar=False, chat=True)
    assert await generated(service) == "return sum(prices)"
    assert service.requests[0].messages == service.requests[1].messages


async def test_what_is_said_behind_the_code_ends_it() -> None:
    service = ScriptedService("return sum(prices)\n\nThis adds up all of the prices.\n", grammar=False, chat=True)
    assert await generated(service) == "return sum(prices)"
    assert len(service.requests) == 1


async def test_a_masked_answer_is_taken_as_it_is() -> None:
    service = ScriptedService("\n    return sum(prices)", chat=True)
    assert await generated(service) == "return sum(prices)"


async def test_a_text_of_its_own_is_asked_for_in_messages() -> None:
    service = ScriptedService("```go\nx := 1\n```", grammar=False, chat=True)
    request = TextRequest("count", SAMPLING, by_id("go"))
    events = [event async for event in Pipeline(service, None, of()).generate(request)]
    assert isinstance(events[-1], Finished)
    assert events[-1].result.text == "x := 1"
    service = ScriptedService("yes", chat=True)
    [event async for event in Pipeline(service, None, of()).generate(TextRequest("say yes", SAMPLING))]
    assert service.requests[0].messages == (Message("user", "say yes"),)
