"""Names that exist at a hole, and which statements are legal there. What declares a name is said by `scope.scm`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import tree_sitter

from maze_lsp.context import queries
from maze_lsp.context.trial import NAME, Trial, trial
from maze_lsp.context.types import Enclosing, Hole, Name, NameKind, Scope, Snapshot
from maze_lsp.text import Span, parser_bytes

_SCOPES = {"scope.function": "function", "scope.class": "class", "scope.block": "block"}
_PIECES = "pieces"
_EARLIER = "kept.pieces"
_BUILTIN = Span(0, 0)

Sort = Literal["function", "class", "block", "module"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared name. `at`: its first byte, counted from the start of the piece of the file that was asked."""

    name: str
    how: str
    type_text: str
    at: int


@dataclass(slots=True)
class Region:
    """A scope: where it is (bytes, counted like those of declarations) and what it declares."""

    sort: Sort
    start: int
    end: int
    declared: list[Declaration] = field(default_factory=list)
    open: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """What one top-level node means for the module."""

    declared: tuple[Declaration, ...]
    imports: tuple[str, ...]
    open: bool


def scope_at(snapshot: Snapshot, hole: Hole) -> Scope:
    """The names that exist at a hole, nearest first; builtins last."""
    attempt = trial(snapshot, hole)
    at = attempt.snapshot.lines.byte(attempt.span.start)
    collector = _Names(snapshot, hole)
    complete = not any(node.is_error for node in attempt.chain())
    around = _top_level(attempt)
    in_function = False
    if around is not None:
        regions = _regions(attempt.snapshot, around)
        inside = [
            region
            for region in regions[1:]
            if around.start_byte + region.start <= at < around.start_byte + region.end
        ]
        inside.sort(key=lambda region: region.end - region.start)
        for region in inside:
            if region.sort == "class" and in_function:
                continue
            below = in_function or region.sort == "block"
            collector.add(region, attempt, around.start_byte, at, below=below, outer=in_function)
            in_function |= region.sort == "function"
            complete &= not region.open
    complete &= _module(snapshot, attempt, collector, at, below=in_function)
    collector.builtins()
    return Scope(tuple(collector.names.values()), complete)


def imports_of(snapshot: Snapshot, hole: Hole) -> tuple[str, ...]:
    """The texts of the module's import statements, in order."""
    pieces = _pieces(snapshot, trial(snapshot, hole).snapshot)
    return tuple(text for _, piece in pieces for text in piece.imports)


def enclosing_of(snapshot: Snapshot, hole: Hole) -> Enclosing:
    """Which statements are legal at a hole."""
    attempt = trial(snapshot, hole)
    marks = _marks(attempt)
    in_loop = in_class = False
    for node in attempt.chain():
        of = marks.get(node.id, ())
        if "scope.function" in of:
            return Enclosing(True, "async" in of, in_loop, _in_class(node, marks))
        if "loop" in of:
            in_loop = True
        if "scope.class" in of:
            in_class = True
            break
    return Enclosing(False, False, in_loop and not in_class, in_class)


def function_around(attempt: Trial) -> tree_sitter.Node | None:
    """The innermost function with a body of statements that a trial stands in."""
    marks = _marks(attempt)
    for node in attempt.chain():
        if "scope.function" in marks.get(node.id, ()) and node.child_by_field_name("name") is not None:
            return node
    return None


def heads_around(attempt: Trial) -> list[tree_sitter.Node]:
    """The functions and classes that a trial stands in, outermost first."""
    marks = _marks(attempt)
    wanted = {"scope.function", "scope.class"}
    found = [node for node in attempt.chain() if wanted & set(marks.get(node.id, ()))]
    return found[::-1]


def expected_type(attempt: Trial) -> str:
    """The type that is written down for the expression at a trial, empty where none is."""
    chain = {node.id for node in attempt.chain()}
    function = function_around(attempt)
    size, text = len(attempt.snapshot.text) * 4, ""
    returned, result = False, ""
    for match in _near(attempt):
        for node in match.get("expected.by", ()):
            if node.id in chain and node.end_byte - node.start_byte < size and _is_name(attempt, node):
                size, text = node.end_byte - node.start_byte, _text(match["expected"][0])
        returned |= any(node.id in chain and _is_name(attempt, node) for node in match.get("returned", ()))
    if text or not returned or function is None:
        return text
    for match in queries.matches(attempt.snapshot, "scope.scm", function, only="result"):
        for node in match.get("result", ()):
            if node.parent == function:
                result = _text(node)
    return result


