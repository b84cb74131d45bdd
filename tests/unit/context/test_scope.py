"""Names at a hole: which exist, what they are, how near they are."""

from __future__ import annotations

import pytest

from maze_lsp.context.holes import holes_at
from maze_lsp.context.scope import scope_at
from maze_lsp.context.types import Scope
from tests.unit.context.support import marked


def check(source: str, expected: str) -> Scope:
    """The names at the first hole of the cursor but for builtins: `name:kind` or `name`, nearest first."""
    snapshot, span = marked(source)
    hole = holes_at(snapshot, span)[0]
    scope = scope_at(snapshot, hole)
    named = [name for name in scope.names if name.kind != "builtin"]
    wanted = expected.split()
    assert [f"{name.name}:{name.kind}" if ":" in expected else name.name for name in named] == wanted
    for name in named:
        assert name.range.text(snapshot.text) == name.name
    return scope


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b\ndef f(x, *y, z=1, **k):\n    u = 1\n    ‸\n    v = 2\n",
         "u:local k:parameter z:parameter y:parameter x:parameter f:module a:import"),
        ("from m import n as o, p\nimport q as r\ndef f():\n    ‸\n", "f:module r:import p:import o:import"),
        ("def f():\n    ‸\n\nlater = 1\n", "f:module later:module"),
        ("early = 1\n‸\nlater = 2\n", "early:module"),
        ("class A:\n    attr = 1\n    def f(self):\n        ‸\n", "self:parameter A:module"),
        ("class A:\n    attr = 1\n    ‸\n    other = 2\n", "attr:local A:module"),
        ("def f(a):\n    b = 1\n    def g(c):\n        ‸\n    d = 1\n",
         "c:parameter g:enclosing b:enclosing a:enclosing d:enclosing f:module"),
    ],
)  # fmt: skip
def test_scopes_and_kinds(source: str, expected: str) -> None:
    check(source, expected)


@pytest.mark.parametrize(
    ("before", "names"),
    [
        ("a = b.c = 1", "a"),
        ("a, (b, *c), d.e = x", "c b a"),
        ("[a, b] = x", "b a"),
        ("a: int = 1", "a"),
        ("a += 1", "a"),
        ("for a, (b, c) in x: y", "c b a"),
        ("with x as a, y as (b, c): z", "c b a"),
        ("while (a := x()): y", "a"),
        ("print([a for b in c if (d := b)])", "d"),
        ("try: x\n    except E as a: y", "a"),
        ("match x:\n        case P(a, k=b) | [c, *d] as e: y\n        case {'k': f, **g}: y\n        case h.i: y",
         "g f e d c b a"),
        ("import a.b, c as d", "d a"),
        ("from .x import (a, b as c)", "c a"),
        ("def a(b): c = 1", "a"),
        ("class a: b = 1", "a"),
        ("type a = int", "a"),
        ("lambda a: a", ""),
        ("del a", ""),
        ("b.a = c[d] = 1", ""),
    ],
)  # fmt: skip
def test_what_binds_a_name(before: str, names: str) -> None:
    check(f"def host():\n    {before}\n    ‸\n    return 1\n", f"{names} host".strip())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = [‸ for a, b in c]\n", "a b"),
        ("x = {a: ‸ for a in c}\n", "a"),
        ("x = lambda a, *b: ‸\n", "b a x"),
        ("x = lambda a, b=1, **c: ‸\n", "c b a x"),
    ],
)
def test_names_of_comprehensions_and_lambdas(source: str, expected: str) -> None:
    snapshot, span = marked(source)
    scope = scope_at(snapshot, holes_at(snapshot, span)[0])
    assert {name.name for name in scope.names if name.kind != "builtin"} == set(expected.split())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a):\n    x = ‸\n", "a f"),
        ("def f(a):\n    x, (y, z) = ‸\n", "a f"),
        ("def f(a):\n    x = 1\n    x = ‸\n", "x a f"),
        ("def f(a):\n    for x in ‸:\n        pass\n", "a f"),
        ("x = y = ‸\n", ""),
    ],
)
def test_a_name_is_not_bound_in_its_own_value(source: str, expected: str) -> None:
    check(source, expected)


def test_global_and_nonlocal_names_are_those_of_outside() -> None:
    source = (
        "n = 1\ndef f():\n    m = 1\n    def g():\n        global n\n        nonlocal m\n        n = m = 2\n        ‸\n"
    )
    scope = check(source, "g m f n")
    assert {name.name: name.kind for name in scope.names}["n"] == "module"
    assert {name.name: name.kind for name in scope.names}["m"] == "enclosing"


def test_types_are_those_of_annotations() -> None:
    snapshot, span = marked("k: list[str] = []\ndef f(a: int, *b: float, c: str = '', d=1):\n    e: bytes\n    ‸\n")
    scope = scope_at(snapshot, holes_at(snapshot, span)[0])
    types = {name.name: name.type_text for name in scope.names if name.type_text}
    assert types == {"a": "int", "b": "float", "c": "str", "e": "bytes", "k": "list[str]"}


def test_a_star_import_leaves_names_unknown() -> None:
    assert not check("from m import *\ndef f():\n    ‸\n", "f").complete
    assert check("from m import n\ndef f():\n    ‸\n", "f n").complete


def test_builtins_come_last_and_can_be_shadowed() -> None:
    snapshot, span = marked("len = 1\ndef f():\n    ‸\n")
    scope = scope_at(snapshot, holes_at(snapshot, span)[0])
    kinds = [name.kind for name in scope.names]
    assert kinds == sorted(kinds, key=lambda kind: kind == "builtin")
    assert {name.name: name.kind for name in scope.names}["len"] == "module"
    assert "print" in {name.name for name in scope.names}


def test_names_in_a_large_class_are_those_of_a_small_one() -> None:
    """A large class is taken apart before it is parsed for the hole; that must not be seen."""
    methods = "".join(f"    def m{n}(self, a):\n        b{n} = a + {n}\n        return b{n}\n\n" for n in range(400))
    last = "    def last(self, 𝒳é: int):\n        y = 2\n        ‸\n"
    source = f"import os\n\nclass Big(Base):\n    x = 1\n{methods}{last}\nz = 3\n"
    check(source, "y:local 𝒳é:parameter self:parameter Big:module os:import z:module")
