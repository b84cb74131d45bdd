"""Reading and writing files: what cannot be worked on is refused with what to do about it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maze_lsp.context import snapshot
from maze_lsp.errors import DocumentError
from maze_lsp.workspace import documents


def check(path: Path, data: bytes, message: str) -> None:
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=message) as caught:
        documents.read(path)
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x7fELF\x00\x01", "binary"),
        ("x = 1\n".encode("utf-16"), "UTF-16"),
        (b"x = 1\ny = '\xff'\n", "line 2 has the byte 0xff"),
        (b"# coding: klingon\nx = '\xff'\n", "unknown encoding 'klingon'"),
    ],
)
def test_what_is_no_source_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    check(tmp_path / "a.py", data, message)


def test_a_file_of_more_than_20_mb_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "big.py"
    with path.open("wb") as file:
        file.truncate(snapshot.MAX_BYTES + 1)
    with pytest.raises(DocumentError, match="20 MB"):
        documents.read(path)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="does not exist"):
        documents.read(tmp_path / "none.py")
    with pytest.raises(DocumentError, match="is a folder"):
        documents.read(tmp_path)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = 1\r\ny\r\x0cz", "x = 1\r\ny\r\x0cz"),
        (b"\xef\xbb\xbfx = '\xc3\xa9'\n", "x = 'é'\n"),
        (
            b"#!/bin/python\n# -*- coding: latin-1 -*-\nx = '\xe9'\n",
            "#!/bin/python\n# -*- coding: latin-1 -*-\nx = 'é'\n",
        ),
        (b"", ""),
    ],
)
def test_encodings_and_line_endings_survive_a_round_trip(tmp_path: Path, data: bytes, text: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    os.chmod(path, 0o754)
    document = documents.load(path)
    assert document.text == text
    documents.write(document, text)
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o754
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_encoded_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"# coding: latin-1\n")
    with pytest.raises(DocumentError, match="cannot hold"):
        documents.write(documents.load(path), "x = '漢'\n")
    assert path.read_bytes() == b"# coding: latin-1\n"


def test_writing_goes_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "real.py"
    target.write_text("x = 1\n")
    link = tmp_path / "link.py"
    link.symlink_to(target)
    documents.write(documents.load(link), "x = 2\n")
    assert link.is_symlink()
    assert target.read_text() == "x = 2\n"
