"""What code has to use and may not: `must_use` and `must_not_use`, checked in the file's tree."""

from __future__ import annotations

from collections.abc import Sequence

from maze_lsp.constraints.ir import ConstraintIR, Terms
from maze_lsp.constraints.proof import place
from maze_lsp.constraints.types import Part
from maze_lsp.context.terms import Term, kinds_of, terms
from maze_lsp.context.types import HoleContext

_FIELDS = {"identifier": "identifiers", "call": "calls", "import": "imports", "literal": "literals"}


def term_parts(constraints: Sequence[ConstraintIR]) -> tuple[Part, ...]:
    """The parts of these constraints that are checked in the tree."""
    said = [(one, field) for one in constraints for field in ("must_use", "must_not_use") if getattr(one, field)]
    return tuple(Part(f"{one.name}: {field}", field, "check") for one, field in said)


def term_violation(context: HoleContext, text: str, constraints: Sequence[ConstraintIR]) -> str:
    """What in a hole's text is against them, with its place in the text; empty where nothing is."""
    if not term_parts(constraints):
        return ""
    hole, snapshot = context.hole, context.snapshot
    used = terms(snapshot, hole.range, hole.around(text))
    start = hole.range.start + len(hole.lead)
    for constraint in constraints:
        for term, name in _forbidden(used, constraint.must_not_use):
            where = place(text, max(0, term.offset - start))
            return f"{where}: `{name}` may not be used (`{constraint.name}`)"
        for kind, name in _missing(used, constraint.must_use):
            return f"the {kind} `{name}` has to be used (`{constraint.name}`)"
    return ""


def lacking(context: HoleContext, constraints: Sequence[ConstraintIR]) -> tuple[str, ...]:
    """What these constraints speak of and the language does not have, in sentences."""
    known, title = kinds_of(context.snapshot), context.snapshot.language.title
    return tuple(
        f"`{constraint.name}`: {title} has no {field}, so that part of it means nothing here."
        for constraint in constraints
        for kind, field in _FIELDS.items()
        if kind not in known and (getattr(constraint.must_use, field) or getattr(constraint.must_not_use, field))
    )


def _forbidden(used: Sequence[Term], said: Terms) -> list[tuple[Term, str]]:
    return [(term, name) for term in used for name in getattr(said, _FIELDS[term.kind]) if term.is_named(name)]


def _missing(used: Sequence[Term], said: Terms) -> list[tuple[str, str]]:
    return [
        (kind, name)
        for kind, field in _FIELDS.items()
        for name in getattr(said, field)
        if not any(term.kind == kind and term.is_named(name) for term in used)
    ]
