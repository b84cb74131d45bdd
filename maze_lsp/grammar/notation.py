"""The notation of grammar files as definitions and tokens: lines, words and signs, without what they mean.

Every error is a GrammarError that names file, line and rule.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from maze_lsp.errors import GrammarError

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
_DEFINITION = re.compile(r"([A-Za-z_]\w*)\s*:(?!:)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """One logical line: a directive (name with `%`), a rule or a terminal."""

    name: str
    body: str
    line: int
    origin: str


def definitions(text: str, origin: str) -> list[Definition]:
    out: list[Definition] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip()
        if not line or line.lstrip().startswith("//"):
            continue
        if line[0] in " \t|":
            if not out:
                fail_at(origin, number, "", "a line that goes on with nothing")
            last = out[-1]
            out[-1] = Definition(last.name, last.body + "\n" + line, last.line, origin)
        elif line[0] == "%":
            name, _, body = line.partition(" ")
            out.append(Definition(name, body, number, origin))
        elif found := _DEFINITION.fullmatch(line):
            out.append(Definition(found[1], found[2], number, origin))
        else:
            fail_at(origin, number, "", f"expected `name: …`, not {line!r}")
    return out


def fail_at(origin: str, line: int, rule: str, what: str) -> NoReturn:
    place = f"{origin}:{line}" + (f", rule {rule}" if rule else "")
    raise GrammarError(f"{place}: {what}.", hint="The notation is described in docs/grammar-dialect.md.")


def tokens(body: str, fail: Callable[[str], NoReturn]) -> list[Token]:
    out: list[Token] = []
    at = 0
    body = body.rstrip()
    while at < len(body):
        found = _TOKEN.match(body, at)
        if not found:
            fail(f"not understood: {body[at:].strip().splitlines()[0]!r}")
        kind = "name" if found["name"] else str(found.lastgroup)
        out.append(Token(kind, found[kind], found["role"] or ""))
        at = found.end()
    return out


class Parser:
    """A cursor over tokens."""

    def __init__(self, tokens: list[Token], fail: Callable[[str], NoReturn]) -> None:
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

    def pop(self) -> Token:
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


def unquote(text: str) -> str:
    value = ast.literal_eval(text)
    assert isinstance(value, str)
    return value


def counts(text: str) -> tuple[int, int | None]:
    if text in "?*+":
        return {"?": (0, 1), "*": (0, None), "+": (1, None)}[text]
    low, comma, high = text[1:-1].partition(",")
    return int(low), (int(high) if high else None) if comma else int(low)