class _Names:
    """Collects names; the first of a name wins."""

    def __init__(self, snapshot: Snapshot, hole: Hole) -> None:
        self._snapshot = snapshot
        self._hole = hole
        self.names: dict[str, Name] = {}
        self._skipped: set[str] = set()

    def add(self, region: Region, attempt: Trial, base: int, at: int, *, below: bool, outer: bool) -> None:
        """The names of a scope around the hole; `below`: also those that are declared behind it."""
        foreign = {one.name for one in region.declared if one.how in ("global", "nonlocal")}
        for one in self._sorted(region.declared, at - base):
            if one.name in foreign or (one.at >= at - base and not below and one.how != "parameter"):
                continue
            kind: NameKind = "enclosing" if outer and one.how != "import" else _kind(one.how)
            self._put(one, kind, attempt.snapshot.lines.offset_of_byte(base + one.at))

    def put_module(self, one: Declaration, offset: int) -> None:
        self._put(one, "import" if one.how == "import" else "module", offset)

    def builtins(self) -> None:
        for name in sorted(self._snapshot.language.builtins):
            if name not in self.names:
                self.names[name] = Name(name, "builtin", "", _BUILTIN)

    def _sorted(self, declared: list[Declaration], at: int) -> Iterator[Declaration]:
        yield from sorted((one for one in declared if one.at < at), key=lambda one: -one.at)
        yield from sorted((one for one in declared if one.at >= at), key=lambda one: one.at)

    def _put(self, one: Declaration, kind: NameKind, offset: int) -> None:
        """`offset` is one in the trial; what stands behind the hole is moved back."""
        if one.name in self.names or not one.name:
            return
        hole = self._hole
        if offset > hole.range.start:
            offset = max(offset - (len(hole.lead) + len(NAME) - len(hole.range)), hole.range.start)
        self.names[one.name] = Name(one.name, kind, one.type_text, Span(offset, offset + len(one.name)))


def _module(
    snapshot: Snapshot,
    attempt: Trial,
    collector: _Names,
    at: int,
    *,
    below: bool,
) -> bool:
    """Add the names of the module; whether they are all known."""
    complete = True
    pieces = _pieces(snapshot, attempt.snapshot)
    above = [item for item in pieces if item[0] < at]
    under = [item for item in pieces if item[0] >= at] if below else []
    convert = attempt.snapshot.lines.offset_of_byte
    for start, piece in [*reversed(above), *under]:
        complete &= not piece.open
        for one in piece.declared:
            if not below and start + one.at >= at:
                continue
            if one.name not in collector.names:
                collector.put_module(one, convert(start + one.at))
    return complete


def _pieces(snapshot: Snapshot, attempt: Snapshot) -> list[tuple[int, Piece]]:
    """The top-level nodes of an attempt at a hole of a snapshot, with where they start (bytes).

    What was asked of a node of the same text in an earlier snapshot of the file is used again.
    """
    if _PIECES in attempt.memo:
        known_pieces: list[tuple[int, Piece]] = attempt.memo[_PIECES]
        return known_pieces
    earlier: dict[tuple[str, bytes], Piece] = snapshot.memo.get(_EARLIER, {})
    source = parser_bytes(attempt.text)
    current: dict[tuple[str, bytes], Piece] = {}
    pieces = []
    for node in attempt.tree.root_node.children:
        start = node.start_byte
        key = (node.type, source[start : node.end_byte])
        if key not in current:
            current[key] = earlier.get(key) or _piece(attempt, node)
        pieces.append((start, current[key]))
    attempt.memo[_PIECES] = pieces
    snapshot.memo[_EARLIER] = current
    return pieces


def _piece(snapshot: Snapshot, node: tree_sitter.Node) -> Piece:
    module = _regions(snapshot, node)[0]
    imports = _imports(snapshot, node) if module.declared or module.open else ()
    return Piece(tuple(module.declared), imports, module.open)


