"""What may be generated in TypeScript and TSX, beside what they have of JavaScript."""

from __future__ import annotations

import pytest

from benchmarks import typescript_judge
from benchmarks.judges import JUDGES
from maze_lsp.grammar import load
from maze_lsp.grammar.passes.lines import Layout
from maze_lsp.languages.tsx.spec import SPEC as TSX_SPEC
from maze_lsp.languages.typescript.spec import SPEC
from tests.unit.grammar.support import fits, random_texts

TYPESCRIPT = load(SPEC)
TSX = load(TSX_SPEC)


def check(start: str, yes: list[str], no: list[str], where: str = "in_function", **more: object) -> None:
    options = {"grammar": TYPESCRIPT, "where": where, "indent": "  ", "unit": "  ", **more}
    assert [text for text in yes if not fits(text, start, **options)] == []  # type: ignore[arg-type]
    assert [text for text in no if fits(text, start, **options)] == []  # type: ignore[arg-type]


def test_types() -> None:
    check(
        "type",
        [
            "string",
            "a.B.C<D, E[]>[]",
            "A | (B & C)[] | null",
            "| 'a'\n  | -1\n  | `x${string}-${A extends B ? C : D}`",
            "[a: string, b?: number, ...rest: C[]] | readonly [A?, ...B[]]",
            "keyof typeof a.b.default",
            "typeof import('x').y",
            "import('x').Y<Z>['a' | 'b']",
            "unique symbol",
            "Array<Array<Map<A, B>>>",
        ],
        ["", "a b", "A |", "A<>", "A<B", "[", "a?.b", "string]", "=> A", "A[1 + 2]", "if", "A\n[B]"],
    )


def test_what_begins_a_type_is_no_type() -> None:
    check("type", ["[infer: A, unique?: B]", "asserts", "is<A>"], ["keyof", "readonly<A>", "unique.a", "() => infer"])


def test_types_of_functions() -> None:
    check(
        "type",
        [
            "() => void",
            "(a, b?: C, ...rest: D[]) => (e: F) => G",
            "<T extends A = B>(this: T, { a, b: c }: C) => asserts a is T",
            "(x: unknown) => x is A",
            "abstract new (...args: any) => A",
            "new <const T, U>() => T",
            "(() => A)[]",
            "(a)",
        ],
        ["(a: B)", "(a?)", "(a) =>", "new () ", "(a: B = c) => D", "<T>", "x is A", "asserts x"],
    )


def test_conditional_types() -> None:
    """`infer` stands in what a type is compared with, and nowhere else."""
    check(
        "type",
        [
            "A extends B ? C : D",
            "A extends (infer U extends string)[]\n    ? U\n    : A extends () => infer R ? R : never",
            "{ a: A } extends B ? keyof C : D",
        ],
        ["A extends B", "A extends B ? C", "A\n  extends B ? C : D", "A ? B : C", "infer U"],
    )


def test_object_types() -> None:
    check(
        "type",
        [
            "{}",
            "{ a: A; b?: B, readonly c: C }",
            "{\n    a: A\n    'b'(c: C): D\n    new (): E;\n    <T>(t: T): t is F\n    get g(): G\n    set g(x)\n  }",
            "{ [key: string]: A; readonly [k: number]: B; [Symbol.iterator](): C; [d]?: D }",
            "{ readonly: A; get: B; set(): C; new: D; type?: E }",
            "{\n    // words\n    a: A // more\n\n    /** Words. */\n    b: B\n  }",
            "{ [K in keyof T]: T[K] }",
            "{ -readonly [K in A as `get${K}`]+?: B; }",
        ],
        ["{ a: A b: B }", "{ a: }", "{ [K in A; B] }", "{ a = 1 }", "{ ...a }", "{ [a]?: A ", "{ [k: A]?: B }"],
    )


def test_type_arguments_and_comparisons() -> None:
    """`<` without a blank before it opens type arguments, or compares with a name or a number."""
    check(
        "expression",
        [
            "f<T>(x)",
            "f<Map<A, B[]>>()",
            "new Map<string, () => void>()",
            "a?.b<T>()",
            "sql<T>`a ${b}`",
            "f<T>",
            "a < b",
            "a<b && c<1",
            "a < b > (c)",
            "a >>> b >= c",
        ],
        ["f<>()", "f<T[]", "f<T>.b", "a < ", "a<b[]", "f<1 + 2>()"],
    )


def test_casts() -> None:
    check(
        "expression",
        [
            "x as A | B",
            "x as unknown as A",
            "[1] as const",
            "f(x) satisfies A[]",
            "x!.y![0]!()",
            "<A>x",
            "(x as A) | 0",
            "x as A && y",
        ],
        ["x as", "x asA", "x\n  as A", "x as 1 + 2 3", "x! !"],
    )
    check("expression", ["x as A"], ["<A>x"], grammar=TSX)


