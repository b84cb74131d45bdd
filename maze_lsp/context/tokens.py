"""What a place in a file is by its tokens: comment, string or code, and which brackets are open there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import tree_sitter

from maze_lsp.context import places, queries
from maze_lsp.context.types import Snapshot
from maze_lsp.text import Span

_CLOSER = {"(": ")", "[": "]", "{": "}"}
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
    for node in _leaves(snapshot.tree.root_node, first, last):
        yield Token(node.type, Span(lines.offset_of_byte(node.start_byte), lines.offset_of_byte(node.end_byte)))


def _leaves(root: tree_sitter.Node, first: int, last: int) -> Iterator[tree_sitter.Node]:
    todo = [root]
    while todo:
        node = todo.pop()
        if node.end_byte < first or node.start_byte > last:
            continue
        if not node.child_count and node.end_byte > node.start_byte:
            yield node
        todo.extend(reversed(node.children))


@dataclass(frozen=True, slots=True)
class Brackets:
    """Round and square brackets around a place, by the offset behind each. `closed`: outermost first, those that are
    closed behind it; `unclosed`: those inside of them that are not."""

    closed: tuple[int, ...]
    unclosed: tuple[int, ...]


def brackets_around(before: Iterable[Token], behind: Iterable[Token]) -> Brackets:
    """Told by the tokens on both sides of a place. Curly brackets, which stand around blocks, end the search."""
    opened: list[Token] = []
    for token in before:
        if token.kind in _CLOSER:
            opened.append(token)
        elif opened and token.kind in _CLOSER.values():
            opened.pop()
    block = next((n for n in range(len(opened) - 1, -1, -1) if opened[n].kind == _BLOCK), -1)
    opened = opened[block + 1 :]
    unclosed: list[Token] = []
    for closer in _unmatched(behind):
        while opened and _CLOSER[opened[-1].kind] != closer:
            unclosed.insert(0, opened.pop())
        break
    else:
        unclosed, opened = opened, []
    return Brackets(tuple(token.span.end for token in opened), tuple(token.span.end for token in unclosed))


def _unmatched(behind: Iterable[Token]) -> Iterator[str]:
    """The closing brackets whose opening one does not stand among the tokens."""
    depth = 0
    for token in behind:
        if token.kind in _CLOSER:
            depth += 1
        elif token.kind in _CLOSER.values():
            if not depth:
                yield token.kind
            depth = max(depth - 1, 0)
