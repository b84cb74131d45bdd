"""Replaying text through a grammar, byte by byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_lsp.constraints.replay import Replay, accepts, longest_accepted
from maze_lsp.errors import ConstraintError

CALLS = """%llguidance {}
start: call
call: NAME "(" (call ("," call)*)? ")"
NAME: /[a-zé]+/
"""


def test_knows_what_was_accepted_and_where_the_text_could_have_ended() -> None:
    replay = Replay("%llguidance {}\nstart: /ab*/")
    assert replay.feed("abbx") == "abb"
    assert replay.text == "abb"
    assert replay.accepting_ends == [1, 2, 3]
    assert replay.refused == "x"
    assert replay.feed("b") == "", "nothing is accepted after a refusal"


@given(st.lists(st.integers(1, 5), max_size=8))
def test_the_pieces_in_which_text_arrives_do_not_matter(sizes: list[int]) -> None:
    text = "fé(a(),bé(c()),d())"
    whole, parts = Replay(CALLS), Replay(CALLS)
    whole.feed(text)
    at = 0
    for size in sizes:
        parts.feed(text[at : at + size])
        at += size
    parts.feed(text[at:])
    assert (parts.text, parts.accepting_ends, parts.complete) == (
        whole.text,
        whole.accepting_ends,
        whole.complete,
    )
    assert whole.complete


def test_a_character_of_several_bytes_is_taken_whole_or_not_at_all() -> None:
    replay = Replay(CALLS)
    assert replay.feed("fè") == "f", "è shares its first byte with é"
    assert replay.length == 1


def test_names_what_may_follow() -> None:
    replay = Replay(CALLS)
    replay.feed("f(")
    assert {"a", "z", ")"} <= set(replay.expected())
    assert "(" not in replay.expected()


@pytest.mark.parametrize(
    ("typed", "closed"), [("f(", ")"), ("f(g(", "))"), ("f(a(),b(c(", ")))"), ("f()", ""), ("f(a(),", "a())")]
)
def test_closes_by_the_shortest_completion(typed: str, closed: str) -> None:
    replay = Replay(CALLS)
    replay.feed(typed)
    completion = replay.shortest_close()
    assert completion is not None
    assert len(completion) == len(closed)
    assert accepts(CALLS, typed + completion)


def test_gives_up_closing_within_its_bounds() -> None:
    replay = Replay('%llguidance {}\nstart: "[" /[ab]{5000}/ "]"')
    replay.feed("[")
    assert replay.shortest_close(max_states=200) is None


def test_a_grammar_that_does_not_compile_is_refused() -> None:
    with pytest.raises(ConstraintError, match="does not compile"):
        Replay("%llguidance {}\nstart: nowhere")


def test_a_prefix_is_not_a_member() -> None:
    assert not accepts(CALLS, "f(")
    assert longest_accepted(CALLS, "f(]") == 2


def test_a_text_that_may_hold_single_quotes_is_closed_by_three() -> None:
    replay = Replay('%llguidance {}\nstart: /"""([^"]|"[^"]|""[^"])*"""/\n')
    replay.feed('"""half of a ')
    assert replay.shortest_close() == '"""'
