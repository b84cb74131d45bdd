"""Holes in JSON files: empty places, markers, and what is supplied around them."""

from __future__ import annotations

import pytest

from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes, holes_at
from maze_lsp.context.inplace import problems
from maze_lsp.context.prompt import build_prompt
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import Snapshot
from maze_lsp.languages import by_id, by_path
from maze_lsp.languages.json.spec import SPEC
from maze_lsp.text import Span


def opened(source: str) -> Snapshot:
    return open_snapshot("file:///work/x.json", 1, SPEC, source)


def check(source: str, kind: str, text: str, expected: str) -> None:
    """The first hole at the cursor or selection, and the file with a text in it."""
    at = source.index("‸") if "‸" in source else source.index("«")
    end = source.index("»") - 1 if "»" in source else at
    snapshot = opened(source.translate({ord(mark): None for mark in "‸«»"}))
    found = holes_at(snapshot, Span(at, end))
    assert found, "no hole"
    hole = found[0]
    assert hole.kind == kind, found
    new = hole.around(text)
    assert snapshot.text[: hole.range.start] + new + snapshot.text[hole.range.end :] == expected
    assert problems(snapshot, hole.range, new) == ()
    assert derive(snapshot, hole).scope.names == ()


def test_the_language_of_a_file() -> None:
    assert by_path("x/package.json") is by_path("y.webmanifest") is by_id("json") is by_id("jsonc") is SPEC


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"a": ‸}', '{"a": 1}'),
        ('{"a": ‸, "b": 2}', '{"a": 1, "b": 2}'),
        ('{\n  "a": ‸\n}\n', '{\n  "a": 1\n}\n'),
        ('{"a": ‸', '{"a": 1'),
        ("[0, ‸]", "[0, 1]"),
        ("[0, ‸, 2]", "[0, 1, 2]"),
        ("‸", "1"),
        ("\n‸\n", "\n1\n"),
        ('{"a": tr‸}', '{"a": 1}'),
    ],
)
def test_an_empty_value(source: str, expected: str) -> None:
    check(source, "value", "1", expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{‸}", '{"a": 1}'),
        ('{"b": {‸}}', '{"b": {"a": 1}}'),
        ("{\n  ‸\n}", '{\n  "a": 1\n}'),
        ('{"b": 2, ‸}', '{"b": 2, "a": 1}'),
        ('{\n  "b": 2,\n  ‸\n}', '{\n  "b": 2,\n  "a": 1\n}'),
    ],
)
def test_members_of_an_object(source: str, expected: str) -> None:
    check(source, "fields", '"a": 1', expected)


@pytest.mark.parametrize("source", ["[‸]", "[ ‸ ]", "[\n  ‸\n]"])
def test_items_of_an_array(source: str) -> None:
    check(source, "items", "1, 2", source.replace("‸", "1, 2"))


@pytest.mark.parametrize(
    ("source", "kind", "text", "expected"),
    [
        ('{\n  "b": 2\n  ‸\n}', "fields", '"a": 1', '{\n  "b": 2,\n  "a": 1\n}'),
        ('{\n  ‸\n  "b": 2\n}', "fields", '"a": 1', '{\n  "a": 1,\n  "b": 2\n}'),
        ('{\n  "a": ‸\n  "b": 2\n}', "value", "1", '{\n  "a": 1,\n  "b": 2\n}'),
        ("[0 ‸ 2]", "value", "1", "[0, 1, 2]"),
    ],
)
def test_commas_that_are_missing_are_supplied(source: str, kind: str, text: str, expected: str) -> None:
    check(source, kind, text, expected)


def test_the_contents_of_an_empty_string() -> None:
    check('{"a": "‸"}', "string", "text", '{"a": "text"}')
    check('{"‸": 1}', "string", "text", '{"text": 1}')
    assert holes_at(opened('{"a": "some text"}'), Span(10, 10)) == ()


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ('{"a": «[0, 2]»}', "value", '{"a": 1}'),
        ('{"a": "so\\n«me»"}', "string", '{"a": "1"}'),
        ("[«0, 2»]", "items", "[1]"),
        ('{"a": nu‸ll}', "value", '{"a": 1}'),
    ],
)
def test_to_be_written_anew(source: str, kind: str, expected: str) -> None:
    check(source, kind, "1", expected)


def test_markers_of_a_file() -> None:
    """An empty value and a text that begins with TODO are filled in bulk; null and tags may be meant."""
    source = '{"a": , "b": "TODO: an address", "c": null, "d": ["TODO", null], "e": {}, "TODO": "a TODO"}'
    found = [(hole.kind, hole.marker, hole.bulk) for hole in holes(opened(source))]
    assert found == [
        ("value", "", True),
        ("value", '"TODO: an address"', True),
    ]


@pytest.mark.parametrize(
    ("source", "kind"),
    [('{\n  "a": 1,\n  // TODO: more\n}', "fields"), ("[\n  // TODO: more\n]", "items"), ("// a note\n{}", None)],
)
def test_comments_that_ask_for_more_where_programs_take_comments(source: str, kind: str | None) -> None:
    assert [hole.kind for hole in holes(opened(source))] == ([kind] if kind else [])


@pytest.mark.parametrize("source", ['{"a"‸: 1}', '{"a": 1 // no‸te\n}', '{"a": 1‸2}', '{"a": 1}‸'])
def test_nothing_where_nothing_fits(source: str) -> None:
    assert holes_at(opened(source.replace("‸", "")), Span(source.index("‸"), source.index("‸"))) == ()


def test_a_text_that_does_not_fit_is_refused() -> None:
    snapshot = opened('{"a": , "b": 1}')
    (hole,) = holes(snapshot)
    assert problems(snapshot, hole.range, "1, 2")
    assert problems(snapshot, hole.range, '"c": 1')


def test_what_is_asked_for_stands_above_the_hole() -> None:
    source = '{\n  "mail": "TODO: an address"\n}\n'
    snapshot = opened(source)
    assert build_prompt(derive(snapshot, holes(snapshot)[0])) == '{\n  // an address\n  "mail": '
