"""Replay text through a grammar, byte by byte, without a model: the proof that a text satisfies a constraint.

A `Replay` is fed while the text streams in; it stops at the first character that the grammar refuses and knows the
last place at which the text could have ended.
"""

from __future__ import annotations

import time
from functools import cache

from llguidance import LLMatcher, LLTokenizer

from maze_lsp.errors import ConstraintError


@cache
def byte_tokenizer() -> LLTokenizer:
    """The tokenizer whose tokens are the 256 bytes: it needs no model."""
    return LLTokenizer("byte")


@cache
def _printable_first() -> tuple[int, ...]:
    """Bytes in the order in which a completion prefers them: punctuation that closes, then the rest."""
    closers = b")]}\"':"
    rest = bytes(c for c in range(32, 127) if c not in closers)
    return tuple(closers + rest + b"\n\t")


def new_matcher(lark: str) -> LLMatcher:
    """A matcher over bytes. Raises `ConstraintError` where the grammar does not compile.

    `LLMatcher.validate_grammar` alone is not enough: it can accept what the matcher then refuses.
    """
    matcher = LLMatcher(byte_tokenizer(), lark, log_level=0)
    if matcher.is_error():
        raise ConstraintError(f"the grammar does not compile: {matcher.get_error().strip()}")
    return matcher


class Replay:
    """An incremental acceptor for one text, which has to belong to each of its grammars.

    `text` is what was accepted so far; `accepting_ends` are the lengths (in characters) at which the text was complete.
    `refused` is the first character that was not accepted, `refused_by` the number of the grammar that refused it.
    """

    def __init__(self, *larks: str) -> None:
        self._larks = larks
        self._matchers = tuple(map(new_matcher, larks))
        self._pieces: list[str] = []
        self._length = 0
        self.accepting_ends: list[int] = [0] if self._is_accepting() else []
        self.refused = ""
        self.refused_by = 0

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def length(self) -> int:
        return self._length

    @property
    def complete(self) -> bool:
        """Whether the accepted text is a whole member of the grammars."""
        return bool(self.accepting_ends) and self.accepting_ends[-1] == self._length

    def feed(self, text: str) -> str:
        """Take as much of `text` as the grammars accept and return that part.

        The first refused character is kept in `refused`; nothing is accepted after it.
        """
        if self.refused:
            return ""
        for at, char in enumerate(text):
            data = list(char.encode("utf-8", "surrogatepass"))
            for number, matcher in enumerate(self._matchers):
                if matcher.is_stopped() or matcher.try_consume_tokens(data) < len(data):
                    self.refused, self.refused_by = char, number
                    break
            if self.refused:
                text = text[:at]
                break
            self._length += 1
            if self._is_accepting():
                self.accepting_ends.append(self._length)
        for matcher in self._matchers:
            if matcher.is_error():
                raise ConstraintError(f"the grammar ran into a limit: {matcher.get_error().strip()}")
        self._pieces.append(text)
        return text

    def beginning(self, length: int) -> Replay:
        """A replay of the first characters of the accepted text."""
        other = Replay(*self._larks)
        other.feed(self.text[:length])
        return other

    def expected(self) -> tuple[str, ...]:
        """Printable characters that may follow the accepted text, unless it was refused inside a character."""
        if any(matcher.is_stopped() for matcher in self._matchers):
            return ()
        masks = [matcher.compute_bitmask() for matcher in self._matchers]
        return tuple(
            chr(b) for b in range(256) if (32 <= b < 127 or b in (9, 10)) and all(is_allowed(mask, b) for mask in masks)
        )

    def shortest_close(self, *, max_states: int = 4000, max_length: int = 200, max_seconds: float = 2.0) -> str | None:
        """The shortest text (of printable ASCII) that completes the accepted text, or None within the bounds.

        Breadth first over copies of the matchers; forced bytes cost one step. `max_states` and `max_seconds` bound the
        work.
        """
        if self.complete:
            return ""
        if self.refused:
            raise ValueError("a refused text has no completion; cut it back first")
        return close(*self._matchers, max_states=max_states, max_length=max_length, max_seconds=max_seconds)

    def _is_accepting(self) -> bool:
        return all(matcher.is_accepting() for matcher in self._matchers)