def test_arrow_functions() -> None:
    check(
        "expression",
        [
            "(a: A, b?: B, { c }: C = {}, ...d: D[]): a is E => a",
            "<T extends A>(x: T) => x",
            "async <T>(x: T): Promise<T> => {}",
            "(): void => {}",
            "a ? (b) : (c)",
            "a ? (b) : c => d",
            "a ? (b): c => d : e",
        ],
        ["(a: A)", "(a?)", "(a): B", "<T>(a: A)", "a: A => b"],
    )
    check("expression", ["<T,>(x: T) => x", "<T extends A>(x: T) => x"], ["<T>(x: T) => x"], grammar=TSX)


def test_declarations() -> None:
    check(
        "declaration",
        [
            "interface A<in out T = B> extends C, D.E<F> {\n  a: A\n}",
            "type A<T> = B | C",
            "export type A = B;",
            "const enum A {\n  B = 1 << 2,\n  'c',\n}",
            "export declare const a: A, b = 1",
            "declare module 'a' {\n  export function f(a: A): B\n}",
            "namespace A.B {\n  export const c = 1\n}",
            "declare global {\n  interface A {}\n}",
            "export default abstract class A<T> extends B<T> implements C, D {}",
            "function f(a: string): void",
            "export async function f<T>(this: A, a: T): Promise<B> {}",
            "let a: A | undefined, b!: B",
            "export { type A, b as c } from 'd'",
            "export = a",
        ],
        [
            "interface A = B",
            "type A",
            "enum A { B: 1 }",
            "namespace {}",
            "const a: A",
            "export type",
            "type A =",
            "declare x",
        ],
        where="",
        indent="",
    )
    check("statement", ["type A = B", "interface A {}", "enum A {}"], ["namespace A {}", "declare const a: A"])


def test_classes() -> None:
    check(
        "members",
        [
            "a: A;\n  private readonly b?: B = 1\n  static #c!: C",
            "constructor(private a: A, readonly b?: B, c = 1) { super() }",
            "f(a: string): void;\n  f(a: number): void\n  f(a: any) {}",
            "abstract f(): A;\n  abstract get g(): G",
            "@a @b.c(d) protected async *f<T>(): D {}",
            "[key: string]: A",
            "static { f() }",
            "declare a: A\n  override b = () => {}\n  accessor c = 1",
        ],
        ["a: A b: B", "a:", "const a = 1", "constructor(a", "readonly x: "],
        where="in_class",
    )


def test_properties_among_parameters() -> None:
    check(
        "parameters",
        ["private readonly a: A = b, { c }: C", "@A() public a?: B", "override, readonly"],
        ["private\n  a: A", "private { a }: A"],
    )


def test_members_of_an_interface() -> None:
    check(
        "members",
        ["a: A\n  b?(): B;", "new (a: A): B", "/** Words. */\n  a: A"],
        ["a = 1", "f() {}", "a: A b: B"],
        where="",
    )


def test_imports() -> None:
    check(
        "import",
        [
            "import type { A } from 'a'",
            "import { type A, b as c } from 'a';",
            "import a = require('a')",
            "import type A from 'a'",
        ],
        ["import type", "import { type } from", "import a = ", "import a from b"],
        where="",
    )


def test_a_line_end_ends_a_statement_behind_a_type() -> None:
    check("body", ["let a: A\n  [b] = c", "type A = B\n  (c as D).e()", "let a: A\n    | B"], ["let a: A [b]"])


def test_elements_of_tsx() -> None:
    check(
        "expression",
        ["<A<T> b={(c: C) => d as D}>{e}</A>", "<></>"],
        ["<A", "<A>", "<A<<T>() => U>/>"],
        grammar=TSX,
    )


def test_references_can_be_restricted() -> None:
    check("expression", ["a.other as Other"], ["b + a"], names=frozenset({"a"}))


@pytest.mark.parametrize("kind", ["body", "expression", "type", "declaration", "members"])
def test_random_texts_of_the_grammar_are_typescript(kind: str) -> None:
    if not typescript_judge.available():
        pytest.skip(typescript_judge.HOW)
    legal = dict.fromkeys(("in_function", "in_async", "in_loop", "can_break"), True)
    texts = random_texts(TYPESCRIPT, kind, legal, Layout("    ", "  ", "\n"), count=60)
    assert len(texts) > 40
    judge = JUDGES["typescript"]
    bad = [(text, judge.problem(judge.placed(kind, text))) for text in texts if judge.problem(judge.placed(kind, text))]
    assert len(bad) <= 1, bad  # what the grammar leaves open is said in its folder
