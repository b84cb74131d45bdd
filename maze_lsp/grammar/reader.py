"""Reads a grammar file of our Lark dialect (docs/grammar-dialect.md) into the model.

Owns the notation and the checks that need no expansion: every name is defined, no rule can be empty, roles and flags
are known. Every error is a GrammarError that names file, line and rule.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from maze_lsp.errors import GrammarError
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
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
from maze_lsp.languages.spec import Source

ROLES = frozenset({"reference", "declaration", "member", "label", "type", "module"})

ENDINGS = ("block", "bracket", "line", "next")

LEADS = ("none", "free", "word")
"""Names that a gap cannot have."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:\\.|[^"\\])*")
    | (?P<regex>/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[])+/)
    | (?P<count>\{\d+(?:,\d*)?\})
    | (?P<within>\{[^{}]*\})
    | (?P<guard>\[[^\[\]]*\])
    | (?P<name>[A-Za-z_]\w*)(?:@(?P<role>\w+))?
    | (?P<op>[()|&~?*+^!])
    )""",
    re.VERBOSE,
)
T = TypeVar("T")
_DEFINITION = re.compile(r"([A-Za-z_]\w*)\s*:(?!:)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class _Definition:
    """One logical line: a directive (name with `%`), a rule or a terminal."""

    name: str
    body: str
    line: int
    origin: str


def read(*sources: Source) -> Grammar:
    """The grammar in a file and those that it inherits, which come first: it may define their names anew.

    Raises GrammarError.
    """
    return _Reader(sources[-1].origin, [_definitions(source.text, source.origin) for source in sources]).grammar()


def _definitions(text: str, origin: str) -> list[_Definition]:
    out: list[_Definition] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip()
        if not line or line.lstrip().startswith("//"):
            continue
        if line[0] in " \t|":
            if not out:
                _fail(origin, number, "", "a line that goes on with nothing")
            last = out[-1]
            out[-1] = _Definition(last.name, last.body + "\n" + line, last.line, origin)
        elif line[0] == "%":
            name, _, body = line.partition(" ")
            out.append(_Definition(name, body, number, origin))
        elif found := _DEFINITION.fullmatch(line):
            out.append(_Definition(found[1], found[2], number, origin))
        else:
            _fail(origin, number, "", f"expected `name: …`, not {line!r}")
    return out


def _fail(origin: str, line: int, rule: str, what: str) -> NoReturn:
    place = f"{origin}:{line}" + (f", rule {rule}" if rule else "")
    raise GrammarError(f"{place}: {what}.", hint="The notation is described in docs/grammar-dialect.md.")


class _Reader:
    def __init__(self, origin: str, sources: list[list[_Definition]]) -> None:
        self.origin = origin
        self.spaces: dict[str, rx.Regex] = {}
        self.continued: dict[str, rx.Regex] = {}
        self.flags: tuple[str, ...] = ()
        self.local: tuple[str, ...] = ()
        self.before: dict[str, str] = {}
        self.features: dict[str, bool] = {}
        self.newlines: list[str] = []
        self.brackets: list[tuple[str, str, str, str]] = []
        self.names: tuple[str, ...] = ()
        self.soft: frozenset[str] = frozenset()
        self.words: set[str] = set()
        self.alone: frozenset[str] = frozenset()
        self.inline: frozenset[str] = frozenset()
        self.endings: dict[str, str] = {}
        self.gaps: dict[str, rx.Regex] = {}
        self.behind: dict[str, str] = {}
        self.wordy = rx.WORD_RANGES
        self.depths: tuple[tuple[Condition, int], ...] = ()
        self.terminals: dict[str, rx.Regex] = {}
        self.rules: dict[str, Expr] = {}
        self.lines: dict[str, int] = {}
        self.bodies: dict[str, _Definition] = {}
        self.open: list[str] = []  # terminals being resolved, against recursion
        self.at = _Definition("", "", 0, origin)
        self.directives = [d for definitions in sources for d in definitions if d.name.startswith("%")]
        for definitions in sources:
            own: dict[str, _Definition] = {}
            for each in definitions:
                if each.name.startswith("%"):
                    continue
                if each.name in own:
                    self.at = each
                    self.fail(f"already defined in line {own[each.name].line}")
                own[each.name] = each
            self.bodies |= own

    def fail(self, what: str) -> NoReturn:
        _fail(self.at.origin, self.at.line, self.at.name, what)

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

    # ---- directives

    def directive(self, each: _Definition) -> None:
        tokens = self.tokens(each.body)
        texts = [token.text for token in tokens]
        kinds = [token.kind for token in tokens]
        match each.name, kinds:
            case "%space", ["name", "regex"]:
                space = self.regex(texts[1])
                if not rx.nullable(space):
                    self.fail("the white space of a mode must also match the empty text")
                self.spaces[texts[0]] = space
            case "%continued", ["name", "regex"]:
                if texts[0] not in self.spaces:
                    self.fail(f"{texts[0]} is not a mode that `%space` declares above")
                self.continued[texts[0]] = self.regex(texts[1])
            case "%newline", ["name", "regex"]:
                self.newlines.append(texts[0])
                self.terminals[texts[0]] = self.regex(texts[1])
            case "%flags", _ if set(kinds) == {"name"}:
                self.flags += tuple(texts)
            case "%local", _ if set(kinds) == {"name"}:
                self.local += tuple(texts)
            case "%before", ["name", "string"]:
                self.before[texts[0]] = _unquote(texts[1])
            case "%feature", _ if set(kinds) == {"name"}:
                self.features |= dict.fromkeys(texts, False)
            case "%on", _ if set(kinds) == {"name"}:
                for flag in texts:
                    if flag not in self.features:
                        self.fail(f"{flag} is not declared by `%feature`")
                    self.features[flag] = True
            case "%names", _ if set(kinds) == {"name"}:
                self.names += tuple(texts)
            case "%alone", _ if set(kinds) == {"name"}:
                self.alone |= frozenset(texts)
            case "%inline", _ if set(kinds) == {"name"}:
                self.inline |= frozenset(texts)
            case "%ending", ["name", *_] if texts[0] in ENDINGS and set(kinds) == {"name"}:
                self.endings.update(dict.fromkeys(texts[1:], texts[0]))
            case "%soft", _ if set(kinds) == {"string"}:
                self.soft |= frozenset(map(_unquote, texts))
            case "%behind", ["name", *rest] if texts[0] in ("none", "word") and set(rest) <= {"name", "string"}:
                names = [self.literal(t) if k == "string" else t for t, k in zip(texts[1:], rest, strict=True)]
                self.behind.update(dict.fromkeys(names, texts[0]))
            case "%behind", ["name", "regex", *rest] if rest and set(rest) <= {"name", "string"}:
                if texts[0] in LEADS:
                    self.fail(f"a gap cannot be called {texts[0]}")
                self.gaps[texts[0]] = self.regex(texts[1])
                names = [self.literal(t) if k == "string" else t for t, k in zip(texts[2:], rest, strict=True)]
                self.behind.update(dict.fromkeys(names, texts[0]))
            case "%apart", ["regex"]:
                self.wordy = rx.normal_ranges([*self.wordy, *rx.first_ranges(self.regex(texts[0]))])
            case "%depth", ["guard", "count"] if texts[1][1:-1].isdigit():
                self.depths += ((self.condition(texts[0][1:-1]), int(texts[1][1:-1])),)
            case "%brackets", ["name", "name", "string", "string"]:
                opening, closing = (self.literal(text) for text in texts[2:])
                self.brackets.append((opening, closing, texts[0], texts[1]))
            case _:
                self.fail(f"not a directive that is known: {each.name} {each.body}")

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

    def union(self, parser: _Parser) -> rx.Regex:
        parts = [self.intersection(parser)]
        while parser.take("op", "|"):
            parts.append(self.intersection(parser))
        return rx.union(parts)

    def intersection(self, parser: _Parser) -> rx.Regex:
        parts = [self.concatenation(parser)]
        while parser.take("op", "&"):
            parts.append(self.concatenation(parser))
        return rx.intersect(parts) if len(parts) > 1 else parts[0]

    def concatenation(self, parser: _Parser) -> rx.Regex:
        parts = []
        while parser.more() and not parser.next_is("op", "|&)"):
            parts.append(self.repetition(parser))
        return rx.concat(parts)

    def repetition(self, parser: _Parser) -> rx.Regex:
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
            regex = rx.repeat(regex, *_counts(parser.pop().text))
        return regex

    def regex(self, text: str) -> rx.Regex:
        try:
            return regex_text.parse(text[1:-1].replace("\\/", "/"))
        except ValueError as problem:
            self.fail(f"{text}: {problem}")

    def literal(self, quoted: str) -> str:
        """The terminal of a literal in a rule; it is called by its text in quotes."""
        text = self.unquoted(quoted)
        if not text:
            self.fail('a rule cannot hold the empty literal ""; write `?` where something is optional')
        name = f'"{text}"'
        self.terminals.setdefault(name, rx.literal(text))
        return name

    def unquoted(self, quoted: str) -> str:
        """The text of a literal; one that is a word is reserved."""
        text = _unquote(quoted)
        if text.isidentifier():
            self.words.add(text)
        return text

    # ---- rules

    def alternatives(self, parser: _Parser) -> Expr:
        items = [self.sequence(parser)]
        while parser.take("op", "|"):
            items.append(self.sequence(parser))
        return alt(items)

    def sequence(self, parser: _Parser) -> Expr:
        conditions: tuple[Condition, ...] = ()
        if parser.next_is("guard"):
            conditions = tuple(map(self.condition, parser.pop().text[1:-1].split()))
        items = []
        while parser.more() and not parser.next_is("op", "|)"):
            items.append(self.item(parser))
        if not items:
            self.fail("an alternative is empty; write `?` where something is optional")
        return Guard(conditions, seq(items)) if conditions else seq(items)

    def item(self, parser: _Parser) -> Expr:
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

    def condition(self, text: str) -> Condition:
        name, equals, values = text.partition("=")
        wanted = not name.startswith("!")
        name = name.lstrip("!")
        if equals and name == "mode":
            modes = tuple(values.split(","))
            for mode in modes:
                self.check_mode(mode)
            return Condition("mode", modes, wanted)
        self.check_flag(name)
        return Condition(name, (True,), wanted)

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

    def check_mode(self, mode: str) -> None:
        if mode not in self.spaces:
            self.fail(f"{mode} is not a mode; modes are declared by `%space`: {', '.join(self.spaces)}")

    def check_flag(self, flag: str) -> None:
        known = (*self.flags, *self.local, *self.before, *self.features)
        if flag not in known:
            declared = "flags are declared by `%flags`, `%local`, `%before` and `%feature`"
            self.fail(f"{flag} is not a flag; {declared}: {', '.join(known)}")

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

    def whole(self, part: Callable[[_Parser], T]) -> T:
        """The definition at hand, read by `part` to its end."""
        parser = _Parser(self.tokens(self.at.body), self.fail)
        result = part(parser)
        if parser.more():
            self.fail(f"unexpected {parser.pop().text}")
        return result

    def tokens(self, body: str) -> list[_Token]:
        out: list[_Token] = []
        at = 0
        body = body.rstrip()
        while at < len(body):
            found = _TOKEN.match(body, at)
            if not found:
                self.fail(f"not understood: {body[at:].strip().splitlines()[0]!r}")
            kind = "name" if found["name"] else str(found.lastgroup)
            out.append(_Token(kind, found[kind], found["role"] or ""))
            at = found.end()
        return out


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


class _Parser:
    """A cursor over tokens."""

    def __init__(self, tokens: list[_Token], fail: Callable[[str], NoReturn]) -> None:
        self.tokens = tokens
        self.at = 0
        self.fail = fail

    def more(self) -> bool:
        return self.at < len(self.tokens)

    def next_is(self, kind: str, texts: str = "") -> bool:
        if not self.more():
            return False
        token = self.tokens[self.at]
        return token.kind == kind and (not texts or token.text in texts)

    def pop(self) -> _Token:
        if not self.more():
            self.fail("the definition ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, kind: str, text: str) -> bool:
        if not self.next_is(kind, text):
            return False
        self.at += 1
        return True

    def expect(self, kind: str, text: str) -> None:
        if not self.take(kind, text):
            self.fail(f"{text} is missing")


def _unquote(text: str) -> str:
    value = ast.literal_eval(text)
    assert isinstance(value, str)
    return value


def _counts(text: str) -> tuple[int, int | None]:
    if text in "?*+":
        return {"?": (0, 1), "*": (0, None), "+": (1, None)}[text]
    low, comma, high = text[1:-1].partition(",")
    return int(low), (int(high) if high else None) if comma else int(low)
