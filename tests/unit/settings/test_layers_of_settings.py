"""Which place counts: order, absence, spelling, and everything that other programs may send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from maze_lsp.settings import Layer, environment_layers, resolve
from maze_lsp.settings.describe import json_schema
from maze_lsp.settings.model import Settings, expected
from maze_lsp.settings.resolve import snake_case

VALUES: dict[str, list[Any]] = {
    "max_tokens": [1, "17", 32768],
    "temperature": [0, 1.5, "0.25"],
    "seed": [0, 2**31 - 1],
    "preview": [True, False],
    "exclude": [[], ["*.sql"]],
    "model": ["m", "/models/x.gguf"],
    "endpoint": ["http://a:1", "https://b/v1", "embedded"],
    "log_level": ["debug", "maze=trace", "INFO"],
}
BAD: list[Any] = [[], {}, {"a": 1}, "nonsense", -5, 10**12, True, float("nan"), float("inf"), [1, 2], "‸"]

layers = st.lists(
    st.dictionaries(
        st.sampled_from(sorted(VALUES)),
        st.one_of(st.sampled_from([None, "", " "]), st.sampled_from(BAD), st.integers(0, 2)),
    ).map(
        lambda raw: {k: VALUES[k][v % len(VALUES[k])] if type(v) is int and 0 <= v <= 2 else v for k, v in raw.items()}
    ),
    max_size=5,
)


def alone(key: str, value: Any) -> Any:
    """What a value becomes where nothing else is set, None where it is refused or means "not set"."""
    resolved = resolve([Layer("only", {key: value})])
    return None if resolved.sources[key] == "default" else getattr(resolved.settings, key)


@examples(deadline=None)
@given(layers)
def test_the_last_good_value_wins_and_its_source_is_named(raw: list[dict[str, Any]]) -> None:
    resolved = resolve([Layer(f"layer {number}", values) for number, values in enumerate(raw)])
    for key in VALUES:
        good = [(number, alone(key, values[key])) for number, values in enumerate(raw) if key in values]
        good = [(number, value) for number, value in good if value is not None]
        number, value = good[-1] if good else (None, getattr(Settings(), key))
        assert getattr(resolved.settings, key) == value
        assert resolved.sources[key] == ("default" if number is None else f"layer {number}")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@examples(deadline=None)
@given(st.dictionaries(st.sampled_from([*Settings.model_fields, "maze", "trace"]) | st.text(max_size=8), json_values))
def test_whatever_is_sent_gives_settings(values: dict[str, Any]) -> None:
    resolved = resolve([Layer("editor", values)])
    assert isinstance(resolved.settings, Settings)
    assert all(problem.endswith((".", "?")) for problem in resolved.problems)


@pytest.mark.parametrize("values", [[], 3, "max_tokens=3", None])
def test_settings_that_are_no_table_are_said(values: Any) -> None:
    resolved = resolve([Layer("editor", values)])
    assert resolved.settings == Settings()
    assert "not a table" in resolved.problems[0]


@pytest.mark.parametrize("written", ["max_tokens", "maxTokens", "maze.maxTokens", "maze.max_tokens", "max-tokens"])
def test_spellings(written: str) -> None:
    assert resolve([Layer("editor", {written: 5})]).settings.max_tokens == 5
    assert resolve([Layer("editor", {"maze": {written: 5}})]).settings.max_tokens == 5


def test_every_key_can_be_written_in_camel_case() -> None:
    for key in Settings.model_fields:
        head, *rest = key.split("_")
        assert snake_case(head + "".join(word.title() for word in rest)) == key


def test_what_an_editor_sends_for_keys_that_are_not_set_hides_nothing() -> None:
    below = Layer("environment", {"endpoint": "http://h", "api_key": "k", "model": "m", "seed": 4, "dialect": "vllm"})
    editor = Layer(
        "editor", dict.fromkeys(("endpoint", "api_key", "model", "ledger"), "") | {"seed": None, "dialect": None}
    )
    assert resolve([below, editor]).settings == resolve([below]).settings
    assert resolve([below, editor]).problems == ()


def test_the_embedded_service_can_be_chosen_over_a_lower_endpoint() -> None:
    below = Layer("environment", {"endpoint": "http://h", "api_key": "k"})
    resolved = resolve([below, Layer("command line", {"endpoint": "embedded"})])
    assert resolved.settings.endpoint == ""
    assert resolved.settings.api_key.get_secret_value() == ""
    assert resolved.sources["endpoint"] == "command line"
    assert resolved.problems == ()


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("max_tokens", True, "`True` cannot be used, a whole number from 1 to 32768 is expected"),
        ("max_tokens", 2.5, "a whole number"),
        ("top_p", 0, "a number above 0, up to 1"),
        ("temperature", float("nan"), "a number from 0 to 2"),
        ("seed", 2**31, "a whole number from 0 to 2147483647"),
        ("seed", True, "a whole number"),
        ("connect_timeout", False, "a number above 0"),
        ("preview", "perhaps", "true or false"),
        ("exclude", "*.sql", "a list of texts"),
        ("log_level", "loud", "one of `error`"),
        ("endpoint", "localhost:8080", "an address"),
        ("endpoint", "ftp://host", "an address"),
        ("endpoint", "http://", "an address"),
        ("endpoint", "http://[broken", "an address"),
        ("api_key", "two\nlines", "a key in plain ASCII"),
        ("model", 7, "a text"),
    ],
)
def test_a_bad_value_says_what_is_expected(key: str, value: Any, says: str) -> None:
    resolved = resolve([Layer("user file", {}), Layer("editor", {key: value})])
    [problem] = resolved.problems
    assert problem.startswith(f"`{key}` (editor)")
    assert says in problem
    assert problem.endswith("The value of default holds.")
    assert resolved.settings == Settings()


def test_the_value_that_holds_in_the_end_is_named() -> None:
    low, bad, high = Layer("low", {"top_k": 1}), Layer("bad", {"top_k": "x"}), Layer("high", {"top_k": 2})
    assert resolve([low, bad]).problems[0].endswith("The value of low holds.")
    assert resolve([low, bad, high]).problems[0].endswith("The value of high holds.")


def test_long_values_are_shown_in_part() -> None:
    [problem] = resolve([Layer("editor", {"max_tokens": "9x" * 5000})]).problems
    assert len(problem) < 300


def test_every_key_says_what_is_expected() -> None:
    assert all(expected(key).startswith(("a ", "an ", "one of ", "true or false")) for key in Settings.model_fields)


# ---------------------------------------------------------------------- environment


def test_families_of_variables_in_their_order() -> None:
    environ = {f"{prefix}MODEL": prefix for prefix in ("MODAL_", "ANANKE_MODAL_", "ANANKE_", "MAZE_")}
    for prefix in ("MAZE_", "ANANKE_", "ANANKE_MODAL_", "MODAL_"):
        resolved = resolve(environment_layers(environ))
        assert resolved.settings.model == prefix
        assert resolved.sources["model"] == f"environment {prefix}MODEL"
        del environ[f"{prefix}MODEL"]


def test_every_key_has_a_variable() -> None:
    for key in Settings.model_fields:
        [layer] = environment_layers({f"MAZE_{key.upper()}": "x"})
        assert list(layer.values) == [key]


def test_a_bad_variable_is_named_and_the_family_below_holds() -> None:
    resolved = resolve(environment_layers({"MAZE_TOP_K": "many", "ANANKE_TOP_K": "7"}))
    assert resolved.settings.top_k == 7
    assert "MAZE_TOP_K" in resolved.problems[0]
    assert resolved.problems[0].endswith("The value of environment ANANKE_TOP_K holds.")


def test_blanks_around_a_variable_do_not_count() -> None:
    environ = {"MAZE_ENDPOINT": " http://h ", "MAZE_API_KEY": "k\n", "MAZE_EXCLUDE": " *.a , ,b/** "}
    settings = resolve(environment_layers(environ)).settings
    assert (settings.endpoint, settings.api_key.get_secret_value()) == ("http://h", "k")
    assert settings.exclude == ("*.a", "b/**")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MAZE_MAX_TOKENZ", "max_tokens"),
        ("MAZE_ENDPIONT", "endpoint"),
        ("MAZE_STATE_DIR", None),
        ("MAZE_SERVE_KEY", None),
    ],
)
def test_a_misspelt_variable_is_said_and_foreign_ones_are_left_alone(name: str, meant: str | None) -> None:
    problems = resolve(environment_layers({name: "planted"})).problems
    assert "planted" not in str(problems)
    assert (problems != ()) == (meant is not None)
    if meant:
        assert name in problems[0]
        assert f"Did you mean `{meant}`?" in problems[0]


# ---------------------------------------------------------------------- schema


def test_the_schema_knows_every_key_and_can_be_written_as_json() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert set(schema["properties"]) == set(Settings.model_fields)
    assert all(entry["description"] for entry in schema["properties"].values())
    assert schema["properties"]["max_tokens"]["maximum"] == 32768
    assert schema["properties"]["endpoint"]["restricted"] is True
