"""llama.cpp's grammars (GBNF) as llguidance Lark: the same texts exactly.

GBNF knows characters only, llguidance reads words first and by the longest match. So each character is a word of its
own, unless the grammar has no recursion: then all of it is one word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from maze_lsp.errors import ConstraintError
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
from maze_lsp.grammar.emit import HEADER

_MOST_DEPTH, _MOST_CALLS = 200, 50
_MOST_REPEATED = 2000
_MOST_INLINED = 20_000
"""Characters of one word's expression."""

_NAME = r"[a-zA-Z0-9_-]+"
_TOKEN = re.compile(
    rf"""(?P<space>(?:[ \t\r\n]|\#[^\n]*)+)
    |(?P<head>{_NAME}[ \t]*::=)
    |(?P<name>{_NAME})
    |(?P<literal>"(?:[^"\\\n]|\\.)*")
    |(?P<set>\[(?:[^\]\\]|\\.)*\])
    |(?P<count>\{{[ \t]*\d*[ \t]*(?:,[ \t]*\d*[ \t]*)?\}})
    |(?P<sign>[()|*+?.])""",
    re.VERBOSE | re.DOTALL,
)
_CHAR = re.compile(r"\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\(.)|(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class _Call:
    name: str


@dataclass(frozen=True, slots=True)
class _Seq:
    items: tuple[_Expr, ...]


@dataclass(frozen=True, slots=True)
class _Alt:
    items: tuple[_Expr, ...]


@dataclass(frozen=True, slots=True)
class _Many:
    item: _Expr
    low: int
    high: int | None


_Expr = _Call | _Seq | _Alt | _Many | rx.Chars


def is_gbnf(text: str) -> bool:
    """Whether a grammar is written as GBNF rather than Lark."""
    return re.search(rf"(?m)^[ \t]*{_NAME}[ \t]*::=", text) is not None


def lark_of(text: str) -> str:
    """The grammar's text, from the rule `root`. Raises ConstraintError with the line of what is wrong."""
    rules = _Reader(text).rules()
    if "root" not in rules:
        raise ConstraintError("The GBNF grammar has no rule `root`, with which it would begin.")
    whole = _flat(_Call("root"), rules, ())
    if whole is not None:
        if rx.matches_nothing(whole):
            raise ConstraintError("The GBNF grammar has no text at all.")
        expression = regex_text.write(rx.nonempty(whole)) if whole != rx.EMPTY_WORD else ""
        if not expression:
            return f'{HEADER}\nstart: ""\n'
        if len(expression) <= _MOST_INLINED:
            return f"{HEADER}\nstart: {'ROOT?' if rx.nullable(whole) else 'ROOT'}\nROOT: {expression}\n"
    return _Writer(rules).lark()


def _flat(expr: _Expr, rules: Mapping[str, _Expr], above: tuple[str, ...]) -> rx.Regex | None:
    """The expression without calls; None where it is recursive or too large."""
    match expr:
        case _Call(name):
            deep = name in above or len(above) > _MOST_CALLS
            return None if deep else _flat(rules[name], rules, (*above, name))
        case _Many(item, low, high):
            inner = _flat(item, rules, above)
            return None if inner is None else rx.repeat(inner, low, high)
        case _Seq(items) | _Alt(items):
            parts = [_flat(item, rules, above) for item in items]
            known = [part for part in parts if part is not None]
            if len(known) < len(parts):
                return None
            return rx.concat(known) if isinstance(expr, _Seq) else rx.union(known)
    return expr


class _Writer:
    def __init__(self, rules: Mapping[str, _Expr]) -> None:
        self._rules = rules
        self._names = {name: f"r{n}" for n, name in enumerate(rules)}
        self._terminals: dict[str, str] = {}

    def lark(self) -> str:
        lines = [f"{self._names[name]}: {self._write(expr)}" for name, expr in self._rules.items()]
        terminals = [f"{name}: {expression}" for expression, name in self._terminals.items()]
        return "\n".join([HEADER, f"start: {self._names['root']}", *lines, *terminals]) + "\n"

    def _write(self, expr: _Expr) -> str:
        match expr:
            case _Call(name):
                return self._names[name]
            case _Seq(items):
                return " ".join(map(self._grouped, items)) or '""'
            case _Alt(items):
                return " | ".join(map(self._write, items))
            case _Many(item, low, high):
                counts = {(0, 1): "?", (0, None): "*", (1, None): "+"}
                count = counts.get((low, high)) or f"{{{low},{'' if high is None else high}}}"
                return self._grouped(item) + count
        return self._terminals.setdefault(regex_text.write(expr), f"T{len(self._terminals)}")

    def _grouped(self, expr: _Expr) -> str:
        text = self._write(expr)
        return f"({text})" if isinstance(expr, _Alt | _Seq | _Many) else text


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str, int]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                self._fail(at, f"`{text[at : at + 20].splitlines()[0]}` is not understood")
            kind = match.lastgroup or ""
            if kind != "space":
                self._tokens.append((kind, match.group(), at))
            at = match.end()
        self._next = 0

    def rules(self) -> dict[str, _Expr]:
        rules: dict[str, _Expr] = {}
        called: list[tuple[str, int]] = [(word, at) for kind, word, at in self._tokens if kind == "name"]
        while self._kind():
            word, at = self._take("head", "a rule, `name ::= …`")
            name = word.removesuffix("::=").strip()
            if name in rules:
                self._fail(at, f"the rule `{name}` is there twice")
            rules[name] = self._alternatives(0)
        for name, at in called:
            if name not in rules:
                self._fail(at, f"there is no rule `{name}`")
        return rules

    def _alternatives(self, depth: int) -> _Expr:
        if depth > _MOST_DEPTH:
            self._fail(self._at(), f"brackets are nested more than {_MOST_DEPTH} deep")
        options = [self._sequence(depth)]
        while self._word() == "|" and self._kind() == "sign":
            self._next += 1
            options.append(self._sequence(depth))
        return options[0] if len(options) == 1 else _Alt(tuple(options))

    def _sequence(self, depth: int) -> _Expr:
        items: list[_Expr] = []
        while (item := self._item(depth)) is not None:
            while (counts := self._counts()) is not None:
                item = _Many(item, *counts)
            items.append(item)
        return items[0] if len(items) == 1 else _Seq(tuple(items))

    def _item(self, depth: int) -> _Expr | None:
        kind, word, at = self._kind(), self._word(), self._at()
        match kind, word:
            case "name", _:
                self._next += 1
                return _Call(word)
            case "literal", _:
                self._next += 1
                chars = [rx.Chars(((ord(char), ord(char)),)) for char, _ in self._chars(word[1:-1], at)]
                return chars[0] if len(chars) == 1 else _Seq(tuple(chars))
            case "set", _:
                self._next += 1
                return self._set(word[1:-1], at)
            case "sign", ".":
                self._next += 1
                return rx.Chars(((0, rx.MAX_CHAR),))
            case "sign", "(":
                self._next += 1
                inner = self._alternatives(depth + 1)
                if self._word() != ")":
                    self._fail(at, "this bracket is not closed")
                self._next += 1
                return inner
            case "sign", "*" | "+" | "?":
                self._fail(at, f"`{word}` has nothing to repeat")
        return None

    def _counts(self) -> tuple[int, int | None] | None:
        kind, word, at = self._kind(), self._word(), self._at()
        if kind == "sign" and word in ("*", "+", "?"):
            self._next += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[word]
        if kind != "count":
            return None
        self._next += 1
        low, comma, high = word.strip("{}").partition(",")
        bounds = int(low.strip() or 0), (int(high) if high.strip() else None) if comma else int(low.strip() or 0)
        if max(bounds[0], bounds[1] or 0) > _MOST_REPEATED:
            self._fail(at, f"more than {_MOST_REPEATED} repetitions")
        if bounds[1] is not None and bounds[1] < bounds[0]:
            self._fail(at, f"`{word}` asks for fewer at most than at least")
        return bounds

    def _set(self, inner: str, at: int) -> rx.Chars:
        negated = inner.startswith("^")
        chars = self._chars(inner[negated:], at)
        ranges: list[tuple[int, int]] = []
        n = 0
        while n < len(chars):
            low, high = chars[n][0], chars[n][0]
            if n + 2 < len(chars) and chars[n + 1] == ("-", False):
                high = chars[n + 2][0]
                n += 2
            if high < low:
                self._fail(at, f"the range `{low}-{high}` is the wrong way round")
            ranges.append((ord(low), ord(high)))
            n += 1
        normal = rx.normal_ranges(ranges)
        return rx.Chars(rx.complement(normal) if negated else normal)

    def _chars(self, text: str, at: int) -> list[tuple[str, bool]]:
        """The characters, and whether each was escaped."""
        found = []
        for match in _CHAR.finditer(text):
            *codes, escaped, plain = match.groups()
            code = next((int(code, 16) for code in codes if code), None)
            if code is not None and (code > rx.MAX_CHAR or 0xD800 <= code < 0xE000):
                self._fail(at, f"`{match.group()}` is no character")
            char = chr(code) if code is not None else _ESCAPES.get(escaped, escaped) if escaped else plain
            found.append((char, plain is None))
        return found

    def _take(self, kind: str, what: str) -> tuple[str, int]:
        if self._kind() != kind:
            self._fail(self._at(), f"{what} is expected, not `{self._word()}`")
        word, at = self._word(), self._at()
        self._next += 1
        return word, at

    def _kind(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _word(self) -> str:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else ""

    def _at(self) -> int:
        return self._tokens[self._next][2] if self._next < len(self._tokens) else len(self._text)

    def _fail(self, at: int, what: str) -> NoReturn:
        line = self._text.count("\n", 0, at) + 1
        raise ConstraintError(f"GBNF grammar, line {line}: {what}.")
