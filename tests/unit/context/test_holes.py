"""Holes: what is offered at a cursor or a selection, and what counts as still to be written."""

from __future__ import annotations

import pytest

from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.inplace import problems
from maze_lsp.context.types import Hole
from tests.unit.context.support import marked, snapshot_of


def check(source: str, *expected: str) -> Hole | None:
    """The first holes at the cursor, each as `kind`, or `kind:text that is replaced`."""
    snapshot, span = marked(source)
    found = holes_at(snapshot, span)
    shown = [
        f"{hole.kind}:{hole.range.text(snapshot.text)}" if ":" in want else hole.kind
        for hole, want in zip(found, expected, strict=False)
    ]
    assert shown == list(expected), found
    if not expected:
        assert found == ()
    return found[0] if found else None


def filled(source: str, text: str) -> str:
    """The file with the first hole at the cursor filled; the text has to fit there."""
    snapshot, span = marked(source)
    hole = holes_at(snapshot, span)[0]
    new = hole.lead + text
    assert problems(snapshot, hole.range, new) == ()
    return snapshot.text[: hole.range.start] + new + snapshot.text[hole.range.end :]


def all_of(source: str, uri: str = "file:///work/sample.py") -> list[tuple[str, str, bool]]:
    snapshot = snapshot_of(source, uri)
    return [(hole.kind, hole.marker, hole.bulk) for hole in holes(snapshot)]


@pytest.mark.parametrize("marker", ["...", "pass", "raise NotImplementedError", 'raise NotImplementedError("x")'])
@pytest.mark.parametrize("template", ["def f(a):\n    {}‸\n", "def f‸(a):\n    {}\n", "def f(a):\n‸    {}\n"])
def test_a_body_that_is_a_marker_is_offered_anywhere_in_its_function(marker: str, template: str) -> None:
    hole = check(template.format(marker), f"body:{marker}")
    assert hole is not None
    assert (hole.indent, hole.unit, hole.lead, hole.marker, hole.bulk) == ("    ", "    ", "", marker, True)


def test_the_docstring_stays() -> None:
    check('def f(a):\n    """Do‸c."""\n    pass\n', "body:pass", 'docstring:"""Doc."""')


def test_a_todo_belongs_to_the_marker_beside_it() -> None:
    check("def f():\n    # TODO: sort\n    #   twice\n    pass‸\n", "body:# TODO: sort\n    #   twice\n    pass")
    check("def f():\n    ...  # TODO: sort‸\n", "body:...  # TODO: sort")


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("def f():‸\n", "return 1", "def f():\n    return 1\n"),
        ("def f():\n    ‸\n", "return 1", "def f():\n    return 1\n"),
        ("def f():\n‸", "return 1", "def f():\n    return 1\n"),
        ("def f(): ...‸\n", "x = 1\n    return x", "def f():\n    x = 1\n    return x\n"),
        ("class A: pass‸\n", "x = 1", "class A:\n    x = 1\n"),
        ("if a: pass‸\nelse: pass\n", "b()", "if a:\n    b()\nelse: pass\n"),
        ("for a in b:‸\n", "b()", "for a in b:\n    b()\n"),
        ("def f():  # note‸\n", "", None),
        ("def f‸():  # note\n", "return 1", "def f():  # note\n    return 1\n"),
        ("def f():\n    # First a.‸\n", "", None),
        ("def f‸():\n    # First a.\n\nx = 1\n", "return 1", "def f():\n    # First a.\n    return 1\n\nx = 1\n"),
        ("def f():\n    # TODO: a‸\n\nx = 1\n", "return 1", "def f():\n    return 1\n\nx = 1\n"),
        ('def f():\n    """Doc."""\n‸', "return 1", 'def f():\n    """Doc."""\n    return 1\n'),
        ('def f():\n    """Doc."""\n    ‸', "return 1", 'def f():\n    """Doc."""\n    return 1'),
        ("class A:\n    def f(self):‸\n    def g(self):\n        return 1\n", "return 2",
         "class A:\n    def f(self):\n        return 2\n    def g(self):\n        return 1\n"),
        ("def f():\r\n\tif a:\r\n\t\tb()\r\n\r\ndef g():‸\r\n", "c()",
         "def f():\r\n\tif a:\r\n\t\tb()\r\n\r\ndef g():\r\n\tc()\r\n"),
    ],
)  # fmt: skip
def test_a_missing_or_inline_body_is_filled_on_lines_of_its_own(source: str, text: str, expected: str | None) -> None:
    if expected is None:
        check(source)  # in an ordinary comment
    else:
        assert filled(source, text) == expected


