"""The user's tests with a generated text in place: in a copy, for a limited time, without keys."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from maze_lsp.errors import SettingsError, UsageError
from maze_lsp.workspace import documents, testing
from maze_lsp.workspace.testing import Outcome, run_with


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("def add(a, b):\n    ...\n")
    (root / "check.py").write_text("import sys\nsys.path.insert(0, 'src')\nfrom a import add\nassert add(1, 2) == 3\n")
    return root


def check(root: Path, text: str, command: str = "", seconds: float = 30) -> Outcome:
    document = documents.load(root / "src" / "a.py")
    return run_with(command or f"{shlex.quote(sys.executable)} check.py", root, document, text, seconds)


def python(program: str) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"


def test_the_text_stands_in_a_copy_only(project: Path) -> None:
    assert check(project, "def add(a, b):\n    return a + b\n").passed
    failed = check(project, "def add(a, b):\n    return a - b\n")
    assert not failed.passed
    assert "AssertionError" in failed.said
    assert (project / "src" / "a.py").read_text() == "def add(a, b):\n    ...\n"


def test_what_it_writes_is_thrown_away(project: Path) -> None:
    assert check(project, "", python("open('new', 'w').write('x')")).passed
    assert not (project / "new").exists()


def test_dependencies_are_linked_and_histories_left_out(project: Path) -> None:
    for folder in ("node_modules", ".git"):
        (project / folder).mkdir()
        (project / folder / "file").write_text("x")
    program = "import os, sys; sys.exit(os.path.exists('.git') or not os.path.islink('node_modules'))"
    assert check(project, "", python(program)).passed


def test_it_is_ended_in_time_with_all_that_it_started(project: Path) -> None:
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    outcome = check(project, "", python(program), 0.5)
    assert outcome == Outcome(False, "It did not end within 0.5 s.")


def test_only_the_end_of_its_output_is_kept(project: Path) -> None:
    outcome = check(project, "", python("print('x' * 10_000_000, end='the end')"))
    assert outcome.passed
    assert outcome.said.endswith("the end")
    assert len(outcome.said) < 5000


def test_it_gets_no_key(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAZE_API_KEY", "MODAL_API_KEY", "ANANKE_API_KEY"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in check(project, "", python("import os; print(dict(os.environ))")).said


@pytest.mark.parametrize(("command", "said"), [("", "not set"), ("'open", "cannot be read"), ("no-such", "no-such")])
def test_commands_that_are_none(project: Path, command: str, said: str) -> None:
    document = documents.load(project / "src" / "a.py")
    with pytest.raises(SettingsError, match=said):
        run_with(command, project, document, "", 5)


def test_a_folder_that_is_too_large_is_not_copied(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "MOST_FILES", 1)
    with pytest.raises(UsageError, match="too large"):
        check(project, "")
