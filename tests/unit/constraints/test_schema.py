"""JSON Schemas as grammars: never narrower than the schema, exact where they say so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_lsp.constraints.conjoin import all_of
from maze_lsp.constraints.proof import accepts
from maze_lsp.constraints.schema import compile_schema
from maze_lsp.constraints.schema.check import value_violation, violation
from maze_lsp.constraints.schema.negate import CannotError, negated
from maze_lsp.errors import ConstraintError


def check(schema: Any, yes: Iterable[Any], no: Iterable[Any], left_out: tuple[str, ...] = ()) -> None:
    """Each value is judged as the `jsonschema` package does; what the grammar leaves out is only judged there."""
    compiled = compile_schema(schema)
    assert compiled.left_out == left_out
    for value in yes:
        assert not value_violation(schema, value), value
        assert accepts(compiled.proof, json.dumps(value)), value
    for value in no:
        assert value_violation(schema, value), value
        assert left_out or not accepts(compiled.proof, json.dumps(value)), value


def test_what_llguidance_knows_stays() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 3}}, "required": ["a"]}
    check(schema, [{"a": 3}, {"a": 4, "b": None}], [{"a": 2}, {}, 3])


def test_alternatives_of_which_exactly_one_holds() -> None:
    by_kind = [{"properties": {"kind": {"const": kind}}, "required": ["kind"]} for kind in ("a", "b")]
    check({"type": "object", "oneOf": by_kind}, [{"kind": "a"}, {"kind": "b", "x": 1}], [{"kind": "c"}, {}])
    check({"oneOf": [{"type": "number", "minimum": 2}, {"type": "number", "maximum": 5}]}, [1, 6], [3, 2, "x"])
    check({"oneOf": [{"pattern": "a"}, {"pattern": "b"}]}, ["a", "b"], ["ab"], ("oneOf",))


def test_negation_where_it_can_be_said() -> None:
    check({"not": {"type": ["string", "number"]}}, [None, True, [], {}], ["a", 1])
    check({"not": {"enum": ["a", "ab", 3, None]}}, ["", "b", "abc", 4, False], ["a", "ab", 3, None])
    check({"not": {"required": ["a", "b"]}}, [{}, {"a": 1}, {"b": 1}], [{"a": 1, "b": 2}, 7])
    check({"not": {"properties": {"a": {"type": "string"}}, "required": ["a"]}}, [{}, {"a": 1}], [{"a": "x"}])
    check({"not": {"type": "integer"}}, ["a", 1.5], [1], ("not",))


def test_conditions_and_dependencies() -> None:
    schema = {
        "if": {"properties": {"kind": {"const": "x"}}, "required": ["kind"]},
        "then": {"required": ["size"]},
        "else": {"properties": {"size": False}},
    }
    check(schema, [{"kind": "x", "size": 1}, {"kind": "y"}, {}, 3], [{"kind": "x"}, {"size": 1}])
    check({"dependentRequired": {"a": ["b"]}}, [{}, {"b": 1}, {"a": 1, "b": 2}], [{"a": 1}])
    check({"dependentSchemas": {"a": {"minProperties": 2}}}, [{}, {"a": 1, "b": 1}], [{"a": 1}])


def test_names_of_properties() -> None:
    check({"propertyNames": {"pattern": "^a"}}, [{}, {"a": 1, "ab": 2}, 3], [{"b": 1}])
    check({"propertyNames": {"maxLength": 2}}, [{"ab": 1}], [{"abc": 1}])
    check({"propertyNames": {"enum": ["x", "y.z"]}}, [{"x": 1, "y.z": 2}], [{"yaz": 1}])


def test_what_is_evaluated_elsewhere() -> None:
    schema = {
        "properties": {"a": True},
        "anyOf": [
            {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
            {"properties": {"c": True}, "required": ["c"]},
        ],
        "unevaluatedProperties": False,
    }
    check(
        schema, [{"a": 1, "b": 2}, {"a": 1, "c": 2}, {"a": 1, "b": 2, "c": 3}], [{"a": 1}, {"b": "x"}, {"b": 1, "d": 2}]
    )
    check(
        {"prefixItems": [True], "allOf": [{"prefixItems": [True, True]}], "unevaluatedItems": False},
        [[1, 2]],
        [[1, 2, 3]],
    )


def test_references_stay_in_the_document() -> None:
    tree = {
        "$ref": "#/$defs/node",
        "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}, "additionalProperties": False}},
    }
    check(tree, [{}, {"next": {"next": {}}}], [{"other": 1}, {"next": {"x": 1}}])
    check({"$ref": "#here", "$defs": {"a": {"$anchor": "here", "type": "null"}}}, [None], [1])
    with pytest.raises(ConstraintError, match="not in it"):
        compile_schema({"$ref": "https://example.com/other.json"})


def test_older_drafts() -> None:
    seventh = "http://json-schema.org/draft-07/schema#"
    check({"$schema": seventh, "items": [{"type": "null"}], "additionalItems": False}, [[None], []], [[1], [None, 1]])
    check(
        {"$schema": seventh, "dependencies": {"a": ["b"], "c": {"required": ["d"]}}},
        [{"a": 1, "b": 1}],
        [{"a": 1}, {"c": 1}],
    )


def test_what_no_grammar_says_is_left_to_the_check() -> None:
    check({"uniqueItems": True}, [[1, 2]], [[1, 1]], ("uniqueItems",))
    check({"contains": {"const": 5}}, [[1, 5]], [[1, 2]], ("contains",))
    check({"type": "string", "pattern": "(?=a)a"}, ["a"], ["b"], ("pattern",))
    check({"properties": {"a": {}}, "maxProperties": 1}, [{"a": 1}], [{"a": 1, "b": 2}], ("maxProperties",))


def test_formats_are_sent_but_not_demanded() -> None:
    compiled = compile_schema({"type": "string", "format": "date"})
    assert compiled.exact
    assert accepts(compiled.proof, '"yesterday"')
    assert not accepts(compiled.lark, '"yesterday"')
    assert accepts(compiled.lark, '"2026-11-25"')


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "nonsense"}, "/type"),
        ({"properties": {"a": {"minimum": "x"}}}, "/properties/a/minimum"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "No value"),
        (False, "No value"),
    ],
)
def test_what_is_no_schema_or_has_no_value(schema: Any, words: str) -> None:
    with pytest.raises(ConstraintError, match=words):
        compile_schema(schema)


def test_schemas_of_a_conjunction_keep_their_references() -> None:
    one = {"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"type": "integer"}}}
    other = {"properties": {"b": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"type": "string"}}}
    check(all_of([one, other]), [{"a": 1, "b": "x"}], [{"a": "x"}, {"b": 1}])


def test_a_regular_expression_that_never_ends_is_ended() -> None:
    schema = {"type": "string", "pattern": "^(a+)+(?=b)$"}
    assert violation(schema, '"ab"', within=60)
    assert "within 1 s" in violation(schema, json.dumps("a" * 60), within=1)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "a", "b", "ab"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
)
LEAVES = st.one_of(
    st.booleans(),
    st.builds(lambda kind: {"type": kind}, st.sampled_from(["null", "number", "string", "object", "array"])),
    st.builds(lambda values: {"enum": values}, st.lists(SCALARS, min_size=1, max_size=3)),
    st.builds(lambda word, bound: {word: bound}, st.sampled_from(["minimum", "exclusiveMaximum"]), st.integers(-2, 2)),
    st.builds(
        lambda word, bound: {word: bound}, st.sampled_from(["minLength", "maxLength", "minItems"]), st.integers(0, 2)
    ),
    st.builds(lambda names: {"required": names}, st.lists(st.sampled_from("ab"), max_size=2, unique=True)),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda word, parts: {word: parts},
            st.sampled_from(["anyOf", "allOf"]),
            st.lists(inner, min_size=1, max_size=2),
        ),
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda part: {"properties": {"a": part}}, inner),
    ),
    max_leaves=4,
)


@given(SCHEMAS, VALUES)
def test_a_value_is_valid_by_a_schema_or_by_its_complement(schema: Any, value: Any) -> None:
    try:
        other = negated(schema, lambda _: None)
    except CannotError:
        return
    assert bool(value_violation(schema, value)) != bool(value_violation(other, value))