def close(*matchers: LLMatcher, max_states: int, max_length: int, max_seconds: float = 2.0) -> str | None:
    """The shortest completion of a state (see `Replay.shortest_close`)."""
    level: list[_State] = [(b"", tuple(matcher.deep_copy() for matcher in matchers))]
    states, until = 0, time.monotonic() + max_seconds
    while level:
        following: list[_State] = []
        for text, state in level:
            if all(matcher.is_accepting() for matcher in state):
                return text.decode("utf-8", "replace")
            if len(text) >= max_length or any(matcher.is_stopped() for matcher in state):
                continue
            for option in _options(state):
                states += 1
                if states > max_states or time.monotonic() > until:
                    return None
                copies = tuple(matcher.deep_copy() for matcher in state)
                if all(copy.try_consume_tokens(list(option)) == len(option) for copy in copies):
                    following.append((text + option, copies))
        level = _distinct(following)
    return None


_ANY_TEXT = 85
_ENDING_TEXT = frozenset(b"\"'`)]}>/*\\\na0 ")
_GROWING = (b'"', b"'", b"`", b"*")
_ALIKE = (frozenset(range(97, 123)), frozenset(range(65, 91)), frozenset(range(48, 58)))

_State = tuple[bytes, tuple[LLMatcher, ...]]


def _options(state: tuple[LLMatcher, ...]) -> list[bytes]:
    """What may come next: all that is forced at once, else one byte."""
    forced = state[0].compute_ff_bytes()
    if forced and len(state) == 1:
        return [forced]
    masks = [matcher.compute_bitmask() for matcher in state]
    allowed = [b for b in _printable_first() if all(is_allowed(mask, b) for mask in masks)]
    return [bytes([b]) for b in _telling(allowed)]


def _telling(allowed: list[int]) -> list[int]:
    """Without characters that are as good as another one: of a name one letter will do, of a text what may end it."""
    if len(allowed) >= _ANY_TEXT:
        return [b for b in allowed if b in _ENDING_TEXT]
    spare: set[int] = set()
    for alike in _ALIKE:
        if alike <= set(allowed):
            spare |= alike - {min(alike)}
    return [b for b in allowed if b not in spare]


def _distinct(states: list[_State], width: int = 64) -> list[_State]:
    """Keep the first state of each set of states that allow the same bytes next: letters of a name are one choice.

    Two quotes may be on the way to the third, and allow what a letter would: they are a choice of their own.
    """
    seen: dict[tuple[bytes, ...], _State] = {}
    for text, state in states:
        marks = [mark(matcher) for matcher in state]
        free = int.from_bytes(marks[0][:32], "big").bit_count() >= _ANY_TEXT
        run = text[len(text.rstrip(text[-1:])) :][-3:] if free and text[-1:] in _GROWING else b""
        key = (run, *marks)
        if key not in seen or len(text) < len(seen[key][0]):
            seen[key] = (text, state)
    return sorted(seen.values(), key=lambda item: len(item[0]))[:width]


def mark(matcher: LLMatcher) -> bytes:
    """What a state looks like from outside: the bytes that may follow, and whether it may end."""
    return b"end" if matcher.is_stopped() else bytes(matcher.compute_bitmask()) + bytes([matcher.is_accepting()])


def is_allowed(mask: bytes, byte: int) -> bool:
    return bool(mask[byte >> 3] >> (byte & 7) & 1)


def accepts(lark: str, text: str) -> bool:
    """Whether `text` is a whole member of the grammar."""
    replay = Replay(lark)
    return replay.feed(text) == text and replay.complete


def longest_accepted(lark: str, text: str) -> int:
    """How many characters at the start of `text` the grammar accepts as a beginning."""
    return len(Replay(lark).feed(text))
