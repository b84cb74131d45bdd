"""What may be generated in Rust."""

from __future__ import annotations

import pytest

from benchmarks import rust_judge
from benchmarks.judges import JUDGES
from maze_lsp.grammar import emit_hole, load
from maze_lsp.grammar.passes.lines import Layout
from maze_lsp.languages.rust.spec import SPEC
from tests.unit.grammar.support import accepts, exhausted, fits, random_texts

RUST = load(SPEC)
EVERYTHING = "in_function in_async in_loop can_break"


def check(start: str, yes: list[str], no: list[str], where: str = "in_function", **more: object) -> None:
    options = {"grammar": RUST, "where": where, **more}
    assert [text for text in yes if not fits(text, start, **options)] == []  # type: ignore[arg-type]
    assert [text for text in no if fits(text, start, **options)] == []  # type: ignore[arg-type]


def test_expressions() -> None:
    check(
        "expression",
        [
            "a.b(c, d)[1..2] + -x",
            "Vec::<u8>::with_capacity(n)",
            "<T as Trait>::new(1)",
            "iter.map(|(i, x)| x + i)\n        .collect::<Vec<_>>()?",
            "move || -> u8 { 1 }",
            "async move { 1 }",
            "match x { Some(y) if y > 1 => y, A | B => { 0 } _ => panic!(), }",
            "if let Some(x) = a.b() { x } else if c { 1 } else { return }",
            "Point { x: 1, y, ..base }",
            "&mut *x",
            "x as *const u8 as usize + 1",
            "vec![1; n]",
            'format!("{}: {x:?}", [a, (b)], c = "d")',
            "a && b || !c",
            "'a'..='z'",
            "[0u8; 4].len()",
            "x.0.1",
            "[0.; 4].f(1. + 2.0, 0..9, 1.max(2), 3.)",
            "f(#[inline] |a| a, #[a] #[b] move || 1)",
            "1_000u64 + 0xff + 1.5e3f32 + 0b1 + 2e3f32",
            r'''r#"raw "text" "# == "\u{1F600}\x7f\n" || b"\xff" == c"c"''',
            "loop { break }",
            "unsafe { f() }",
            "(1, 2).0",
            "a = b",
            "..",
            "&raw const x",
            "r#type + 1",
            "a /* why */ + // here\n b",
        ],
        [
            "",
            "a b",
            "a < b < c",
            "a == b != c",
            "x as u8 < y",
            "a <-b",
            "Vec<u8>::new()",
            "x.await",
            "let x = 1",
            "fn f() {}",
            "'ab'",
            '"a" "b"',
            'return"x"',
            "println!(",
            "m!(])",
            "match x { a => b c => d }",
            "Point { x: 1 y }",
            "'a: 1",
            "if x 1",
            "self::",
            "crate fn",
            "// only a comment",
            "a /// doc\n + b",
        ],
    )


def test_ranges_and_fractions() -> None:
    """`0..9` begins as `0.9` does: the fraction is a terminal of its own."""
    check(
        "expression",
        ["0..9", "0..=9", "0.9", "1.max(2)", "&x[1..]", "x.0..y.1", "1.0.sqrt()"],
        ["0...9", "0..=", "1._"],
    )


def test_types() -> None:
    check(
        "type",
        [
            "Vec<Vec<u8>>",
            "&'a mut [T; N + 1]",
            "Box<dyn for<'a> Fn(&'a str) -> Result<(), E> + Send + 'static>",
            "impl Iterator<Item = (K, V)> + '_",
            "<T as Trait<'a>>::Item<u8>",
            "fn(a: u8, ...) -> !",
            'unsafe extern "C" fn()',
            "Array<{ N * 2 }, 1, 'x', true>",
            "*const u8",
            "Token![,]",
            "(u8, _)",
            "&(dyn A + B)",
            "[u8]",
        ],
        ["", "1", "&dyn A + B", "Vec<u8", "fn(u8) ->", "&&", "a.b", "'a", "[u8; ]", "impl", "u8 u8"],
    )


