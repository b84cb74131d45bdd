"""What may be generated in JavaScript with JSX."""

from __future__ import annotations

import pytest

from benchmarks import typescript_judge
from benchmarks.judges import JUDGES
from maze_lsp.grammar import load
from maze_lsp.grammar.passes.lines import Layout
from maze_lsp.languages.javascript.spec import SPEC
from tests.unit.grammar.support import fits, random_texts

JAVASCRIPT = load(SPEC)


def check(start: str, yes: list[str], no: list[str], where: str = "in_function", **more: object) -> None:
    options = {"grammar": JAVASCRIPT, "where": where, "indent": "  ", "unit": "  ", **more}
    assert [text for text in yes if not fits(text, start, **options)] == []  # type: ignore[arg-type]
    assert [text for text in no if fits(text, start, **options)] == []  # type: ignore[arg-type]


def test_expressions() -> None:
    check(
        "expression",
        [
            "a",
            "a.b?.c[0](d, ...e)",
            "a ** -b",
            "a ?? b",
            "a || b && c",
            "typeof a === 'string' ? b : c",
            "!a && await_ in b",
            "new A.B(c).d()",
            "`x${a}y${`${b}`}`",
            "tag`x${a}`",
            "/[/\\]]+/gi.test(a)",
            "0x1f + 1_000n + .5e-3",
            "{ a, b: c, [d]: e, [a ? 'b' : 'c']: d, ...f, g() {}, get h() { return 1; }, async *i() {} }",
            "[, a, ...b, ]",
            "async () => {}",
            "(a, { b = 1 }, [c], ...d) => a + b",
            "a = b = c",
            "a ||= b",
            "function* f() {}",
            "class A extends B { #x = 1; static y; constructor() { super(); } }",
            "import('x')",
            "a++ - --b",
            "index in list",
        ],
        [
            "",
            "a b",
            "a +",
            "1a",
            "a ?? ",
            "{ a b }",
            "'a",
            "`a",
            "[a",
            "f(a",
            "a.",
            "a?.",
            "if",
            "return",
            "= a",
            "a => ",
        ],
    )


def test_statements() -> None:
    check(
        "body",
        [
            "return a;",
            "return",
            "const a = 1, b = f();\n  let c;",
            "const { a, b: [c] } = d;",
            "if (a) b(); else if (c) { d(); } else { e(); }",
            "for (const a of b) { continue; }",
            "for (let i = 0; i < n; i++) break;",
            "for (const key in map) {}",
            "while (a) { break; }",
            "do { a(); } while (b);",
            "switch (a) {\n    case 1:\n    case 2: b(); break;\n    default: c();\n  }",
            "try { a(); } catch (e) { b(e); } finally { c(); }",
            "try { a(); } catch { b(); }",
            "throw new Error('x');",
            "outer: for (;;) { break outer; }",
            "function f(a) { return a; }\n  class B {}",
            "a();\n\n  // a comment\n  b();",
        ],
        ["break;", "continue;", "if (a)", "const a", "let 1;", "case 1:", "} a", "try { a(); }", "for (;;)"],
    )


def test_semicolons_may_be_left_out_where_a_line_ends() -> None:
    check(
        "body",
        ["const a = 1\n  index = a\n  return a", "a()\n  insert(b)", "let a\n  const b = 2", "return\n  a"],
        ["a b", "a() b()", "const a = 1 const b = 2", "return a b"],
    )


def test_legality() -> None:
    check("body", ["await a;", "for await (const a of b) {}"], [], where="in_async")
    check("body", ["async () => { await a; };"], ["await a;", "yield a;", "for await (const a of b) {}"])
    check("body", ["continue;"], [], where="in_loop")
    check("body", ["break;"], ["continue;"], where="can_break")


def test_elements() -> None:
    check(
        "element",
        [
            "<a/>",
            "<A.B c='d' e={f} {...g} h />",
            "<>text {a} </>",
            "<ul>{list.map((a) => <li key={a}>{a}</li>)}</ul>",
            "<p>\n    It's &amp; more\n  </p>",
            "<svg:a xlink:href='x'></svg:a>",
        ],
        ["<a>", "<a", "<a b=>", "<a></>", "<a>{</a>", "<a b={}>", "a"],
    )


def test_other_parts() -> None:
    check("arguments", ["a, b", "...a", "(a) => b,"], ["", "a b", "a,,b"])
    check("parameters", ["a", "a = 1, { b }, ...c"], ["a b", "...a, b", "1"])
    check("pattern", ["{ a, b: { c = 1 }, ...d }", "[a, , b]"], ["1", "a.b", "{ a b }"])
    check("import", ["import a, { b as c } from 'x';", "import * as a from 'x'", "import 'x';"], ["import a", "a"])
    check("members", ["#a = 1;\n  get b() { return this.#a; }", "static async *f() {}"], ["a b", "if a"])


# not members: the compiler takes `[async a => b]` for an index signature of TypeScript
@pytest.mark.parametrize("kind", sorted(SPEC.start_rules.keys() - {"members"}))
def test_random_texts_are_parsed(kind: str) -> None:
    if not typescript_judge.available():
        pytest.skip(typescript_judge.HOW)
    # `await` is not legal in parameters, whatever is around
    in_async = kind != "parameters"
    legal = {"in_function": True, "in_async": in_async, "in_loop": True, "can_break": True}
    texts = random_texts(JAVASCRIPT, kind, legal, Layout("  ", "  ", "\n"), count=60, seed=7, budget=40)
    assert len(texts) > 15
    judge = JUDGES["javascript"]
    bad = [problem for problem in judge.problems([judge.placed(kind, text) for text in texts]) if problem]
    # a closing tag of another name is refused by the check in place
    wrong = [problem for problem in bad if "closing tag" not in problem]
    # the compiler reads `[async x => …]` in a class as an index signature of TypeScript's
    assert len(wrong) <= 2, wrong
