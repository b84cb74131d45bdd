"""What may be generated in Go."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from maze_lsp.grammar import emit_hole, load
from maze_lsp.grammar.passes.lines import Layout
from maze_lsp.languages.go.spec import SPEC
from tests.unit.grammar.support import accepts, exhausted, fits, random_texts

GO = load(SPEC)
EVERYTHING = "in_function in_loop can_break"


def check(start: str, yes: list[str], no: list[str], where: str = "in_function", **more: object) -> None:
    options = {"grammar": GO, "where": where, "indent": "\t", "unit": "\t", **more}
    assert [text for text in yes if not fits(text, start, **options)] == []  # type: ignore[arg-type]
    assert [text for text in no if fits(text, start, **options)] == []  # type: ignore[arg-type]


def test_expressions() -> None:
    check(
        "expression",
        [
            "a",
            "a.b(c, d)[1:2] + -x",
            "x[:]",
            "x[1:2:3]",
            "[]byte(s)",
            "make(map[string][]int, 10)",
            "new(*[]int)",
            "([]int)(nil)",
            "&T{a: 1, b: []int{1, 2}}",
            "[...]string{1: `raw\nstring`, 2: 'x'}",
            "func(a, b int, rest ...string) (n int, err error) { return }",
            "f(\n\t\ta, // first\n\t\tb,\n\t)",
            "a &&\n\t\tb",
            "x.(*T).y",
            "Map[int, string](xs, f)",
            "struct{ a int }{1}",
            "<-c",
            "a - -b",
            "a+-b*c",
            "0x1.8p3i + 1_000 + 0b01 + .5",
            "f(xs...)",
        ],
        [
            "",
            "a b",
            "a--b",
            "a+--b",
            "a&^b&",
            "x[::]",
            "f(a\n)",
            "[]int",
            "x[a,]",
            "func() int",
            "09",
            '"a\n"',
            "''",
            "if",
            "packageé",
            "import",
            "a /* open",
            "x.(type)",
            "a\n+ b",
        ],
    )


def test_types() -> None:
    check(
        "type",
        [
            "int",
            "pkg.Name",
            "*[]map[string]chan<- int",
            "<-chan struct{}",
            "func(int, ...string) (a int, err error)",
            "interface {\n\t\tString() string\n\t\t~int | ~string\n\t}",
            "List[K, V]",
            "[4]byte",
            'struct {\n\t\ta, b int `json:"a"`\n\t\t*Base\n\t}',
        ],
        ["", "1", "[]", "[...]int", "map[string]", "func(a int, string)", "type", "a.b.c", "List[K,]"],
    )


def test_statements_end_at_their_line() -> None:
    check(
        "body",
        [
            "return",
            "x := 1\n\treturn x",
            "x, ok := m[k]; ok = !ok",
            "if err := f(); err != nil {\n\t\treturn nil, err\n\t} else if x {\n\t\tg()\n\t} else {\n\t}",
            "for {\n\t}",
            "for i := 0; i < n; i++ {\n\t\tcontinue\n\t}",
            "for range c {\n\t\tbreak\n\t}",
            "for k, v := range m {\n\t\tuse(k, v)\n\t}",
            "switch x := y.(type) {\n\tcase nil, *T, []int, func():\n\tdefault:\n\t\tx()\n\t}",
            "switch {\n\tcase a:\n\t\tb()\n\t\tfallthrough\n\tcase c /* why */ :\n\t\tbreak\n\t}",
            "select {\n\tcase v, ok := <-c:\n\t\tuse(v, ok)\n\tcase d <- 1:\n\tdefault:\n\t}",
            "go func() {\n\t\tdefer close(c)\n\t\tc <- 1\n\t}()",
            "var (\n\t\ta = 1\n\t\tb int\n\t)\n\tconst c, d = iota, 2",
            "type T struct{ a int }\n\n\t// a comment\n\n\tvar _ = T{}",
            "// first\n\tx++"[len("// first\n\t") :],
            "a.b[c] <<= 2",
            "goto end\nend:\n\treturn",
        ],
        [
            "return\n",
            "a, b",
            "x = ",
            "x := 1 y := 2",
            "if x := f() {\n\t}",
            "if x\n\t{\n\t}",
            "if x {\n\t}\n\telse {\n\t}",
            "for i := 0; i < n; i := 1 {\n\t}",
            "defer f",
            "go func() {}",
            "f() := 1",
            "x.y := 1",
            "case a:",
            "func f() {}",
            "const (\n\t\ta\n\t)",
        ],
    )


def test_no_composite_literal_of_a_name_in_a_head() -> None:
    check(
        "statement",
        ["if x == (T{}) {\n\t}", "for _, x := range []T{{1}, {2}} {\n\t}", "if f(T{}) {\n\t}", "x := T{}"],
        ["if x == T{} {\n\t}", "switch T{} {\n\t}", "for x := range T{} {\n\t}"],
    )


def test_a_function_type_is_not_an_operand() -> None:
    """`func() *T {` begins a function, not a product with a composite literal."""
    check("expression", ["f(func() *T {\n\t\tname := g()\n\t\treturn name\n\t})"], [])


def test_jumps_only_where_they_are_legal() -> None:
    check("statement", ["for {\n\t\tbreak\n\t}", "for {\n\t\tcontinue\n\t}"], ["break", "continue"])
    check("statement", ["break", "continue", "break L"], ["fallthrough"], where=EVERYTHING)
    check("statement", ["break"], ["continue"], where="in_function can_break")
    check("statement", [], ["for {\n\t\tfunc() {\n\t\t\tbreak\n\t\t}()\n\t}"])
    check("statement", ["x()"], ["return"], where="")


def test_declarations() -> None:
    check(
        "declaration",
        [
            "func (s *Stack[T]) Push(items ...T) (n int, err error) {\n\treturn 0, nil\n}",
            "func external(a, b int) int",
            "func Map[T, U any, N ~int | ~string](xs []T, f func(T) U) []U {\n\treturn nil\n}",
            "type (\n\tA = B\n\tC[T any] struct{}\n)",
            "var x, y = 1, 2",
        ],
        ["func f(a int, string) {}", "x := 1", "func {}", "func (s) {}", 'import "fmt"'],
        indent="",
    )


def test_arguments() -> None:
    check("arguments", ["a, b", "[]int, n", "xs...", "\n\t\ta,\n\t\tb"[3:]], ["", "a b", "xs..., y", "a: b"])


def test_parts() -> None:
    check("parameters", ["a, b int, rest ...string", "int, *T", "f func(a int) error"], ["", "a int,", "a int, string"])
    check("fields", ["a: 1, b: {c, {d}}", "1, 2", '"k":   []int{1},\n\t\tx: y'], ["", "a: 1,", "a = 1", "x := 1"])
    check(
        "import", ['"fmt"', 'str "strings"', '. "a.b/c-d"', '_ "embed"'], ['""', '"a b"', "fmt", 'import "fmt"', "`a`"]
    )
    check("string", ["a b", r"\n\x41\u00e9\"", "`'"], ["", '"', "\\", "a\n", r"\q"])
    check("docstring", ["// Pop takes.", "// One.\n\t// Two.", "//"], ["", "Pop takes.", "// a\nb", "/* a */"])
    check(
        "members",
        ['a, b int `json:"a"`\n\t*Base\n\tf func()', "String() string\n\t~int | T", "a int; b int"],
        ["", "a int,", "a int b int", "a = 1", "String() string\n\ta, b int"],
    )


def test_arms_are_those_of_one_sort_of_switch() -> None:
    check(
        "arms",
        [
            "case 1, f(x):\n\t\tg()\n\t\tfallthrough\n\tdefault:",
            "case nil, *T, []int:\n\t\tbreak",
            "case\n\t\t1,\n\t\t2:",
            "case v, ok := <-c:\n\t\tuse(v, ok)\n\tcase d <- 1:\n\tdefault:",
        ],
        [
            "",
            "case 1",
            "case:",
            "x()",
            "case 1, 2:\n\tcase v := <-c:",
            "case 1:\n\tcase []int:",
            "case x:\n\t\tend:\n\tcase y:",
        ],
    )


def test_lines_are_indented_at_least_as_the_hole() -> None:
    check("body", ["a()\n\t\tb()"], ["a()\n\tb()", "a()\nb()"], indent="\t\t")


def test_line_ends_of_the_file() -> None:
    check("body", ["a()\r\n\tb(c,\r\n\t\td)"], ["a()\n\tb()"], eol="\r\n")


def test_a_body_ends_with_the_bracket_around_it() -> None:
    lark = emit_hole(GO, start="body", indent="\t", unit="\t", enclosing={"in_function": True}, ending=True)
    for end in ("\n}", "\n\n\t// done\n}", "\n\t}"):
        assert exhausted(lark, "if x {\n\t\ty()\n\t}" + end)
    assert accepts(lark, "if x {\n\t\ty()\n\t}\n\tz()")
    assert not accepts(lark, "y()\n}\n\nfunc")


def test_references_can_be_restricted() -> None:
    check("expression", ["a.other + nil"], ["b", "a + b"], names=frozenset({"a", "nil"}))


@pytest.mark.parametrize("kind", ["body", "expression", "type", "declaration"])
def test_random_texts_of_the_grammar_are_go(kind: str) -> None:
    gofmt = shutil.which("gofmt") or next((str(p) for p in Path("/usr/lib").glob("go-*/bin/gofmt")), None)
    if gofmt is None:
        pytest.skip("gofmt is missing: install Go (Debian: apt-get install golang-go)")
    legal = dict.fromkeys(EVERYTHING.split(), True)
    files = {"type": "\tvar x %s", "expression": "\t_ = %s", "body": "\tfor {\n\t\t%s\n\t}"}
    texts = random_texts(GO, kind, legal, Layout("\t\t", "\t", "\n"), count=60)
    assert len(texts) > 40
    bad = []
    for text in texts:
        place = files.get(kind)
        whole = (
            f"package p\n\n{text}\n"
            if place is None
            else "package p\n\nfunc f() {\n" + place.replace("%s", text) + "\n}\n"
        )
        run = subprocess.run([gofmt, "-e"], input=whole.encode(), capture_output=True, check=False)
        if run.returncode:
            bad.append((text, run.stderr.decode()))
    assert len(bad) <= 1, bad  # what the grammar leaves open is said in its folder
