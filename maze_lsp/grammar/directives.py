"""Reads the directives of a grammar file: what they declare, and the questions that rules ask of it.

Owns what stands behind `%`; rules and terminals are the reader's.
"""

from __future__ import annotations

from typing import NoReturn

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
from maze_lsp.grammar.model import Condition
from maze_lsp.grammar.notation import Definition, fail_at, tokens, unquote

ENDINGS = ("block", "bracket", "line", "next")

LEADS = ("none", "free", "word")
"""Names that a gap cannot have."""


class Directives:
    """`at`: the definition at hand, for messages; `terminals`: those known so far, literals of rules among them."""

    def __init__(self, origin: str) -> None:
        self.at = Definition("", "", 0, origin)
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

    def fail(self, what: str) -> NoReturn:
        fail_at(self.at.origin, self.at.line, self.at.name, what)

    def directive(self, each: Definition) -> None:
        found = tokens(each.body, self.fail)
        texts = [token.text for token in found]
        kinds = [token.kind for token in found]
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
                self.before[texts[0]] = unquote(texts[1])
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
                self.soft |= frozenset(map(unquote, texts))
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
        text = unquote(quoted)
        if text.isidentifier():
            self.words.add(text)
        return text

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

    def check_mode(self, mode: str) -> None:
        if mode not in self.spaces:
            self.fail(f"{mode} is not a mode; modes are declared by `%space`: {', '.join(self.spaces)}")

    def check_flag(self, flag: str) -> None:
        known = (*self.flags, *self.local, *self.before, *self.features)
        if flag not in known:
            declared = "flags are declared by `%flags`, `%local`, `%before` and `%feature`"
            self.fail(f"{flag} is not a flag; {declared}: {', '.join(known)}")
