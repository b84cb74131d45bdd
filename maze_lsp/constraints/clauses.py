"""What a `ConstraintIR` says, clause by clause: each can be replayed or checked by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from maze_lsp.constraints import gbnf, seed_grammar
from maze_lsp.constraints.ir import ConstraintIR, SeedGrammar
from maze_lsp.constraints.patterns import read_pattern
from maze_lsp.constraints.replay import new_matcher
from maze_lsp.constraints.schema import compile_schema
from maze_lsp.constraints.schema.negate import Schema
from maze_lsp.errors import ConstraintError
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar import regex_text
from maze_lsp.grammar.emit import HEADER

_MOST_DEPTH = 400
_MOST_GRAMMAR = 2_000_000
"""Characters of a grammar that is sent as it is; llguidance's own limits lie below."""


@dataclass(frozen=True, slots=True)
class Clause:
    """`name` as messages and records call it. Exactly one of `regular` (a set of whole texts), `schema` and `grammar`
    (llguidance Lark) says what it is."""

    name: str
    kind: str
    priority: int
    regular: rx.Regex | None = None
    schema: Schema | None = None
    grammar: str = ""

    @property
    def proof(self) -> str:
        """The grammar of its texts, or of more where a schema says what no grammar can."""
        if self.regular is not None:
            return regular_lark(self.regular)
        if self.schema is not None:
            return compile_schema(self.schema).proof
        return self.grammar


def clauses_of(constraints: Iterable[ConstraintIR]) -> list[Clause]:
    """Raises ConstraintError, with the constraint's name, for one that cannot be compiled."""
    found: list[Clause] = []
    for constraint in constraints:
        try:
            found += _clauses(constraint)
        except ConstraintError as error:
            raise ConstraintError(f"`{constraint.name}`: {error.message}", hint=error.hint) from None
    return found


def _clauses(constraint: ConstraintIR) -> list[Clause]:
    name, priority = constraint.name, constraint.priority
    if constraint.token_masks is not None:
        raise ConstraintError("Token masks cannot be enforced or checked yet.", hint="Leave `token_masks` out.")
    found: list[Clause] = []
    if constraint.grammar is not None:
        found.append(Clause(name, "grammar", priority, grammar=_grammar(constraint)))
    if constraint.json_schema is not None:
        compile_schema(constraint.json_schema)  # what is wrong with it is said now
        found.append(Clause(name, "json_schema", priority, schema=constraint.json_schema))
    for number, pattern in enumerate(constraint.regex_patterns, 1):
        several = f" (regex {number})" if len(constraint.regex_patterns) > 1 else ""
        clause = Clause(name + several, "regex", priority, regular=read_pattern(pattern))
        new_matcher(clause.proof)
        found.append(clause)
    if constraint.choices is not None:
        found.append(Clause(name, "choices", priority, regular=rx.one_of(constraint.choices)))
    if constraint.max_length is not None:
        shorter = rx.repeat(rx.ANY_CHAR, 0, constraint.max_length)
        found.append(Clause(name, "max_length", priority, regular=shorter))
    return found


def _grammar(constraint: ConstraintIR) -> str:
    lark = _lark(constraint)
    _refuse_deep(lark)
    new_matcher(lark)
    return lark


def _lark(constraint: ConstraintIR) -> str:
    grammar = constraint.grammar
    if isinstance(grammar, SeedGrammar):
        return seed_grammar.lark_of(grammar)
    assert grammar is not None
    if len(grammar) > _MOST_GRAMMAR:
        raise ConstraintError(f"The grammar is longer than {_MOST_GRAMMAR // 1_000_000} million characters.")
    if constraint.grammar_format == "gbnf" or (constraint.grammar_format is None and gbnf.is_gbnf(grammar)):
        return gbnf.lark_of(grammar)
    lines = [line for line in grammar.splitlines() if not line.startswith(HEADER.split()[0])]
    return "\n".join([HEADER, *lines]) + "\n"


def _refuse_deep(lark: str) -> None:
    """llguidance follows rules by recursion, without a limit: a chain of 3,000 of them ends the process (1.9.1)."""
    rules: dict[str, list[str]] = {}
    for match in _RULE.finditer(lark):
        rules[match[1]] = _NAME.findall(_LITERAL.sub(" ", match[2]))
    seen, path = {"start"}, [iter(rules.get("start", ()))]
    while path:
        name = next(path[-1], None)
        if name is None:
            path.pop()
        elif name in rules and name not in seen:
            seen.add(name)
            path.append(iter(rules[name]))
            if len(path) > _MOST_DEPTH:
                raise ConstraintError(f"The grammar's rules refer to one another more than {_MOST_DEPTH} deep.")


_RULE = re.compile(r"^[ \t]*[?!]?(\w+)(?:\[[^\n]*\])?[ \t]*:(.*(?:\n[ \t]+.*|\n[ \t]*\|.*)*)", re.MULTILINE)
_NAME = re.compile(r"\b[A-Za-z_]\w*")
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def regular_lark(regular: rx.Regex) -> str:
    """A grammar of one terminal. The empty text is no terminal."""
    if regular == rx.EMPTY_WORD:
        return f'{HEADER}\nstart: ""\n'
    mark = "?" if rx.nullable(regular) else ""
    return f"{HEADER}\nstart: TEXT{mark}\nTEXT: {regex_text.write(rx.nonempty(regular))}\n"
