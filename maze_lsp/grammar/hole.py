"""From a grammar to the text that is sent for one hole: the order of the passes, and what is cached between holes.

The rules depend only on the start rule and on where statements are legal; indentation, line ends and names only
change terminals. So the rules are made once and the terminals written anew for every hole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from maze_lsp.errors import GrammarError
from maze_lsp.grammar import emit, regex_text
from maze_lsp.grammar import ending as endings
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Grammar, Guard, Rule, Seq, Terminal, walk
from maze_lsp.grammar.passes import lines as line_pass
from maze_lsp.grammar.passes.brackets import brackets
from maze_lsp.grammar.passes.contexts import contexts
from maze_lsp.grammar.passes.fuse import fuse
from maze_lsp.grammar.passes.inline import inline
from maze_lsp.grammar.passes.leads import leads
from maze_lsp.grammar.passes.lines import Layout, Lead
from maze_lsp.grammar.passes.reserve import reserve
from maze_lsp.grammar.passes.restrict import closed_names, identifiers, merge_roles, role_terminal
from maze_lsp.grammar.passes.simplify import simplify

LEVELS = 9
"""Levels of indentation below the hole's own."""

REFERENCE = "reference"
_MOST_KNOWN = 400
CLOSED = "CLOSED_NAME"
FOREIGN = "FOREIGN_NAME"


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain rules of one start rule, ready to be written."""

    grammar: Grammar
    body: emit.Body


def emit_hole(
    grammar: Grammar,
    *,
    start: str,
    indent: str,
    unit: str,
    eol: str = "\n",
    heal: str = "",
    enclosing: Mapping[str, bool] | None = None,
    names: frozenset[str] | None = None,
    ending: bool = False,
    follow: str = "",
    inside: bool = False,
    known: Iterable[str] = (),
) -> str:
    """llguidance Lark for exactly the texts `heal` + text of rule `start` (+ an end, where `ending`).

    `follow`: what stands behind the hole. `names` are those that references can be, if the grammar has names.
    `known`: names that exist there; a line behind the hole may begin with one, and identifiers, else ASCII, may be one.
    """
    if start not in grammar.rules:
        raise GrammarError(f"{grammar.origin}: there is no start rule {start}.")
    layout = Layout(indent, unit, eol)
    flags = tuple((flag, None if enclosing is None else bool(enclosing.get(flag))) for flag in grammar.flags)
    if follow:
        flags += tuple((flag, follow.startswith(grammar.before[flag])) for flag in _asked(grammar, start))
    closed = names is not None and bool(grammar.names)
    plain = plain_rules(grammar, start, flags, closed, inside)
    spelling = Spelling(plain.grammar, layout)
    known = frozenset(word for word in known if word.isidentifier())
    foreign = sorted(word for word in known if not word.isascii())[:_MOST_KNOWN]
    spell = spelling.closing(REFERENCE) if closed else spelling.text
    text = plain.body.fill(spelling.opening(spell) if foreign else spell)
    parts = [*(["HEAL"] if heal else []), plain.body.start, *(["END?"] if ending else [])]
    lines = [emit.HEADER, f"start: {' '.join(parts)}", text, *spelling.leads(plain.body.terminals)]
    if names is not None and closed:
        lines.append(f"{CLOSED}: {regex_text.write(closed_names(grammar, REFERENCE, names))}")
    if foreign:
        lines.append(f"{FOREIGN}: {regex_text.write(rx.one_of(foreign))}")
    if heal:
        lines.append(f"HEAL: {emit.quoted(heal)}")
    if ending:
        lines.append(f"END: {regex_text.write(_end(grammar, layout, start, follow, known))}")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Spelling:
    """Terminals of plain rules as text, for one layout of a file."""

    grammar: Grammar
    layout: Layout

    def text(self, terminal: Terminal) -> str:
        return spelled_text(self.grammar, terminal, self._layout_of(terminal))

    def leads(self, terminals: Iterable[Terminal]) -> list[str]:
        """The white space that terminals refer to, each once."""
        known = {lead for terminal in terminals for lead, _ in self.parts(terminal) if lead is not None}
        return sorted(f"{lead.name}: {regex_text.write(lead.regex)}" for lead in known)

    def parts(self, terminal: Terminal) -> tuple[tuple[Lead | None, rx.Regex], ...]:
        return spelled_parts(self.grammar, terminal, self._layout_of(terminal))

    def _layout_of(self, terminal: Terminal) -> Layout:
        # only line ends depend on the indentation: everything else is spelled once for all holes
        return self.layout if terminal.name in self.grammar.newlines else Layout("", "", self.layout.eol)

    def closing(self, role: str) -> Callable[[Terminal], str]:
        """As `text`, with identifiers of `role` out of the terminal CLOSED, which is written once."""
        closed = {role_terminal(name, role) for name in self.grammar.names}

        def text(terminal: Terminal) -> str:
            if terminal.name not in closed:
                return self.text(terminal)
            ((lead, _), *_) = self.parts(terminal)
            return CLOSED if lead is None else f"{lead.name} {CLOSED}"

        return text

    def opening(self, spell: Callable[[Terminal], str]) -> Callable[[Terminal], str]:
        """As `spell`, but identifiers may also be what the terminal FOREIGN is."""

        def text(terminal: Terminal) -> str:
            if terminal.name not in self.grammar.names:
                return spell(terminal)
            ((lead, _), *_) = self.parts(terminal)
            return f"{spell(terminal)} | {FOREIGN if lead is None else f'{lead.name} {FOREIGN}'}"

        return text


@lru_cache(maxsize=50_000)
def spelled_text(grammar: Grammar, terminal: Terminal, layout: Layout) -> str:
    found = spelled_parts(grammar, terminal, layout)
    return " | ".join(f"{lead.name} {regex_text.write(own)}" if lead else regex_text.write(own) for lead, own in found)


@lru_cache(maxsize=50_000)
def spelled_parts(grammar: Grammar, terminal: Terminal, layout: Layout) -> tuple[tuple[Lead | None, rx.Regex], ...]:
    return line_pass.parts(grammar, terminal, layout)


@lru_cache(maxsize=256)
def plain_rules(
    grammar: Grammar, start: str, flags: tuple[tuple[str, bool | None], ...], closed: bool, inside: bool
) -> Plain:
    local = dict.fromkeys(grammar.local, False)
    context = {
        **dict.fromkeys(grammar.before),
        **dict(flags),
        **local,
        **grammar.features,
        "mode": _mode(grammar, inside),
        "level": 0,
    }
    resolved = contexts(prepared(grammar, closed), start, context, levels=LEVELS)
    led = leads(simplify(resolved, start), start)
    result = simplify(fuse(inline(led), identifiers(grammar, REFERENCE)), start)
    return Plain(result, emit.Body(result, start))


@lru_cache(maxsize=32)
def prepared(grammar: Grammar, closed: bool) -> Grammar:
    return brackets(reserve(merge_roles(grammar, frozenset({REFERENCE}) if closed else frozenset())))


def _asked(grammar: Grammar, start: str) -> list[str]:
    """The flags that tell by what stands behind the hole, if the start rule asks for them."""
    guards = [each for each in walk(grammar.rules[start]) if isinstance(each, Guard)]
    return [flag for flag in grammar.before if any(c.variable == flag for each in guards for c in each.conditions)]


def _mode(grammar: Grammar, inside: bool) -> str:
    first = next(iter(grammar.spaces))
    changes = {outer: inner for _, _, outer, inner in grammar.brackets}
    return changes.get(first, first) if inside else first


def _end(grammar: Grammar, layout: Layout, start: str, follow: str, known: Iterable[str]) -> rx.Regex:
    kind = grammar.endings.get(start)
    if kind is None:
        return endings.line_end(layout, follow)
    if kind == "next":
        return endings.next_end(layout, next(iter(grammar.spaces.values())), follow)
    newline = grammar.terminals[grammar.newlines[0]]
    if kind == "bracket":
        return endings.bracket_end(layout, newline)
    next_line = kind == "line"
    continuing = _continuing(grammar)
    words = {*grammar.reserved, *sorted(word for word in known if word.isascii())[:_MOST_KNOWN]}
    return endings.block_end(
        layout,
        newline,
        words=words - continuing if next_line else words,
        next_line=next_line,
        continuing=rx.normal_ranges((ord(text[0]), ord(text[0])) for text in continuing if not text.isidentifier()),
    )


@lru_cache(maxsize=32)
def _continuing(grammar: Grammar) -> frozenset[str]:
    """With what a line begins that goes on with the statement before: literals behind a line end."""
    behind = [
        after
        for rule in grammar.rules.values()
        for expr in walk(rule)
        if isinstance(expr, Seq)
        for before, after in pairwise(expr.items)
        if isinstance(before, Terminal) and before.name in grammar.newlines
    ]
    # only the heads of clauses are meant, not whole statements: one rule deep
    heads = [grammar.rules[expr.name] if isinstance(expr, Rule) else expr for expr in behind]
    firsts = [expr.items[0] if isinstance(expr, Seq) else expr for expr in heads]
    return frozenset(expr.name[1:-1] for expr in firsts if isinstance(expr, Terminal) and expr.name.startswith('"'))
