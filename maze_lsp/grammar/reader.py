"""Reads a grammar file of our Lark dialect (docs/grammar-dialect.md) into the model.

Owns rules, terminals and the checks that need no expansion: every name is defined, no rule can be empty, roles and
flags are known. Every error is a GrammarError that names file, line and rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.directives import Directives
from maze_lsp.grammar.model import (
    Alt,
    Change,
    Condition,
    Expr,
    Grammar,
    Guard,
    Repeat,
    Rule,
    Seq,
    Terminal,
    Within,
    alt,
    repeat,
    seq,
    walk,
)
from maze_lsp.grammar.notation import Definition, Parser, counts, definitions, tokens
from maze_lsp.languages.spec import Source

ROLES = frozenset({"reference", "declaration", "member", "label", "type", "module"})

T = TypeVar("T")


def read(*sources: Source) -> Grammar:
    """The grammar in a file and those that it inherits, which come first: it may define their names anew.

    Raises GrammarError.
    """
    return _Reader(sources[-1].origin, [definitions(source.text, source.origin) for source in sources]).grammar()


class _Reader(Directives):
    def __init__(self, origin: str, sources: list[list[Definition]]) -> None:
        super().__init__(origin)
        self.origin = origin
        self.rules: dict[str, Expr] = {}
        self.lines: dict[str, int] = {}
        self.bodies: dict[str, Definition] = {}
        self.open: list[str] = []  # terminals being resolved, against recursion
        self.directives = [d for source in sources for d in source if d.name.startswith("%")]
        for source in sources:
            own: dict[str, Definition] = {}
            for each in source:
                if each.name.startswith("%"):
                    continue
                if each.name in own:
                    self.at = each
                    self.fail(f"already defined in line {own[each.name].line}")
                own[each.name] = each
            self.bodies |= own

    def grammar(self) -> Grammar:
        for each in self.directives:
            self.at = each
            self.directive(each)
        for name in self.bodies:
            if name.isupper():
                self.terminal(name)
        for name, definition in self.bodies.items():
            if name.isupper():
                continue
            self.at = definition
            self.rules[name] = self.whole(self.alternatives)
            self.lines[name] = definition.line
        self.check_references()
        self.check_nullable()
        return Grammar(
            origin=self.origin,
            rules=self.rules,
            terminals=self.terminals,
            lines=self.lines,
            spaces=self.spaces,
            continued=self.continued,
            flags=self.flags,
            local=self.local,
            before=self.before,
            features=self.features,
            newlines=tuple(self.newlines),
            brackets=tuple(self.brackets),
            names=self.names,
            reserved=frozenset(self.words) - self.soft,
            endings=self.endings,
            alone=self.alone,
            inline=self.inline,
            gaps=self.gaps,
            behind=self.behind,
            wordy=self.wordy,
            depths=self.depths,
        )

    # ---- terminals

    def terminal(self, name: str) -> rx.Regex:
        if name in self.terminals:
            return self.terminals[name]
        if name not in self.bodies:
            self.fail(f"terminal {name} is not defined")
        if name in self.open:
            self.fail(f"terminal {name} is defined by itself")
        before, self.at = self.at, self.bodies[name]
        self.open.append(name)
        regex = self.whole(self.union)
        self.open.pop()
        if rx.matches_nothing(regex):
            self.fail("no text matches this terminal")
        self.terminals[name] = regex
        self.at = before
        return regex

    def union(self, parser: Parser) -> rx.Regex:
        parts = [self.intersection(parser)]
        while parser.take("op", "|"):
            parts.append(self.intersection(parser))
        return rx.union(parts)

    def intersection(self, parser: Parser) -> rx.Regex:
        parts = [self.concatenation(parser)]
        while parser.take("op", "&"):
            parts.append(self.concatenation(parser))
        return rx.intersect(parts) if len(parts) > 1 else parts[0]

    def concatenation(self, parser: Parser) -> rx.Regex:
        parts = []
        while parser.more() and not parser.next_is("op", "|&)"):
            parts.append(self.repetition(parser))
        return rx.concat(parts)

    def repetition(self, parser: Parser) -> rx.Regex:
        if parser.take("op", "~"):
            return rx.negate(self.repetition(parser))
        token = parser.pop()
        if (token.kind, token.text) == ("op", "("):
            regex = self.union(parser)
            parser.expect("op", ")")
        elif token.kind == "string":
            regex = rx.literal(self.unquoted(token.text))
        elif token.kind == "regex":
            regex = self.regex(token.text)
        elif token.kind == "name" and token.text.isupper():
            regex = self.terminal(token.text)
        else:
            self.fail(f"{token.text} cannot stand in a terminal")
        while parser.next_is("op", "?*+") or parser.next_is("count"):
            regex = rx.repeat(regex, *counts(parser.pop().text))
        return regex

    # ---- rules

    def alternatives(self, parser: Parser) -> Expr:
        items = [self.sequence(parser)]
        while parser.take("op", "|"):
            items.append(self.sequence(parser))
        return alt(items)

    def sequence(self, parser: Parser) -> Expr:
        conditions: tuple[Condition, ...] = ()
        if parser.next_is("guard"):
            conditions = tuple(map(self.condition, parser.pop().text[1:-1].split()))
        items = []
        while parser.more() and not parser.next_is("op", "|)"):
            items.append(self.item(parser))
        if not items:
            self.fail("an alternative is empty; write `?` where something is optional")
        return Guard(conditions, seq(items)) if conditions else seq(items)

    def item(self, parser: Parser) -> Expr:
        glued = parser.take("op", "^")
        apart = parser.take("op", "!")
        token = parser.pop()
        expr: Expr
        if (token.kind, token.text) == ("op", "("):
            if glued or apart:
                self.fail("^ and ! stand in front of a terminal only")
            expr = self.alternatives(parser)
            parser.expect("op", ")")
        elif token.kind == "string":
            expr = Terminal(self.literal(token.text), glued=glued, apart=apart)
        elif token.kind == "name" and token.text.isupper():
            if token.role and token.role not in ROLES:
                self.fail(f"{token.role} is not a role; roles are {', '.join(sorted(ROLES))}")
            expr = Terminal(token.text, role=token.role, glued=glued, apart=apart)
        elif token.kind == "name" and not (glued or apart or token.role):
            expr = Rule(token.text)
        else:
            self.fail(f"{token.text} cannot stand here")
        while parser.next_is("op", "?*+") or parser.next_is("within"):
            token = parser.pop()
            if token.kind == "within":
                expr = Within(tuple(map(self.change, token.text[1:-1].split())), expr)
            else:
                expr = repeat(expr, int(token.text == "+"), token.text != "?")
        return expr

    def change(self, text: str) -> Change:
        if text == "indent":
            return Change("level", None)
        if text.startswith("mode="):
            mode = text.removeprefix("mode=")
            self.check_mode(mode)
            return Change("mode", mode)
        if text[0] not in "+-":
            self.fail(f"{text} is not a change of context; these are `+flag`, `-flag`, `mode=…` and `indent`")
        self.check_flag(text[1:])
        return Change(text[1:], text[0] == "+")

    # ---- checks of the whole

    def check_references(self) -> None:
        for directive in self.directives:
            self.at = directive
            for name in {"%behind": self.behind, "%alone": self.alone}.get(directive.name, ()):
                if name not in self.terminals:
                    self.fail(f"terminal {name} is not defined")
            for name in self.inline if directive.name == "%inline" else ():
                if name not in self.rules:
                    self.fail(f"rule {name} is not defined")
        for name, expr in self.rules.items():
            self.at = self.bodies[name]
            for each in walk(expr):
                if isinstance(each, Rule) and each.name not in self.rules:
                    self.fail(f"rule {each.name} is not defined")
                if isinstance(each, Terminal) and each.name not in self.terminals:
                    self.fail(f"terminal {each.name} is not defined")

    def check_nullable(self) -> None:
        """White space is decided by what stands before; a rule that may be empty would hide that."""
        for name, expr in self.rules.items():
            if _can_be_empty(expr):
                self.at = self.bodies[name]
                self.fail("the rule can be empty; make its use optional instead")

    def whole(self, part: Callable[[Parser], T]) -> T:
        """The definition at hand, read by `part` to its end."""
        parser = Parser(tokens(self.at.body, self.fail), self.fail)
        result = part(parser)
        if parser.more():
            self.fail(f"unexpected {parser.pop().text}")
        return result


def _can_be_empty(expr: Expr) -> bool:
    """Without looking into rules: none of them can be empty."""
    match expr:
        case Seq(items):
            return all(map(_can_be_empty, items))
        case Alt(items):
            return any(map(_can_be_empty, items))
        case Repeat(item, low, _):
            return low == 0 or _can_be_empty(item)
        case Guard(_, item) | Within(_, item):
            return _can_be_empty(item)
    return False
