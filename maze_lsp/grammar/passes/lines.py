"""Writes out what a line end is in this file: its characters, and the indentation of the next line by level."""

from __future__ import annotations

from dataclasses import dataclass

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Grammar, Terminal

_LINE_FEED = rx.Chars(((10, 10),))


@dataclass(frozen=True, slots=True)
class Layout:
    """`indent`: white space at the start of the hole's lines; `unit`: what one level adds; `eol`: the line end."""

    indent: str
    unit: str
    eol: str

    def line_ends(self, regex: rx.Regex) -> rx.Regex:
        """A lone line feed in a grammar stands for the file's line end."""
        if self.eol == "\n":
            return regex
        end = rx.literal(self.eol)
        return rx.rewrite(regex, lambda each: end if each == _LINE_FEED else None)

    def white(self, level: int) -> str:
        return self.indent + self.unit * level


def spelled(grammar: Grammar, terminal: Terminal, layout: Layout) -> rx.Regex:
    """The whole regex of a terminal of plain rules: leading white space, its own text, indentation."""
    own = grammar.terminals[terminal.name]
    if terminal.name in grammar.newlines:
        return rx.concat([layout.line_ends(own), rx.literal(layout.white(terminal.level))])
    own = layout.line_ends(own)
    space = leading(grammar, terminal, layout)
    needless = terminal.lead == "word" and not terminal.apart
    free = rx.starting_with(own, rx.complement(grammar.wordy)) if needless else rx.NOTHING
    spaced = rx.concat([space, own])
    if free == rx.NOTHING:
        return spaced
    return rx.union([spaced, rx.concat([layout.line_ends(grammar.spaces[terminal.mode]), free])])


def leading(grammar: Grammar, terminal: Terminal, layout: Layout) -> rx.Regex:
    """The white space in front of a terminal that begins with a word."""
    if terminal.glued or terminal.lead == "none":
        return rx.EMPTY_WORD
    if terminal.lead in grammar.gaps:
        gap = layout.line_ends(grammar.gaps[terminal.lead])
        return rx.nonempty(gap) if terminal.apart else gap
    space = layout.line_ends(grammar.spaces[terminal.mode])
    return rx.nonempty(space) if terminal.lead == "word" else space
