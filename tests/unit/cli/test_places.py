"""Places on the command line, and what stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from maze_lsp.cli.places import Place, holes_of, offset_of, parse_place, snapshot_of
from maze_lsp.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.py:3", Place(Path("a.py"), 3)),
        ("a.py:3:14", Place(Path("a.py"), 3, 14)),
        ("dir with blanks/a.py:3", Place(Path("dir with blanks/a.py"), 3)),
        ("C:\\code\\a.py:3:1", Place(Path("C:\\code\\a.py"), 3, 1)),
        ("C:\\code\\a.py:3", Place(Path("C:\\code\\a.py"), 3)),
        ("odd:name.py:3", Place(Path("odd:name.py"), 3)),
        ("x:1:2:3", Place(Path("x:1"), 2, 3)),
        ("a.py", None),
        ("a.py:", None),
        ("a.py:x", None),
        ("C:\\code\\a.py", None),
        (":3", None),
        ("", None),
        ("write a function that adds two numbers", None),
    ],
)
def test_places_are_read_from_the_right(text: str, expected: Place | None) -> None:
    assert parse_place(text) == expected


def test_a_file_whose_name_ends_with_a_number(tmp_path: Path) -> None:
    (tmp_path / "notes:7").touch()
    assert parse_place(f"{tmp_path}/notes:7:2") == Place(tmp_path / "notes:7", 2)
    (tmp_path / "notes").touch()
    assert parse_place(f"{tmp_path}/notes:7:2") == Place(tmp_path / "notes", 7, 2)


def check(tmp_path: Path, source: str, line: int, column: int | None) -> str:
    """The source with ‸ at the offset of the place."""
    file = tmp_path / "a.py"
    file.write_bytes(source.encode())
    snapshot = snapshot_of(file)
    at = offset_of(snapshot, Place(file, line, column))
    return snapshot.text[:at] + "‸" + snapshot.text[at:]


def test_columns_count_characters(tmp_path: Path) -> None:
    assert check(tmp_path, "x = '𝄞ä' + y\n", 1, 12) == "x = '𝄞ä' + ‸y\n"
    assert check(tmp_path, "a\r\nbc\r\n", 2, 3) == "a\r\nbc‸\r\n"


def test_without_a_column_the_first_character_counts(tmp_path: Path) -> None:
    assert check(tmp_path, "def f():\n    ...\n", 2, None) == "def f():\n    ‸...\n"
    assert check(tmp_path, "def f():\n    \n", 2, None) == "def f():\n    ‸\n"


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [(0, None, "no line 0"), (4, None, "has 3 lines"), (1, 0, "no column 0"), (1, 10, "has 8 characters")],
)
def test_places_outside_the_file_are_refused(tmp_path: Path, line: int, column: int | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check(tmp_path, "def f():\n    ...\n", line, column)


@pytest.mark.parametrize(
    ("source", "line", "kind"),
    [
        ("def f():\n    ...\n", 2, "body"),
        ("def f():\n    ...\n", 1, "body"),
        ("limit = ...\n", 1, "expression"),
        ("def f():\n    # TODO add\n    pass\n", 2, "body"),
    ],
)
def test_a_line_leads_to_the_hole_on_it(tmp_path: Path, source: str, line: int, kind: str) -> None:
    file = tmp_path / "a.py"
    file.write_text(source)
    found = holes_of(snapshot_of(file), Place(file, line))
    assert found[0].kind == kind
    assert len(set(found)) == len(found)
