"""What a hole stands in: functions, classes and loops, and the type that is written down for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import tree_sitter

from maze_lsp.context import queries
from maze_lsp.context.declarations import text_of
from maze_lsp.context.trial import Trial
from maze_lsp.context.types import Enclosing

_BRACKETS = {"(": ")", "[": "]"}
_ONLY = r"scope\..*|async|generator|loop|switch|expected(?:\.by)?|returned"


def marks(attempt: Trial) -> dict[int, list[str]]:
    """Captures of `scope.scm` on the nodes that touch a trial, by node id."""
    found: dict[int, list[str]] = {}
    for match in _near(attempt):
        for name, nodes in match.items():
            for node in nodes:
                found.setdefault(node.id, []).append(name)
    return found


def enclosing_of(attempt: Trial) -> Enclosing:
    """What is legal there."""
    return replace(legal_in(attempt.chain(), marks(attempt)), in_brackets=_in_brackets(attempt))


def legal_in(chain: Iterable[tree_sitter.Node], found: Mapping[int, Collection[str]]) -> Enclosing:
    """What is legal in a node: `chain` leads from it to the root, `found` has the captures of `scope.scm`."""
    here = Enclosing()
    for node in chain:
        of = found.get(node.id, ())
        if "scope.function" in of:
            here = replace(here, in_function=True, in_async="async" in of, in_generator="generator" in of)
            return replace(here, in_class=_in_class(node, found))
        if "scope.class" in of:
            return replace(here, in_class=True)
        here = replace(
            here,
            in_loop=here.in_loop or "loop" in of,
            can_break=here.can_break or "loop" in of or "switch" in of,
        )
    return here


def _in_brackets(attempt: Trial) -> bool:
    """Whether brackets stand around, and no string in between: the holes of a string keep to their line."""
    for node in attempt.chain():
        if "string" in node.type:
            return False
        opened = [child for child in node.children if child.type in _BRACKETS and child.end_byte <= attempt.at]
        closers = {child.type for child in node.children if child.start_byte > attempt.at}
        if any(_BRACKETS[child.type] in closers for child in opened):
            return True
    return False


def function_around(attempt: Trial) -> tree_sitter.Node | None:
    """The innermost function that has a name."""
    found = marks(attempt)
    for node in attempt.chain():
        if "scope.function" in found.get(node.id, ()) and node.child_by_field_name("name") is not None:
            return node
    return None


def heads_around(attempt: Trial) -> list[tree_sitter.Node]:
    """The functions and classes around, outermost first."""
    found = marks(attempt)
    wanted = {"scope.function", "scope.class"}
    return [node for node in attempt.chain() if wanted & set(found.get(node.id, ()))][::-1]


def expected_type(attempt: Trial) -> str:
    """The type that is written down for the expression there, empty where none is."""
    returned = False
    for match in _near(attempt):
        if any(_is_name(attempt, node) for node in match.get("expected.by", ())):
            return text_of(match["expected"][0])
        returned |= any(_is_name(attempt, node) for node in match.get("returned", ()))
    function = function_around(attempt) if returned else None
    if function is None:
        return ""
    for match in queries.matches(attempt.snapshot, "scope.scm", function, only="result"):
        for node in match.get("result", ()):
            around = node.parent  # in some languages a node holds the type and its sign
            if around is not None and function in (around, around.parent):
                return text_of(node)
    return ""


def _near(attempt: Trial) -> list[queries.Captures]:
    lines = attempt.snapshot.lines
    near = (attempt.at, lines.byte(attempt.span.end))
    root = attempt.snapshot.tree.root_node
    return list(queries.matches(attempt.snapshot, "scope.scm", root, only=_ONLY, near=near))


def _in_class(function: tree_sitter.Node, found: Mapping[int, Collection[str]]) -> bool:
    """Whether a function is a method: a class comes before the next function around it."""
    node = function.parent
    while node is not None:
        of = found.get(node.id, ())
        if "scope.class" in of:
            return True
        if "scope.function" in of:
            return False
        node = node.parent
    return False


def _is_name(attempt: Trial, node: tree_sitter.Node) -> bool:
    return (node.start_byte, node.end_byte) == (attempt.at, attempt.snapshot.lines.byte(attempt.span.end))
