"""Where a key may go, and where it must never be seen (invariants 7 and 8)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_lsp.settings import Layer, describe, environment_layers, resolve
from maze_lsp.settings.model import Settings, is_restricted

RESTRICTED = {"endpoint", "api_key", "dialect", "model", "ledger", "log_level", "keep_text"}
RESTRICTED |= {"fim", "fim_tokens", "open_files", "endpoints", "hedge", "ca_file", "test_command"}

pairs = st.fixed_dictionaries(
    {},
    optional={"endpoint": st.sampled_from(["http://0", "http://1", "bad", "embedded", ""]), "api_key": st.booleans()},
)


@given(st.lists(pairs, max_size=4))
def test_a_key_is_used_only_with_the_endpoint_of_its_layer(raw: list[dict[str, Any]]) -> None:
    layers = [
        Layer(f"layer {n}", {k: f"planted-{n}" if k == "api_key" else v for k, v in values.items()})
        for n, values in enumerate(raw)
        if values.get("api_key") is not False
    ]
    resolved = resolve(layers)
    key, endpoint = resolved.settings.api_key.get_secret_value(), resolved.settings.endpoint
    if not key:
        assert resolved.sources["api_key"] == "default"
        return
    assert endpoint
    assert resolved.sources["api_key"] == resolved.sources["endpoint"]
    [owner] = [layer for layer in layers if layer.source == resolved.sources["endpoint"]]
    assert (owner.values["endpoint"], owner.values["api_key"]) == (endpoint, key)


def test_the_key_beside_the_endpoint_is_used_though_another_key_stands_above() -> None:
    layers = [Layer("a", {"endpoint": "http://h", "api_key": "right"}), Layer("b", {"api_key": "wrong"})]
    resolved = resolve(layers)
    assert resolved.settings.api_key.get_secret_value() == "right"
    assert "`api_key` (b) is not used: `endpoint` comes from a" in resolved.problems[0]


def test_a_whole_pair_above_another_is_no_problem() -> None:
    pair = [Layer(name, {"endpoint": f"http://{name}", "api_key": name}) for name in ("a", "b")]
    resolved = resolve(pair)
    assert (resolved.settings.endpoint, resolved.settings.api_key.get_secret_value()) == ("http://b", "b")
    assert resolved.problems == ()


def test_layers_of_one_name_are_still_two_sources() -> None:
    resolved = resolve([Layer("editor", {"api_key": "k"}), Layer("editor", {"endpoint": "http://h"})])
    assert resolved.settings.api_key.get_secret_value() == ""


FAMILIES = ("MODAL_", "ANANKE_MODAL_", "ANANKE_", "MAZE_")


@pytest.mark.parametrize(("endpoint", "key"), list(product(FAMILIES, FAMILIES)))
def test_families_of_variables_do_not_share_keys(endpoint: str, key: str) -> None:
    environ = {f"{endpoint}ENDPOINT": "http://h", f"{key}API_KEY": "planted"}
    resolved = resolve(environment_layers(environ))
    assert resolved.settings.api_key.get_secret_value() == ("planted" if endpoint == key else "")
    assert bool(resolved.problems) == (endpoint != key)


def test_a_bad_endpoint_takes_its_key_with_it() -> None:
    below, above = Layer("a", {"endpoint": "http://h"}), Layer("b", {"endpoint": "h:1", "api_key": "planted"})
    resolved = resolve([below, above])
    assert resolved.settings.endpoint == "http://h"
    assert resolved.settings.api_key.get_secret_value() == ""
    assert len(resolved.problems) == 2


@pytest.mark.parametrize(
    "values",
    [
        {"api_key": "planted-secret"},
        {"api_key": ["planted-secret"]},
        {"api_key": "planted-secret\n2"},
        {"api_key": {"value": "planted-secret"}},
        {"apikey": "planted-secret"},
        {"endpoint": "http://user:planted-secret@host"},
        {"endpoint": "http://host/?key=planted-secret"},
        {"endpoint": "http://host/#planted-secret"},
        {"endpoint": "http://host", "api_key": "planted-secret"},
        {"endpoint": "user:planted-secret@host"},
    ],
)
def test_a_secret_is_never_shown(values: dict[str, Any]) -> None:
    resolved = resolve([Layer("editor", values)])
    seen = (
        resolved.problems,
        describe(resolved),
        repr(resolved),
        str(resolved.settings),
        resolved.settings.model_dump(),
    )
    assert "planted-secret" not in str(seen)
    assert "planted-secret" not in resolved.settings.model_dump_json()


def test_what_a_workspace_must_not_choose() -> None:
    assert {key for key in Settings.model_fields if is_restricted(key)} == RESTRICTED


@pytest.mark.parametrize("key", sorted(RESTRICTED))
def test_an_untrusted_layer_cannot_set_restricted_keys(key: str) -> None:
    trusted = {"endpoint": "http://mine", "api_key": "k", "dialect": "vllm", "model": "m", "ledger": "/l"}
    trusted |= {"log_level": "error", "keep_text": False, "fim": "off", "fim_tokens": [], "open_files": False}
    trusted |= {"endpoints": [], "hedge": False, "ca_file": "/c", "test_command": "mine"}
    hostile = {"endpoint": "http://evil", "api_key": "e", "dialect": "llamacpp", "model": "e", "ledger": "/e"}
    hostile |= {"log_level": "trace", "keep_text": True, "fim": "qwen", "fim_tokens": ["a", "b"], "open_files": True}
    hostile |= {"endpoints": ["http://evil"], "hedge": True, "ca_file": "/e", "test_command": "evil"}
    mine = Layer("user file", trusted)
    resolved = resolve([mine, Layer("workspace", {key: hostile[key], "top_k": 3}, trusted=False)])
    assert resolved.settings == resolve([mine]).settings.model_copy(update={"top_k": 3})
    assert resolved.problems == (f"`{key}` (workspace) is ignored: this workspace is not trusted.",)


def test_an_untrusted_layer_hides_more_from_prompts_never_less() -> None:
    mine = Layer("user file", {"exclude": ["private/**"]})
    assert resolve([mine, Layer("w", {"exclude": []}, trusted=False)]).settings.exclude == ("private/**",)
    assert resolve([mine, Layer("w", {"exclude": ["a"]}, trusted=False)]).settings.exclude == ("private/**", "a")
    assert resolve([mine, Layer("w", {"exclude": ["a"]})]).settings.exclude == ("a",)
