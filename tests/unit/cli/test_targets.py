"""What an argument of `maze generate` means, and putting a result into its file."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from maze_lsp.cli import outcome
from maze_lsp.cli.generate import target_place
from maze_lsp.cli.places import Place, snapshot_of
from maze_lsp.errors import StaleError, UsageError
from maze_lsp.text import Span

SOURCE = "def f():\r\n    ...\r\n"


def result(text: str, start: int, end: int) -> Any:
    """As much of a result as is looked at."""
    return SimpleNamespace(text=text, range=Span(start, end))


@pytest.mark.parametrize(
    "prompt",
    ["sort a list", "convert 12:30 to minutes", "explain:\nline 2:3", "x" * 5000, "say\0nothing", "fizzbuzz"],
)
def test_words_are_a_prompt(prompt: str) -> None:
    assert target_place(prompt) is None


def test_a_place_needs_no_file_yet() -> None:
    assert target_place("missing.py:3:1") == Place(Path("missing.py"), 3, 1)


def test_a_file_with_blanks_in_its_name(tmp_path: Path) -> None:
    file = tmp_path / "my file.py"
    file.write_text(SOURCE)
    assert target_place(f"{file}:2") == Place(file, 2)
    with pytest.raises(UsageError, match="Say where"):
        target_place(str(file))


def test_a_result_is_put_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"\xef\xbb\xbf" + SOURCE.encode())
    outcome.put(file, SOURCE, result("return 1\r\n    # ü", 14, 17))
    assert file.read_bytes() == b"\xef\xbb\xbf" + "def f():\r\n    return 1\r\n    # ü\r\n".encode()


def test_a_file_that_was_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"def f():\r\n    pass\r\n")
    with pytest.raises(StaleError, match="left as it is"):
        outcome.put(file, SOURCE, result("return 1", 14, 17))
    assert file.read_bytes() == b"def f():\r\n    pass\r\n"


@pytest.mark.parametrize(
    ("source", "start", "end", "text", "shown"),
    [
        ("def f():\n    ...\n", 13, 16, "a()\n    b()", "    a()\n    b()"),
        ("def f():\n\t...\n", 10, 13, "a()", "\ta()"),
        ("x = ...\n", 4, 7, "1", "1"),
        ("def f():\n", 8, 8, "\n    a()\n    b()", "    a()\n    b()"),
    ],
)
def test_lines_are_shown_under_each_other(
    tmp_path: Path, source: str, start: int, end: int, text: str, shown: str
) -> None:
    file = tmp_path / "a.py"
    file.write_text(source)
    assert outcome.with_margin(snapshot_of(file), result(text, start, end)) == shown
