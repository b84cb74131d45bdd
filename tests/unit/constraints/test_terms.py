"""Constraints on what code uses, in every language that has such things."""

from __future__ import annotations

from typing import Any

import pytest

from maze_lsp.constraints.compile import compile_hole
from maze_lsp.constraints.conjoin import conjoin
from maze_lsp.constraints.ir import ConstraintIR
from maze_lsp.constraints.reading import validated
from maze_lsp.constraints.terms import lacking, term_violation
from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes_at
from maze_lsp.context.types import HoleContext
from maze_lsp.errors import ConstraintError
from tests.unit.context.support import marked

FILES = {
    "python": ("file:///w/a.py", "def f(a):\n    ...‸\n"),
    "go": ("file:///w/a.go", 'package p\n\nfunc f(a int) int {\n\tpanic("TODO")‸\n}\n'),
    "javascript": ("file:///w/a.js", 'function f(a) {\n  throw new Error("not implemented");‸\n}\n'),
    "typescript": ("file:///w/a.ts", 'function f(a: number) {\n  throw new Error("not implemented");‸\n}\n'),
    "rust": ("file:///w/a.rs", "fn f(a: u8) -> u8 {\n    todo!()‸\n}\n"),
    "json": ("file:///w/a.json", '{"a": null‸}\n'),
}


def context_in(language: str) -> HoleContext:
    uri, source = FILES[language]
    snapshot, span = marked(source, uri, language)
    return derive(snapshot, holes_at(snapshot, span)[0])


def constraint(**said: Any) -> ConstraintIR:
    return validated(said, "mine")


def check(language: str, said: dict[str, Any], good: str, bad: str, words: str) -> None:
    context, one = context_in(language), constraint(**said)
    assert term_violation(context, good, [one]) == ""
    assert words in term_violation(context, bad, [one])
    assert lacking(context, [one]) == ()


NO_EVAL = {"must_not_use": {"calls": ["eval", "os.system"]}}


def test_calls() -> None:
    check(
        "python",
        NO_EVAL,
        "return evaluate(a)",
        "b = 1\n    return eval(a)",
        "line 2, column 12: `eval` may not be used",
    )
    check("python", NO_EVAL, "return system(a)", "return os.system(a)", "`os.system`")
    check("python", NO_EVAL, 'return "eval(a)"  # eval(a)', "return [eval(b) for b in a]", "`eval`")
    check("javascript", NO_EVAL, "return a;", "return eval(a);", "`eval`")
    check("typescript", {"must_not_use": {"calls": ["Function"]}}, "return a;", "return new Function(a);", "`Function`")
    check("go", {"must_not_use": {"calls": ["panic"]}}, "return a", 'panic("no")', "`panic`")
    check("rust", {"must_not_use": {"calls": ["unwrap_or", "panic"]}}, "a", 'panic!("no")', "`panic`")


def test_what_has_to_be_used() -> None:
    check("python", {"must_use": {"identifiers": ["a"]}}, "return a + 1", "return 1", "identifier `a` has to be used")
    check("go", {"must_use": {"identifiers": ["a"]}}, "return a", "return 1", "identifier `a` has to be used")


def test_imports_and_literals() -> None:
    check(
        "python",
        {"must_not_use": {"imports": ["requests"]}},
        "import requests_mock",
        "import requests.adapters",
        "requests",
    )
    check("python", {"must_not_use": {"imports": ["os"]}}, "import json as os2", "from os import path", "`os`")
    check("javascript", {"must_not_use": {"imports": ["fs"]}}, "return a;", 'const b = require("fs");', "`fs`")
    check("python", {"must_not_use": {"literals": ["admin", "42"]}}, "return 43", "return 'admin'", "`admin`")
    check("rust", {"must_not_use": {"literals": ["42"]}}, "43", "42", "`42`")


def test_what_stands_around_the_hole_does_not_count() -> None:
    snapshot, span = marked("x = eval('1')\n\n\ndef f(a):\n    ...‸\n\n\neval('2')\n")
    context = derive(snapshot, holes_at(snapshot, span)[0])
    assert term_violation(context, "return a", [constraint(**NO_EVAL)]) == ""


def test_a_language_without_such_terms_says_so() -> None:
    one = constraint(must_not_use={"calls": ["eval"]})
    assert lacking(context_in("json"), [one]) == ("`mine`: JSON has no calls, so that part of it means nothing here.",)


def test_it_is_a_part_of_the_conjunction() -> None:
    context = context_in("python")
    compiled = conjoin([constraint(**NO_EVAL, max_length=80)], compile_hole(context))
    assert [(part.name, part.enforcement) for part in compiled.parts][-2:] == [
        ("mine", "check"),
        ("mine: must_not_use", "check"),
    ]
    with pytest.raises(ConstraintError, match="speaks of code"):
        conjoin([constraint(**NO_EVAL)])


def test_token_masks_are_refused_rather_than_ignored() -> None:
    masks = {"forbidden_tokens": [1], "tokenizer": "o200k"}
    with pytest.raises(ConstraintError, match="Token masks"):
        conjoin([constraint(token_masks=masks)])
