"""Generated spans that follow the edits of one open document.

Pure: offsets and texts only. A span reaches from the first to the last generated character that is still there and
is never kept on text that it did not produce: when in doubt, it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from maze_lsp.text import Span

SpanState = Literal["untouched", "edited", "gone"]

_MOST_GONE = 256
"""So many deleted spans are remembered, to come back by undo."""

_DISTINCT_LENGTH = 16
"""A text shorter than this may stand twice in a file by chance."""


@dataclass(frozen=True, slots=True)
class TrackedSpan:
    """A generated text in a document. `text`: what was generated; `state` compares it with what stands there now.

    `survived`: the share of the generated characters that are still there.
    """

    record_id: str
    range: Span
    text: str
    state: SpanState = "untouched"
    survived: float = 1.0


@dataclass(slots=True)
class _Live:
    """`origin` has for each character of `current` its index in the generated `text`, -1 where it is no part of it."""

    record_id: str
    start: int
    end: int
    text: str
    current: str
    origin: list[int]
    untouched: bool = True

    def frozen(self) -> TrackedSpan:
        state: SpanState = "untouched" if self.untouched else "edited"
        share = (len(self.origin) - self.origin.count(-1)) / len(self.text)
        return TrackedSpan(self.record_id, Span(self.start, self.end), self.text, state, share)


@dataclass(slots=True)
class _Gone:
    """A deleted span: it began `lead` characters after `anchor`, the place of the deletion."""

    record_id: str
    anchor: int
    lead: int
    text: str


class SpanTracker:
    """The generated spans of one document. Tell it every change, in order, as soon as it happens.

    A change costs one short step for each span; only those that it touches are looked at closely.
    """

    def __init__(self, spans: Iterable[TrackedSpan] = ()) -> None:
        self._live: dict[str, _Live] = {}
        self._gone: dict[str, _Gone] = {}
        for span in spans:
            self.add(span.record_id, span.range, span.text)

    def add(self, record_id: str, span: Span, text: str) -> None:
        """Begin to follow `text`, which stands at `span` now. Raises ValueError where the lengths differ."""
        if not text or len(text) != len(span):
            raise ValueError(f"a text of {len(text)} characters does not stand at {span.start}..{span.end}")
        self.forget(record_id)
        self._live[record_id] = _whole(record_id, span.start, text)

    def forget(self, record_id: str) -> None:
        """Follow this one no longer; an unknown id is fine."""
        self._live.pop(record_id, None)
        self._gone.pop(record_id, None)

    def all(self) -> tuple[TrackedSpan, ...]:
        """The spans that are still there, by their place."""
        return tuple(sorted((live.frozen() for live in self._live.values()), key=lambda span: span.range))

    def get(self, record_id: str) -> TrackedSpan | None:
        """The span of a record, None where it is gone or unknown."""
        live = self._live.get(record_id)
        return live.frozen() if live else None

    def state(self, record_id: str) -> SpanState | None:
        """What became of a span; None where none of that id was followed (or so long ago that it is forgotten)."""
        if live := self._live.get(record_id):
            return "untouched" if live.untouched else "edited"
        return "gone" if record_id in self._gone else None

    def at(self, offset: int) -> TrackedSpan | None:
        """The smallest span that holds an offset; one that merely ends there counts where no other does."""
        around = [live for live in self._live.values() if live.start <= offset <= live.end]
        best = min(around, key=lambda live: (offset == live.end, live.end - live.start), default=None)
        return best.frozen() if best else None

    def apply(self, change: Span, new: str, before: str) -> None:
        """Follow one change: `change` of the text `before` is replaced by `new`.

        Text put in at the very edge of a span is not part of it. A span that loses all its characters is gone; it is
        back as soon as its whole text stands at its old place again (undo and redo).
        """
        change, new = minimal(change, new, before)
        if not change and not new:
            return
        after = before[: change.start] + new + before[change.end :]
        grown = len(new) - len(change)
        old = change.text(before)
        gone_before = list(self._gone.values())
        start, end = change.start, change.end
        for live in list(self._live.values()):
            if end <= live.start:
                live.start += grown
                live.end += grown
            elif start < live.end:
                self._edit(live, change, new, old)
            if not live.untouched:
                _restore(live, start, start + len(new), after)
        for gone in gone_before:
            self._follow_gone(gone, change, new, before, after)

    def check(self, text: str) -> tuple[str, ...]:
        """Drop the spans that are not where they are thought to be (a change was missed), and say which."""
        lost = [live for live in self._live.values() if text[live.start : live.end] != live.current]
        for live in lost:
            del self._live[live.record_id]
        return tuple(live.record_id for live in lost)

    def _edit(self, live: _Live, change: Span, new: str, old: str) -> None:
        """A change that takes characters of a span, or puts some between them."""
        if change.start <= live.start and live.end <= change.end:
            at = _once(live.text, old, new) if live.untouched else -1
            if at >= 0:
                live.start = change.start + at
                live.end = live.start + len(live.text)
            else:
                self._lose(live, change)
            return
        first, last = max(change.start - live.start, 0), min(change.end, live.end) - live.start
        inside = change.start > live.start and change.end < live.end
        put = new if inside else ""
        live.current = live.current[:first] + put + live.current[last:]
        live.origin[first:last] = [-1] * len(put)
        if change.start <= live.start:
            live.start = change.start + len(new)
        live.end = live.start + len(live.current)
        _trim(live)
        live.untouched = live.current == live.text
        if live.untouched:
            live.origin = list(range(len(live.text)))

    def _lose(self, live: _Live, change: Span) -> None:
        del self._live[live.record_id]
        begin = live.start - live.origin[0]
        self._gone[live.record_id] = _Gone(live.record_id, change.start, begin - change.start, live.text)
        while len(self._gone) > _MOST_GONE:
            del self._gone[next(iter(self._gone))]

    def _follow_gone(self, gone: _Gone, change: Span, new: str, before: str, after: str) -> None:
        stood_there = _stands(gone.text, gone.anchor + gone.lead, before)
        within = change.start < gone.anchor < change.end
        if within or (change.start < gone.anchor == change.end and not new):
            gone.lead += gone.anchor - change.start
            gone.anchor = change.start
        elif change.end <= gone.anchor and change.start < gone.anchor:
            gone.anchor += len(new) - len(change)
        place = gone.anchor + gone.lead
        put_back = change.start <= place + len(gone.text) and place <= change.start + len(new)
        # An equal text that already stood there is another one: it moved up when this one was deleted.
        if put_back and not stood_there and _stands(gone.text, place, after):
            del self._gone[gone.record_id]
            self._live[gone.record_id] = _whole(gone.record_id, place, gone.text)


def minimal(change: Span, new: str, before: str) -> tuple[Span, str]:
    """The same change without what its old and its new text have in common at their ends.

    Clients without incremental changes send the whole document for each keystroke.
    """
    old = change.text(before)
    if not old or not new:
        return change, new
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    return Span(change.start + head, change.end - tail), new[head : len(new) - tail]


def _common(a: str, b: str) -> int:
    """The length of the common beginning, found by halving: comparing slices is much faster than characters."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _whole(record_id: str, start: int, text: str) -> _Live:
    return _Live(record_id, start, start + len(text), text, text, list(range(len(text))))


def _trim(live: _Live) -> None:
    """Let the span begin and end on generated characters (it did before, so one of them is left)."""
    first, last = 0, len(live.origin)
    while live.origin[first] < 0:
        first += 1
    while live.origin[last - 1] < 0:
        last -= 1
    live.current, live.origin = live.current[first:last], live.origin[first:last]
    live.start, live.end = live.start + first, live.start + last


def _restore(live: _Live, first: int, last: int, after: str) -> None:
    """Make an edited span whole where a change that ends at `first`..`last` has put its text back (undo)."""
    length = len(live.text)
    for start in {live.start - live.origin[0], live.end - 1 - live.origin[-1]}:
        near = first <= start + length and start <= last
        if near and _stands(live.text, start, after):
            live.start, live.end = start, start + length
            live.current, live.origin, live.untouched = live.text, list(range(length)), True
            return


def _stands(text: str, start: int, document: str) -> bool:
    return start >= 0 and document.startswith(text, start)


def _once(text: str, old: str, new: str) -> int:
    """Where a text stands in the new version of a stretch, if it is too long for chance and in both exactly once."""
    if len(text) < _DISTINCT_LENGTH or old.count(text) != 1 or new.count(text) != 1:
        return -1
    return new.find(text)
