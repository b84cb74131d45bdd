"""The Python grammar: tables of what it accepts and refuses. True code in bulk is in benchmarks/holes.py."""

from __future__ import annotations

import ast
import random
import sys

import pytest

from maze_lsp.grammar import emit_hole
from maze_lsp.grammar.derive import Deriver
from maze_lsp.grammar.family import plain_rules
from maze_lsp.grammar.passes.lines import Layout, spelled
from tests.unit.grammar.support import PYTHON, accepts, fits


def check(yes: str, no: str, start: str = "statement", where: str = "in_function") -> None:
    """Every line of `yes` fits, none of `no` does; `↵` is a line end, `»` one level."""
    for wanted, lines in ((True, yes), (False, no)):
        for line in filter(None, map(str.strip, lines.splitlines())):
            text = line.replace("↵", "\n    ").replace("»", "    ")
            assert fits(text, start, where=where) == wanted, f"{text!r} should {'' if wanted else 'not '}fit"


def test_assignment() -> None:
    check(
        """
        x = 1
        x = y = z
        x, *y = z
        (x, y), [z, *w] = a
        x.y = x[0] = f().z
        x: int
        x.y: int = 1
        x += yield
        x //= 2
        x: Callable[[int], str] = lambda a: a
        () = x
        """,
        """
        f() = 1
        1 = x
        x + 1 = 2
        x + y += 1
        None = 1
        x, y += 1
        x, y: int
        (*x) = y
        x = = 1
        lambda: x = 1
        x = y += 1
        """,
    )


def test_expressions() -> None:
    check(
        """
        a if b else c
        not a in b
        a not in b is not c
        -a ** -b
        a<b<=c==d!=e
        lambda *, a, b=1, **k: a
        lambda: (yield)
        [x for x in y if x if not x for z in x]
        {**a, 'b': c}
        {*a, b}
        {k: v for k, v in x}
        (x for x in y)
        x[1:2, ::3, ...]
        x[a:=1]
        f(a, *b, c=1, *d, **e, f=2)
        f(x for x in y)
        f(a := 1)
        (a := 1)
        print(a, end='')
        a.b.c[d](e).f
        1_000 + 0x_ff + 1e-5 + 1.5j + .5 + 5. + 00
        'a' "b" r'\\d' f'{c}'
        b'a' rb'b'
        a if(b)else c
        a@b
        x[*a]
        type.match.case._
        """,
        """
        a if b
        a + not b
        not
        01
        1_
        a b
        f(a=1, b)
        f(**a, *b)
        f(x for x in y, 1)
        f(a.b=1)
        {a: b, c}
        {**a, b}
        [x for x in a if b else c]
        a := 1
        lambda a=1, b: a
        lambda *: a
        'a' b'b'
        'a
        '\\x4'
        (*a)
        *a
        return x = 1
        x..y
        a ? b
        a++
        x[]
        else
        print 1
        """,
    )


def test_white_space_around_words() -> None:
    check(
        """
        return(x)
        return x
        notx
        not(x)
        (a)in b
        "a"if b else"c"
        x=1;y=2;
        x   =   1
        assert(x)
        """,
        """
        returnx = = 1
        a inb
        (a)inb
        x if yelse z
        importos a
        x=1 y
        """,
    )


def test_f_strings() -> None:
    check(
        """
        f''
        f""
        f"{x}"
        f'{x!r:>{width}}'
        f"{x=}"
        f"{x:%Y-%m-%d}"
        f"{{}}{a['b']}"
        f'{", ".join(x for x in y)}'
        rf"\\d{x}\\."
        f"{a if b else c}"
        f"{a != b}"
        f"{x:{y}.{z}f}"
        """,
        """
        f"{}"
        f"{x"
        f"}"
        f"{x!z}"
        f"{a["b"]}"
        f"{a['\\n']}"
        f"{lambda: x}"
        f'{x!r }'
        f"{x:{y:{z}}}"
        """,
    )
    assert fits('f"""\n{a["b"]} "x" ""\n"""')


def test_simple_statements() -> None:
    check(
        """
        pass
        del a, b[0], (c, d.e)
        raise X from None
        assert a, b
        global a, b
        nonlocal a
        import a.b as c, d
        from . import a
        from ...a.b import (c as d, e,)
        from a import *
        return
        return *a, b
        yield
        yield a, b
        yield from a
        x = yield
        """,
        """
        del f()
        del a + b
        raise from x
        global a.b
        import a.b.
        import *
        from a import (*)
        from import a
        from a import b,
        return = 1
        pass 1
        class = 1
        """,
    )


