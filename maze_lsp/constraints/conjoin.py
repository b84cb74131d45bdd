"""Several constraints at once: one grammar as far as that goes, the rest checked beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from maze_lsp.constraints.clauses import Clause, clauses_of, regular_lark
from maze_lsp.constraints.ir import ConstraintIR
from maze_lsp.constraints.proof import Proof, read_proof
from maze_lsp.constraints.satisfy import satisfiable
from maze_lsp.constraints.schema import compile_schema
from maze_lsp.constraints.schema.negate import Schema
from maze_lsp.constraints.terms import term_parts
from maze_lsp.constraints.types import CompiledConstraint, Enforcement, Part
from maze_lsp.errors import ConstraintError
from maze_lsp.grammar import regex as rx

_MOST_SMALLEST = 3
"""Conflicts of so many constraints are searched for the smallest; larger ones are only made as small as goes."""


def conjoin(constraints: Sequence[ConstraintIR], base: CompiledConstraint | None = None) -> CompiledConstraint:
    """All of these together, and with `base` (a hole's or a language's), if there is one.

    One grammar is sent: that of `base`, else the user's own, else that of the schemas, else the regular expressions
    as one. What it does not say is a part of the proof and checked here. Raises ConstraintError where a constraint
    cannot be compiled, or where no text satisfies all: a smallest set that conflicts is named.
    """
    clauses = sorted(clauses_of(constraints), key=lambda clause: -clause.priority)
    terms = term_parts(constraints)
    if terms and base is None:
        raise ConstraintError(
            f"`{terms[0].name}` speaks of code, and there is none around this text.",
            hint="Use it at a place in a file.",
        )
    if not clauses:
        if base is None:
            raise ConstraintError(
                "Nothing is constrained.", hint="Say at least one of json_schema, grammar, regex_patterns, choices."
            )
        return replace(base, parts=(*base.parts, *terms))
    _check_conflict(clauses, base)
    regular = [clause for clause in clauses if clause.regular is not None]
    schemas = [clause for clause in clauses if clause.schema is not None]
    grammars = [clause for clause in clauses if clause.grammar]
    proofs = [base.proof] if base else []
    proofs += [clause.grammar for clause in grammars]
    checks: list[Schema] = []
    lark = base.lark if base else grammars[0].grammar if grammars else ""
    enforced = {grammars[0].name} if grammars and not base else set()
    parts = [*(base.parts if base else ()), *(_part(clause, clause.name in enforced) for clause in grammars)]
    if schemas:
        schema = all_of([clause.schema for clause in schemas])
        compiled = compile_schema(schema)
        proofs.append(compiled.proof)
        checks += [clause.schema for clause in schemas if not compile_schema(clause.schema).exact]  # type: ignore[misc, arg-type]
        if compiled.left_out and not checks:
            checks.append(schema)
        parts += [part for clause in schemas for part in _schema_parts(clause, masked=not lark)]
        lark = lark or compiled.lark
    if regular:
        joined = regular_lark(_all_regular(regular))
        proofs.append(joined)
        parts += [_part(clause, not lark) for clause in regular]
        lark = lark or joined
    proof = Proof(tuple(grammar for text in proofs for grammar in read_proof(text).grammars), tuple(checks)).text()
    return CompiledConstraint(
        lark=lark,
        proof=proof,
        digest=hashlib.sha256(proof.encode()).hexdigest(),
        parts=(*parts, *terms),
        heal=base.heal if base else "",
        ending=base.ending if base else "",
    )


def all_of(schemas: Sequence[Schema | None]) -> Schema:
    """One schema that is valid where all are; references stay within their own document."""
    if len(schemas) == 1:
        return schemas[0] if schemas[0] is not None else True
    return {
        "$defs": {f"c{n}": _moved(schema, f"#/$defs/c{n}") for n, schema in enumerate(schemas)},
        "allOf": [{"$ref": f"#/$defs/c{n}"} for n in range(len(schemas))],
    }


def _moved(value: Any, root: str) -> Any:
    if isinstance(value, dict):
        return {
            key: root + inner.removeprefix("#")
            if key in ("$ref", "$dynamicRef") and isinstance(inner, str) and (inner == "#" or inner.startswith("#/"))
            else _moved(inner, root)
            for key, inner in value.items()
        }
    return [_moved(inner, root) for inner in value] if isinstance(value, list) else value


def _all_regular(clauses: Sequence[Clause]) -> rx.Regex:
    """The texts that all regular clauses allow; any text where there are none."""
    return rx.intersect(clause.regular for clause in clauses if clause.regular is not None)


def _part(clause: Clause, masked: bool) -> Part:
    enforcement: Enforcement = "grammar" if masked else "check"
    return Part(clause.name, clause.kind, enforcement)


def _schema_parts(clause: Clause, *, masked: bool) -> list[Part]:
    left = compile_schema(clause.schema if clause.schema is not None else True).left_out
    found = [_part(clause, masked)]
    return [*found, Part(f"{clause.name}: {', '.join(left)}", clause.kind, "check")] if left else found


def _check_conflict(clauses: Sequence[Clause], base: CompiledConstraint | None) -> None:
    """Raise where no text satisfies all, with a smallest set of constraints for which that is so."""
    if _possible(clauses, base):
        return
    names = [clause.name for clause in _smallest(clauses, base)]
    with_base = base is not None and _possible([clause for clause in clauses if clause.name in names], None)
    if with_base and base:
        names.append(base.parts[0].name)
    shown = " and ".join(f"`{name}`" for name in dict.fromkeys(names))
    raise ConstraintError(
        f"No text satisfies {shown}{' together' if len(names) > 1 else ''}.",
        hint="Change one of them, or leave one out.",
    )


def _smallest(clauses: Sequence[Clause], base: CompiledConstraint | None) -> Sequence[Clause]:
    for size in range(1, min(_MOST_SMALLEST, len(clauses)) + 1):
        for chosen in combinations(clauses, size):
            if not _possible(chosen, base):
                return chosen
    needed = list(clauses)
    for clause in clauses:
        fewer = [one for one in needed if one is not clause]
        if not _possible(fewer, base):
            needed = fewer
    return needed


def _possible(clauses: Sequence[Clause], base: CompiledConstraint | None) -> bool:
    """Whether some text satisfies all; also where that cannot be told."""
    regular = _all_regular(clauses)
    schemas = [clause.schema for clause in clauses if clause.schema is not None]
    grammars = list(read_proof(base.proof).grammars) if base else []
    grammars += [clause.grammar for clause in clauses if clause.grammar]
    if regular == rx.NOTHING:
        return False
    if regular != rx.ANY_TEXT:
        grammars.append(regular_lark(regular))
    if schemas:
        try:
            grammars.append(compile_schema(all_of(schemas)).proof)
        except ConstraintError:
            return False
    return satisfiable(grammars) is not False
