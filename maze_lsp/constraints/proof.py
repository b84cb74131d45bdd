"""A proof: all that a text has to satisfy, written as one text that can be kept and replayed in years.

It consists of grammars in llguidance Lark, each beginning with its line `%llguidance {}`, and of lines
`%json-schema {…}` for what a grammar cannot say of a schema. A single grammar is a proof.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from maze_lsp.constraints.replay import Replay
from maze_lsp.constraints.schema.negate import Schema
from maze_lsp.errors import ConstraintError
from maze_lsp.grammar.emit import HEADER

_SCHEMA = "%json-schema "


@dataclass(frozen=True, slots=True)
class Proof:
    """`grammars` are replayed while a text comes in, `schemas` are asked when it is whole."""

    grammars: tuple[str, ...]
    schemas: tuple[Schema, ...] = ()

    def replay(self) -> Replay:
        return Replay(*self.grammars)

    def text(self) -> str:
        lines = [_SCHEMA + json.dumps(schema, separators=(",", ":"), ensure_ascii=False) for schema in self.schemas]
        return "".join([*self.grammars, *(f"{line}\n" for line in lines)])


@lru_cache(maxsize=64)
def read_proof(text: str) -> Proof:
    """The proof that a text is. Raises ConstraintError where it is none."""
    grammars: list[list[str]] = []
    schemas: list[Schema] = []
    for line in text.splitlines(keepends=True):
        if line.startswith(_SCHEMA):
            schemas.append(json.loads(line.removeprefix(_SCHEMA)))
        elif line.startswith(HEADER.split()[0]) or not grammars:
            grammars.append([line])
        else:
            grammars[-1].append(line)
    if not grammars:
        raise ConstraintError("There is no grammar in what was kept as a proof.")
    return Proof(tuple("".join(lines) for lines in grammars), tuple(schemas))


def accepts(proof: str, text: str) -> bool:
    """Whether a text satisfies all of a proof."""
    return not why_not(proof, text)


def why_not(proof: str, text: str) -> str:
    """What in a text is against a proof, with its place, in words; empty where nothing is."""
    read = read_proof(proof)
    replay = read.replay()
    taken = replay.feed(text)
    if taken != text:
        return f"{place(text, len(taken))}: {_shown(replay.refused)} cannot stand there{_instead(replay)}"
    if not replay.complete:
        return f"the text ends too early{_instead(replay)}"
    return schema_violation(read.schemas, text)


def schema_violation(schemas: Iterable[Schema], text: str) -> str:
    from maze_lsp.constraints.schema.check import violation  # heavy

    return next(filter(None, (violation(schema, text) for schema in schemas)), "")


def place(text: str, at: int) -> str:
    """`line 2, column 5`, counted from 1."""
    line = text.count("\n", 0, at)
    return f"line {line + 1}, column {at - (text.rfind(chr(10), 0, at) + 1) + 1}"


def _instead(replay: Replay) -> str:
    """What may stand there: closers and signs by themselves, letters and digits in a word."""
    allowed = replay.beginning(replay.length).expected() if replay.refused else replay.expected()
    if not allowed:
        return ""
    found = [_shown(char) for char in allowed if not char.isalnum() and not char.isspace()]
    kinds = (("a letter", str.isalpha), ("a digit", str.isdigit))
    found += [words for words, test in kinds if sum(map(test, allowed)) > 9]
    found += [_shown(char) for char in allowed if char.isalnum() and len(found) < 8] if len(found) < 4 else []
    found += ["a line end"] if "\n" in allowed else []
    return f"; expected {_or(list(dict.fromkeys(found))[:8])}" if found else ""


def _shown(char: str) -> str:
    return {"\n": "a line end", "\t": "a tab", " ": "a blank"}.get(char, f"`{char}`")


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