def test_compound_statements() -> None:
    check(
        """
        if a:↵»b↵elif c: d↵else:↵»e
        while a:↵»break↵else:↵»pass
        for a, *b in c, d:↵»continue
        for x in *a, b: pass
        try:↵»a↵except X:↵»b↵except (Y, Z) as e:↵»c↵except:↵»d↵else:↵»e↵finally:↵»f
        try:↵»a↵except* X as e:↵»b
        try: a↵finally: b
        with a as b, c() as (d, e): pass
        with (a as b, c,): pass
        with (a, b) as c: pass
        @a.b(c)↵@d↵def f(): pass
        def f(a, b: int = 1, /, c=2, *args: int, d, e=3, **k) -> int:↵»return a
        def f(*, a): ...
        class A(B, metaclass=C):↵»x: int = 1↵↵»def f(self):↵»»return 1
        async def f():↵»async with a as b:↵»»await b↵»async for x in y: pass↵»return [x async for x in y]
        if a:↵»b↵↵»# c↵↵↵»d
        """,
        """
        if a:↵b
        if a:
        if a:↵»»»b
        if a:↵  b
        else:↵»a
        try:↵»a
        try:↵»a↵except:↵»b↵except X:↵»c
        try:↵»a↵except X:↵»b↵except* Y:↵»c
        try:↵»a↵else:↵»b
        for f() in x: pass
        for x + 1 in y: pass
        with a as f(): pass
        with a as 1: pass
        @a
        def f(a=1, b): pass
        def f(*): pass
        def f(**k, a): pass
        def f(*a, *b): pass
        def f(/, a): pass
        def f(a, a.b): pass
        class A: return
        def f(): break
        if a: if b: pass
        """,
    )


def test_match() -> None:
    check(
        """
        match x:↵»case 1: pass
        match (x):↵»case [a, *_, b] if a: pass↵»case _: pass
        match x, *y:↵»case {"a": 1, **rest} | None: pass
        match f"{x}".y():↵»case A(b, c=D.E) as f: pass
        match -x:↵»case -1 | 2.5 | 1+2j | 'a' 'b': pass
        match = 1
        match[x] = case
        match(x, y)
        case.x = match
        print(match, case, type, _)
        _, x = y
        """,
        """
        match x: case 1: pass
        match x:↵»pass
        match x:↵»case a + b: pass
        match x:↵»case f"{x}": pass
        match x:↵»case A(b=1, c): pass
        match x:↵»case a as _: pass
        match x:↵»case a.b(): pass↵case 1: pass
        """,
    )


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("return x", "in_function"),
        ("yield", "in_function"),
        ("await x", "in_async"),
        ("async with a: pass", "in_async"),
        ("break", "in_loop"),
        ("continue", "in_loop"),
    ],
)
def test_legality(text: str, flag: str) -> None:
    assert fits(text, "statement", where=flag)
    assert fits(text, "statement", where="any")
    others = {"in_function", "in_async", "in_loop"} - {flag}
    assert not fits(text, "statement", where=" ".join(others))


def test_legality_is_reset_by_definitions() -> None:
    everywhere = "in_function in_async in_loop"
    assert not fits("def f():\n        await x", "statement", where=everywhere)
    assert not fits("def f():\n        break", "statement", where=everywhere)
    assert not fits("class A:\n        return", "statement", where=everywhere)
    assert fits("class A:\n        def f(): return", "statement", where="")
    assert fits("for x in y:\n        if x: break", "statement", where="")
    assert not fits("for x in y:\n        def f(): break", "statement", where="")


def test_lines_and_continuations() -> None:
    assert fits("x = [\n    1,  # one\n\n        2,\n    ]", "statement")
    assert fits("x = 1 + \\\n  2", "statement")
    assert fits("x = (1 +\n    2)", "statement")
    assert not fits("x = 1 +\n2", "statement")
    assert fits('x = """a\nb"""', "statement")
    # the parser that looks at the text in place takes an operand that is indented less for the end of the block
    assert not fits("x = (1 +\n2)", "statement")
    assert not fits("x = (1 +\n  # two\n    2)", "statement")
    assert fits("x = (1 +\n2)", "statement", indent="")
    assert not fits('x = "a\nb"', "statement")
    assert fits("x  # y\n\n\n    # z\n    w", "body")


