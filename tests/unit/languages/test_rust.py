"""Holes, names and checks in Rust files."""

from __future__ import annotations

import pytest

from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.inplace import problems
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import Enclosing, Snapshot
from maze_lsp.languages import by_path
from maze_lsp.languages.rust.spec import SPEC
from maze_lsp.text import Span
from tests.unit.languages.support import check_marked


def opened(source: str) -> Snapshot:
    return open_snapshot("file:///work/x.rs", 1, SPEC, source)


def check(source: str, kind: str, text: str, expected: str) -> None:
    """The one marked hole of a source, and the file with a text in it."""
    check_marked(opened(source), kind, text, expected)


def test_the_language_of_a_file() -> None:
    assert by_path("x/y.rs") is not None


@pytest.mark.parametrize(
    "marker",
    [
        "todo!()",
        "todo!();",
        'unimplemented!("later")',
        'panic!("TODO")',
        'panic!("not implemented: {}", x);',
        'panic!(r"TODO: later")',
        "// TODO: write it",
        "// FIXME",
    ],
)
def test_markers(marker: str) -> None:
    source = f"fn f() -> u8 {{\n    {marker}\n}}\n"
    check(source, "body", "1", "fn f() -> u8 {\n    1\n}\n")


@pytest.mark.parametrize("inside", ["", " ", "\n", "\n\n", " todo!() "])
def test_brackets_of_one_line_come_to_stand_on_their_own(inside: str) -> None:
    check(f"fn f() {{{inside}}}\n", "body", "g();\n    h()", "fn f() {\n    g();\n    h()\n}\n")


@pytest.mark.parametrize(
    "source",
    [
        'fn f() {\n    panic!("lost")\n}\n',
        "fn f() {\n    g(|_| {});\n    match x {\n        _ => {}\n    }\n    loop {}\n}\n",
        "trait T {\n    fn f(&self) {}\n    fn g(&self);\n}\n",
        "// TODO\nstruct S;\n",
        "struct S {}\n",
    ],
)
def test_what_is_no_marker_in_bulk(source: str) -> None:
    assert [hole for hole in holes(opened(source)) if hole.bulk] == []


def test_a_marker_is_an_expression_where_one_stands() -> None:
    check("fn f() {\n    let x = todo!();\n}\n", "expression", "1", "fn f() {\n    let x = 1;\n}\n")


def test_a_marker_among_statements() -> None:
    source = "fn f() {\n    g();\n    todo!();\n}\n"
    check(source, "statements", "h()", source.replace("todo!();", "h()"))


def test_a_nested_block() -> None:
    source = "fn f() {\n    for x in y {\n        // TODO: next\n    }\n    g()\n}\n"
    check(source, "statements", "h();", source.replace("// TODO: next", "h();"))


@pytest.mark.parametrize("text", ["}", "if x {", "x.await()", "let x = 1"])
def test_a_text_that_does_not_fit_is_refused(text: str) -> None:
    snapshot = opened("async fn f() {\n    // TODO\n}\n")
    (hole,) = holes(snapshot)
    assert problems(snapshot, hole.range, hole.around(text))


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("fn f() {\n    let x = ‸;\n}\n", "expression"),
        ("fn f() {\n    g(‸);\n}\n", "arguments"),
        ("fn f() {\n    g();\n    ‸\n}\n", "statements"),
        ("fn f() {\n    let x = «g(1)»;\n}\n", "expression"),
        ("fn f() {\n    «let x = g(1);»\n    y();\n}\n", "statements"),
        ("fn f(a: «Vec<u8>») {\n}\n", "type"),
        ("fn f() {\n    match x {\n        «Some(y)» => {}\n    }\n}\n", "pattern"),
        ("fn f() {\n    match x {«\n        A => 1,\n    »}\n}\n", "arms"),
        ("fn f() {\n    let p = P { «x: 1, y: 2» };\n}\n", "fields"),
        ("fn f() {\n    match x {\n        ‸\n    }\n}\n", "arms"),
        ("impl P {\n    ‸\n}\n", "members"),
        ("fn f() {\n    g();\n}\n\n‸\n", "declaration"),
        ("impl P {«\n    fn new() {}\n»}\n", "members"),
        ("«use std::fmt;»\n", "import"),
        ("fn f(«a: u8, b: u8») {\n}\n", "parameters"),
        ("/// wor‸ds\nfn f() {\n}\n", "docstring"),
    ],
)
def test_at_the_cursor(source: str, kind: str) -> None:
    if "‸" in source:
        at = source.index("‸")
        span = Span(at, at)
    else:
        span = Span(source.index("«"), source.index("»") - 1)
    found = holes_at(opened(source.translate({ord(c): None for c in "‸«»"})), span)
    assert kind in [hole.kind for hole in found]


