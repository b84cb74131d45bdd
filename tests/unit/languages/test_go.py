"""Holes, names and checks in Go files."""

from __future__ import annotations

import pytest

from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.inplace import problems
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import Enclosing, Snapshot
from maze_lsp.languages import by_path
from maze_lsp.languages.go.spec import SPEC
from maze_lsp.text import Span
from tests.unit.languages.support import check_marked, filled

HEAD = "package p\n\n"


def opened(source: str) -> Snapshot:
    return open_snapshot("file:///work/x.go", 1, SPEC, HEAD + source)


def check(source: str, kind: str, text: str, expected: str) -> None:
    """The one marked hole of a source, and the file with a text in it."""
    check_marked(opened(source), kind, text, HEAD + expected)


def test_the_language_of_a_file() -> None:
    assert by_path("x/y.go") is not None


@pytest.mark.parametrize(
    "marker", ['panic("TODO")', 'panic("not implemented")', "panic(`TODO: later`)", "// TODO: write it", "// FIXME"]
)
def test_markers(marker: str) -> None:
    check(f"func f() int {{\n\t{marker}\n}}\n", "body", "return 1", "func f() int {\n\treturn 1\n}\n")


@pytest.mark.parametrize(
    "source", ['func f() {\n\tpanic("lost")\n}\n', "func f() {\n\tg(func() {})\n}\n", "// TODO\nvar x = 1\n"]
)
def test_what_is_no_marker_in_bulk(source: str) -> None:
    assert [hole for hole in holes(opened(source)) if hole.bulk] == []


@pytest.mark.parametrize("inside", ["", " ", "\n", "\n\n", ' panic("TODO") '])
def test_brackets_of_one_line_come_to_stand_on_their_own(inside: str) -> None:
    check(f"func f() {{{inside}}}\n", "body", "g()\n\th()", "func f() {\n\tg()\n\th()\n}\n")


def test_a_comment_in_an_empty_block_stays() -> None:
    check("func f() {\n\t// note\n}\n", "body", "g()", "func f() {\n\t// note\n\tg()\n}\n")


def test_a_nested_block() -> None:
    source = "func f() {\n\tfor {\n\t\t// TODO: next\n\t}\n\tg()\n}\n"
    check(source, "statements", "h()", source.replace("// TODO: next", "h()"))


def test_a_marker_among_statements() -> None:
    source = 'func f() {\n\tg()\n\tpanic("TODO")\n}\n'
    check(source, "statements", "h()", source.replace('panic("TODO")', "h()"))


def test_a_text_that_does_not_fit_is_refused() -> None:
    snapshot = opened("func f() {\n\t// TODO\n}\n")
    (hole,) = holes(snapshot)
    assert problems(snapshot, hole.range, hole.around("}"))
    assert problems(snapshot, hole.range, hole.around("if x {"))


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("func f() {\n\tx := ‸\n}\n", "expression"),
        ("func f() {\n\tg(‸)\n}\n", "arguments"),
        ("func f() {\n\tg()\n\t‸\n}\n", "statements"),
        ("func f() {\n\tx := «g(1)»\n}\n", "expression"),
        ("func f() {\n\t«x := g(1)»\n\ty()\n}\n", "statements"),
        ("func f(a «[]int») {\n}\n", "type"),
    ],
)
def test_at_the_cursor(source: str, kind: str) -> None:
    if "‸" in source:
        at = len(HEAD) + source.index("‸")
        span = Span(at, at)
    else:
        span = Span(len(HEAD) + source.index("«"), len(HEAD) + source.index("»") - 1)
    found = holes_at(opened(source.translate({ord(c): None for c in "‸«»"})), span)
    assert kind in [hole.kind for hole in found]


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        ("func f(‸) {\n\tg()\n}\n", "parameters", "a int, b ...T"),
        ("func f(a int, ‸) {\n\tg()\n}\n", "parameters", "b T"),
        ("func f() (‸) {\n\tg()\n}\n", "parameters", "n int, err error"),
        ("type T struct{‸}\n", "members", "a int"),
        ("type T struct {\n\ta int\n\t‸\n}\n", "members", "b, c int"),
        ("type T interface {\n\t‸\n}\n", "members", "String() string"),
        ("var x = T{‸}\n", "fields", "a: 1"),
        ("var x = T{a: 1, ‸}\n", "fields", "b: 2"),
        ("func f() {\n\tswitch x {\n\t‸\n\t}\n}\n", "arms", "case 1:"),
        ("func f() {\n\tselect {\n\t‸\n\t}\n}\n", "arms", "case <-c:"),
        ("import ‸\n", "import", '"fmt"'),
        ('import (\n\t"a"\n\t‸\n)\n', "import", '"fmt"'),
        ('var x = "‸"\n', "string", "text"),
        ("‸\n", "declaration", "func f() {\n}"),
        ("func f() {\n\tg()\n}\n\n‸\n", "declaration", "type T struct{}"),
    ],
)
def test_parts_at_the_cursor(source: str, kind: str, text: str) -> None:
    at = len(HEAD) + source.index("‸")
    snapshot = opened(source.replace("‸", ""))
    hole = holes_at(snapshot, Span(at, at))[0]
    assert hole.kind == kind
    assert filled(snapshot, hole, text) == HEAD + source.replace("‸", text)
    assert problems(snapshot, hole.range, hole.around(text)) == ()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("var x = []T{\n\ta,\n\t‸\n}\n", "var x = []T{\n\ta,\n\tb,\n}\n"),
        ("func f() {\n\tg(\n\t\t‸\n\t)\n}\n", "func f() {\n\tg(\n\t\tb,\n\t)\n}\n"),
        ("func f(\n\ta int,\n\t‸\n) {\n\tg()\n}\n", "func f(\n\ta int,\n\tb,\n) {\n\tg()\n}\n"),
        ("var x = []T{\n\t// TODO: b\n‸}\n", "var x = []T{\n\tb,\n}\n"),
    ],
)
def test_the_comma_at_a_line_end_is_supplied(source: str, expected: str) -> None:
    at = len(HEAD) + source.index("‸")
    snapshot = opened(source.replace("‸", ""))
    hole = (holes(snapshot) or holes_at(snapshot, Span(at, at)))[0]
    assert filled(snapshot, hole, "b") == HEAD + expected


