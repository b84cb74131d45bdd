"""Server-sent events, as the HTML standard has them: from bytes that are cut anywhere to events, bounded in size.

No I/O. Text is UTF-8 whatever a header says (the standard leaves no choice); what is not becomes U+FFFD.
"""

from __future__ import annotations

from typing import NamedTuple

from maze_lsp.inference import faults

MAX_EVENT = 4 * 1024 * 1024
"""Bytes of one event."""
MAX_STREAM = 64 * 1024 * 1024
"""Bytes of all events of one answer."""

_BOM = b"\xef\xbb\xbf"


class Event(NamedTuple):
    name: str
    data: str


class Parser:
    """`feed` it with the bytes of an answer. An event that is not finished by a blank line never was one.

    `source` is named in errors.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._pieces: list[bytes] = []
        self._size = self._total = 0
        self._last = b""
        self._held = b""
        self._first = True

    def feed(self, data: bytes) -> list[Event]:
        """The events that these bytes finish. Raises ServiceProtocolError where an event or the whole is too large."""
        self._total += len(data)
        if self._total > MAX_STREAM:
            raise faults.too_much(self._source, MAX_STREAM, "answer")
        data = self._with_line_feeds(data)
        # Only where a blank line may have come is all put together: many small pieces of a large event cost no more.
        ended = b"\n\n" in self._last + data
        self._pieces.append(data)
        self._size += len(data)
        self._last = data[-1:] or self._last
        blocks: list[bytes] = []
        if ended:
            *blocks, rest = b"".join(self._pieces).split(b"\n\n")
            self._pieces, self._size = [rest], len(rest)
            self._last = rest[-1:]
        if self._size > MAX_EVENT or any(len(block) > MAX_EVENT for block in blocks):
            raise faults.too_much(self._source, MAX_EVENT, "event")
        return [event for block in blocks if (event := _event(self._begun(block))) is not None]

    def _with_line_feeds(self, data: bytes) -> bytes:
        """Every line end as `\\n`. A `\\r` at the very end waits: a `\\n` may follow it."""
        if not self._held and b"\r" not in data:
            return data
        data = self._held + data
        self._held = b"\r" if data.endswith(b"\r") else b""
        data = data[: len(data) - len(self._held)]
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _begun(self, block: bytes) -> bytes:
        if self._first:
            self._first = False
            return block.removeprefix(_BOM)
        return block


def _event(block: bytes) -> Event | None:
    """The event of the lines up to a blank one; None where they say nothing."""
    if block.startswith(b"data: ") and b"\n" not in block:
        return Event("", block[6:].decode("utf-8", "replace"))
    name, data = "", []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace")
    text = b"\n".join(data).decode("utf-8", "replace")
    return Event(name, text) if text else None
