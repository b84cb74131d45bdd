"""The user's folders and how they can be moved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from maze_lsp.errors import MazeError
from maze_lsp.workspace.folders import cache_dir, config_dir, ensure, state_dir


@pytest.mark.parametrize(
    ("variable", "folder"),
    [("MAZE_STATE_DIR", state_dir), ("MAZE_CACHE_DIR", cache_dir), ("MAZE_CONFIG_DIR", config_dir)],
)
def test_variables_move_folders(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, folder: Callable[[], Path]
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "x"))
    assert folder() == tmp_path / "x"
    assert not folder().exists()
    monkeypatch.setenv(variable, " ")
    assert folder().name
    assert folder() != tmp_path / "x"


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    path = ensure(tmp_path / "a" / "b")
    assert path.stat().st_mode & 0o777 == 0o700
    assert ensure(path) == path


def test_a_folder_that_cannot_be_made_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MazeError, match="cannot be created") as caught:
        ensure(tmp_path / "file" / "sub")
    assert "MAZE_STATE_DIR" in caught.value.hint
