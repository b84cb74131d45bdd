"""Settings: which place counts, what a bad value does, and where a key may go."""

from pathlib import Path

import pytest

from maze_lsp.settings import Layer, describe, environment_layers, resolve
from maze_lsp.settings.describe import markdown
from maze_lsp.settings.model import Settings

KEY = "sk-planted-0123456789"


def test_defaults_hold_without_any_layer() -> None:
    resolved = resolve([])
    assert resolved.settings == Settings()
    assert set(resolved.sources.values()) == {"default"}
    assert resolved.problems == ()


def test_later_layers_win() -> None:
    resolved = resolve([Layer("user file", {"max_tokens": 10}), Layer("editor", {"maxTokens": 20})])
    assert resolved.settings.max_tokens == 20
    assert resolved.sources["max_tokens"] == "editor"


def test_a_missing_value_does_not_hide_a_lower_one() -> None:
    assert resolve([Layer("user file", {"seed": 3}), Layer("editor", {"seed": None})]).settings.seed == 3


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"max_tokens": "many"}, "`max_tokens` (editor): `many` cannot be used"),
        ({"max_tokens": 0}, "a whole number from 1 to 32768 is expected. The value of user file holds."),
        ({"temperature": -1}, "`temperature`"),
        ({"dialect": "klingon"}, "one of `auto`, `llamacpp`, `vllm`"),
        ({"maxTokns": 5}, "Did you mean `max_tokens`?"),
        ({"exclude": 5}, "`exclude`"),
    ],
)
def test_a_bad_value_is_named_and_falls_back(values: dict[str, object], says: str) -> None:
    resolved = resolve([Layer("user file", {"max_tokens": 77}), Layer("editor", values)])
    [problem] = resolved.problems
    assert says in problem
    assert resolved.settings == Settings(max_tokens=77)


def test_one_bad_value_does_not_hide_the_good_ones() -> None:
    resolved = resolve([Layer("editor", {"max_tokens": "x", "top_k": 7})])
    assert resolved.settings.top_k == 7


@pytest.mark.parametrize(
    ("layers", "kept"),
    [
        ([Layer("a", {"endpoint": "http://h", "api_key": KEY})], True),
        ([Layer("a", {"api_key": KEY}), Layer("b", {"endpoint": "http://h"})], False),
        ([Layer("a", {"endpoint": "http://h", "api_key": KEY}), Layer("b", {"endpoint": "http://evil"})], False),
        ([Layer("a", {"endpoint": "http://h"}), Layer("b", {"api_key": KEY})], False),
        ([Layer("a", {"api_key": KEY})], False),
    ],
)
def test_a_key_goes_only_with_the_endpoint_of_its_own_source(layers: list[Layer], kept: bool) -> None:
    resolved = resolve(layers)
    assert (resolved.settings.api_key.get_secret_value() == KEY) is kept
    assert KEY not in " ".join(resolved.problems)
    assert KEY not in repr(resolved.settings)
    assert KEY not in " ".join(f"{row}" for row in describe(resolved))


def test_a_secret_is_not_named_when_it_is_wrong() -> None:
    assert KEY not in " ".join(resolve([Layer("editor", {"api_key": [KEY]})]).problems)


def test_an_untrusted_workspace_cannot_choose_where_text_is_sent() -> None:
    values = {"endpoint": "http://evil", "model": "/etc/passwd", "keep_text": True, "max_tokens": 5}
    resolved = resolve([Layer("workspace", values, trusted=False)])
    assert resolved.settings == Settings(max_tokens=5)
    assert len(resolved.problems) == 3
    assert all("not trusted" in problem for problem in resolved.problems)


@pytest.mark.parametrize(
    ("environ", "key", "value"),
    [
        ({"MODAL_ENDPOINT": "http://m"}, "endpoint", "http://m"),
        ({"MODAL_ENDPOINT": "http://m", "ANANKE_MODAL_ENDPOINT": "http://a"}, "endpoint", "http://a"),
        ({"ANANKE_MODAL_ENDPOINT": "http://a", "MAZE_ENDPOINT": "http://z"}, "endpoint", "http://z"),
        ({"MODAL_MODEL": "m"}, "model", "m"),
        ({"ANANKE_MODEL": "a"}, "model", "a"),
        ({"MAZE_MAX_TOKENS": "9"}, "max_tokens", 9),
        ({"MAZE_CODE_LENS": "false"}, "code_lens", False),
        ({"MAZE_EXCLUDE": "*.gen.py,build/**"}, "exclude", ("*.gen.py", "build/**")),
        ({"MAZE_LOG": "maze=debug"}, "log_level", "debug"),
        ({"MAZE_LOG": "trace", "MAZE_LOG_LEVEL": "info"}, "log_level", "info"),
        ({"MAZE_ENDPOINT": ""}, "endpoint", ""),
    ],
)
def test_the_environment(environ: dict[str, str], key: str, value: object) -> None:
    resolved = resolve(environment_layers(environ))
    assert resolved.problems == ()
    assert getattr(resolved.settings, key) == value


def test_a_key_of_one_family_is_not_sent_to_the_endpoint_of_another() -> None:
    environ = {"MODAL_ENDPOINT": "http://m", "MODAL_API_KEY": KEY, "MAZE_ENDPOINT": "http://z"}
    resolved = resolve(environment_layers(environ))
    assert resolved.settings.endpoint == "http://z"
    assert resolved.settings.api_key.get_secret_value() == ""


def test_every_setting_has_a_sentence() -> None:
    assert all((info.description or "").endswith(".") for info in Settings.model_fields.values())


def test_the_page_in_docs_is_current() -> None:
    page = Path(__file__).parents[3] / "docs/settings.md"
    assert page.read_text() == markdown(), "run `python -m maze_lsp.settings > docs/settings.md`"