def test_indentation_is_the_files_own() -> None:
    hole = check("def f():\n\tif x:\n\t\ty()\n\t\t‸\n\treturn 1\n", "statements")
    assert hole is not None
    assert (hole.indent, hole.unit) == ("\t\t", "\t")
    hole = check("def f():\n  if x:\n    ‸\n", "statements")
    assert hole is not None
    assert (hole.indent, hole.unit) == ("    ", "  ")


def test_an_empty_line_takes_statements_and_the_body_comes_last() -> None:
    check("def f(a):\n    x = 1\n    ‸\n    return x\n", "statements:", "body:x = 1\n    \n    return x")
    assert (
        filled("def f(a):\n    x = 1\n‸\n    return x\n", "y = 2") == "def f(a):\n    x = 1\n    y = 2\n    return x\n"
    )


def test_an_empty_line_between_blocks_keeps_the_code_behind_it_in_place() -> None:
    source = "def f(a):\n    if a:\n        x = 1\n‸\n    else:\n        x = 2\n"
    assert filled(source, "y = 2").startswith("def f(a):\n    if a:\n        x = 1\n        y = 2\n    else:")


def test_an_empty_line_below_a_function_can_be_either() -> None:
    snapshot, span = marked("def f(a):\n    x = 1\n‸\n\ndef g(): return 1\n")
    assert [(hole.indent, hole.lead) for hole in holes_at(snapshot, span)] == [("", ""), ("    ", "    ")]


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("def f(a):\n    x = ‸\n    return x\n", ("expression:",)),
        ("def f(a):\n    return ‸\n", ("expression:",)),
        ("def f(a):\n    g(‸)\n", ("arguments:", "expression:")),
        ("def f(a):\n    g(‸\n\ny = 1\n", ("arguments:", "expression:")),
        ("def f(a):\n    g(a, ‸)\n", ("expression:",)),
        ("def f(a: ‸):\n    return a\n", ("type:",)),
        ("def f(a) -> ‸:\n    return a\n", ("type:",)),
        ("x: ‸ = 1\n", ("type:",)),
        ("if ‸:\n    x = 1\n", ("expression:",)),
        ("x = [a for a in ‸]\n", ("expression:",)),
        ("x = f'{‸}'\n", ("expression:",)),
        ("x = a + ‸\n", ("expression:",)),
        ("x = ...‸\n", ("expression:...",)),
        ("class A:\n    def f(self):\n        return self.x + (‸\n\n    def g(self): ...\n", ("expression:",)),
    ],
)
def test_an_empty_slot_is_an_expression_arguments_or_a_type(source: str, kinds: tuple[str, ...]) -> None:
    check(source, *kinds)


def test_a_word_that_has_been_begun_is_a_typed_prefix() -> None:
    snapshot, span = marked("def f(va):\n    return 1 + va‸\n")
    begun = [hole for hole in holes_at(snapshot, span) if hole.typed_prefix]
    assert [(hole.kind, hole.typed_prefix, hole.range.text(snapshot.text)) for hole in begun] == [
        ("expression", "va", "va")
    ]


@pytest.mark.parametrize(
    "source",
    [
        "# an ordi‸nary comment\nx = 1\n",
        "x = 1  # behind code‸\n",
        "x = 'a‸b'\n",
        "x = '''a\n‸\nb'''\n",
        "def f():\n    # pass the ‸...\n    return 1\n",
        "x = f'a‸b{c}'\n",
    ],
)
def test_nothing_in_comments_and_strings(source: str) -> None:
    check(source)


