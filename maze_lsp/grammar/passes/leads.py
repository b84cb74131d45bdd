"""Puts white space in front of terminals, as much as what stands before asks for.

After a keyword a word needs a blank, after anything else white space is free, and at the start of a line there is
none. So each rule exists once for every way in which it is preceded, and only where that makes a difference.
White space leads and never trails: a terminal ends on its own last character, which keeps masks cheap and lets a
text end on a visible character.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from maze_lsp.errors import GrammarError
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import (
    EMPTY,
    Alt,
    Expr,
    Grammar,
    Lead,
    Repeat,
    Rule,
    Seq,
    Terminal,
    alt,
    optional,
    repeat,
    seq,
    users,
)

_NOTHING: frozenset[str] = frozenset()
_KEYWORD = frozenset({"word"})
_Answer = tuple[frozenset[str], bool]

Exact = frozenset[str]
"""The leads that matter to what comes next: texts that end with one of them are told apart from others."""

States = dict[Lead, Expr]
"""What stands before the next terminal → the expression that leads there."""


def leads(grammar: Grammar, *starts: str) -> Grammar:
    """Plain rules (as `contexts` leaves them) whose terminals know their lead; `starts` begin without white space."""
    return _Leads(grammar).run(starts)


class _Leads:
    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.leads: tuple[Lead, ...] = ("none", "free", "word", *grammar.gaps)
        self.words = {name: _is_keyword(name) for name in grammar.terminals}
        self.wordy = {
            name: bool(rx.common(rx.first_ranges(regex), grammar.wordy)) for name, regex in grammar.terminals.items()
        }
        self.users = users(grammar.rules)
        self.ends = self.fixpoint(self.end_of)
        self.begins = self.fixpoint(self.begin_of)
        self.out: dict[str, Expr] = {}
        self.todo: list[tuple[str, str, Lead, Lead | None, Exact]] = []

    def run(self, starts: Iterable[str]) -> Grammar:
        for start in starts:
            self.out[start] = EMPTY
            self.todo.append((start, start, "none", None, _NOTHING))
        while self.todo:
            variant, name, lead, end, exact = self.todo.pop()
            states = self.states(self.grammar.rules[name], lead, exact=exact)
            self.out[variant] = alt(states.values()) if end is None else states[end]
        return self.grammar.with_rules(self.out)

    def states(self, expr: Expr, lead: Lead, *, exact: Exact) -> States:
        """The expression when preceded by `lead`, by what then precedes what comes next.

        `exact`: a word may come next, for example, so that texts that end in a keyword and others must be told apart.
        """
        match expr:
            case Terminal(name, glued=glued, apart=apart):
                if glued:
                    return {self.after(expr): expr}
                apart = apart and lead != "none"
                if apart and lead == "free":
                    lead = "word"
                if lead == "word" and not apart and not self.wordy[name]:
                    lead = "free"
                return {self.after(expr): replace(expr, lead=lead, apart=apart)}
            case Rule(name):
                return self.rule(name, lead, exact)
            case Seq(items):
                return self.sequence(items, lead, exact)
            case Alt(items):
                return _merge((pair for item in items for pair in self.states(item, lead, exact=exact).items()), exact)
            case Repeat(item, low, many):
                return self.repeated(item, low, many, lead, exact)
        raise AssertionError(expr)

    def rule(self, name: str, lead: Lead, exact: Exact) -> States:
        ends = [lead for lead in self.leads if lead in self.ends[name]]
        if "none" in ends and len(ends) > 1:
            raise GrammarError(f"{self.grammar.origin}: rule {name} ends at a line end only sometimes.")
        if len(ends) == 1:
            return {ends[0]: Rule(self.variant(name, lead, None, _NOTHING))}
        exact = exact & self.ends[name]
        apart = dict.fromkeys(end if end in exact else "free" for end in ends)
        if len(apart) == 1:
            return {end: Rule(self.variant(name, lead, None, exact)) for end in apart}
        return {end: Rule(self.variant(name, lead, end, exact)) for end in apart}

    def sequence(self, items: tuple[Expr, ...], lead: Lead, exact: Exact) -> States:
        now: States = {lead: EMPTY}
        for number, item in enumerate(items):
            begins, empty = _from_edge(self.begin_of(each, self.begins) for each in items[number + 1 :])
            matters = self.matters(begins) | (exact if empty else _NOTHING)
            now = _merge(
                (
                    (after, seq([before_expr, item_expr]))
                    for before, before_expr in now.items()
                    for after, item_expr in self.states(item, before, exact=matters).items()
                ),
                matters,
            )
        return now

    def repeated(self, item: Expr, low: int, many: bool, lead: Lead, exact: Exact) -> States:
        begins, _ = self.begin_of(item, self.begins)
        exact = exact | (self.matters(begins) if many else _NOTHING)
        first = self.states(item, lead, exact=exact)
        if not many:
            return _merge([*first.items(), (lead, EMPTY)], exact)
        if set(first) == {lead}:
            return {lead: repeat(first[lead], low, True)}
        pairs: list[tuple[Lead, Expr]] = [] if low else [(lead, EMPTY)]
        for after, expr in first.items():
            again = self.states(item, after, exact=exact)
            if set(again) != {after}:
                raise GrammarError(f"{self.grammar.origin}: a repetition ends once in a keyword and once not.")
            pairs.append((after, seq([expr, repeat(again[after], 0, True)])))
        return _merge(pairs, exact)

    def variant(self, name: str, lead: Lead, end: Lead | None, exact: Exact) -> str:
        if lead == "word" and "word" not in self.begins[name]:
            lead = "free"
        if not self.begins[name]:
            lead = "free"  # starts glued, or on a new line: what stands before makes no difference
        variant = name if lead == "free" else f"{name}__{lead}"
        if end is not None:
            variant += f"__to_{end}_of_{'_'.join(sorted(exact))}"
        if variant not in self.out:
            self.out[variant] = EMPTY
            self.todo.append((variant, name, lead, end, exact))
        return variant

    def after(self, terminal: Terminal) -> Lead:
        if terminal.name in self.grammar.newlines:
            return "none"
        return self.grammar.behind.get(terminal.name) or ("word" if self.words[terminal.name] else "free")

    def matters(self, begins: frozenset[str]) -> Exact:
        """What is to be known about what stands before: a keyword matters to words, a gap to everything."""
        return (_KEYWORD if "word" in begins else _NOTHING) | (frozenset(self.grammar.gaps) if begins else _NOTHING)

    # ---- what rules begin and end with

    def fixpoint(self, of: Callable[[Expr, Mapping[str, frozenset[str]]], _Answer]) -> dict[str, frozenset[str]]:
        known: dict[str, frozenset[str]] = dict.fromkeys(self.grammar.rules, frozenset())
        todo = dict.fromkeys(self.grammar.rules)
        while todo:
            name, _ = todo.popitem()
            new = of(self.grammar.rules[name], known)[0]
            if new != known[name]:
                known[name] = new
                todo.update(dict.fromkeys(self.users.get(name, ())))
        return known

    def end_of(self, expr: Expr, known: Mapping[str, frozenset[str]]) -> _Answer:
        """The leads after the expression, and whether it can be empty."""
        match expr:
            case Terminal():
                return frozenset({self.after(expr)}), False
            case Rule(name):
                return known[name], False
            case Seq(items):
                return _from_edge(self.end_of(item, known) for item in reversed(items))
            case Alt(items):
                return _any([self.end_of(item, known) for item in items])
            case Repeat(item, low, _):
                inner, empty = self.end_of(item, known)
                return inner, empty or low == 0
        raise AssertionError(expr)

    def begin_of(self, expr: Expr, known: Mapping[str, frozenset[str]]) -> _Answer:
        """`word` and `other`: what the first terminal may begin with (glued ones do not count), and emptiness."""
        match expr:
            case Terminal(name, glued=glued):
                return frozenset() if glued else frozenset({"word" if self.wordy[name] else "other"}), False
            case Rule(name):
                return known[name], False
            case Seq(items):
                return _from_edge(self.begin_of(item, known) for item in items)
            case Alt(items):
                return _any([self.begin_of(item, known) for item in items])
            case Repeat(item, low, _):
                inner, empty = self.begin_of(item, known)
                return inner, empty or low == 0
        raise AssertionError(expr)


def _from_edge(answers: Iterable[_Answer]) -> _Answer:
    """Of a sequence, from its first (or last) part on, as far as parts can be empty."""
    out: frozenset[str] = frozenset()
    for what, empty in answers:
        out |= what
        if not empty:
            return out, False
    return out, True


def _any(answers: list[_Answer]) -> _Answer:
    return frozenset().union(*(what for what, _ in answers)), any(empty for _, empty in answers)


def _merge(pairs: Iterable[tuple[Lead, Expr]], exact: Exact) -> States:
    """Alternatives by what comes after them; what does not matter is as good as nothing at all."""
    grouped: dict[Lead, list[Expr]] = {}
    for lead, expr in pairs:
        grouped.setdefault(lead, []).append(expr)
    for lead in [lead for lead in grouped if lead not in ("none", "free") and lead not in exact]:
        grouped.setdefault("free", []).extend(grouped.pop(lead))
    return {lead: optional(items) for lead, items in grouped.items()}


def _is_keyword(name: str) -> bool:
    return name.startswith('"') and name[1:-1].replace("_", "a").isalnum()
