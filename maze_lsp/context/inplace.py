"""Does a text fit where it is to go? The file is parsed again with the text in place and compared with before."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter

from maze_lsp.context import layout, places, queries
from maze_lsp.context.snapshot import tried
from maze_lsp.context.trial import names
from maze_lsp.context.types import Snapshot
from maze_lsp.text import Span

_STRUCTURE = r"hole\.(?:statement|statements|body|declaration)"


def problems(snapshot: Snapshot, span: Span, text: str, *, tail: str = "") -> tuple[str, ...]:
    """What is wrong with the file once `span` is replaced by `text`, empty where nothing new is.

    New are ERROR and MISSING nodes and empty blocks that a plain name in the same place does not lead to, and code
    behind the span that would belong to something else than it would behind a name. (The file as it is may be no
    measure: in `x = ` the next line is read as the value.) `tail`: the end of the text that was supplied, and belongs
    behind the name, too. Each message names the line (1-based) in the new text.
    """
    lead, close = _frame(snapshot, text)
    name, tail, before = _measure(snapshot, span, lead, tail or close)
    room = Span(span.start, span.start + len(name)) if before is not snapshot else span
    after = tried(snapshot, span, text + tail)
    inserted = Span(span.start, span.start + len(text))
    found = list(_new_errors(before, room, after, inserted))
    if not found:
        found += _wrong(before, room, after, inserted)
    if not found:
        found += _reattached(before, room, after, inserted)
    return tuple(dict.fromkeys(found))


def _frame(snapshot: Snapshot, text: str) -> tuple[str, str]:
    """What was supplied around a generated text: blanks, a comma, what opens and closes a block."""
    opening, closing = snapshot.language.block
    signs = (sign for sign in (opening, snapshot.language.separator) if sign and text.startswith(sign))
    sign = next(signs, "")
    rest = text[len(sign) :]
    lead = sign + rest[: len(rest) - len(rest.lstrip())]
    if not sign or sign != opening or not closing or not text.endswith(closing):
        return lead, ""
    return lead, text[len(text[: -len(closing)].rstrip()) :]


def _measure(snapshot: Snapshot, span: Span, lead: str, close: str) -> tuple[str, str, Snapshot]:
    """What the text is compared with: the file with a name in place, or as it is where that is in better order.

    The answer is what was put in place of the span, what was put behind it, and the file.
    Where the line before the span leaves brackets open, name and text are looked at with those closed behind them,
    if that helps: what the rest of the file then looks like is no fault of theirs.
    """
    line = snapshot.lines.line_start(snapshot.lines.line_of(span.start))
    tails = dict.fromkeys(("", places.closers(snapshot.text[line : span.start])))
    measures = [("", "", snapshot)]
    counts = [places.error_count(snapshot.tree.root_node)]
    for name in (lead + each + close for each in names(snapshot.language)):
        for tail in tails:
            measures.append((name, tail, tried(snapshot, span, name + tail)))
            counts.append(places.error_count(measures[-1][2].tree.root_node))
        if not min(counts[1:]):
            break
    if min(count for (_, tail, _), count in zip(measures[1:], counts[1:], strict=True) if not tail) <= counts[0]:
        measures, counts = measures[1:], counts[1:]
    return measures[counts.index(min(counts))]


def _new_errors(before: Snapshot, span: Span, after: Snapshot, inserted: Span) -> Iterator[str]:
    shift = len(inserted) - len(span)
    known = set()
    for node in places.errors(before.tree.root_node):
        start = _start(before, node)
        known.add((node.type, start if start <= span.start else start + shift))
    faults = list(places.errors(after.tree.root_node))
    new = [node for node in faults if (node.type, _start(after, node)) not in known]
    inside = [node for node in new if Span(*_extent(after, node)).overlaps(inserted)]
    outside = [node for node in new if node not in inside]
    for node in inside:
        yield _message(after, node)
    if len(faults) > len(known):  # else they are the ones from before, read otherwise
        for node in outside:
            yield _message(after, node)


def _wrong(before: Snapshot, room: Span, after: Snapshot, inserted: Span) -> Iterator[str]:
    """Complaints about what the parser takes and the language does not, by `@wrong.…` of its `holes.scm`."""
    shift = len(inserted) - len(room)
    known = {(name, start if start <= room.start else start + shift) for name, start in _mistakes(before, room)}
    for name, start in _mistakes(after, inserted):
        if (name, start) not in known:
            line = after.lines.line_of(start) + 1
            yield f"line {line}: {name.removeprefix('wrong.').replace('_', ' ')}"


def _mistakes(snapshot: Snapshot, span: Span) -> Iterator[tuple[str, int]]:
    lines = snapshot.lines
    near = (lines.byte(span.start), lines.byte(span.end) + 1)
    for match in queries.matches(snapshot, "holes.scm", snapshot.tree.root_node, only=r"wrong\..*", near=near):
        for name, nodes in match.items():
            if name.startswith("wrong."):
                yield from ((name, _start(snapshot, node)) for node in nodes)


def _empty_blocks(snapshot: Snapshot, inserted: Span) -> Iterator[tree_sitter.Node]:
    lines = snapshot.lines
    near = (lines.byte(inserted.start), lines.byte(inserted.end) + 1)
    root = snapshot.tree.root_node
    for match in queries.matches(snapshot, "holes.scm", root, only=r"hole\.statements", near=near):
        for node in match.get("hole.statements", ()):
            if node.start_byte == node.end_byte and inserted.start < lines.offset_of_byte(node.start_byte):
                yield node


def _reattached(before: Snapshot, span: Span, after: Snapshot, inserted: Span) -> Iterator[str]:
    """Complaints about empty blocks in the text and about following code that has changed its place in the tree."""
    if before.language.offside:
        for node in _empty_blocks(after, inserted):
            yield f"line {node.start_point[0] + 1}: a block is missing after this line"
    follower = _follower(before, span.end)
    if follower is None:
        return
    shift = len(inserted) - len(span)
    old = _structure(before, follower, span, 0)
    new = _structure(after, follower + shift, inserted, shift)
    if old != new:
        line = after.lines.line_of(follower + shift) + 1
        yield f"line {line}: the code after the generated text would become part of it"


def _follower(snapshot: Snapshot, at: int) -> int | None:
    """The offset of the first code on the lines behind an offset (comments and empty lines left out)."""
    lines = snapshot.lines
    for line in range(lines.line_of(at) + 1, lines.line_count):
        text = lines.line_text(line)
        if not layout.is_blank(text) and not layout.is_comment(snapshot, text):
            return layout.text_start(snapshot, line)
    return None


def _structure(snapshot: Snapshot, at: int, span: Span, shift: int) -> list[tuple[str, object]]:
    """What a place belongs to, innermost first: statements, blocks and definitions with where they begin."""
    lines = snapshot.lines
    byte = lines.byte(at)
    root = snapshot.tree.root_node
    found: dict[int, tree_sitter.Node] = {}
    for match in queries.matches(snapshot, "holes.scm", root, only=_STRUCTURE, near=(byte, byte + 1)):
        for nodes in match.values():
            for node in nodes:
                if node.start_byte <= byte < node.end_byte:
                    found[node.id] = node
    chain: list[tuple[str, object]] = []
    for node in sorted(found.values(), key=lambda one: (one.end_byte - one.start_byte, -one.start_byte)):
        start = lines.offset_of_byte(node.start_byte)
        where: object = "in the hole" if span.start <= start <= span.end else start
        if start > span.end:
            where = start - shift
        chain.append((node.type, where))
    return chain


def _extent(snapshot: Snapshot, node: tree_sitter.Node) -> tuple[int, int]:
    convert = snapshot.lines.offset_of_byte
    return convert(node.start_byte), convert(node.end_byte)


def _start(snapshot: Snapshot, node: tree_sitter.Node) -> int:
    return snapshot.lines.offset_of_byte(node.start_byte)


def _message(snapshot: Snapshot, node: tree_sitter.Node) -> str:
    line = node.start_point[0] + 1
    if node.is_missing:
        return f"line {line}: {node.type!r} is missing"
    start, end = _extent(snapshot, node)
    text = " ".join(snapshot.text[start:end].split())
    shown = text if len(text) <= 40 else text[:39] + "…"
    return f"line {line}: {shown!r} cannot stand here"
