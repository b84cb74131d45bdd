"""Offsets, positions and bytes: conversions are inverse to each other in every encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_lsp.text import Encoding, LineIndex, Span, parser_bytes

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
PIECES = ["\r", "\n", "\r\n", "\f", "\u2028", "\x85", "\v", " ", "a", "é", "漢", "𝒳", "\ud800", "\udc00", "word"]
texts = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def lines_of(text: str) -> list[str]:
    """What the index must agree with, the slow way."""
    lines, current, at = [], "", 0
    while at < len(text):
        if text.startswith("\r\n", at):
            lines.append(current)
            current, at = "", at + 2
        elif text[at] in "\r\n":
            lines.append(current)
            current, at = "", at + 1
        else:
            current, at = current + text[at], at + 1
    return [*lines, current]


@given(texts)
def test_lines_end_at_three_endings_only(text: str) -> None:
    index = LineIndex(text)
    assert [index.line_text(line) for line in range(index.line_count)] == lines_of(text)


@given(texts, st.sampled_from(ENCODINGS))
def test_position_and_offset_are_inverse(text: str, encoding: Encoding) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] == "\r\n" and offset:
            continue  # inside a line ending there is no position
        assert index.offset(*index.position(offset, encoding), encoding) == offset


@given(texts)
def test_bytes_and_offsets_are_inverse(text: str) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        byte = index.byte(offset)
        assert byte == len(text[:offset].encode("utf-8", "surrogatepass"))
        assert index.offset_of_byte(byte) == offset


@given(texts)
def test_points_are_those_of_the_parser(text: str) -> None:
    index, source = LineIndex(text), parser_bytes(text)
    for offset in range(len(text) + 1):
        byte = index.byte(offset)
        head = source[:byte]
        if offset and text[offset - 1 : offset + 1] == "\r\n":
            continue
        assert index.point(offset) == (head.count(b"\n"), len(head) - head.rfind(b"\n") - 1)


@given(texts)
def test_the_parser_gets_valid_utf8_of_the_same_length(text: str) -> None:
    source = parser_bytes(text)
    assert len(source.decode()) == len(text)
    assert len(source) == len(text.encode("utf-8", "surrogatepass"))


@given(texts, st.data())
def test_an_edited_index_is_the_index_of_the_edited_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    new = data.draw(texts)
    edited, fresh = LineIndex(text).edited(Span(start, end), new), LineIndex(text[:start] + new + text[end:])
    assert edited.text == fresh.text
    assert [edited.line_start(at) for at in range(edited.line_count)] == [
        fresh.line_start(at) for at in range(fresh.line_count)
    ]
    assert [edited.byte(at) for at in range(len(fresh.text))] == [fresh.byte(at) for at in range(len(fresh.text))]


@given(texts, st.integers(-3, 40), st.integers(-3, 40), st.sampled_from(ENCODINGS))
def test_positions_outside_are_clamped(text: str, line: int, character: int, encoding: Encoding) -> None:
    assert 0 <= LineIndex(text).offset(line, character, encoding) <= len(text)


@pytest.mark.parametrize(
    ("encoding", "character", "offset"),
    [("utf-8", 4, 1), ("utf-16", 2, 1), ("utf-32", 1, 1), ("utf-8", 2, 0), ("utf-16", 1, 0), ("utf-16", 3, 2)],
)
def test_an_astral_character_counts_as_its_encoding_has_it(encoding: Encoding, character: int, offset: int) -> None:
    assert LineIndex("𝒳b\n").offset(0, character, encoding) == offset


def test_the_end_of_a_file_without_a_final_newline() -> None:
    index = LineIndex("a\nbc")
    assert index.position(4) == (1, 2)
    assert index.offset(1, 99) == 4
    assert index.offset(7, 0) == 4


def test_spans_that_only_touch_do_not_overlap_unless_one_is_empty() -> None:
    assert not Span(0, 2).overlaps(Span(2, 3))
    assert Span(0, 3).overlaps(Span(2, 4))
    assert Span(2, 2).overlaps(Span(0, 2))
    with pytest.raises(ValueError, match="not a span"):
        Span(3, 2)
