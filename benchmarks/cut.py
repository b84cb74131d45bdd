"""Cuts holes of every kind out of a Python file: the true text is what a grammar has to accept."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from maze_lsp.languages.spec import HoleKind

LEVELS = 9
OWN_KINDS = frozenset(
    {"body", "statements", "statement", "expression", "type", "arguments", "declaration", "docstring"}
)


@dataclass(frozen=True, slots=True)
class Cut:
    """One hole: what stood there, and what a server knows about the place."""

    kind: HoleKind
    text: str
    indent: str
    unit: str
    eol: str
    inside: bool
    enclosing: Mapping[str, bool]
    path: Path
    line: int
    start: int = field(default=0, compare=False)
    """Offset of the text in the file, in code points."""


def read(path: Path) -> tuple[str, ast.Module] | None:
    """A file that Python parses and whose identifiers are ASCII, with its own line ends."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with tokenize.open(path) as file:
                encoding = file.encoding
            text = path.read_bytes().decode(encoding)
            return text, ast.parse(text)
    except (SyntaxError, UnicodeDecodeError, ValueError, LookupError, RecursionError, MemoryError):
        return None


def cuts(path: Path) -> Iterator[Cut]:
    """All holes of a file; nothing where the file cannot be used."""
    loaded = read(path)
    if loaded is None or "\f" in loaded[0]:
        return
    text, tree = loaded
    eol = "\r\n" if "\r\n" in text else "\n"
    if "\r" in text.replace("\r\n", ""):
        return
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text, newline="").readline))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return
    if any(token.type == tokenize.NAME and not token.string.isascii() for token in tokens):
        return
    yield from _Cutter(path, text, tree, eol, tokens).cuts()