@pytest.mark.parametrize(
    ("source", "kind", "chosen"),
    [
        ("func f() {\n\tg(\n\t\t«a,\n\t\tb,»\n\t)\n}\n", "arguments", "a,\n\t\tb"),
        ("var x = T{«a: 1, b: 2»}\n", "fields", "a: 1, b: 2"),
        ("type T struct {\n\t«a int\n\tb int»\n}\n", "members", "a int\n\tb int"),
        ("func f() {\n\tswitch x {\n\t«case 1:\n\tcase 2:»\n\t}\n}\n", "arms", "case 1:\n\tcase 2:"),
        ('var x = "«some» text"\n', "string", "some text"),
        ("«func f() {\n\tg()\n}»\n", "declaration", "func f() {\n\tg()\n}"),
    ],
)
def test_parts_to_be_written_anew(source: str, kind: str, chosen: str) -> None:
    span = Span(len(HEAD) + source.index("«"), len(HEAD) + source.index("»") - 1)
    snapshot = opened(source.translate({ord(c): None for c in "«»"}))
    found = {hole.kind: hole.range.text(snapshot.text) for hole in holes_at(snapshot, span)}
    assert found.get(kind) == chosen


def test_a_doc_comment_as_a_whole() -> None:
    snapshot = opened("// Foo does\n// things.\nfunc Foo() {\n\tg() // now\n}\n")
    (hole,) = holes_at(snapshot, Span(len(HEAD) + 5, len(HEAD) + 5))
    assert (hole.kind, hole.range.text(snapshot.text), hole.bulk) == ("docstring", "// Foo does\n// things.", False)


@pytest.mark.parametrize(
    ("source", "bulk"),
    [
        ("func f() {}\n", True),
        ("func (t *T) f() {}\n", True),
        ("func (T) f() int {}\n", True),
        ("func (*T) isNode() {}\n", False),
        ("func (_ T) isNode() {}\n", False),
        ("func _() {}\n", False),
        ("func f() {\n\tif x {\n\t\tg()\n\t} else {\n\t}\n}\n", False),
        ("func f() {\n\tfor g() {\n\t}\n\t{\n\t}\n}\n", False),
        ("func f() {\n\tselect {}\n}\n", False),
        ("var x interface{} = struct{}{}\n", False),
    ],
)
def test_empty_blocks_that_belong_there(source: str, bulk: bool) -> None:
    assert any(hole.bulk for hole in holes(opened(source))) == bulk


@pytest.mark.parametrize("source", ["func f() {\n\tx() // wor‸ds\n}\n", 'func f() {\n\tx("wor‸ds")\n}\n'])
def test_nothing_in_comments_and_strings(source: str) -> None:
    at = len(HEAD) + source.index("‸")
    assert holes_at(opened(source.replace("‸", "")), Span(at, at)) == ()


@pytest.mark.parametrize(
    ("around", "enclosing"),
    [
        ("func f() {\n\t%s\n}\n", Enclosing(in_function=True)),
        ("func f() {\n\tfor {\n\t\t%s\n\t}\n}\n", Enclosing(in_function=True, in_loop=True, can_break=True)),
        ("func f() {\n\tswitch {\n\tcase x:\n\t\t%s\n\t}\n}\n", Enclosing(in_function=True, can_break=True)),
        ("func f() {\n\tselect {\n\tdefault:\n\t\t%s\n\t}\n}\n", Enclosing(in_function=True, can_break=True)),
        ("func f() {\n\tfor {\n\t\tgo func() {\n\t\t\t%s\n\t\t}()\n\t}\n}\n", Enclosing(in_function=True)),
    ],
)
def test_what_is_legal(around: str, enclosing: Enclosing) -> None:
    snapshot = opened(around % "// TODO: it")
    (hole,) = holes(snapshot)
    context = derive(snapshot, hole)
    assert context.enclosing == enclosing
    assert context.intent == "it"


def test_names() -> None:
    source = """import str "strings"

type T struct{}

func (t *T) f(a int, rest ...string) (n int, err error) {
	before := 1
	for i, v := range rest {
		// TODO: it
	}
	after := 2
}

func g() {}
"""
    snapshot = opened(source)
    context = derive(snapshot, holes(snapshot)[0])
    names = {name.name for name in context.scope.names}
    assert {"str", "T", "t", "a", "rest", "n", "err", "before", "i", "v", "g", "nil", "append"} <= names
    assert "after" not in names
    assert not context.scope.complete  # the package goes on in other files
    assert context.signature == "func (t *T) f(a int, rest ...string) (n int, err error)"
    assert context.imports == ('import str "strings"',)
