"""The commands that need no model: output in both forms, exit codes, and what is said about bad input."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from maze_lsp.cli import console
from tests.unit.cli.run import Program

SHOP = '''\
import json


def total(prices: list[float]) -> float:
    """Return the sum of the prices."""
    ...


limit = ...
'''


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.py"
    file.write_text(SHOP)
    return file


def test_help_and_version(maze: Program) -> None:
    assert "generate" in maze("--help").out
    assert maze("--version").out.startswith("maze-lsp ")
    assert "FILE:LINE" in maze("generate", "-h").out


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("generate",), ("holes", "--nope"), ("grammar", "show"), ("serve", "--port", "x")]
)
def test_wrong_usage_ends_with_2(maze: Program, arguments: tuple[str, ...]) -> None:
    assert maze(*arguments, code=2).err


def test_holes(maze: Program, shop: Path) -> None:
    lines = maze("holes", shop).out.splitlines()
    assert lines[0].startswith(f"{shop}:6:5\tbody\t...")
    assert lines[1].startswith(f"{shop}:9:9\texpression\t...")
    found = maze("holes", shop, "--json").json["holes"]
    assert [(hole["kind"], hole["line"], hole["column"], hole["end_column"]) for hole in found] == [
        ("body", 6, 5, 8),
        ("expression", 9, 9, 12),
    ]


def test_a_file_without_holes_says_so(maze: Program, tmp_path: Path) -> None:
    file = tmp_path / "full.py"
    file.write_text("x = 1\n")
    ran = maze("holes", file)
    assert ran.out == ""
    assert "no marked holes" in ran.err


def test_context(maze: Program, shop: Path) -> None:
    assert "def total(prices: list[float]) -> float:" in maze("context", f"{shop}:6").out
    found = maze("context", f"{shop}:6", "--json").json
    assert found["hole"]["kind"] == "body"
    assert found["enclosing"]["in_function"] is True
    assert {"prices", "json", "total", "limit"} <= {name["name"] for name in found["scope"]["names"]}
    assert found["prompt"].endswith('"""Return the sum of the prices."""')
    parts = found["prompt_parts"]
    assert found["prompt"] == parts["ahead"] + parts["prefix"], "the model knows no gap"
    assert (parts["format"], parts["healed"], parts["counted"]) == ("", "\n    ", False)


def test_context_of_another_kind(maze: Program, shop: Path) -> None:
    ran = maze("context", f"{shop}:6", "--kind", "type", code=2)
    assert "no hole of kind `type`" in ran.err
    assert "There is: body" in ran.err


def test_grammar_show(maze: Program, shop: Path) -> None:
    assert maze("grammar", "show", "python").out.startswith("%llguidance {}\n")
    plain = maze("grammar", "show", "python", "--start", "expression", "--json").json
    at = maze("grammar", "show", "python", "--at", f"{shop}:9", "--json").json
    assert plain["lark"] != at["lark"]
    assert at["parts"][0] == {"name": "python expression", "kind": "syntax", "enforcement": "grammar"}
    assert len(at["digest"]) == 64


def test_grammar_check_of_a_text_that_belongs(maze: Program, shop: Path) -> None:
    assert maze("grammar", "check", "python", shop).out == f"{shop}: belongs to the grammar\n"
    assert maze("grammar", "check", "python", shop, "--json").json == [{"file": str(shop), "belongs": True}]


def test_grammar_check_says_where_it_stops(maze: Program, tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text("\nx = (1 +\n\ty ]\n")
    ran = maze("grammar", "check", "python", file, code=1)
    lines = ran.out.splitlines()
    assert lines[0] == f"{file}:3:4: this cannot stand here"
    assert lines[1:3] == ["  \ty ]", "  \t  ^"]
    assert ")" in lines[3]
    answer = maze("grammar", "check", "python", file, "--json", code=1).json[0]
    assert (answer["line"], answer["column"], answer["early_end"]) == (3, 4, False)
    assert ")" in answer["expected"]


def test_grammar_check_of_a_text_that_ends_early(maze: Program, tmp_path: Path) -> None:
    file = tmp_path / "early.py"
    file.write_text("x = (1 +\n")
    assert "ends before it is complete" in maze("grammar", "check", "python", file, code=1).out
    assert maze("grammar", "check", "python", file, "--start", "statement", "--json", code=1).json[0]["early_end"]


def test_grammar_check_goes_on_after_a_file_that_cannot_be_read(maze: Program, shop: Path, tmp_path: Path) -> None:
    ran = maze("grammar", "check", "python", tmp_path / "missing.py", shop, code=2)
    assert "does not exist" in ran.err
    assert "belongs to the grammar" in ran.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("grammar", "show", "klingon"), "`klingon` is not in a supported language"),
        (("grammar", "show", "python", "--start", "sonnet"), "no grammar for `sonnet`"),
        (("holes", "missing.py"), "missing.py does not exist"),
        (("holes", "."), "is a folder"),
        (("context", "somewhere"), "not a place in a file"),
        (("generate", "missing.py:3"), "missing.py does not exist"),
        (("generate", ""), "prompt is empty"),
        (("generate", "write a sorter", "--write"), "`--write` goes with a place"),
        (("generate", "write a sorter", "--language", "klingon"), "`klingon` is not in a supported language"),
    ],
)
def test_bad_input_is_named(maze: Program, arguments: tuple[str, ...], message: str) -> None:
    ran = maze(*arguments, code=2)
    assert message in ran.err
    assert ran.out == ""


def test_bad_files_are_refused(maze: Program, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\x7fELF\0\0")
    (tmp_path / "b.unknown").write_text("x")
    (tmp_path / "c.py").write_bytes("x = 'é'".encode("latin-1"))
    assert "binary" in maze("holes", tmp_path / "a.py", code=2).err
    assert "Supported: Go, " in maze("holes", tmp_path / "b.unknown", code=2).err
    assert "not utf-8" in maze("holes", tmp_path / "c.py", code=2).err


def test_errors_are_json_too(maze: Program) -> None:
    answer = maze("holes", "missing.py", "--json", code=2).json
    assert answer["exit_code"] == 2
    assert answer["error"]["kind"] == "DocumentError"
    assert answer["error"]["message"] == "missing.py does not exist."


def test_a_file_without_a_line(maze: Program, shop: Path) -> None:
    ran = maze("generate", shop, code=2)
    assert f"Write {shop}:LINE" in ran.err


def test_nothing_can_be_generated_in_a_comment(maze: Program, tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\n# an ordinary comment\n")
    ran = maze("generate", f"{file}:2:10", code=2)
    assert "Nothing can be generated" in ran.err
    assert f"maze holes {file}" in ran.err


def test_files_that_look_like_secrets_are_not_sent(maze: Program, tmp_path: Path) -> None:
    file = tmp_path / "my_credentials.py"
    file.write_text(SHOP)
    assert "looks like a place for secrets" in maze("generate", f"{file}:6", code=2).err


def test_an_unreachable_service_ends_with_3(maze: Program, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZE_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("MAZE_CONNECT_TIMEOUT", "1")
    ran = maze("generate", f"{shop}:6", "--write", code=3)
    assert "127.0.0.1:9" in ran.err
    assert shop.read_text() == SHOP
    assert maze("health", "--json", code=3).json["exit_code"] == 3


def test_a_missing_model_says_what_to_do(maze: Program, shop: Path) -> None:
    assert "maze models pull smollm2-135m" in maze("generate", f"{shop}:6", code=3).err
    assert "maze models pull" in maze("models", "path", code=3).err
    listed = maze("models", "list", "--json").json
    assert [(model["name"], model["present"]) for model in listed] == [("smollm2-135m", False)]


def test_an_unknown_model_cannot_be_pulled(maze: Program) -> None:
    assert "known are: smollm2-135m" in maze("models", "pull", "gpt-9", code=3).err


def test_config_masks_keys(maze: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZE_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("MAZE_API_KEY", "sk-very-secret")
    for ran in (maze("config"), maze("config", "--json")):
        assert "sk-very-secret" not in ran.out + ran.err
        assert "MAZE_ENDPOINT" in ran.out or "MAZE_*" in ran.out
    settings = {row["key"]: row for row in maze("config", "--json").json["settings"]}
    assert settings["api_key"]["value"] == "(set)"
    assert settings["max_tokens"]["source"] == "default"


def test_a_key_is_kept_in_the_keyring(maze: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read from stdin, stored under the endpoint's address, and never shown."""
    held: dict[tuple[str, str], str] = {}
    monkeypatch.setattr("keyring.set_password", lambda service, name, key: held.update({(service, name): key}))
    monkeypatch.setattr("keyring.get_password", lambda service, name: held.get((service, name)))
    monkeypatch.setattr("keyring.delete_password", lambda service, name: held.pop((service, name)))
    monkeypatch.setattr("sys.stdin", io.StringIO("sk-very-secret\n"))
    ran = maze("config", "set-key", "https://h.example/v1/")
    assert held == {("maze-lsp", "https://h.example"): "sk-very-secret"}
    assert "https://h.example is in the keyring" in ran.err
    assert 'api_key = "keyring"' in ran.err
    assert "sk-very-secret" not in ran.out + ran.err
    monkeypatch.setenv("MAZE_ENDPOINT", "https://h.example")
    monkeypatch.setenv("MAZE_API_KEY", "keyring")
    row = next(row for row in maze("config", "--json").json["settings"] if row["key"] == "api_key")
    assert (row["value"], row["source"]) == ("(in the keyring)", "environment MAZE_API_KEY")
    ran = maze("config", "forget-key", "--json")
    assert "no longer" in ran.err
    assert ran.json == {"endpoint": "https://h.example", "stored": False}
    assert held == {}
    assert "has no key" in maze("config", "forget-key", code=2).err


