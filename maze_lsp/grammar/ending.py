"""What a model writes when it has finished: the start of something that no longer belongs to the hole.

A stock server stops when the grammar is exhausted. A grammar that ends with the hole's last visible character leaves
the model nothing but its end-of-text token, which it does not produce in the middle of a file. So the grammar that is
sent allows one more terminal, after which nothing may follow. It is cut off on this side.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
from maze_lsp.grammar.passes.lines import Layout

# Signs that a line may begin with: as many as a token has.
_SIGNS = 3

_BLANKS = rx.repeat(rx.Chars(((9, 9), (32, 32))), 0, None)
_CLOSING = rx.normal_ranges([(ord(char), ord(char)) for char in ")]}"])
_SIGN = rx.normal_ranges([(33, 47), (58, 64), (91, 94), (96, 96), (123, 126)])


@dataclass(frozen=True, slots=True)
class End:
    """`whole`: all that may stand behind a text. As lexemes, where `near` is given: `far`, or the two of `near`."""

    whole: rx.Regex
    far: rx.Regex = rx.NOTHING
    near: tuple[rx.Regex, rx.Regex] | None = None

    def lines(self) -> list[str]:
        """As llguidance Lark: the rule `end`, and the terminal END, which is the whole."""
        if self.near is None:
            return ["end: END", f"END: {regex_text.write(self.whole)}"]
        line, word = map(regex_text.write, self.near)
        far = [] if rx.matches_nothing(self.far) else ["END_FAR"]
        return [
            f"end: {' | '.join([*far, 'END_LINE END_WORD'])}",
            f"END: {' | '.join([*far, 'END_LINE END_WORD'])}",
            *(f"END_FAR: {regex_text.write(self.far)}" for _ in far),
            f"END_LINE: {line}",
            f"END_WORD: {word}",
        ]


def block_end(
    layout: Layout, newline: rx.Regex, *, words: Collection[str], next_line: bool, continuing: rx.Ranges, apart: bool
) -> End:
    """A line that ends a block: line ends (with blank and comment lines, as `newline` has them), then its beginning.

    That is one of `words`, or signs. Any text at all would be dear: every token of the vocabulary had to be looked at.
    Normally the line is indented less than the hole. `next_line`: the hole's own indentation ends it too, unless the
    line begins with a sign of `continuing`. A block at the margin, where nothing is indented less, ends after a
    blank line. `apart`: the line end is a terminal of the grammar. Then it is one of the end as well: `\nfor` as one
    lexeme would leave `\nfinally` no way back.
    """
    ends = layout.line_ends(newline)
    signs = rx.common(_SIGN, rx.complement(rx.first_ranges(newline)))
    if next_line:
        signs = rx.common(signs, rx.complement(continuing))
    line = rx.union([rx.repeat(rx.Chars(signs), 1, _SIGNS), rx.one_of(words)])
    if not layout.indent and not next_line:
        return End(rx.concat([_BLANKS, rx.literal(layout.eol), _BLANKS, rx.literal(layout.eol), _maybe(ends), line]))
    prefixes = [layout.indent[:n] for n in range(len(layout.indent))]
    own = [layout.indent] if next_line else []
    whole = rx.concat([ends, rx.union(map(rx.literal, prefixes + own)), line])
    if not own or not apart:
        return End(whole)
    far = rx.concat([ends, rx.union(map(rx.literal, prefixes)), line]) if prefixes else rx.NOTHING
    return End(whole, far, (rx.concat([ends, rx.literal(layout.indent)]), line))


def bracket_end(layout: Layout, newline: rx.Regex) -> End:
    """A line that begins with the closing bracket of the block that the text is in."""
    return End(rx.concat([layout.line_ends(newline), rx.Chars(_CLOSING)]))


def line_end(layout: Layout, follow: str) -> End:
    """What stands behind an in-line hole: the first visible character of `follow`, or the line end."""
    text = follow.lstrip(" \t\f")
    end = text[0] if text and text[0] not in "\r\n" else layout.eol
    return End(rx.concat([_BLANKS, rx.literal(end)]))


def next_end(layout: Layout, space: rx.Regex, follow: str) -> End:
    """The first visible character of `follow`, on whatever line; the line end where there is none."""
    text = follow.lstrip()
    return End(rx.concat([space, rx.literal(text[0])])) if text else line_end(layout, "")


def _maybe(regex: rx.Regex) -> rx.Regex:
    return rx.repeat(regex, 0, 1)