def test_patterns() -> None:
    check(
        "pattern",
        [
            "Some(ref mut x)",
            "n @ 1..=9 | n @ -1",
            "[first, .., last]",
            "[a, rest @ ..]",
            "Point { x, y: Some(0), .. }",
            "&(mut a, _)",
            "std::cmp::Ordering::Less",
            "\"text\" | 'c'",
            "0..",
            "T::<u8>::MAX",
        ],
        ["", "a b", "x + 1", "Some(", "..=", "mut", "1..2..3", "Point { .., x }", "fn"],
    )


def test_statements() -> None:
    """What ends in a block needs no semicolon, and is not gone on with as an operand."""
    check(
        "body",
        [
            "x",
            "let x = 1;\n    x",
            "let (a, mut b): (u8, u8) = f()?;\n    a += b;",
            "let Some(x) = y.z() else { return; };\n    x",
            "if a { b } else { c }\n    -1",
            "match x { _ => {} }\n    (y)",
            "match x { _ => y }.f() + 1",
            "unsafe { f() };",
            "*unsafe { p() } = 1;",
            "'outer: for i in 0..9 { while let Some(x) = it.next() { continue 'outer; } }",
            "for x in y { break }",
            "println!();\n    thread_local! { static A: u8 = 1; }\n    return",
            "#[cfg(test)]\n    let x = 1;\n    const N: usize = 1;\n    use a::b;\n    g(N)",
            "fn g<T: Copy>(x: T) -> T { x }\n    g(1)",
            "/// a function\n    fn h() {}",
            "struct P { x: u8 }\n    impl P { fn new() -> Self { P { x: 1 } } }",
            "macro_rules! m { ($($x:expr),*) => { [$($x),*] }; }",
            "// why\n    x()",
            "async { 1 };",
        ],
        [
            "let x = 1",
            "x y",
            "x;;",
            "let x: u8 = if a { b } else { c } else { d };",
            "async { 1 } x",
            "{ 1 } = 2;",
            "/// nothing follows",
            "/// no item\n    x",
            "else { }",
            "}",
            "a => b",
            "pub x",
        ],
    )


def test_no_struct_literal_in_a_head() -> None:
    check(
        "statement",
        ["if x == (P { a: 1 }) {}", "for x in f(P {}) {}", "let x = P {};", "match x {}"],
        ["if x == P { a: 1 } {}", "while P {} {}", "match P { a: 1 } {}"],
    )


def test_jumps_only_where_they_are_legal() -> None:
    check("statement", ["loop { break 1; }", "'a: { break 'a; }"], ["break;", "continue;", "loop { || break; }"])
    check("statement", ["break 'a x;", "continue 'a;", "x.await?;"], ["x.await();"], where=EVERYTHING)
    check("statement", ["async { x.await };", "async fn f() { x.await }"], ["x.await;"])
    check("expression", ["|| x"], ["return x"], where="")


def test_declarations() -> None:
    check(
        "declaration",
        [
            "fn f() {}",
            "pub(crate) const unsafe extern \"C\" fn f<'a, T: 'a + ?Sized, const N: usize>(x: &'a T)\nwhere T: A {}",
            "#[derive(Debug)]\n/// doc\npub struct P<T = u8> { pub x: T, #[a] y: u8, }",
            "struct U;",
            "struct T(pub u8, #[a] u8) where u8: Copy;",
            "enum E { A, B(u8), C { x: u8 }, D = 3 }",
            "union U { a: u8, b: u16 }",
            "pub trait A: B + 'static { const C: u8; type D: E; fn f(&self); fn g(self: Box<Self>) {} }",
            "unsafe impl<T> Send for P<T> where T: Send {}",
            "impl !Send for P {}",
            "static mut X: u8 = 1;",
            "type A<'a> = &'a str;",
            "pub mod m { //! inner\n    use super::*; }",
            'extern "C" { fn f(x: u8); static Y: u8; }',
            "extern crate alloc as a;",
            "m! { a }",
        ],
        [
            "fn f()",
            "fn f(x) {}",
            "let x = 1;",
            "struct",
            "impl {}",
            "pub impl A {}",
            "const X: u8;",
            "fn f();",
            "unsafe impl P {}",
        ],
        where="",
        indent="",
    )


