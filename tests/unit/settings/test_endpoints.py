"""Several endpoints: how they are written, which place counts, and that their keys stay secret."""

from __future__ import annotations

from typing import Any

import pytest

from maze_lsp.settings import Layer, Resolved, describe, environment_layers, resolve

A, B = "http://a:1", "https://b/v1"


def addresses(resolved: Resolved) -> list[str]:
    return [one.endpoint for one in resolved.settings.endpoints]


@pytest.mark.parametrize("written", [[A, B], [{"endpoint": A}, {"endpoint": B, "apiKey": "k", "weight": 2}], (A, B)])
def test_addresses_or_tables(written: Any) -> None:
    assert addresses(resolve([Layer("editor", {"endpoints": written})])) == [A, B]


def test_from_a_variable() -> None:
    assert addresses(resolve(environment_layers({"MAZE_ENDPOINTS": f"{A}, {B}"}))) == [A, B]


@pytest.mark.parametrize(
    "written",
    ["x", [""], ["ftp://a"], ["http://u:planted-secret@a"], [{"api_key": "planted-secret"}], [A, A], [3], {"a": 1}],
)
def test_what_is_none_is_refused_without_showing_it(written: Any) -> None:
    resolved = resolve([Layer("editor", {"endpoints": written})])
    assert resolved.settings.endpoints == ()
    assert "a list of addresses" in resolved.problems[0]
    assert "planted-secret" not in str(resolved)


def test_keys_are_not_shown() -> None:
    resolved = resolve([Layer("editor", {"endpoints": [{"endpoint": A, "api_key": "planted-secret", "model": "m"}]})])
    shown = {row.key: row.value for row in describe(resolved)}["endpoints"]
    assert shown == "http://a:1 (model m, key set)"
    assert "planted-secret" not in str((resolved, resolved.settings.model_dump(), resolved.settings.model_dump_json()))
    assert resolved.settings.endpoints[0].api_key.get_secret_value() == "planted-secret"


def test_the_later_place_counts() -> None:
    one, several = Layer("file", {"endpoint": A, "api_key": "k"}), Layer("editor", {"endpoints": [B]})
    resolved = resolve([one, several])
    assert (resolved.settings.endpoint, addresses(resolved)) == ("", [B])
    assert resolved.settings.api_key.get_secret_value() == "", "the key goes with its endpoint"
    resolved = resolve([several, one])
    assert (resolved.settings.endpoint, addresses(resolved)) == (A, [])


def test_beside_each_other_both_count() -> None:
    resolved = resolve([Layer("file", {"endpoint": A, "endpoints": [B]})])
    assert (resolved.settings.endpoint, addresses(resolved)) == (A, [B])


def test_embedded_above_several_means_embedded() -> None:
    resolved = resolve([Layer("file", {"endpoints": [A]}), Layer("editor", {"endpoint": "embedded"})])
    assert (resolved.settings.endpoint, addresses(resolved)) == ("", [])


def test_an_untrusted_workspace_names_none() -> None:
    resolved = resolve([Layer("workspace", {"endpoints": [A]}, trusted=False)])
    assert resolved.settings.endpoints == ()
    assert "not trusted" in resolved.problems[0]
