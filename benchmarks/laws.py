"""The laws of the left quotient: after a typed text it is what the grammar itself would be behind that text.

Both are compared byte by byte, along random texts and off them: which bytes may follow, and whether the text may end.
Used by `benchmarks.cursor` and by the tests, over the languages' grammars and over small nasty ones.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from llguidance import LLMatcher, LLTokenizer

from benchmarks.holes import by_name
from maze_lsp.errors import GrammarError, TypedTextError
from maze_lsp.grammar import Grammar, emit_hole, load
from maze_lsp.grammar.derive import Deriver
from maze_lsp.grammar.family import asked, plain_rules
from maze_lsp.grammar.passes.lines import Layout, spelled
from maze_lsp.grammar.reader import read
from maze_lsp.languages.spec import Source

STEPS = 40
"""Bytes behind the typed text after which two grammars are no longer compared."""
_LONGEST = 600
_LAYOUT = Layout("    ", "    ", "\n")
_CHARS = "aix_09.-+>*/=<\"'()[]{},;:\n é€😀"

# Small grammars, each dangerous in its own way.
NASTY = {
    "signs that grow": """
        body: item+
        item: NAME | NUMBER | SIGN | ARROW | "(" item* ")"
        NAME: /[a-z]+/
        NUMBER: /[0-9]+(\\.[0-9]+)?(e[+-]?[0-9]+)?/
        SIGN: "." | ".." | "..." | "-" | "+" | "++"
        ARROW: "->" | "-->"
    """,
    "words and names": """
        %names NAME
        body: line (";" line)*
        line: "if" NAME | "in" NAME? | "int" | "inter" NAME+ | "not" line | NAME "in" NAME | NAME ":" "is" "not" NAME
        NAME: /[a-z_]([a-z0-9_])*/
    """,
    "characters that share a first byte": """
        body: item+
        item: ACCENTS | WIDE | E | SHORT | OTHER | FACES | X
        ACCENTS: /[à-ï]{2}x|€+/
        WIDE: /₭*€/
        E: /é|è/
        OTHER: /ð|ñé|😁/
        X: /x/
        SHORT: /(ab?c|abcd|aab|ba){1,3}é?/
        FACES: /(😀😀)+/
    """,
    "ties": """
        body: pair+ | "<" tied ">"
        pair: A "1" | B "2" | C "3"
        tied: tied A | tied D "!" | B
        A: /[ab]+/
        B: /[a-c]+/
        C: /a(bc)*/
        D: /b+a?/
    """,
    "recursion on both sides": """
        body: both
        both: "a" both "b" | "a" "b" | right "c" | word | list
        right: "x" right | "y"
        word: WORD word | WORD ";"
        list: list "," E | E
        E: /[0-9]+|[0-9]+-[0-9]+|-/
        WORD: /(ab?c|abcd|aab|ba){1,3} /
    """,
    "flat and ambiguous": """
        body: e
        e: e "+" e | e "*" e | "(" e ")" | ID | e "." ID | "-" e | e "[" e "]" | "f" opt e
        opt: "@" ID? ("," e)* | ID
        ID: /[a-z]{1,3}/
    """,
    "mutual recursion": """
        body: a | b
        a: b "x" | "p" | c? a "y"
        b: a "z" | c "q" | "(" body ")"
        c: b "w"? | "r"
    """,
    "loops in place": """
        body: a ";"
        a: a | b | M a?
        b: a | c+ | b
        c: N | "(" a ")" c?
        M: /m/
        N: /n+/
    """,
    "everything optional": """
        body: "^" a? (b? c?)+ ("," a? b?)* (d | "$")
        a: A? B | A
        b: B? C | c? C? "!"
        c: (C | b ":")+
        d: (a | ".")? ".."? "."
        A: /a/
        C: /c/
        B: /x*y?z/
    """,
    "what runs together": """
        %space outside /()/
        body: (line ";")+
        line: NAME NUMBER | SIGN "." | "=" more | NUMBER E | DASHES "->" | ACUTE "è"? | ACUTE GRAVE "!" | face
        face: FACE ("😁" | "!")
        more: "=" | ">" NAME | OPEN | OPEN OPEN
        NAME: /[a-z]([a-z0-9])*/
        NUMBER: /[0-9]+(\\.[0-9]+)?/
        SIGN: /\\.{1,3}/
        E: /e[0-9]*|\\.5/
        DASHES: /-+>?/
        ACUTE: /é+/
        GRAVE: /[è-ê]+/
        FACE: /😀+/
        OPEN: /<(<=)?/
    """,
    "nothing between": """
        %space outside /()/
        body: line+
        line: KEY "=" value? "!"
        value: value ";" atom | atom
        atom: KEY | TEXT | "=" "="
        KEY: /[a-z]+(-[a-z]+)*/
        TEXT: /"([^"\\\\]|\\\\.){0,8}"/
    """,
    "lines": """
        %space outside /[ \\t]*/
        %space inside /([ \\t]|\\n)*/
        %brackets outside inside "(" ")"
        %newline NEWLINE /([ \\t]*(#[a-z]*)?\\n)+/
        %names NAME
        %ending block body
        body: statement (NEWLINE statement)*
        statement: NAME "=" e | "if" e ":" (NEWLINE body){indent} | e
        e: e "-" t | t
        t: NAME | NUMBER | "(" e ("," e)* ","? ")" | "not" t | t ^"." NAME
        NAME: /[a-zé]+/
        NUMBER: /[0-9]+(\\.[0-9]*)?/
    """,
    "strings with holes": """
        %space outside / */
        %space text /()/
        %brackets outside outside "{" "}"
        body: e
        e: string | NAME | e "+" e
        string: "'" (CHUNK | "{{" | hole){mode=text}* ^"'"
        hole: "{" e{mode=outside} "}"
        CHUNK: /[^'{}\\\\\\n]+|\\\\./
        NAME: /[a-z]+/
    """,
}


@dataclass(frozen=True)
class Subject:
    """A start rule of a grammar at some place. `legal`: the flags that hold; `more`: other options of `emit_hole`."""

    name: str
    grammar: Grammar
    start: str = "body"
    legal: Mapping[str, bool] = field(default_factory=dict)
    layout: Layout = _LAYOUT
    more: Mapping[str, object] = field(default_factory=dict)

    def lark(self, typed: str = "", *, ending: bool | None = None) -> str:
        """`ending`: whether an end may follow, if that is to be other than `more` has it."""
        more = self.more if ending is None else {**self.more, "ending": ending}
        indent, unit, eol = self.layout.indent, self.layout.unit, self.layout.eol
        return emit_hole(
            self.grammar,
            start=self.start,
            indent=indent,
            unit=unit,
            eol=eol,
            typed=typed,
            enclosing=self.legal,
            **more,  # type: ignore[arg-type]
        )

    @cached_property
    def own(self) -> LLMatcher:
        return matcher(self.lark())

    @cached_property
    def without_end(self) -> LLMatcher:
        return matcher(self.lark(ending=False))

    def deriver(self, rng: random.Random, budget: int) -> Deriver:
        flags = tuple((flag, self.legal.get(flag, False)) for flag in self.grammar.flags)
        if follow := str(self.more.get("follow", "")):
            before = self.grammar.before
            flags += tuple((flag, follow.startswith(before[flag])) for flag in asked(self.grammar, self.start))
        plain = plain_rules(self.grammar, self.start, flags, False, False).grammar
        return Deriver(plain, lambda terminal: spelled(plain, terminal, self.layout), rng, budget)

    def accepted(self, text: str) -> str:
        """As much of a text as is a beginning, in whole characters."""
        data = text.encode()
        return data[: self.without_end.deep_copy().try_consume_tokens(list(data))].decode(errors="ignore")


@dataclass(frozen=True)
class Disagreement:
    """`behind`: the bytes behind the typed text; `missing` and `added`: what the quotient lacks and has too much."""

    subject: str
    typed: str
    behind: bytes
    what: str
    missing: bytes = b""
    added: bytes = b""

    def __str__(self) -> str:
        said = f"{self.subject}: {self.what} behind {self.typed[-80:]!r} ⟪typed⟫ {self.behind[-40:]!r}"
        return said + (f": lacks {self.missing!r}, adds {self.added!r}" if self.missing or self.added else "")


@cache
def tokenizer() -> LLTokenizer:
    return LLTokenizer("byte")


def matcher(lark: str) -> LLMatcher:
    return LLMatcher(tokenizer(), lark, log_level=0)


@cache
def nasty() -> tuple[Subject, ...]:
    return tuple(Subject(name, dialect(text), legal={}) for name, text in NASTY.items())


def dialect(text: str) -> Grammar:
    """A small grammar; blanks are free unless it says otherwise."""
    lines = [line.strip() for line in text.strip().splitlines()]
    spaces = [] if "%space" in text else ["%space outside / */"]
    return read(Source("nasty.lark", "\n".join([*spaces, *lines]) + "\n"))


@cache
def subjects(language: str) -> tuple[Subject, ...]:
    """All start rules of a language, where most is legal, and with what else holes ask for."""
    spec = by_name(language)
    grammar, out = load(spec), []
    legal = {"in_function": True, "in_loop": True, "can_break": True}
    for kind, start in spec.start_rules.items():
        layout = Layout(spec.indent_unit, spec.indent_unit, "\n")
        out.append(Subject(f"{spec.name} {kind}", grammar, start, legal, layout))
        follow = next((grammar.before[flag] for flag in asked(grammar, start)), ") + 1\n")
        more = {"ending": True, "known": ("print", "x", "größe"), "follow": follow}
        crlf = Layout("", spec.indent_unit, "\r\n")
        out.append(Subject(f"{spec.name} {kind} with an end", grammar, start, {}, crlf, more))
    return tuple(out)


def texts(subject: Subject, rng: random.Random, *, budget: int = 25) -> Iterator[str]:
    """Endless: random texts, some of which are none: the lexer is greedy, or a character has been exchanged."""
    deriver = subject.deriver(rng, budget)
    while True:
        deriver.budget = rng.choice([3, budget // 2, budget])
        text = deriver.text(subject.start)
        yield mutated(text, rng) if rng.random() < 0.3 else text


def typed_texts(subject: Subject, rng: random.Random, *, budget: int = 25) -> Iterator[tuple[str, str]]:
    """Endless: a beginning, cut anywhere (often inside of a token or where one may grow), and the rest."""
    for text in texts(subject, rng, budget=budget):
        yield from cut(subject, text, rng)


def cut(subject: Subject, text: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    begun = subject.accepted(text)
    if begun:
        at = rng.randint(1, min(len(begun), _LONGEST))
        yield begun[:at], begun[at:]


def mutated(text: str, rng: random.Random) -> str:
    """The text with a few characters exchanged, dropped or put in between."""
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(["", rng.choice(text or " "), rng.choice(_CHARS)]) + text[at + rng.randint(0, 2) :]


@dataclass
class Comparison:
    """Counts what was compared; `found`: the disagreements. `steps`: positions looked at behind one typed text."""

    rng: random.Random
    steps: int = STEPS
    positions: int = 0
    texts: int = 0
    refused: int = 0
    found: list[Disagreement] = field(default_factory=list)

    def compare(self, subject: Subject, typed: str, rest: str) -> None:
        """One quotient with its grammar: along the rest, and now and then off it."""
        self.texts += 1
        try:
            lark = subject.lark(typed)
        except TypedTextError as error:
            self._say(subject, typed, b"", f"refused at {error.offset}")
            return
        except GrammarError:
            self.refused += 1  # too many rules
            return
        theirs = matcher(lark)
        if theirs.is_error():
            self._say(subject, typed, b"", f"does not compile ({theirs.get_error()[:200]})")
            return
        ours, data = subject.own.deep_copy(), list(typed.encode())
        if ours.try_consume_tokens(data) < len(data):
            return  # with an end it is read otherwise: the text is over before what is typed is
        behind, todo = bytearray(), list(rest.encode()[: self.steps])
        for _ in range(self.steps):
            self.positions += 1
            own, other = allowed(ours), allowed(theirs)
            if own != other:
                missing, added = bytes(sorted(own - other)), bytes(sorted(other - own))
                self._say(subject, typed, bytes(behind), "other bytes", missing, added)
                return
            if ours.is_accepting() != theirs.is_accepting():
                self._say(subject, typed, bytes(behind), "another end")
                return
            if not own:
                return
            byte = todo.pop(0) if todo and self.rng.random() < 0.95 else self.rng.choice(sorted(own))
            if byte not in own:
                todo, byte = [], self.rng.choice(sorted(own))
            behind.append(byte)
            if not ours.consume_token(byte) or not theirs.consume_token(byte):
                return  # a limit of the matcher
        return

    def recognise(self, subject: Subject, text: str) -> None:
        """The recogniser against the matcher: is the text a beginning, and if not, up to where is it one."""
        self.texts += 1
        begun = subject.accepted(text)
        try:
            subject.lark(text)
        except TypedTextError as error:
            if error.offset != len(begun):
                self._say(subject, text, b"", f"refused at {error.offset}, not at {len(begun)}")
            return
        except GrammarError:
            self.refused += 1
            return
        if begun != text:
            self._say(subject, text, b"", f"not refused at {len(begun)}")

    def _say(
        self, subject: Subject, typed: str, behind: bytes, what: str, missing: bytes = b"", added: bytes = b""
    ) -> None:
        self.found.append(Disagreement(subject.name, typed, behind, what, missing, added))


def allowed(matching: LLMatcher) -> set[int]:
    """The bytes that may come next."""
    mask = matching.compute_bitmask()
    return {byte for byte in range(256) if mask[byte >> 3] >> (byte & 7) & 1}


def check(subject: Subject, rng: random.Random, *, positions: int, budget: int = 25, steps: int = STEPS) -> Comparison:
    """Compares at so many positions, about."""
    comparison = Comparison(rng, steps)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        for text in texts(subject, rng, budget=budget):
            if comparison.positions >= positions or comparison.texts >= positions:
                break
            comparison.recognise(subject, text[:_LONGEST])
            for typed, rest in cut(subject, text, rng):
                comparison.compare(subject, typed, rest)
    finally:
        sys.setrecursionlimit(limit)
    return comparison