def test_parts_of_constructs() -> None:
    check("arguments", ["a, b", "|x| x, &y", "a,"], ["", "a b", "a: b"])
    check(
        "parameters",
        ["&self, (a, b): (u8, u8)", "mut self", "x: impl Fn(u8)", "self: Box<Self>"],
        ["x", "u8", "a | b: u8"],
    )
    check("fields", ["x: 1, y", "x, ..Default::default()", "..base"], ["x: 1 y", "..base,"])
    check(
        "arms",
        ["A => 1,\n    B => {}\n    _ => 2", "#[a]\n    A(x) if x => y,"],
        ["A => 1 B => 2", "A", "A => {} + 1,"],
    )
    check("members", ["fn f(&self) {}\n    type A = u8;", "const C: u8;"], ["x: u8", "let x = 1;"])
    check("import", ["use a::{self, b as c, d::*};", "pub use crate::x;"], ["use a", "use a::{b;", "import a"])
    check("string", ["a\\n\\u{e9}", "two\nlines"], ['a"b', "\\q", "\\xff"])
    check("string", ["one\\\n  "], [])
    check("docstring", ["/// one\n    ///\n    /// two"], ["// no", "//// no", "text"])


def test_line_ends_of_the_file() -> None:
    check("body", ["a();\r\n    // b\r\n    c()"], [], eol="\r\n")


def test_a_body_ends_with_the_bracket_around_it() -> None:
    lark = emit_hole(RUST, start="body", indent="    ", unit="    ", enclosing={"in_function": True}, ending=True)
    for end in ("\n}", "\n\n    // done\n}"):
        assert exhausted(lark, "if x {\n        y();\n    }" + end)
    assert accepts(lark, "if x {\n        y()\n    } else {\n        z()\n    }\n    w")


def test_documented_members_follow_one_another() -> None:
    lark = emit_hole(RUST, start="members", indent="    ", unit="    ", enclosing={}, ending=True)
    text = "fn f() {}\n\n    // Not of g.\n    /// Of g.\n    fn g() {}"
    assert accepts(lark, text)
    assert exhausted(lark, text + "\n    // done\n}")


def test_a_statement_goes_on_behind_its_block() -> None:
    lark = emit_hole(
        RUST, start="statement", indent="    ", unit="    ", enclosing={}, ending=True, known=["y", "else"]
    )
    for text in ("if x {\n    }\n    else {\n    }", "match x {\n    }\n    .f();", "x();\n    y"):
        assert accepts(lark, text)


def test_references_can_be_restricted() -> None:
    check("expression", ["a.other + b::new(a)", "self"], ["c", "a + c"], names=frozenset({"a", "b", "self"}))


@pytest.mark.parametrize("kind", ["body", "expression", "type", "declaration", "pattern", "members"])
def test_random_texts_of_the_grammar_are_rust(kind: str) -> None:
    if not rust_judge.available():
        pytest.skip(rust_judge.HOW)
    legal = dict.fromkeys(EVERYTHING.split(), True)
    texts = random_texts(RUST, kind, legal, Layout("        ", "    ", "\n"), count=80)
    assert len(texts) > 40
    judge = JUDGES["rust"]
    found = judge.problems([judge.placed(kind, text) for text in texts])
    bad = [(problem, text) for problem, text in zip(found, texts, strict=True) if problem]
    assert len(bad) <= 1, bad  # what the grammar leaves open is said in its folder
