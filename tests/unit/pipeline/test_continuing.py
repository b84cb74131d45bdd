"""Going on behind a verified text: after a lost connection, and where a model left its grammar."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from maze_lsp.constraints.compile import compile_hole, rest_of_hole
from maze_lsp.constraints.reading import validated
from maze_lsp.constraints.replay import Replay, accepts
from maze_lsp.context.cursor import begun_holes
from maze_lsp.context.derive import derive
from maze_lsp.context.prompt import build_prompt
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.languages import by_id
from maze_lsp.pipeline import Delta, Event, Finished, HoleRequest, Note, Pipeline, Reset, Result, TextRequest
from maze_lsp.pipeline.continuing import Retreat, first_request, onward, went_on_elsewhere, whole_words
from maze_lsp.pipeline.steps import SingleStep, Step
from maze_lsp.settings import resolve
from tests.unit.pipeline.fakes import Typist
from tests.unit.pipeline.test_run import BODY, SAMPLING, context_at, error_of, result_of

HEAD = "def add(a, b):\n    "
AMPLE = replace(SAMPLING, max_tokens=400)
TEXT = "total = add(a, b)\n    if total > 10:\n        return total\n    return add(total, [1, 2])"
DOCUMENT = HEAD + TEXT + "\n\n\nprint("


def step_at(source: str = BODY) -> Step:
    context = context_at(source)
    step = SingleStep(build_prompt(context), compile_hole(context), remainder=partial(rest_of_hole, context)).next("")
    assert step is not None
    return step


async def run(service: Typist, **changes: object) -> list[Event]:
    settings = resolve([]).settings.model_copy(update={"suffix_digest": False, **changes})
    request = HoleRequest(context_at(BODY), AMPLE)
    return [event async for event in Pipeline(service, None, settings).generate(request)]


def shown(events: list[Event]) -> str:
    """What an editor shows in the end."""
    text = ""
    for event in events:
        if isinstance(event, Delta):
            text += event.text
        if isinstance(event, Reset):
            assert text.startswith(event.kept), "only the end of what is shown is taken back"
            text = event.kept
    return text


def requests_of(result: Result) -> list[tuple[int, str]]:
    return [(request.length, request.end) for request in result.record.requests]


# ---------------------------------------------------------------- the next request


@pytest.mark.parametrize("length", range(1, len(TEXT)))
def test_from_every_place_the_grammar_accepts_exactly_the_rest(length: int) -> None:
    going = onward(step_at(), TEXT[:length])
    assert going is not None
    assert going.prompt + going.heal == HEAD + TEXT[:length], "the prompt has grown by what was written"
    assert accepts(going.lark, going.heal + TEXT[length:])
    assert not Replay(going.lark).feed("$")


def test_the_last_piece_is_written_again_where_the_server_masks() -> None:
    going = onward(step_at(), "total = ad")
    assert going is not None
    assert (going.prompt, going.heal) == (HEAD + "total =", " ad")


def test_a_server_without_masks_is_shown_whole_words() -> None:
    going = onward(step_at(), "total = add(a,", masked=False)
    assert going is not None
    assert (going.prompt, going.heal) == (HEAD + "total = add(a,", "")


def test_what_shows_the_gap_stays_where_it_was() -> None:
    context = context_at(BODY)
    plan = SingleStep(
        build_prompt(context), compile_hole(context), behind="<suf>x<mid>", remainder=partial(rest_of_hole, context)
    )
    step = plan.next("")
    assert step is not None
    going = onward(step, "re")
    assert going is not None
    assert (going.prompt, going.heal) == ("def add(a, b):<suf>x<mid>\n   ", " re")


def test_nothing_written_is_the_first_request() -> None:
    step = step_at()
    assert onward(step, "") == first_request(step)


def test_without_a_quotient_it_is_started_over() -> None:
    context = context_at(BODY)
    assert onward(Step(build_prompt(context), compile_hole(context)), "re") is None
    assert onward(step_at(), "no beginning of a body ::") is None


def test_a_begun_word_is_sent_whole_where_nothing_is_masked() -> None:
    source = "def add(a, b):\n    return add(a, ad\n"
    python = by_id("python")
    assert python is not None
    snapshot = open_snapshot("file:///a.py", 1, python, source)
    at = len(source) - 1
    hole = next(begun_holes(snapshot, at))
    context = derive(snapshot, hole)
    plan = SingleStep(build_prompt(context), compile_hole(context), remainder=partial(rest_of_hole, context))
    step = plan.next("")
    assert step is not None
    masked, free = first_request(step), first_request(step, masked=False)
    assert (masked.prompt, masked.heal) == ("def add(a, b):\n    return add(a,", " ad")
    assert (free.prompt, free.heal) == ("def add(a, b):\n    return add(a, ad", "")
    assert free.lark is not None
    assert accepts(free.lark, "d(b, 1))")


# ---------------------------------------------------------------- how far back


def test_each_retry_at_one_place_cuts_further_back() -> None:
    retreat = Retreat()
    assert [retreat.kept("a = f(b, c ", "d") for _ in range(4)] == ["a = f(b, c", "a = f(b,", "a = f(", ""]
    assert retreat.kept("a = f(b, c) + (d ", "e") == "a = f(b, c) + (d", "it got further: counted anew"


@pytest.mark.parametrize(
    ("text", "then", "kept"),
    [("a = foo", "?", "a = foo"), ("a = fo", "ö", "a ="), ("a = fo", "", "a ="), ("a = ", "", "a ="), ("", "", "")],
)
def test_words_stay_whole(text: str, then: str, kept: str) -> None:
    assert whole_words(text, then) == kept


@pytest.mark.parametrize(
    ("text", "end", "refused", "left"),
    [
        ("return a\n", 8, "`", True),
        ("return a ", 8, "b", False),
        ("return a\nb(", 8, "!", False),
        ("\n", 0, "`", False),
    ],
)
def test_prose_behind_a_complete_text_is_its_end(text: str, end: int, refused: str, left: bool) -> None:
    assert went_on_elsewhere(text, end, refused) is left


# ---------------------------------------------------------------- a connection is lost


@pytest.mark.parametrize("size", [1, 3, 50])
@pytest.mark.parametrize("at", range(5, len(TEXT), 4))
async def test_a_generation_goes_on_behind_a_lost_connection(at: int, size: int) -> None:
    service = Typist(DOCUMENT, breaks=[at + 5], size=size)
    events = await run(service)
    result = result_of(events)
    assert (result.text, result.record.ending, result.record.verdict) == (TEXT, "finished", "enforced")
    assert not [event for event in events if isinstance(event, Reset)], "what was shown stays"
    assert shown(events).startswith(TEXT)
    assert [end for _, end in requests_of(result)] == ["broke off", "finished"]
    assert sum(length for length, _ in requests_of(result)) == len(TEXT)
    assert result.record.attempts == 1


async def test_it_may_break_again_and_again_as_long_as_it_gets_on() -> None:
    result = result_of(await run(Typist(DOCUMENT, breaks=[20] * 5)))
    assert (result.text, len(result.record.requests)) == (TEXT, 6)


async def test_but_not_more_often_than_the_settings_say() -> None:
    error = error_of(await run(Typist(DOCUMENT, breaks=[20] * 6), continuations=3))
    assert TEXT.startswith(error.verified)  # type: ignore[attr-defined]
    assert error.verified  # type: ignore[attr-defined]


async def test_what_has_no_quotient_is_started_over_and_shown_anew() -> None:
    context = context_at(BODY)
    plan = SingleStep(build_prompt(context), compile_hole(context))
    settings = resolve([]).settings
    pipeline = Pipeline(Typist(DOCUMENT, breaks=[30]), None, settings)
    events = [event async for event in pipeline.generate(HoleRequest(context, AMPLE), plan)]
    assert result_of(events).text == TEXT
    assert [event.kept for event in events if isinstance(event, Reset)] == [""]
    assert shown(events).startswith(TEXT)
    service = Typist(DOCUMENT, slips=[("[1, 2]", "[1 2]")], grammar=False)
    events = [e async for e in Pipeline(service, None, settings).generate(HoleRequest(context, AMPLE), plan)]
    assert result_of(events).text == TEXT, "where nothing is masked none is needed"
    assert len(service.requests) == 2


async def test_all_requests_share_one_budget() -> None:
    service = Typist(DOCUMENT, breaks=[30, 30])
    await run(service)
    budgets = [request.sampling.max_tokens for request in service.requests]
    assert budgets == [400, 390, 380]
    assert {request.sampling.seed for request in service.requests} == {5}, "a fault is no reason for another seed"


async def test_a_text_of_its_own_goes_on_too() -> None:
    python = by_id("python")
    service = Typist("# add\ntotal = add(1, 2)\nprint(total)", breaks=[12])
    settings = resolve([]).settings
    request = TextRequest("add", SAMPLING, python)
    result = result_of([event async for event in Pipeline(service, None, settings).generate(request)])
    assert result.text == "total = add(1, 2)\nprint(total)"


# ---------------------------------------------------------------- a model leaves its grammar


async def test_a_server_that_does_not_mask_is_cut_back_and_goes_on() -> None:
    service = Typist(DOCUMENT, slips=[("total > 10:", "total > > 10:"), ("[1, 2]", "[1 2]")], grammar=False, size=1)
    events = await run(service)
    result = result_of(events)
    assert any("not enforced by this server" in event.message for event in events if isinstance(event, Note))
    assert (result.text, result.record.verdict, result.record.attempts) == (TEXT, "verified", 1)
    assert [end for _, end in requests_of(result)] == ["left the grammar", "left the grammar", "finished"]
    assert [event.reason for event in events if isinstance(event, Reset)] == ["the model left the grammar"] * 2
    assert shown(events).startswith(TEXT)
    assert service.open == 0


async def test_a_constraint_that_is_only_checked_is_gone_on_with_too() -> None:
    """The mask holds the grammar of the hole; the regular expression beside it is replayed here."""
    service = Typist(DOCUMENT, slips=[("total > 10", "total > Q10"), ("[1, 2]", "[Q, 2]")], size=1)
    request = HoleRequest(context_at(BODY), AMPLE, constraints=(validated({"regex_patterns": ["[^Q]*"]}, "no-q"),))
    settings = resolve([]).settings.model_copy(update={"suffix_digest": False})
    events = [event async for event in Pipeline(service, None, settings).generate(request)]
    result = result_of(events)
    assert (result.text, result.record.attempts) == (TEXT, 1)
    assert [end for _, end in requests_of(result)] == ["left a constraint", "left a constraint", "finished"]
    assert {verdict.part.name: verdict.verdict for verdict in result.verdicts} == {
        "python body": "enforced",
        "parses in place": "verified",
        "no-q": "verified",
    }
    assert shown(events).startswith(TEXT)


async def test_it_is_stopped_at_the_first_violating_character() -> None:
    service = Typist(DOCUMENT, slips=[("total > 10:", "total > > 10:" + "x" * 500)], grammar=False, size=1)
    result = result_of(await run(service))
    assert result.text == TEXT
    assert service.requests[1].prompt == HEAD + "total = add(a, b)\n    if total >"
    assert result.record.tokens < 150


async def test_a_model_that_slips_again_is_cut_further_back_with_another_seed() -> None:
    slip = ("total > 10:", "total > > 10:")
    service = Typist(DOCUMENT, slips=[slip, ("> 10:", "> > 10:"), (" 10:", " > 10:")], grammar=False)
    result = result_of(await run(service))
    assert result.text == TEXT
    lengths = [len(request.prompt) for request in service.requests]
    assert lengths[2] < lengths[1]
    assert [request.sampling.seed for request in service.requests] == [5, 6, 7, 8][: len(lengths)]
    assert service.requests[1].sampling.temperature > 0


async def test_an_enforcing_server_that_leaves_the_grammar_goes_on_as_well() -> None:
    result = result_of(await run(Typist(DOCUMENT, slips=[("[1, 2]", "[1 2]")])))
    assert (result.text, result.record.verdict) == (TEXT, "verified")


async def test_prose_behind_the_answer_costs_no_further_request() -> None:
    service = Typist(HEAD + TEXT + "\n```\nThis adds two numbers.", grammar=False)
    result = result_of(await run(service))
    assert (result.text, len(service.requests)) == (TEXT, 1)


async def test_continuations_can_be_switched_off() -> None:
    service = Typist(DOCUMENT, slips=[("[1, 2]", "[1 2]")], grammar=False)
    result = result_of(await run(service, continuations=0))
    assert result.text == "total = add(a, b)\n    if total > 10:\n        return total"
    assert isinstance((await run(service))[-1], Finished)
