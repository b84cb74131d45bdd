"""What declares names, by the language's `scope.scm`: scopes, their declarations, the module's imports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import tree_sitter

from maze_lsp.context import queries
from maze_lsp.context.types import Snapshot

Sort = Literal["function", "class", "block", "lexical", "module"]

SORTS: dict[str, Sort] = {
    "scope.function": "function",
    "scope.class": "class",
    "scope.block": "block",
    "scope.lexical": "lexical",
}

NAMES = r"scope\..*|declare\..*|open"
"""The patterns of `scope.scm` that open scopes and declare names."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared name. `how` is what follows `declare.` in the capture; `at` its first byte.

    `since`: the byte from which on the name is bound (behind the value, in an assignment).
    """

    name: str
    how: str
    type_text: str
    at: int
    since: int


@dataclass(slots=True)
class Region:
    """A scope: its bytes, its own declarations in order; `open` where it has names that cannot be known."""

    sort: Sort
    start: int
    end: int
    declared: list[Declaration] = field(default_factory=list)
    open: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """What one top-level node means for the module; bytes of the declarations count from the start of the node."""

    declared: tuple[Declaration, ...]
    imports: tuple[str, ...]
    open: bool


def regions(
    snapshot: Snapshot, node: tree_sitter.Node, near: Iterable[tuple[int, int] | None] = (None,)
) -> list[Region]:
    """The scopes in a node and what they declare; the first is what is around all of them.

    `near`: only what touches these ranges of bytes.
    """
    outside = Region("module", node.start_byte, node.end_byte)
    found: dict[tuple[int, int], Region] = {}
    declared: dict[tuple[int, str], Declaration] = {}
    opened: set[int] = set()
    for part in near:
        for match in queries.matches(snapshot, "scope.scm", node, only=NAMES, near=part):
            type_text = text_of(match["type"][0]) if "type" in match else ""
            for capture, nodes in match.items():
                if capture in SORTS:
                    for one in nodes:
                        extent = (one.start_byte, one.end_byte)
                        found[extent] = Region(SORTS[capture], *extent)
                elif capture.startswith("declare."):
                    for one in nodes:
                        how = capture[8:]
                        at = one.start_byte
                        since = max([at, *(until.end_byte for until in match.get("until", ()))])
                        known = declared.get((at, how))
                        if known is None or known.since < since:
                            declared[at, how] = Declaration(text_of(one), how, type_text, at, since)
                elif capture == "open":
                    opened.update(one.start_byte for one in nodes)
    inner = sorted(found.values(), key=lambda region: (region.start, -region.end))
    _distribute(outside, inner, sorted(declared.values(), key=lambda one: one.at), opened)
    return [outside, *inner]


def piece_of(snapshot: Snapshot, node: tree_sitter.Node, inside: tree_sitter.Node | None = None) -> Piece:
    """A top-level node's share of the module.

    `inside`: a scope in the node whose contents are known not to matter to the module, which saves time.
    """
    near: list[tuple[int, int] | None] = [None]
    body = (inside.child_by_field_name("body") or inside) if inside is not None else None
    if body is not None:
        near = [(node.start_byte, body.start_byte), (body.end_byte, node.end_byte)]
        near = [part for part in near if part is not None and part[0] < part[1]]
    module = regions(snapshot, node, near)[0]
    start = node.start_byte
    declared = tuple(replace(one, at=one.at - start, since=one.since - start) for one in module.declared)
    return Piece(declared, imports_in(snapshot, node) if declared or module.open else (), module.open)


def imports_in(snapshot: Snapshot, node: tree_sitter.Node) -> tuple[str, ...]:
    """The texts of import statements in a node, in order."""
    found: dict[int, str] = {}
    for match in queries.matches(snapshot, "scope.scm", node, only="import"):
        for statement in match.get("import", ()):
            found[statement.start_byte] = text_of(statement)
    return tuple(text for _, text in sorted(found.items()))


def text_of(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _distribute(outside: Region, inner: list[Region], declared: list[Declaration], opened: Iterable[int]) -> None:
    """Give each declaration to its scope, in one sweep over positions."""
    stack = [outside]
    upcoming = iter([*inner, None])
    following = next(upcoming)
    events = sorted([*((one.at, one) for one in declared), *((at, None) for at in opened)], key=lambda e: e[0])
    for at, one in events:
        while following is not None and following.start <= at:
            stack = [region for region in stack if region is outside or region.end > following.start]
            stack.append(following)
            following = next(upcoming)
        stack = [region for region in stack if region is outside or region.end > at]
        if one is None:
            stack[-1].open = True
        elif one.how in ("outer", "hoisted"):
            stack[-2 if len(stack) > 1 else -1].declared.append(one)
        elif one.how == "function":
            next((region for region in reversed(stack) if region.sort != "block"), outside).declared.append(one)
        else:
            stack[-1].declared.append(one)
            if one.how == "global" and stack[-1] is not outside:
                outside.declared.append(one)
