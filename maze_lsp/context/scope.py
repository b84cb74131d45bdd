"""Names that exist at a hole, nearest first, and what the module imports."""

from __future__ import annotations

from dataclasses import dataclass

import tree_sitter

from maze_lsp.context.declarations import SORTS, Declaration, Piece, Region, Sort, piece_of, regions
from maze_lsp.context.snapshot import KEPT
from maze_lsp.context.surroundings import heads_around, marks
from maze_lsp.context.trial import Trial, trial
from maze_lsp.context.types import Hole, Name, NameKind, Scope, Snapshot
from maze_lsp.text import Span, parser_bytes

_PIECES = KEPT + "pieces"
_PLACED = "placed"
_BUILTIN = Span(0, 0)
_EVERYWHERE = ("parameter", "hoisted")
"""How names are declared that are known in all of their scope."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A top-level node: its first byte, whether it begins before the hole, whether it is one of the trial's."""

    piece: Piece
    start: int
    above: bool
    of_trial: bool


def scope_at(snapshot: Snapshot, hole: Hole) -> Scope:
    """The names that exist at a hole; builtins last."""
    attempt = trial(snapshot, hole)
    names = _Names(attempt, hole)
    complete = not any(node.is_error for node in attempt.chain())
    scopes = _visible(attempt)
    in_function = False
    if scopes:
        found = {(region.start, region.end): region for region in regions(attempt.snapshot, scopes[-1][0])[1:]}
        for node, sort in scopes:
            region = found[node.start_byte, node.end_byte]
            below = sort == "block" or (in_function and sort != "lexical")
            names.add(region, below=below, outer=in_function)
            in_function |= sort == "function"
            complete &= not region.open
    for placed in _pieces(snapshot, attempt):
        complete &= names.add_module(placed, snapshot, below=in_function)
    names.builtins()
    return Scope(tuple(names.found.values()), complete)


def imports_of(snapshot: Snapshot, hole: Hole) -> tuple[str, ...]:
    """The texts of the module's import statements, in order."""
    pieces = _pieces(snapshot, trial(snapshot, hole))
    above = [placed for placed in pieces if placed.above][::-1]
    below = [placed for placed in pieces if not placed.above]
    return tuple(text for placed in [*above, *below] for text in placed.piece.imports)


class _Names:
    """Collects names; the first of a name wins."""

    def __init__(self, attempt: Trial, hole: Hole) -> None:
        self._attempt = attempt
        self._hole = hole
        self.found: dict[str, Name] = {}

    def add(self, region: Region, *, below: bool, outer: bool) -> None:
        """The names of a scope around the hole; `below`: also those that are declared behind it."""
        at = self._attempt.at
        foreign = {one.name for one in region.declared if one.how in ("global", "nonlocal")}
        above = [one for one in reversed(region.declared) if one.at < at]
        behind = [one for one in region.declared if one.at > at]  # at the hole itself stands what was put there
        for one in [*above, *behind]:
            if one.name in foreign or (one.since >= at and not below and one.how not in _EVERYWHERE):
                continue
            kind: NameKind = "enclosing" if outer and one.how != "import" else _kind(one.how)
            self._put(one, kind, self._attempt.offset(self._hole, one.at))

    def add_module(self, placed: Placed, snapshot: Snapshot, *, below: bool) -> bool:
        """The names that a top-level node gives the module; whether all are known."""
        declared = placed.piece.declared
        if not placed.above and not below:
            declared = tuple(one for one in declared if one.how == "hoisted")
        for one in reversed(declared) if placed.above else declared:
            if one.name in self.found or (placed.of_trial and placed.start + one.at == self._attempt.at):
                continue
            ahead = placed.of_trial and placed.start + one.since >= self._attempt.at
            if ahead and not below and one.how != "hoisted":
                continue
            byte = placed.start + one.at
            in_trial = placed.of_trial
            offset = self._attempt.offset(self._hole, byte) if in_trial else snapshot.lines.offset_of_byte(byte)
            self._put(one, "import" if one.how == "import" else "module", offset)
        return not placed.piece.open or not (placed.above or below)

    def builtins(self) -> None:
        for name in sorted(self._attempt.snapshot.language.builtins):
            if name not in self.found:
                self.found[name] = Name(name, "builtin", "", _BUILTIN)

    def _put(self, one: Declaration, kind: NameKind, offset: int) -> None:
        if one.name and one.name not in self.found:
            self.found[one.name] = Name(one.name, kind, one.type_text, Span(offset, offset + len(one.name)))


def _visible(attempt: Trial) -> list[tuple[tree_sitter.Node, Sort]]:
    """The scopes whose names can be used, innermost first: no class around a function."""
    found = marks(attempt)
    scopes: list[tuple[tree_sitter.Node, Sort]] = []
    in_function = False
    for node in attempt.chain():
        for mark in found.get(node.id, ()):
            sort = SORTS.get(mark)
            if sort is None or (sort == "class" and in_function):
                continue
            scopes.append((node, sort))
            in_function |= sort == "function"
    return scopes


def _pieces(snapshot: Snapshot, attempt: Trial) -> list[Placed]:
    """The top-level nodes, nearest to the hole first, those of the trial in place of what they stand for.

    What was asked of a node of the same text in an earlier snapshot of the file is used again.
    """
    ready: list[Placed] | None = attempt.snapshot.memo.get(_PLACED)
    if ready is not None:
        return ready
    cache = _Pieces(snapshot.memo.get(_PIECES, {}))
    outer = attempt.stretch.outer
    first, last = snapshot.lines.byte(outer.start), snapshot.lines.byte(outer.end)
    above: list[Placed] = []
    below: list[Placed] = []
    if not attempt.stretch.whole:
        source = parser_bytes(snapshot.text)
        for node in snapshot.tree.root_node.children:
            start = node.start_byte
            if not first <= start < last:
                placed = Placed(cache.get(snapshot, source, node), start, start < first, False)
                (above if placed.above else below).append(placed)
    near = _trial_pieces(attempt, cache)
    above += [placed for placed in near if placed.above]
    ready = [*reversed(above), *(placed for placed in near if not placed.above), *below]
    attempt.snapshot.memo[_PLACED] = ready
    snapshot.memo[_PIECES] = cache.current
    return ready


def _trial_pieces(attempt: Trial, cache: _Pieces) -> list[Placed]:
    heads = heads_around(attempt)
    source = parser_bytes(attempt.snapshot.text)
    placed = []
    for node in attempt.snapshot.tree.root_node.children:
        start = node.start_byte
        if start <= attempt.at < node.end_byte:
            inside = heads[0] if heads and start <= heads[0].start_byte else None
            piece = piece_of(attempt.snapshot, node, inside)
        else:
            piece = cache.get(attempt.snapshot, source, node)
        placed.append(Placed(piece, start, start < attempt.at, True))
    return placed


class _Pieces:
    """Pieces by the text of their node: those of an earlier snapshot, and those of this one."""

    def __init__(self, earlier: dict[tuple[str, bytes], Piece]) -> None:
        self._earlier = earlier
        self.current: dict[tuple[str, bytes], Piece] = {}

    def get(self, snapshot: Snapshot, source: bytes, node: tree_sitter.Node) -> Piece:
        key = (node.type, source[node.start_byte : node.end_byte])
        if key not in self.current:
            self.current[key] = self._earlier.get(key) or piece_of(snapshot, node)
        return self.current[key]


def _kind(how: str) -> NameKind:
    if how == "parameter":
        return "parameter"
    return "import" if how == "import" else "local"