def _imports(snapshot: Snapshot, node: tree_sitter.Node) -> tuple[str, ...]:
    found: dict[int, str] = {}
    for match in queries.matches(snapshot, "scope.scm", node, only="import"):
        for statement in match.get("import", ()):
            found[statement.start_byte] = _text(statement)
    return tuple(text for _, text in sorted(found.items()))


def _regions(snapshot: Snapshot, node: tree_sitter.Node) -> list[Region]:
    """The scopes in a top-level node with what they declare; the first is the module's share of it."""
    base = node.start_byte
    module = Region("module", 0, node.end_byte - base)
    regions: list[Region] = []
    declared: list[Declaration] = []
    opened: list[int] = []
    for match in queries.matches(snapshot, "scope.scm", node, only=r"scope\..*|declare\..*|open"):
        kind_text = _text(match["type"][0]) if "type" in match else ""
        for name, nodes in match.items():
            if name in _SCOPES:
                sort: Sort = _SCOPES[name]  # type: ignore[assignment]
                regions += [Region(sort, one.start_byte - base, one.end_byte - base) for one in nodes]
            elif name.startswith("declare."):
                how = name[8:]
                declared += [Declaration(_text(one), how, kind_text, one.start_byte - base) for one in nodes]
            elif name == "open":
                opened += [one.start_byte - base for one in nodes]
    regions.sort(key=lambda region: (region.start, -region.end))
    declared.sort(key=lambda one: one.at)
    owner = _Owner(module, regions)
    for one in declared:
        region = owner.of(one)
        region.declared.append(one)
        if one.how == "global":
            module.declared.append(one)
    for at in opened:
        owner.at(at).open = True
    return [module, *regions]


class _Owner:
    """Finds the scope of a declaration; declarations are asked in order of position."""

    def __init__(self, module: Region, regions: list[Region]) -> None:
        self._module = module
        self._regions = regions

    def at(self, byte: int) -> Region:
        return self._stack(byte)[-1]

    def of(self, one: Declaration) -> Region:
        stack = self._stack(one.at)
        if one.how == "outer":
            return stack[-2] if len(stack) > 1 else stack[-1]
        if one.how == "function":
            return next((region for region in reversed(stack) if region.sort != "block"), self._module)
        return stack[-1]

    def _stack(self, byte: int) -> list[Region]:
        stack = [self._module]
        for region in self._regions:
            if region.start > byte:
                break
            if region.end > byte:
                stack.append(region)
        return stack


def _top_level(attempt: Trial) -> tree_sitter.Node | None:
    """The child of the root that a trial stands in."""
    last: tree_sitter.Node | None = None
    for node in attempt.chain():
        if node.parent is None:
            return last
        last = node
    return None


def _marks(attempt: Trial) -> dict[int, list[str]]:
    """Captures of `scope.scm` on the nodes that a trial stands in."""
    marks: dict[int, list[str]] = {}
    for match in _near(attempt):
        for name, nodes in match.items():
            for node in nodes:
                marks.setdefault(node.id, []).append(name)
    return marks


def _near(attempt: Trial) -> list[queries.Captures]:
    lines = attempt.snapshot.lines
    near = (lines.byte(attempt.span.start), lines.byte(attempt.span.end))
    only = r"scope\..*|async|loop|expected(?:\.by)?|returned"
    root = attempt.snapshot.tree.root_node
    return list(queries.matches(attempt.snapshot, "scope.scm", root, only=only, near=near))


def _in_class(function: tree_sitter.Node, marks: dict[int, list[str]]) -> bool:
    """Whether a function is a method: a class comes before the next function around it."""
    node = function.parent
    while node is not None:
        of = marks.get(node.id, ())
        if "scope.class" in of:
            return True
        if "scope.function" in of:
            return False
        node = node.parent
    return False


def _is_name(attempt: Trial, node: tree_sitter.Node) -> bool:
    lines = attempt.snapshot.lines
    return node.start_byte == lines.byte(attempt.span.start) and node.end_byte == lines.byte(attempt.span.end)


def _kind(how: str) -> NameKind:
    if how == "parameter":
        return "parameter"
    return "import" if how == "import" else "local"


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