@pytest.mark.parametrize("key", ["", "keyring", "two words \x07", "schlüssel"])
def test_what_is_no_key_is_not_kept(maze: Program, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
    assert "not a key" in maze("config", "set-key", "https://h.example", code=2).err
    assert "no endpoint" in maze("config", "set-key", code=2).err.lower()


def test_what_steers_a_terminal_is_shown_as_an_escape(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server or a model may have written it. Line ends and tabs stay."""
    text = "a\x1b[2J\x07\tb\r\nc\u202e\n"
    console.write(text)
    assert capsys.readouterr().out == text
    monkeypatch.setattr("maze_lsp.cli.console.on_terminal", lambda stream=None: True)
    console.write(text)
    console.say(text)
    seen = capsys.readouterr()
    assert seen.out == "a\\x1b[2J\\x07\tb\r\nc\\u202e\n"
    assert "\x1b" not in seen.err


def test_a_bad_setting_is_named(maze: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZE_MAX_TOKENS", "many")
    ran = maze("config", code=2)
    assert "max_tokens" in ran.err
    assert "many" in ran.err


def test_the_user_file_is_read(maze: Program, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text("max_tokens = 77\n")
    settings = {row["key"]: row for row in maze("config", "--json").json["settings"]}
    assert settings["max_tokens"]["value"] == "77"
    assert settings["max_tokens"]["source"] != "default"


def test_a_file_without_records_says_so(maze: Program, shop: Path) -> None:
    ran = maze("provenance", shop)
    assert "There is no record of" in ran.err
    assert ran.out == ""
    assert maze("provenance", shop, "verify", "--json").json == []
    assert "does not exist" in maze("provenance", "missing.py", code=2).err


def test_reading_only_the_first_lines_is_no_error(shop: Path) -> None:
    command = f'"{sys.executable}" -m maze_lsp.cli grammar show python | head -n 1'
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert ran.stdout == "%llguidance {}\n"
    assert ran.stderr == ""
