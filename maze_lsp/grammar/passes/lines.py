"""Writes out what a line end is in this file: its characters, and the indentation of the next line by level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Grammar, Terminal

_LINE_FEED = ((10, 10),)
_LINE_END = ((10, 10), (13, 13))


@dataclass(frozen=True, slots=True)
class Layout:
    """`indent`: white space at the start of the hole's lines; `unit`: what one level adds; `eol`: the line end."""

    indent: str
    unit: str
    eol: str

    def line_ends(self, regex: rx.Regex) -> rx.Regex:
        """A line feed in a grammar, alone or in a set without the carriage return, stands for the file's line end."""
        if self.eol == "\n":
            return regex
        end = rx.literal(self.eol)

        def ended(each: rx.Regex) -> rx.Regex | None:
            if not isinstance(each, rx.Chars) or rx.common(each.ranges, _LINE_END) != _LINE_FEED:
                return None
            others = rx.common(each.ranges, rx.complement(_LINE_FEED))
            return rx.union([rx.Chars(others), end]) if others else end

        return rx.rewrite(regex, ended)

    def white(self, level: int) -> str:
        return self.indent + self.unit * level


def spelled(grammar: Grammar, terminal: Terminal, layout: Layout) -> rx.Regex:
    """The whole regex of a terminal of plain rules: leading white space, its own text, indentation."""
    return rx.union(rx.concat([lead.regex, own]) if lead else own for lead, own in parts(grammar, terminal, layout))


@dataclass(frozen=True, slots=True)
class Lead:
    """White space that stands in front of many terminals, as a terminal of its own."""

    name: str
    regex: rx.Regex


def parts(grammar: Grammar, terminal: Terminal, layout: Layout) -> tuple[tuple[Lead | None, rx.Regex], ...]:
    """What a terminal of plain rules can be, each time with the white space in front of it."""
    own = layout.line_ends(grammar.terminals[terminal.name])
    if terminal.name in grammar.newlines:
        return ((None, rx.concat([own, rx.literal(layout.white(terminal.level))])),)
    if terminal.glued or terminal.lead == "none":
        return ((None, own),)
    gap = terminal.lead in grammar.gaps
    name = terminal.lead if gap else terminal.mode
    some = terminal.apart if gap else terminal.lead == "word"
    space = Lead(f"{'APART' if some else 'SPACE'}_{name.upper()}", leading(grammar, terminal, layout))
    free = _free(grammar, terminal, own)
    if free == rx.NOTHING:
        return ((space, own),)
    loose = Lead(f"SPACE_{terminal.mode.upper()}", white_space(grammar, terminal.mode, layout))
    return ((space, own), (loose, free))


def _free(grammar: Grammar, terminal: Terminal, own: rx.Regex) -> rx.Regex:
    """What may touch the keyword before it."""
    if terminal.lead != "word" or terminal.apart:
        return rx.NOTHING
    return rx.starting_with(own, rx.complement(grammar.wordy))


def leading(grammar: Grammar, terminal: Terminal, layout: Layout) -> rx.Regex:
    """The white space in front of a terminal that begins with a word."""
    if terminal.glued or terminal.lead == "none":
        return rx.EMPTY_WORD
    if terminal.lead in grammar.gaps:
        gap = layout.line_ends(grammar.gaps[terminal.lead])
        return rx.nonempty(gap) if terminal.apart else gap
    space = white_space(grammar, terminal.mode, layout)
    return rx.nonempty(space) if terminal.lead == "word" else space


@lru_cache(maxsize=1000)
def white_space(grammar: Grammar, mode: str, layout: Layout) -> rx.Regex:
    """All white space of a mode: with line ends, and the hole's indentation behind each, where the mode has them."""
    space = layout.line_ends(grammar.spaces[mode])
    if mode not in grammar.continued:
        return space
    line = rx.concat([layout.line_ends(grammar.continued[mode]), rx.literal(layout.indent), space])
    return rx.concat([space, rx.repeat(line, 0, None)])
