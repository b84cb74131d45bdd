"""What the terminals of plain rules are in one file and for one hole: as regexes, and as they are written.

Only line ends and the white space in front of terminals depend on the indentation, and only identifiers on the names
that exist: everything else is spelled once for all holes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
from maze_lsp.grammar.model import Grammar, Terminal
from maze_lsp.grammar.passes import lines as line_pass
from maze_lsp.grammar.passes.lines import Layout, Lead
from maze_lsp.grammar.passes.restrict import role_terminal

REFERENCE = "reference"
CLOSED = "CLOSED_NAME"
FOREIGN = "FOREIGN_NAME"
_LONG = 20


@dataclass(frozen=True, slots=True)
class Spelling:
    """`closed`: what identifiers that refer to something can be, if they are restricted; `foreign`: what identifiers
    can be besides their own characters.

    What is long is a terminal of its own, written once, whatever white space may stand in front of it.
    """

    grammar: Grammar
    layout: Layout
    closed: rx.Regex | None = None
    foreign: rx.Regex | None = None

    def text(self, terminal: Terminal) -> str:
        """A terminal's expression; sets of names are terminals of their own (`names`)."""
        if self._is_closed(terminal):
            return self._behind_lead(terminal, CLOSED)
        found = _texts(self.grammar, terminal, self._layout_of(terminal, own=True))
        text = " | ".join(f"{lead} {self._own(own)}".lstrip() for lead, own in found)
        return f"{text} | {self._behind_lead(terminal, FOREIGN)}" if self._is_open(terminal) else text

    def regex(self, terminal: Terminal) -> rx.Regex:
        """All that a terminal matches."""
        found = self.parts(terminal)
        lead = found[0][0].regex if found[0][0] else rx.EMPTY_WORD
        if self._is_closed(terminal):
            return rx.concat([lead, self.closed or rx.NOTHING])
        foreign = [rx.concat([lead, self.foreign or rx.NOTHING])] if self._is_open(terminal) else []
        return rx.union([*(rx.concat([lead.regex, own]) if lead else own for lead, own in found), *foreign])

    def names(self) -> list[str]:
        """The lines that define the sets of names."""
        sets = ((CLOSED, self.closed), (FOREIGN, self.foreign))
        return [f"{name}: {regex_text.write(regex)}" for name, regex in sets if regex is not None]

    def definitions(self, terminal: Terminal) -> list[str]:
        """The lines that define what else a terminal's expression refers to: white space and what is long."""
        found = _parts(self.grammar, terminal, self._layout_of(terminal, own=True))
        layout = self._layout_of(terminal)
        leads = [_lead_line(self.grammar, lead, terminal.mode, layout) for lead, _ in found if lead is not None]
        if self._is_closed(terminal):
            return leads
        owns = (own for _, own in _texts(self.grammar, terminal, self._layout_of(terminal, own=True)))
        return leads + [f"{self._own(own)}: {own}" for own in owns if len(own) >= _LONG]

    def laid(self, terminal: Terminal) -> bool:
        """Whether what the terminal matches depends on the indentation, apart from white space that has a name."""
        return terminal.name in self.grammar.newlines

    @property
    def shape(self) -> Spelling:
        """The same for all sets of names: expressions refer to them and do not hold them."""
        closed = None if self.closed is None else rx.NOTHING
        return Spelling(self.grammar, self.layout, closed, None if self.foreign is None else rx.NOTHING)

    @property
    def form(self) -> Spelling:
        """The same for all indentations, too."""
        return replace(self.shape, layout=Layout("", "", self.layout.eol))

    def parts(self, terminal: Terminal) -> tuple[tuple[Lead | None, rx.Regex], ...]:
        return _parts(self.grammar, terminal, self._layout_of(terminal))

    def _is_closed(self, terminal: Terminal) -> bool:
        return self.closed is not None and any(terminal.name == role_terminal(n, REFERENCE) for n in self.grammar.names)

    def _is_open(self, terminal: Terminal) -> bool:
        return self.foreign is not None and terminal.name in self.grammar.names

    def _behind_lead(self, terminal: Terminal, name: str) -> str:
        ((lead, _), *_) = self.parts(terminal)
        return name if lead is None else f"{lead.name} {name}"

    def _own(self, text: str) -> str:
        return text if len(text) < _LONG else _long_name(text)

    def _layout_of(self, terminal: Terminal, *, own: bool = False) -> Layout:
        """What of the layout a terminal depends on; `own`: without the white space in front, which has a name."""
        if terminal.name in self.grammar.newlines:
            return self.layout
        indent = self.layout.indent if not own and terminal.mode in self.grammar.continued else ""
        return Layout(indent, "", self.layout.eol)


class Regexes(Sequence[rx.Regex]):
    """What each of some terminals matches, worked out when it is asked for."""

    def __init__(self, spelling: Spelling, terminals: Sequence[Terminal]) -> None:
        self._spelling, self._terminals = spelling, terminals
        self._known: dict[int, rx.Regex] = {}

    def __len__(self) -> int:
        return len(self._terminals)

    def __getitem__(self, number: int) -> rx.Regex:  # type: ignore[override]
        if number not in self._known:
            self._known[number] = self._spelling.regex(self._terminals[number])
        return self._known[number]


@lru_cache(maxsize=10_000)
def _long_name(text: str) -> str:
    return f"OWN_{hashlib.blake2s(text.encode(), digest_size=4).hexdigest().upper()}"


@lru_cache(maxsize=50_000)
def _texts(grammar: Grammar, terminal: Terminal, layout: Layout) -> tuple[tuple[str, str], ...]:
    """Name of the white space in front, and what follows it, of each part."""
    found = _parts(grammar, terminal, layout)
    return tuple((lead.name if lead else "", regex_text.write(own)) for lead, own in found)


@lru_cache(maxsize=50_000)
def _parts(grammar: Grammar, terminal: Terminal, layout: Layout) -> tuple[tuple[Lead | None, rx.Regex], ...]:
    return line_pass.parts(grammar, terminal, layout)


@lru_cache(maxsize=10_000)
def _lead_line(grammar: Grammar, lead: Lead, mode: str, layout: Layout) -> str:
    """The definition of white space in front of terminals: it alone has the hole's indentation."""
    regex = lead.regex
    if mode in grammar.continued and lead.name in (f"SPACE_{mode.upper()}", f"APART_{mode.upper()}"):
        space = line_pass.white_space(grammar, mode, layout)
        regex = space if lead.name.startswith("SPACE") else rx.nonempty(space)
    return f"{lead.name}: {regex_text.write(regex)}"
