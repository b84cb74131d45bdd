"""Generated spans follow edits, and are never shown on text they did not produce."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_lsp.provenance.spans import SpanTracker, minimal
from maze_lsp.text import Span


@dataclass
class Document:
    """A text, its spans, and what was done to it."""

    text: str
    tracker: SpanTracker
    done: list[tuple[int, str, str]]

    @classmethod
    def marked(cls, source: str) -> Document:
        """`«…»` marks the span called `id`."""
        text = source.replace("«", "").replace("»", "")
        document = cls(text, SpanTracker(), [])
        start, end = source.index("«"), source.index("»") - 1
        document.tracker.add("id", Span(start, end), text[start:end])
        return document

    def replace(self, start: int, old: str, new: str) -> None:
        assert self.text[start:].startswith(old)
        change = Span(start, start + len(old))
        self.tracker.apply(change, new, self.text)
        self.text = self.text[:start] + new + self.text[change.end :]
        self.done.append((start, old, new))

    def change(self, old: str, new: str) -> None:
        self.replace(self.text.index(old), old, new)

    def undo(self) -> None:
        start, old, new = self.done.pop()
        self.replace(start, new, old)
        self.done.pop()

    def shown(self) -> str:
        """The text with the span marked, and its state."""
        span = self.tracker.get("id")
        if span is None:
            return f"{self.tracker.state('id')}"
        start, end = span.range.start, span.range.end
        return f"{self.text[:start]}«{self.text[start:end]}»{self.text[end:]} {span.state}"


def check(source: str, change: tuple[str, str], expected: str) -> None:
    """`change` replaces the first occurrence of one text by another."""
    document = Document.marked(source)
    document.change(*change)
    assert document.shown() == expected


@pytest.mark.parametrize(
    ("source", "change", "expected"),
    [
        ("ab «cd» ef", ("ab", "xyz"), "xyz «cd» ef untouched"),
        ("ab «cd» ef", ("ef", ""), "ab «cd»  untouched"),
        ("ab «cd» ef", ("c", "cx"), "ab «cxd» ef edited"),
        ("ab «cde» ef", ("d", ""), "ab «ce» ef edited"),
        ("ab «cd» ef", ("c", "x"), "ab x«d» ef edited"),
        ("ab «cd» ef", ("d", "x"), "ab «c»x ef edited"),
        ("ab «cd» ef", ("b c", "_"), "a_«d» ef edited"),
        ("ab «cd» ef", ("d e", "_"), "ab «c»_f edited"),
        ("ab «cd» ef", ("cd", ""), "gone"),
        ("ab «cd» ef", (" cd ", "!"), "gone"),
        ("ab «cd» ef", ("ab cd ef", ""), "gone"),
        ("ab «cd» ef", ("cd", "xy"), "gone"),
    ],
)
def test_follows_a_change(source: str, change: tuple[str, str], expected: str) -> None:
    check(source, change, expected)


@pytest.mark.parametrize(
    ("source", "change", "expected"),
    [
        ("ab «cd» ef", ("ab cd ef", "  ab cd ef"), "  ab «cd» ef untouched"),
        ("ab «cd» ef", ("ab cd ef", "ab cxd ef"), "ab «cxd» ef edited"),
        ("ab «cd» ef", ("ab cd ef", "ab cd"), "ab «cd» untouched"),
        ("ab «cd» ef", ("ab cd ef", "1 2 3"), "gone"),
        ("(«return left + right») #", ("(return left + right) #", "[return left + right] //"), None),
        ("(«return left + right») #", ("(return left + right) #", "[return left + RIGHT] //"), "gone"),
        ("(«return left + right») #", ("(return left + right) #", "[return left + right] return left + right"), "gone"),
    ],
)
def test_follows_clients_that_send_the_whole_text(source: str, change: tuple[str, str], expected: str | None) -> None:
    check(source, change, expected or "[«return left + right»] // untouched")


def test_what_is_typed_at_its_edges_is_not_part_of_it() -> None:
    document = Document.marked("ab«cd»ef")
    document.replace(2, "", "X")
    document.replace(5, "", "Y")
    assert document.shown() == "abX«cd»Yef untouched"


def test_a_span_ends_on_generated_characters() -> None:
    """What the user typed inside stays when the generated text around it goes, but the span does not stay on it."""
    document = Document.marked("«abcd»")
    document.replace(2, "", "mine")
    assert document.shown() == "«abminecd» edited"
    document.replace(6, "cd", "")
    assert document.shown() == "«ab»mine edited"
    document.replace(0, "ab", "")
    assert document.shown() == "gone"


def test_the_share_that_survived_is_known() -> None:
    document = Document.marked("«abcd»")
    document.replace(1, "b", "XYZ")
    span = document.tracker.get("id")
    assert span is not None
    assert span.survived == 0.75


def test_undo_takes_it_away_and_redo_brings_it_back() -> None:
    document = Document.marked("abc\n«x = 1»\n")
    document.change("x = 1", "...")
    assert document.tracker.all() == ()
    document.replace(0, "", "# \n")
    document.change("...", "x = 1")
    assert document.shown() == "# \nabc\n«x = 1»\n untouched"


def test_it_comes_back_only_at_its_old_place() -> None:
    document = Document.marked("f(«x + 1»)\n")
    document.change("x + 1", "")
    document.replace(0, "", "x + 1\n")
    assert document.shown() == "gone"
    document.change("f()", "f(x + 1)")
    assert document.shown() == "x + 1\nf(«x + 1») untouched\n".replace(" untouched\n", "\n untouched")


def test_an_equal_text_that_moves_up_is_another_one() -> None:
    document = Document.marked("«ab»ab")
    document.tracker.add("other", Span(2, 4), "ab")
    document.replace(0, "ab", "")
    assert document.shown() == "gone"
    assert [span.record_id for span in document.tracker.all()] == ["other"]
    document.replace(2, "", "!")
    assert document.shown() == "gone"


def test_an_edit_that_is_taken_back_leaves_it_untouched() -> None:
    document = Document.marked("«x = 1»")
    document.change("1", "2")
    document.change("2", "1")
    assert document.shown() == "«x = 1» untouched"


def test_characters_taken_back_one_by_one_leave_it_untouched() -> None:
    document = Document.marked("a «x = 1» b")
    for end in range(7, 1, -1):
        document.replace(end - 1, document.text[end - 1], "")
    assert document.tracker.get("id") is None
    while document.done:
        document.undo()
    assert document.shown() == "a «x = 1» b untouched"


def test_the_smallest_span_around_an_offset_is_meant() -> None:
    tracker = SpanTracker()
    tracker.add("outer", Span(0, 10), "0123456789")
    tracker.add("inner", Span(4, 6), "45")
    tracker.add("next", Span(10, 12), "ab")

    def at(offset: int) -> str | None:
        span = tracker.at(offset)
        return span.record_id if span else None

    assert [at(offset) for offset in (0, 3, 4, 5, 6, 9, 10, 12, 13)] == [
        *("outer", "outer", "inner", "inner", "outer", "outer", "next", "next"),
        None,
    ]


def test_a_span_may_lie_in_another() -> None:
    tracker = SpanTracker()
    tracker.add("outer", Span(0, 6), "f(a+b)")
    tracker.add("inner", Span(2, 5), "a+b")
    tracker.apply(Span(3, 4), "-", "f(a+b)")
    assert [(span.record_id, span.range, span.state) for span in tracker.all()] == [
        ("outer", Span(0, 6), "edited"),
        ("inner", Span(2, 5), "edited"),
    ]


def test_a_change_that_was_missed_costs_the_span() -> None:
    document = Document.marked("ab «cd» ef")
    assert document.tracker.check(document.text) == ()
    assert document.tracker.check("ab  cd ef") == ("id",)
    assert document.tracker.all() == ()


def test_a_text_that_does_not_fit_its_place_is_refused() -> None:
    with pytest.raises(ValueError, match="does not stand at"):
        SpanTracker().add("id", Span(0, 3), "ab")
    with pytest.raises(ValueError, match="does not stand at"):
        SpanTracker().add("id", Span(0, 0), "")


def test_only_so_many_deleted_spans_are_remembered() -> None:
    tracker = SpanTracker()
    for number in range(1000):
        tracker.add(str(number), Span(0, 1), "x")
        tracker.apply(Span(0, 1), "", "x")
    assert tracker.state("0") is None
    assert tracker.state("999") == "gone"


# ---------------------------------------------------------------------- laws

GENERATED = "ABCDEFGHIJ"
"""Characters that no edit puts in, so that what stands there tells where it came from."""

edits = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8), st.text("xyz", max_size=5)), max_size=12)


def scripted(document: Document, script: list[tuple[int, int, str]]) -> None:
    for start, length, new in script:
        start = min(start, len(document.text))
        document.replace(start, document.text[start : start + length], new)


@given(edits)
def test_agrees_with_a_model_in_which_every_character_has_an_owner(script: list[tuple[int, int, str]]) -> None:
    """The span reaches from the first to the last generated character that is left."""
    document = Document.marked(f"........«{GENERATED}»........")
    for edit in script:
        scripted(document, [edit])
        left = [at for at, char in enumerate(document.text) if char in GENERATED]
        span = document.tracker.get("id")
        if not left:
            assert span is None
            continue
        assert span is not None
        assert span.range == Span(left[0], left[-1] + 1)
        assert span.survived == len(left) / len(GENERATED)
        assert (span.state == "untouched") == (span.range.text(document.text) == GENERATED)


SOURCE = "..«ABCDEFGHIJ»...abcdefgh......klm.."


def three_spans() -> Document:
    document = Document.marked(SOURCE)
    document.tracker.add("second", Span(15, 23), "abcdefgh")
    document.tracker.add("third", Span(29, 32), "klm")
    return document


@given(edits.filter(bool))
def test_undoing_the_last_change_brings_its_spans_back(script: list[tuple[int, int, str]]) -> None:
    document = three_spans()
    scripted(document, script[:-1])
    before = document.tracker.all()
    scripted(document, script[-1:])
    document.undo()
    untouched = {span for span in before if span.state == "untouched"}
    assert untouched <= set(document.tracker.all())


@given(edits)
def test_after_undoing_everything_nothing_is_elsewhere(script: list[tuple[int, int, str]]) -> None:
    document = three_spans()
    whole = {span.record_id: span for span in document.tracker.all()}
    scripted(document, script)
    while document.done:
        document.undo()
    for span in document.tracker.all():
        at = whole[span.record_id]
        assert at.range.start <= span.range.start <= span.range.end <= at.range.end
        assert span == at or span.state == "edited"


@given(st.text("ab", min_size=1, max_size=12), st.data())
def test_however_alike_texts_are_a_span_stands_on_what_it_says(text: str, data: st.DataObject) -> None:
    document = Document(text, SpanTracker(), [])
    for number in range(3):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        document.tracker.add(str(number), Span(start, end), text[start:end])
    for _ in range(6):
        start = data.draw(st.integers(0, len(document.text)))
        end = data.draw(st.integers(start, len(document.text)))
        document.replace(start, document.text[start:end], data.draw(st.text("ab", max_size=4)))
        assert document.tracker.check(document.text) == ()
        for span in document.tracker.all():
            assert (span.range.text(document.text) == span.text) == (span.state == "untouched")


@given(st.text("ab\n", max_size=20), st.data())
def test_a_minimal_change_is_the_same_change(before: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(before)))
    change, new = Span(start, data.draw(st.integers(start, len(before)))), data.draw(st.text("ab\n", max_size=20))
    small, put = minimal(change, new, before)
    assert before[: small.start] + put + before[small.end :] == before[:start] + new + before[change.end :]
    assert change.start <= small.start <= small.end <= change.end
    old = small.text(before)
    assert not (old and put) or (old[0] != put[0] and old[-1] != put[-1])
