"""Cuts holes of every kind out of a file by the language's own queries: what the product would offer to write anew.

Works for any language; `benchmarks.cut` knows Python in more detail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import tree_sitter

from benchmarks.cut import Cut
from maze_lsp.context import layout, places, queries
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.surroundings import legal_in
from maze_lsp.context.types import Snapshot
from maze_lsp.languages.spec import LanguageSpec
from maze_lsp.text import Span

_BLOCKS = ("body", "statements")
_LARGE = 400_000
_REFUSED = "// errorcheck"
"""So begin the files with which Go tests what it refuses."""


def cuts(path: Path, spec: LanguageSpec) -> Iterator[Cut]:
    """All holes of a file that parses without error; nothing where it does not."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return
    if text.startswith(_REFUSED) or len(text) > _LARGE or "\r" in text.replace("\r\n", ""):
        return
    snapshot = open_snapshot(path.as_uri(), 1, spec, text)
    if snapshot.tree.root_node.has_error:
        return
    marks = _marks(snapshot)
    whole = Span(0, len(text))
    brackets: dict[int, list[tree_sitter.Node]] = {}
    for node, kind in places.constructs(snapshot, whole):
        span = places.extent(snapshot, node, kind)
        inner = span.text(text)
        start = span.start
        if kind != "string":  # its white space is its own
            start += len(inner) - len(inner.lstrip())
            inner = inner.strip()
        if kind not in spec.start_rules or not inner or not _ascii_names(node):
            continue
        if kind in _BLOCKS and not any(child.is_named and not child.is_extra for child in node.children):
            continue
        if kind != "docstring" and (layout.begins_comment(snapshot, inner) or _ends_in_comment(spec, node, inner)):
            continue
        line = snapshot.lines.line_of(start)
        yield Cut(
            kind,
            inner,
            layout.leading(snapshot.lines.line_text(line)),
            layout.unit_of(snapshot, start),
            layout.eol_of(text),
            _inside(node, brackets),
            _enclosing(node, marks),
            path,
            line + 1,
            start,
        )


def _ends_in_comment(spec: LanguageSpec, node: tree_sitter.Node, text: str) -> bool:
    """Whether the last thing in a node is a comment: texts end on code."""
    last = text.splitlines()[-1].strip()
    behind = bool(spec.line_comment) and spec.line_comment in last and node.child_count > 1
    return behind or last.startswith(("//", "/*", "*", "#")) or last.endswith("*/")


def _inside(node: tree_sitter.Node, known: dict[int, list[tree_sitter.Node]]) -> bool:
    """Whether round or square brackets stand around a node, where lines may break. `known`: brackets by node."""
    inner = node
    while inner.parent is not None:
        around = inner.parent
        if around.id not in known:
            known[around.id] = [child for child in around.children if child.type in ("(", ")", "[", "]")]
        brackets = known[around.id]
        before = any(one.type in "([" and one.end_byte <= inner.start_byte for one in brackets)
        if before and any(one.type in ")]" and one.start_byte >= inner.end_byte for one in brackets):
            return "string" not in around.type
        inner = around
    return False


def _ascii_names(node: tree_sitter.Node) -> bool:
    """Whether the identifiers in a node are ASCII; the texts of comments and strings do not matter."""
    if (node.text or b"").isascii():
        return True
    if not node.children:
        return "identifier" not in node.type
    return all(map(_ascii_names, node.children))


def _marks(snapshot: Snapshot) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    only = r"scope\.(?:function|class)|async|generator|loop|switch"
    for match in queries.matches(snapshot, "scope.scm", snapshot.tree.root_node, only=only):
        for name, nodes in match.items():
            for node in nodes:
                found.setdefault(node.id, set()).add(name)
    return found


def _enclosing(node: tree_sitter.Node, marks: Mapping[int, set[str]]) -> dict[str, bool]:
    """What is legal in a node, as `context.surroundings` says it."""
    own = marks.get(node.id, set()) & {"loop", "switch"}
    return asdict(legal_in(_chain(node), {**marks, node.id: own}))


def _chain(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    at: tree_sitter.Node | None = node
    while at is not None:
        yield at
        at = at.parent
