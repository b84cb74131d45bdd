"""What a grammar forced and what it left open, along a text that was written under it. Pure, and without a model."""

from __future__ import annotations

from dataclasses import dataclass

from llguidance import LLMatcher

from maze_lsp.constraints.replay import new_matcher

CHARACTERS = 97
"""Printable ASCII, the tab and the line end: what is told apart where a choice is described."""

_LONGEST = 20_000
_ORDER = [9, 10, *range(32, 127)]


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive characters that the grammar forced, or that a model chose.

    `allowed`: with which characters a chosen piece might have begun, as ranges (`a–z`), shortened; `excluded`: with how
    many of `CHARACTERS` it might not.
    """

    text: str
    forced: bool
    allowed: str = ""
    excluded: int = 0


def pieces(lark: str, text: str) -> list[Piece]:
    """The pieces of a text, as far as it belongs to the grammar. Raises ConstraintError where that does not compile."""
    matcher = new_matcher(lark)
    found: list[Piece] = []
    at = 0
    while at < min(len(text), _LONGEST) and not matcher.is_stopped():
        forced = _forced(matcher, text[at:])
        if forced:
            _add(found, Piece(text[at : at + forced], True))
            at += forced
            continue
        begins = not found or found[-1].forced or _begins(text, at)
        allowed = _allowed(matcher) if begins else []
        if not _consume(matcher, text[at]):
            break
        piece = Piece(text[at], False, _ranges(allowed), CHARACTERS - len(allowed))
        if begins:
            found.append(piece)
        else:
            _add(found, piece)
        at += 1
    return found


def _forced(matcher: LLMatcher, rest: str) -> int:
    """How many characters are forced here, and taken. A text may end within them."""
    data = bytes(matcher.compute_ff_bytes())
    while data:
        try:
            forced = data.decode()
            break
        except UnicodeDecodeError as error:
            data = data[: error.start]
    else:
        return 0
    if not rest.startswith(forced):
        return 0
    matcher.try_consume_tokens(list(data))
    return len(forced)


def _consume(matcher: LLMatcher, char: str) -> bool:
    data = list(char.encode("utf-8", "surrogatepass"))
    return bool(matcher.try_consume_tokens(data) == len(data))


def _begins(text: str, at: int) -> bool:
    """Whether a word or a sign begins: what is one choice for a reader is one piece."""
    before, here = text[at - 1], text[at]
    if here.isspace():
        return not before.isspace()
    return not (_word(before) and _word(here))


def _word(char: str) -> bool:
    return char == "_" or char.isalnum()


def _allowed(matcher: LLMatcher) -> list[int]:
    mask = matcher.compute_bitmask()
    return [byte for byte in _ORDER if mask[byte >> 3] >> (byte & 7) & 1]


def _ranges(codes: list[int], most: int = 20) -> str:
    """`a–z 0–9 ( "`: runs of three and more letters or digits as ranges, signs one by one."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1 and chr(code).isalnum() and chr(code - 1).isalnum():
            runs[-1][1] = code
        else:
            runs.append([code, code])
    shown = []
    for first, last in runs:
        if last - first < 2:
            shown += [_name(code) for code in range(first, last + 1)]
        else:
            shown.append(f"{_name(first)}–{_name(last)}")
    return " ".join(shown if len(shown) <= most else [*shown[:most], "…"])


def _name(code: int) -> str:
    return {9: "tab", 10: "line end", 32: "space"}.get(code, chr(code))


def _add(found: list[Piece], piece: Piece) -> None:
    """Put a piece behind the others; one of the same kind is one with the last."""
    last = found[-1] if found else None
    if last is not None and last.forced == piece.forced:
        found[-1] = Piece(last.text + piece.text, last.forced, last.allowed, last.excluded)
    else:
        found.append(piece)
