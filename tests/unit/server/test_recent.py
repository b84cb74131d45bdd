"""Suggestions that are made again without a request, also when the user types along them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from maze_lsp.server.recent import Recent, Suggestion

URI = "file:///it.py"


def check(recent: Recent, document: str, left: str | None) -> None:
    at = document.index("‸")
    found = recent.find(URI, document.replace("‸", ""), at)
    assert (found.text if found else None) == left


def suggested(document: str, text: str, recent: Recent | None = None, id: str = "1") -> Recent:
    recent = recent or Recent()
    at = document.index("‸")
    recent.add(Suggestion(id, URI, at, text), document.replace("‸", ""))
    return recent


def test_it_is_made_again() -> None:
    check(suggested("a = ‸\n", "b + c"), "a = ‸\n", "b + c")


def test_it_shrinks_when_it_is_typed_along() -> None:
    recent = suggested("a = ‸\nd\n", "b + c")
    check(recent, "a = b +‸\nd\n", " c")
    check(recent, "a = b ‸\nd\n", "+ c")  # and grows when that is taken back


def test_nothing_is_left_of_it_when_all_is_typed() -> None:
    check(suggested("a = ‸\n", "b"), "a = b‸\n", None)


def test_it_does_not_fit_any_more() -> None:
    recent = suggested("a = ‸\nd\n", "b + c")
    check(recent, "a = x‸\nd\n", None)
    check(recent, "e = ‸\nd\n", None)
    check(recent, "a = ‸\ne\n", None)
    check(recent, "a ‸= \nd\n", None)


def test_the_newest_wins_and_the_oldest_is_forgotten() -> None:
    recent = Recent(most=2)
    for id, text in (("1", "x"), ("2", "y"), ("3", "z")):
        suggested("a = ‸\n", text, recent, id)
    check(recent, "a = ‸\n", "z")
    assert recent.get("1") is None
    assert recent.get("2") is not None


@given(before=st.text(max_size=20), text=st.text(min_size=2, max_size=20), after=st.text(max_size=20), data=st.data())
def test_what_is_typed_and_what_is_left_make_up_the_suggestion(
    before: str, text: str, after: str, data: st.DataObject
) -> None:
    recent = Recent()
    recent.add(Suggestion("1", URI, len(before), text), before + after)
    typed = text[: data.draw(st.integers(0, len(text) - 1))]
    found = recent.find(URI, before + typed + after, len(before + typed))
    assert found is not None
    assert typed + found.text == text


def test_blanks_that_it_replaces() -> None:
    recent = Recent()
    recent.add(Suggestion("1", URI, 2, "    b\n    c", "  "), "a\n  \nd\n")
    check(recent, "a\n  ‸\nd\n", "    b\n    c")
    check(recent, "a\n‸  \nd\n", "    b\n    c")
    check(recent, "a\n    b‸\nd\n", "\n    c")
    check(recent, "a\n      ‸\nd\n", None)
