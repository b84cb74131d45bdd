"""Holes, names and checks in TypeScript and TSX files, beside what they have of JavaScript."""

from __future__ import annotations

import pytest

from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.inplace import problems
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import Enclosing, Snapshot
from maze_lsp.languages import by_path
from maze_lsp.languages.tsx.spec import SPEC as TSX
from maze_lsp.languages.typescript.spec import SPEC
from maze_lsp.text import Span
from tests.unit.languages.support import check_marked


def opened(source: str, path: str = "x.ts") -> Snapshot:
    return open_snapshot(f"file:///work/{path}", 1, TSX if path.endswith("x") else SPEC, source)


def check(source: str, kind: str, text: str, expected: str) -> None:
    """The one marked hole of a source, and the file with a text in it."""
    check_marked(opened(source), kind, text, expected)


@pytest.mark.parametrize(
    ("path", "name"),
    [("a.ts", "typescript"), ("a.mts", "typescript"), ("a.d.ts", "typescript"), ("a.tsx", "tsx")],
)
def test_the_language_of_a_file(path: str, name: str) -> None:
    found = by_path(path)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "marker", ['throw new Error("not implemented");', 'throw new Error("TODO: later")', "// TODO: write it", "// FIXME"]
)
def test_markers(marker: str) -> None:
    check(
        f"class A<T> {{\n  f(a: T): T {{\n    {marker}\n  }}\n}}\n",
        "body",
        "return a;",
        "class A<T> {\n  f(a: T): T {\n    return a;\n  }\n}\n",
    )


def test_an_empty_body() -> None:
    check("function f(): void {}\n", "body", "g();", "function f(): void {\n  g();\n}\n")


@pytest.mark.parametrize(
    "source",
    [
        "class A {\n  constructor(private a: B) {}\n}\n",
        "const f = () => {};\n",
        "declare function f(a: A): B;\n",
        "abstract class A {\n  abstract f(): void;\n}\n",
        "interface A {}\n",
    ],
)
def test_what_is_no_marker_in_bulk(source: str) -> None:
    assert [hole for hole in holes(opened(source)) if hole.bulk] == []


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("let a: «A | B»;\n", "type"),
        ("function f(a: «Map<A, B>»): C {}\n", "type"),
        ("type A = «B[]»;\n", "type"),
        ("const a = f<«B»>(c);\n", "type"),
        ("const a = «b as C»;\n", "expression"),
        ("«interface A {\n  b: C;\n}»\n", "declaration"),
        ("«export type A = B;»\n", "declaration"),
        ("«enum A { B }»\n", "declaration"),
        ("interface A {\n  «b: C;»\n}\n", "members"),
        ("class A {\n  «b: C;»\n}\n", "members"),
        ("«import type { A } from 'a';»\n", "import"),
        ("function f(«a: A, b?: B») {}\n", "parameters"),
        ("const «{ a, b }»: A = c;\n", "pattern"),
        ("const a: A = { «b: 1» };\n", "fields"),
        ("f(«a as B, c»);\n", "arguments"),
    ],
)
def test_what_is_selected(source: str, kind: str) -> None:
    span = Span(source.index("«"), source.index("»") - 1)
    found = holes_at(opened(source.translate({ord(c): None for c in "«»"})), span)
    assert kind in [hole.kind for hole in found]


@pytest.mark.parametrize(
    "source", ["interface «A» {}\n", "type «A» = B;\n", "let a: typeof «b»;\n", "enum A { «B» }\n", "let a: «A»<B>;\n"]
)
def test_names_are_no_holes(source: str) -> None:
    span = Span(source.index("«"), source.index("»") - 1)
    found = holes_at(opened(source.translate({ord(c): None for c in "«»"})), span)
    assert [hole for hole in found if hole.range == span and hole.kind in ("type", "expression")] == []


def test_names() -> None:
    source = """import type { A } from "a";
import fs = require("fs");

enum Color { Red }
interface Shape<T> {}
type Alias = A;
namespace Space {}
abstract class Base {}
declare function outside(a: A): void;

function f<T>(this: A, a: T, b?: A, ...rest: A[]) {
  const before: A = a;
  // TODO: it
  const after = 1;
}
"""
    snapshot = opened(source)
    (hole,) = (hole for hole in holes(snapshot) if hole.bulk)
    context = derive(snapshot, hole)
    names = {name.name: name for name in context.scope.names}
    wanted = {"A", "fs", "Color", "Shape", "Alias", "Space", "Base", "outside", "f", "T", "a", "b", "rest", "before"}
    assert wanted <= set(names)
    assert {"undefined", "Promise", "Record"} <= set(names)
    assert "after" not in names
    assert context.scope.complete
    assert context.signature == "function f<T>(this: A, a: T, b?: A, ...rest: A[])"
    assert context.enclosing == Enclosing(in_function=True)


def test_the_expected_type() -> None:
    snapshot = opened("function f(): Promise<A> {\n  const a: Map<B, C> = b;\n  return c;\n}\n")
    for value, wanted in (("b;", "Map<B, C>"), ("c;", "Promise<A>")):
        at = snapshot.text.index(value)
        hole = next(each for each in holes_at(snapshot, Span(at, at + 1)) if each.kind == "expression")
        assert derive(snapshot, hole).expected_type == wanted


def test_what_only_the_parser_takes_is_refused() -> None:
    snapshot = opened("function f(a) {\n  // TODO: it\n}\n")
    (hole,) = holes(snapshot)
    assert problems(snapshot, hole.range, hole.around("a?.b = 1;"))
    assert problems(snapshot, hole.range, hole.around("a.b! = 1;")) == ()
    assert problems(snapshot, hole.range, hole.around("return a ?? b || c;"))
    assert problems(snapshot, hole.range, hole.around("return a && b ?? c;"))
    assert problems(snapshot, hole.range, hole.around("return a ?? (b || c);")) == ()


def test_an_element_of_tsx() -> None:
    snapshot = opened("const a = (b: B) => <A c={b}>«»</A>;\n".replace("«»", "text"), "x.tsx")
    at = snapshot.text.index("<A")
    found = holes_at(snapshot, Span(at, snapshot.text.index(";")))
    hole = next(each for each in found if each.kind == "element")
    assert problems(snapshot, hole.range, hole.around("<B>{c as D}</B>")) == ()
    assert problems(snapshot, hole.range, hole.around("<B>{c as D}</C>"))


def test_comments_behind_angle_brackets_of_tsx() -> None:
    """`</` closes an element."""
    snapshot = opened("let a: b = (c);\n", "x.tsx")
    kind, value = Span(7, 8), Span(11, 14)
    assert problems(snapshot, kind, "B<//\nC>")
    assert problems(snapshot, kind, "B< //\nC>") == ()
    assert problems(snapshot, value, "<//\nT,>() => 1")
    assert problems(snapshot, value, "c <//\nd")
    assert problems(snapshot, value, "c < d") == ()
