"""Server-sent events: as the standard has them, wherever the bytes are cut, and bounded."""

from __future__ import annotations

from itertools import pairwise

import pytest
from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from hypothesis import given, strategies

from maze_lsp.errors import ServiceProtocolError
from maze_lsp.inference import sse
from maze_lsp.inference.sse import Parser


def check(raw: bytes, *events: tuple[str, str]) -> None:
    """These events, whole and byte by byte, with each kind of line end."""
    for end in (b"\n", b"\r\n", b"\r"):
        changed = raw.replace(b"\n", end)
        assert parsed(changed) == list(events)
        assert parsed(*(changed[at : at + 1] for at in range(len(changed)))) == list(events)


def parsed(*pieces: bytes) -> list[tuple[str, str]]:
    parser = Parser("the server")
    # With `\r` as line end a last `\n` may still follow.
    return [tuple(event) for piece in (*pieces, b": end\n") for event in parser.feed(piece)]


def flood(parser: Parser, piece: bytes) -> None:
    for _ in range(5100):
        parser.feed(piece)


def test_events() -> None:
    check(b"data: a\n\ndata: b\n\n", ("", "a"), ("", "b"))
    check(b"event: error\ndata: x\n\n", ("error", "x"))
    check(b"data: a\ndata: b\n\n", ("", "a\nb"))
    check(b"data:a\n\ndata:  b\n\n", ("", "a"), ("", " b"))


def test_what_says_nothing() -> None:
    check(b": comment\n\n\n\n\nid: 7\nretry: 1\n\ndata\n\ndata:\n\nevent: x\n\nwhat: ever\n\n")


def test_an_unfinished_event_is_none() -> None:
    check(b"data: a\n\ndata: b\n", ("", "a"))
    check(b"data: b")


def test_text_is_utf8() -> None:
    check("data: ü😀\n\n".encode(), ("", "ü😀"))
    check(b"data: \xff!\n\n", ("", "\ufffd!"))
    assert parsed(b"\xef\xbb\xbfdata: a\n\n") == [("", "a")]


PIECES = strategies.sampled_from(
    [b"data: a", b"data:", b"data", b": c", b"event: e", b"\n", b"\n\n", b"\r", b"\r\n", b"x", "ü".encode(), b"\xc3"]
)


@given(strategies.lists(PIECES, max_size=12).map(b"".join), strategies.lists(strategies.integers(0, 60), max_size=4))
def test_as_another_parser_reads_it(raw: bytes, cuts: list[int]) -> None:
    """Events without data count for us as none: the standard does not dispatch them."""
    places = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    ours = parsed(*(raw[begin:end] for begin, end in pairwise(places)))
    lines, decoder = SSELineDecoder(), SSEDecoder()
    events = (decoder.decode(line) for line in lines.decode(raw.decode("utf-8", "replace") + ": end\n"))
    assert [(name or "message", data) for name, data in ours] == [
        (event.event, event.data) for event in events if event is not None and event.data
    ]


@pytest.mark.parametrize("piece", [b"x", b"data: x\n", b"x" * 999 + b"\r"])
def test_a_large_event_is_refused(piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT", 5000)
    parser = Parser("the server")
    parser.feed(b"data: " + b"x" * 4000 + b"\n\n")
    with pytest.raises(ServiceProtocolError, match=r"the server sent .* event"):
        flood(parser, piece)


def test_a_large_event_that_is_finished_at_once_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT", 5000)
    with pytest.raises(ServiceProtocolError):
        Parser("the server").feed(b"data: " + b"x" * 5000 + b"\n\n")


def test_an_endless_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_STREAM", 5000)
    parser = Parser("the server")
    with pytest.raises(ServiceProtocolError, match="answer"):
        flood(parser, b":\n\n")