@pytest.mark.parametrize("text", ["x\n", "x ", "x  # y", "x\n    ", " x", "# y\n    x", ""])
def test_texts_begin_and_end_visibly(text: str) -> None:
    assert not fits(text, "body")


@pytest.mark.parametrize("unit", ["  ", "    ", "\t", "   "])
@pytest.mark.parametrize("indent", ["", "\t", "      "])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_indentation_and_line_ends(indent: str, unit: str, eol: str) -> None:
    lines = ["while x:", f"{indent}{unit}if y:", f"{indent}{unit}{unit}break", f"{indent}else:", f"{indent}{unit}z"]
    assert fits(eol.join(lines), "body", indent=indent, unit=unit, eol=eol)
    assert not fits(eol.join([*lines[:2], indent + unit + "b"]), "body", indent=indent, unit=unit, eol=eol)


def test_as_many_levels_as_people_write() -> None:
    def nested(head: str, depth: int) -> str:
        return "".join(f"{head}:\n{'    ' * (n + 2)}" for n in range(depth)) + "b"

    assert fits(nested("if a", 6), "body")
    assert fits(nested("while a", 7), "body")
    assert not fits(nested("while a", 8), "body")
    assert fits(nested("class A", 5), "body")


def test_start_rules() -> None:
    check("a, *b, c=1, **d\nf(x) for x in y".splitlines()[0], "a, b c\na; b\n)", "arguments")
    check(
        "int\nx.Y[int, ...] | None\n'Later'\nCallable[[int], str]\nLiteral[1, 'a']", "int =\na b\nlambda: x\nx:", "type"
    )
    check("def f(): pass\nclass A: pass\n@a↵def f(): pass\nasync def f(): await x", "x = 1\nif a: pass", "declaration")
    check('"""What it does."""\nr"""\\d"""\n"""a "b" c"""', '\'a\'\nf"""a"""\n"""a\nx', "docstring")
    check("a\n(a, b)\nlambda: x\nawait_", "a, b\na := 1\na = 1\nawait x", "expression")


def test_expressions_inside_brackets_may_break_lines() -> None:
    assert fits("a +\n    b", "expression", inside=True)
    assert not fits("a +\nb", "expression", inside=False)


def test_only_ascii_identifiers_are_generated_but_any_text() -> None:
    assert not fits("é = 1", "statement")
    assert fits("x = 'é😀'  # ü\n    y", "body")


def test_names_in_scope() -> None:
    names = frozenset({"self", "print", "größe"})
    assert fits("x = print(self.anything, größe, sep=self)", "statement", names=names)
    assert not fits("x = prin", "statement", names=names)
    assert not fits("return other", "statement", names=names)


@pytest.mark.parametrize("kind", ["body", "expression", "arguments", "declaration"])
def test_random_texts_of_the_grammar_are_python(kind: str) -> None:
    """Seeded derivations that the byte matcher accepts; all of them parse. More of them in benchmarks/sound.py."""
    legal = {"in_function": True, "in_async": True, "in_loop": True}
    plain = plain_rules(PYTHON, kind, tuple((flag, legal[flag]) for flag in PYTHON.flags), False, False).grammar
    layout = Layout("        ", "    ", "\n")
    deriver = Deriver(plain, lambda terminal: spelled(plain, terminal, layout), random.Random(7), budget=40)
    lark = emit_hole(PYTHON, start=kind, indent="        ", unit="    ", enclosing=legal)
    form = {"expression": "y = {}", "arguments": "y({})"}.get(kind, "{}")
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 5000))
    kept = 0
    for _ in range(200):
        text = deriver.text(kind)
        if accepts(lark, text):
            kept += 1
            ast.parse("async def f():\n    while x:\n        " + form.replace("{}", text) + "\n")
    assert kept >= 50


def test_stars_that_the_parser_in_place_takes() -> None:
    check(
        """
        return *a, b
        x = *a.b(c), d
        for *x.y, z in *b, c: pass
        x[*a, 1]
        f(*-a, *[1], *b or c)
        [*[1], *-a]
        """,
        """
        return *-a,
        x = *[1], 2
        x[*-a]
        for *(), in b: pass
        for *f(), in b: pass
        """,
        "body",
    )
