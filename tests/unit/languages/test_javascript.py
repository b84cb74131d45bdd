"""Holes, names and checks in JavaScript files."""

from __future__ import annotations

from pathlib import Path

import pytest

from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.inplace import problems
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import HoleContext, Snapshot
from maze_lsp.languages import by_path
from maze_lsp.languages.javascript.spec import SPEC
from maze_lsp.text import Span
from tests.unit.languages.support import check_marked

CURSOR = "‸"


def opened(source: str) -> Snapshot:
    return open_snapshot("file:///work/x.js", 1, SPEC, source)


def check(source: str, kind: str, text: str, expected: str) -> None:
    """The one marked hole of a source, and the file with a text in it."""
    check_marked(opened(source), kind, text, expected)


def kinds_at(source: str) -> list[str]:
    at = source.index(CURSOR)
    return [hole.kind for hole in holes_at(opened(source.replace(CURSOR, "")), Span(at, at))]


def context_at(source: str) -> HoleContext:
    at = source.index(CURSOR)
    snapshot = opened(source.replace(CURSOR, ""))
    return derive(snapshot, holes_at(snapshot, Span(at, at))[0])


def names_at(source: str) -> set[str]:
    return {name.name for name in context_at(source).scope.names if name.kind != "builtin"}


@pytest.mark.parametrize("path", ["a.js", "a.jsx", "a.mjs", "a.cjs"])
def test_the_language_of_a_file(path: str) -> None:
    assert by_path(path) is SPEC


@pytest.mark.parametrize(
    "marker", ['throw new Error("not implemented");', 'throw new Error("TODO");', "// TODO: do it"]
)
def test_markers(marker: str) -> None:
    check(f"function f(a) {{\n  {marker}\n}}\n", "body", "return a;", "function f(a) {\n  return a;\n}\n")


def test_empty_bodies() -> None:
    check("function f() {}\n", "body", "g();", "function f() {\n  g();\n}\n")
    check("class A {\n  f() {\n  }\n}\n", "body", "g();", "class A {\n  f() {\n    g();\n  }\n}\n")


def test_an_ordinary_error_is_no_marker() -> None:
    assert holes(opened('function f() {\n  throw new Error("out of range");\n}\n')) == ()


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("f(‸);\n", "arguments"),
        ("const a = ‸;\n", "expression"),
        ("function f(‸) {\n  g();\n}\n", "parameters"),
        ("function f() {\n  g();\n  ‸\n}\n", "statements"),
    ],
)
def test_at_the_cursor(source: str, kind: str) -> None:
    assert kind in kinds_at(source)


def test_names() -> None:
    head = "import a, { b as c } from 'x';\nlet d;\n"
    source = head + "function f(e, { g }, ...h) {\n  const i = 1;\n  ‸\n}\nfunction k() {}\n"
    assert {"a", "c", "d", "e", "g", "h", "i", "f", "k"} <= names_at(source)
    assert "b" not in names_at(source)


def test_what_is_legal() -> None:
    here = context_at("async function f() {\n  for (const a of b) {\n    ‸\n  }\n}\n").enclosing
    assert (here.in_function, here.in_async, here.in_loop, here.in_generator) == (True, True, True, False)
    assert context_at("function* f() {\n  a();\n  ‸\n}\n").enclosing.in_generator


def test_a_closing_tag_has_the_name_of_its_opening_one() -> None:
    snapshot = opened("const a = 1;\n")
    assert problems(snapshot, Span(10, 11), "<b>x</b>") == ()
    assert "closing tag" in problems(snapshot, Span(10, 11), "<b>x</c>")[0]


@pytest.mark.parametrize(
    "text",
    [
        "(a + b) = c",
        "({ a }) = b",
        "(a, b) += c",
        "5++",
        "++f()",
        "a?.b++",
        "[...a, b] = c",
        "({ ...{ a } } = b)",
        "a && b ?? c",
    ],
)
def test_what_the_parser_takes_and_the_language_does_not(text: str) -> None:
    assert problems(opened("x\n"), Span(0, 1), text)


@pytest.mark.parametrize("text", ["(a) = b", "(a.b)++", "f().a = b", "++a[f()]", "[a, ...b] = c", "(a && b) ?? c"])
def test_what_can_be_assigned_to(text: str) -> None:
    assert not problems(opened("x\n"), Span(0, 1), text)


def test_the_example() -> None:
    source = (Path(__file__).parents[3] / "examples" / "basket.js").read_text(encoding="utf-8")
    assert [hole.kind for hole in holes(opened(source))] == ["body", "body"]
