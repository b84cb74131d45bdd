"""What a place in a file is by its tokens: comment, string or code, and which brackets are open there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import tree_sitter

from maze_lsp.context import places, queries
from maze_lsp.context.types import Snapshot
from maze_lsp.text import Span

_CLOSER = {"(": ")", "[": "]", "{": "}"}
_OPENER = frozenset(_CLOSER.values())
_MANY = 16
_BLOCK = "{"
_QUOTES = "\"'`"


def literal_at(snapshot: Snapshot, at: int) -> str:
    """`comment` or `string` where the cursor is in one (not in the code of an interpolation), else empty."""
    lines = snapshot.lines
    byte = lines.byte(at)
    innermost, size = "", len(snapshot.text) * 4 + 1
    root = snapshot.tree.root_node
    near = (max(byte - 1, 0), byte + 1)
    for match in queries.matches(snapshot, "holes.scm", root, only="comment|string|code", near=near):
        for name, nodes in match.items():
            for node in nodes:
                inside = node.start_byte < byte < node.end_byte
                inside |= name == "comment" and byte == node.end_byte
                if inside and node.end_byte - node.start_byte < size:
                    innermost, size = name, node.end_byte - node.start_byte
    if innermost == "comment" and _in_quotes(snapshot, at):
        return "string"
    return "" if innermost == "code" else innermost


def _in_quotes(snapshot: Snapshot, at: int) -> bool:
    """Whether a string that is open at a cursor only looks like a comment to the parser: `x = '# a`."""
    line = snapshot.lines.line_of(at)
    if not any(node.start_point[0] <= line <= node.end_point[0] for node in places.errors(snapshot.tree.root_node)):
        return False
    before, mark = snapshot.text[snapshot.lines.line_start(line) : at], snapshot.language.line_comment
    quote, escaped = "", False
    for n, char in enumerate(before):
        if not quote and mark and before.startswith(mark, n):
            return False
        if escaped or char == "\\":
            escaped = not escaped
        elif char in _QUOTES and quote in ("", char):
            quote = "" if quote else char
    return bool(quote)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    span: Span


def tokens(snapshot: Snapshot, span: Span) -> Iterator[Token]:
    """The leaves of the tree that touch a span, in order."""
    lines = snapshot.lines
    first, last = lines.byte(span.start), lines.byte(span.end)
    return (_token(snapshot, node) for node in _leaves(snapshot.tree.root_node, first, last))


def _token(snapshot: Snapshot, node: tree_sitter.Node) -> Token:
    lines = snapshot.lines
    return Token(node.type, Span(lines.offset_of_byte(node.start_byte), lines.offset_of_byte(node.end_byte)))


def _leaves(root: tree_sitter.Node, first: int, last: int, around: int | None = None) -> Iterator[tree_sitter.Node]:
    """`around`: without those of constructs in order that do not stand around this byte."""
    todo = [root]
    while todo:
        node = todo.pop()
        if not node.child_count:
            if node.end_byte > node.start_byte:
                yield node
            continue
        if around is not None and not node.has_error and not node.start_byte < around < node.end_byte:
            continue
        children = node.children
        begin = bisect_left(children, first, key=_end) if len(children) > _MANY else 0
        touching = []
        for child in islice(children, begin, None):
            if child.start_byte > last:
                break
            if child.end_byte >= first:
                touching.append(child)
        todo.extend(reversed(touching))


def _end(node: tree_sitter.Node) -> int:
    return node.end_byte


@dataclass(frozen=True, slots=True)
class Brackets:
    """Round and square brackets around a place, by the offset behind each. `closed`: outermost first, those that are
    closed behind it; `unclosed`: those inside of them that are not."""

    closed: tuple[int, ...]
    unclosed: tuple[int, ...]


def brackets_around(snapshot: Snapshot, at: int, reach: int) -> Brackets:
    """Told by the brackets on both sides of a place. Curly ones, which stand around blocks, end the search."""
    lines = snapshot.lines
    first, last, middle = (lines.byte(offset) for offset in (max(at - reach, 0), at + reach, at))
    leaves = _leaves(snapshot.tree.root_node, first, last, around=middle)
    found = [node for node in leaves if node.type in _CLOSER or node.type in _OPENER]
    opened: list[tree_sitter.Node] = []
    for node in found:
        if node.end_byte > middle:
            break
        if node.type in _CLOSER:
            opened.append(node)
        elif opened:
            opened.pop()
    block = next((n for n in range(len(opened) - 1, -1, -1) if opened[n].type == _BLOCK), -1)
    opened = opened[block + 1 :]
    unclosed: list[tree_sitter.Node] = []
    closer = _unmatched(node.type for node in found if node.start_byte >= middle)
    if closer is None:
        unclosed, opened = opened, []
    while opened and _CLOSER[opened[-1].type] != closer:
        unclosed.insert(0, opened.pop())
    closed, still_open = (tuple(lines.offset_of_byte(node.end_byte) for node in nodes) for nodes in (opened, unclosed))
    return Brackets(closed, still_open)


def _unmatched(behind: Iterable[str]) -> str | None:
    """The first closing bracket whose opening one is not among them."""
    depth = 0
    for kind in behind:
        if kind in _CLOSER:
            depth += 1
        elif not depth:
            return kind
        else:
            depth -= 1
    return None
