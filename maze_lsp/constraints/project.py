"""Where a project's constraints are meant: their `when` against a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pathspec import GitIgnoreSpec

from maze_lsp.constraints.ir import ConstraintIR, Pattern
from maze_lsp.constraints.patterns import read_pattern
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.grammar import regex as rx
from maze_lsp.languages.spec import HoleKind


@dataclass(frozen=True, slots=True)
class Place:
    """`path` relative to the workspace folder, with `/`; `name` of the innermost function or class, empty outside."""

    language: str
    path: str
    kind: HoleKind
    name: str = ""


def place_of(snapshot: Snapshot, hole: Hole, path: str) -> Place:
    return Place(snapshot.language.name, path, hole.kind, _name_around(snapshot, hole.range.start))


def fits(constraint: ConstraintIR, place: Place) -> bool:
    """Whether a constraint is meant for a place."""
    when = constraint.when
    return (
        (not when.language or place.language in when.language)
        and (not when.kind or place.kind in when.kind)
        and (not when.glob or GitIgnoreSpec.from_lines(when.glob).match_file(place.path))
        and (not when.name or rx.matches(read_pattern(Pattern(pattern=when.name)), place.name))
    )


def applying(constraints: Iterable[ConstraintIR], place: Place, named: Iterable[str] = ()) -> tuple[ConstraintIR, ...]:
    """Those that hold at a place: the ones that always apply there, and the ones that were chosen by name."""
    chosen = set(named)
    return tuple(one for one in constraints if one.name in chosen or (one.apply == "always" and fits(one, place)))


def offered(constraints: Iterable[ConstraintIR], place: Place) -> tuple[str, ...]:
    """The names of those that can be chosen at a place."""
    return tuple(dict.fromkeys(one.name for one in constraints if one.apply == "offer" and fits(one, place)))


def _name_around(snapshot: Snapshot, at: int) -> str:
    byte = snapshot.lines.byte(at)
    node = snapshot.tree.root_node.descendant_for_byte_range(byte, byte)
    while node is not None:
        name = node.child_by_field_name("name")
        if name is not None and node.child_by_field_name("body") is not None and name.end_byte <= byte:
            return (name.text or b"").decode("utf-8", "replace")
        node = node.parent
    return ""