class _Cutter:
    def __init__(self, path: Path, text: str, tree: ast.Module, eol: str, tokens: list[tokenize.TokenInfo]) -> None:
        self.path, self.text, self.tree, self.eol = path, text, tree, eol
        self.lines = [line + eol for line in text.split(eol)]
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.depths: list[tuple[int, int]] = [(0, 0)]
        depth = 0
        steps: Counter[str] = Counter()
        levels = [""]
        for token in tokens:
            if token.type == tokenize.OP and token.string in "([{":
                depth += 1
                self.depths.append((self.starts[token.start[0] - 1] + token.start[1] + 1, depth))
            elif token.type == tokenize.OP and token.string in ")]}":
                depth -= 1
                self.depths.append((self.starts[token.start[0] - 1] + token.start[1], depth))
            elif token.type == tokenize.INDENT:
                steps[token.string.removeprefix(levels[-1])] += 1
                levels.append(token.string)
            elif token.type == tokenize.DEDENT:
                levels.pop()
        self.unit = steps.most_common(1)[0][0] if steps else "    "
        self.columns = [0] * (len(self.lines) + 1)
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt):
                self.columns[node.lineno - 1] = max(self.columns[node.lineno - 1], node.col_offset)
        self.comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}

    def cuts(self) -> Iterator[Cut]:
        top = {"in_function": False, "in_async": False, "in_loop": False, "in_class": False}
        yield from self.walk(self.tree, top)

    def walk(self, node: ast.AST, here: dict[str, bool]) -> Iterator[Cut]:
        """Every hole under a node; `here` is what is legal at the node."""
        for name, value in ast.iter_fields(node):
            inner = self.inside(node, name, here)
            if isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    yield from self.block(node, value, inner)
                for child in value:
                    if isinstance(child, ast.AST):
                        yield from self.each(node, name, child, inner)
            elif isinstance(value, ast.AST):
                yield from self.each(node, name, value, inner)

    def each(self, parent: ast.AST, name: str, node: ast.AST, here: dict[str, bool]) -> Iterator[Cut]:
        if isinstance(node, ast.JoinedStr):
            # positions inside f-strings are not reliable before 3.12; the string itself is one expression
            yield from self.expression(node, "expression", here)
            return
        if isinstance(node, ast.stmt):
            yield from self.statement(node, here)
        elif name in ("annotation", "returns") and isinstance(node, ast.expr):
            yield from self.expression(node, "type", here)
        elif isinstance(node, ast.expr) and name != "targets" and not isinstance(parent, ast.pattern):
            yield from self.expression(node, "expression", here)
        if isinstance(node, ast.Call):
            yield from self.arguments(node, here)
        yield from self.walk(node, here)

    @staticmethod
    def inside(node: ast.AST, name: str, here: dict[str, bool]) -> dict[str, bool]:
        """What is legal in one part of a node."""
        if name == "body" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            in_async = isinstance(node, ast.AsyncFunctionDef)
            return {"in_function": True, "in_async": in_async, "in_loop": False, "in_class": here["in_class"]}
        if name == "body" and isinstance(node, ast.ClassDef):
            return {"in_function": False, "in_async": False, "in_loop": False, "in_class": True}
        if name == "body" and isinstance(node, ast.For | ast.AsyncFor | ast.While):
            return {**here, "in_loop": True}
        return here

    # ---- kinds

    def block(self, parent: ast.AST, body: list[ast.stmt], here: dict[str, bool]) -> Iterator[Cut]:
        if self.text.startswith("elif", self.begin(body[0])):
            return
        kind: HoleKind = "body" if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) else "statements"
        yield from self.span(kind, self.begin(body[0]), self.end(body[-1]), here, own_line=True)
        first = body[0]
        if (
            kind == "body"
            and isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
            and self.text[self.begin(first) : self.end(first)].endswith('"""')
        ):
            yield from self.span("docstring", self.begin(first), self.end(first), here, own_line=True)

    def statement(self, node: ast.stmt, here: dict[str, bool]) -> Iterator[Cut]:
        if self.text.startswith("elif", self.begin(node)):
            return  # the syntax tree has it as a statement of its own; it is part of one
        yield from self.span("statement", self.begin(node), self.end(node), here, own_line=True)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from self.span("declaration", self.begin(node), self.end(node), here, own_line=True)

    def expression(self, node: ast.expr, kind: HoleKind, here: dict[str, bool]) -> Iterator[Cut]:
        if isinstance(node, ast.Starred | ast.Slice | ast.NamedExpr | ast.Yield | ast.YieldFrom):
            return
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return
        start, end = self.begin(node), self.end(node)
        if isinstance(node, ast.Tuple) and (self.text[start] != "(" or self.text[end - 1] != ")"):
            return
        if isinstance(node, ast.Tuple) and self.depth(start + 1) != self.depth(end - 1):
            return
        yield from self.span(kind, start, end, here)

    def arguments(self, node: ast.Call, here: dict[str, bool]) -> Iterator[Cut]:
        if not node.args and not node.keywords:
            return
        start = self.text.find("(", self.end(node.func)) + 1
        end = self.end(node) - 1
        if self.depth(start) != self.depth(end - 1) and self.text[end] != ")":
            return
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        if self.text[start] in "#\\)" or self.line_of(end - 1) + 1 in self.comments:
            return
        yield from self.span("arguments", start, end, here)

    # ---- places

    def span(
        self, kind: HoleKind, start: int, end: int, here: dict[str, bool], *, own_line: bool = False
    ) -> Iterator[Cut]:
        row = self.line_of(start)
        before = self.text[self.starts[row] : start]
        if own_line and before.strip(" \t"):
            return
        indent = before if own_line else before[: len(before) - len(before.lstrip(" \t"))]
        if own_line and self.deepest(row, self.line_of(end)) > len(indent) + LEVELS * len(self.unit):
            return
        text = self.text[start:end]
        inside = self.depth(start) > 0
        yield Cut(kind, text, indent, self.unit, self.eol, inside, here, self.path, row + 1, start)

    def deepest(self, first: int, last: int) -> int:
        """The widest indentation of a block in these lines; lines within brackets and strings may be wider."""
        return max(self.columns[first + 1 : last + 1], default=0)

    def begin(self, node: ast.AST) -> int:
        decorators = getattr(node, "decorator_list", [])
        if decorators:
            row = decorators[0].lineno - 1
            return self.text.rindex("@", 0, self.offset(row, decorators[0].col_offset))
        return self.offset(node.lineno - 1, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        return self.offset(node.end_lineno - 1, node.end_col_offset)  # type: ignore[attr-defined]

    def offset(self, row: int, column: int) -> int:
        """Code points from a row and a column in UTF-8 bytes."""
        line = self.lines[row]
        if line.isascii():
            return self.starts[row] + column
        return self.starts[row] + len(line.encode()[:column].decode())

    def line_of(self, offset: int) -> int:
        return bisect_right(self.starts, offset) - 1

    def depth(self, offset: int) -> int:
        """How many brackets are open in front of an offset."""
        return self.depths[bisect_right(self.depths, (offset, 1 << 30)) - 1][1]