@pytest.mark.parametrize("source", ["fn f() {\n    x(); // wor‸ds\n}\n", "fn f() {\n    x('‸a');\n}\n"])
def test_nothing_in_comments_and_characters(source: str) -> None:
    at = source.index("‸")
    assert holes_at(opened(source.replace("‸", "")), Span(at, at)) == ()


@pytest.mark.parametrize(
    ("around", "enclosing"),
    [
        ("fn f() {\n    %s\n}\n", Enclosing(in_function=True)),
        ("async fn f() {\n    %s\n}\n", Enclosing(in_function=True, in_async=True)),
        ("fn f() {\n    while x {\n        %s\n    }\n}\n", Enclosing(in_function=True, in_loop=True, can_break=True)),
        ("fn f() {\n    'a: {\n        %s\n    }\n}\n", Enclosing(in_function=True, can_break=True)),
        ("fn f() {\n    loop {\n        g(|| {\n            %s\n        })\n    }\n}\n", Enclosing(in_function=True)),
        ("fn f() {\n    async {\n        %s\n    }\n}\n", Enclosing(in_function=True, in_async=True)),
        ("impl A {\n    fn f() {\n        %s\n    }\n}\n", Enclosing(in_function=True, in_class=True)),
    ],
)
def test_what_is_legal(around: str, enclosing: Enclosing) -> None:
    snapshot = opened(around % "// TODO: it")
    (hole,) = holes(snapshot)
    context = derive(snapshot, hole)
    assert context.enclosing == Enclosing(
        **{name: getattr(enclosing, name) for name in ("in_function", "in_async", "in_loop", "in_class", "can_break")},
        in_brackets=context.enclosing.in_brackets,
    )
    assert context.intent == "it"


NAMES = """use std::collections::{hash_map as map, HashMap};
use serde::Serialize;

const LIMIT: usize = 3;

struct Stack<T> { items: Vec<T> }

impl<T> Stack<T> {
    fn sum(&self, rest: &[T]) -> T {
        let before = 1;
        for (i, v) in rest.iter().enumerate() {
            if let Some(w) = v {
                // TODO: it
            }
        }
        let behind = 2;
        fn inner() {}
    }
    fn method() {}
}

fn g() {}
"""


def test_names() -> None:
    snapshot = opened(NAMES)
    context = derive(snapshot, holes(snapshot)[0])
    names = {name.name for name in context.scope.names}
    assert {
        "map",
        "HashMap",
        "serde",
        "Serialize",
        "LIMIT",
        "Stack",
        "T",
        "self",
        "rest",
        "before",
        "i",
        "v",
        "w",
    } <= names
    assert {"inner", "g", "println", "Vec", "std"} <= names  # items are known above their definition, too
    assert not {"behind", "method", "hash_map"} & names
    assert context.scope.complete
    assert context.signature == "fn sum(&self, rest: &[T]) -> T"
    assert context.imports[1] == "use serde::Serialize;"


def test_a_glob_brings_names_that_are_not_known() -> None:
    snapshot = opened("use super::*;\n\nfn f() {\n    todo!()\n}\n")
    assert not derive(snapshot, holes(snapshot)[0]).scope.complete


@pytest.mark.parametrize("text", ["1..2..3", "..1..2", "f().await(x)"])
def test_what_the_parser_takes_and_rust_does_not(text: str) -> None:
    source = "async fn g() {\n    x;\n}\n"
    assert problems(opened(source), Span(19, 20), text)
    assert problems(opened(source), Span(19, 20), "(1..2)..3") == ()