def test_a_todo_among_statements_is_a_hole() -> None:
    hole = check("def f():\n    x = 1\n    # TODO(me): double x‸\n    return x\n", "statements:# TODO(me): double x")
    assert hole is not None
    assert hole.marker == "# TODO(me): double x"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    «x = 1\n    y = 2»\n    return 3\n", "statements:x = 1\n    y = 2"),
        ("def f():\n«    x = 1\n    y = 2\n»    return 3\n", "statements:x = 1\n    y = 2"),
        (
            "def f():\n    x «= a\n    if y:\n        z» = 1\n    return 3\n",
            "statements:x = a\n    if y:\n        z = 1",
        ),
        ("def f():\n    «x = 1\n    return 2»\n", "body:x = 1\n    return 2"),
        ("x = (a + «b(c)») * 2\n", "expression:b(c)"),
        ("x = g(«a, b=1»)\n", "arguments:a, b=1"),
        ("def f(a: «int»):\n    return a\n", "type:int"),
        ("x = «'text'»\n", "expression:'text'"),
        ("«if a:\n    b()\nelse:\n    c()\n»", "statements:if a:\n    b()\nelse:\n    c()"),
    ],
)
def test_a_selection_is_widened_to_whole_nodes(source: str, expected: str) -> None:
    check(source, expected)


@pytest.mark.parametrize(
    ("source", "kind", "marker"),
    [
        ("def f():\n    «...»\n", "body", "..."),
        ("x = «...»\n", "expression", "..."),
        ("def f():\n    «# TODO: sort\n    pass»\n", "body", "# TODO: sort\n    pass"),
        ("def f():\n    g()\n    «raise NotImplementedError»\n", "statements", "raise NotImplementedError"),
    ],
)
def test_a_marker_that_is_selected_is_still_a_marker(source: str, kind: str, marker: str) -> None:
    hole = check(source, kind)
    assert hole is not None
    assert hole.marker == marker


def test_a_selection_inside_a_comment_is_nothing_and_inside_a_string_its_contents() -> None:
    check("x = 'some «words» here'\n", "string:some words here")
    check("x = f'some «words» here'\n")
    check("# some «words» here\nx = 1\n")


def test_markers_of_a_file_in_order() -> None:
    source = (
        "def a(): ...\n\ndef b():\n    x = ...\n    # TODO: more\n    return x\n\n"
        "def c():\n\ndef d():\n    '''Only said.'''\n\nx = a[...]\ny: tuple[int, ...] = (1,)\n"
    )
    assert all_of(source) == [
        ("body", "...", True),
        ("expression", "...", True),
        ("statements", "# TODO: more", True),
        ("body", "", True),
        ("body", "", False),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "class P(Protocol):\n    def f(self) -> int: ...\n",
        "class P(typing.Protocol[T]):\n    @property\n    def f(self) -> int:\n        '''Doc.'''\n        ...\n",
        "class A(ABC):\n    @abstractmethod\n    def f(self):\n        pass\n",
        "class A(ABC):\n    @abc.abstractmethod\n    def f(self):\n        raise NotImplementedError\n",
        "@overload\ndef f(a: int) -> int: ...\n",
        "class E(Exception):\n    pass\n",
        "class E(Exception):\n    '''Doc.'''\n    pass\n",
        "try:\n    a()\nexcept E:\n    pass\n",
    ],
)
def test_markers_that_belong_are_offered_but_never_in_bulk(source: str) -> None:
    assert [bulk for _, _, bulk in all_of(source)] == [False]


def test_stubs_belong() -> None:
    assert all_of("def f() -> int: ...\n", "file:///work/sample.pyi") == [("body", "...", False)]


def test_a_marker_inside_broken_code() -> None:
    check("def g(a):\n    x = = 2\n\ndef f(a):\n    ...‸\n", "body:...")
    check("def g(:\n    x = = 2\n\ndef f(a):\n    ...‸\n", "statements:...")
    check("x = (1,\n\ndef f(a):\n    ...‸\n    return 1\n", "statements:...")
