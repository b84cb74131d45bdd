"""Which files are kept out of prompts. Where git is installed, it is the judge of what git ignores."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from maze_lsp.workspace.exclusion import is_excluded, why_excluded


def tree(root: Path, files: dict[str, str]) -> None:
    (root / ".git" / "info").mkdir(parents=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize(
    "name",
    [".env", ".env.local", "prod.env", "deploy/key.pem", "id_rsa", "ID_RSA.pub", "aws_credentials.json",
     "home/.ssh/config", ".netrc", "secrets.yaml", "x.tfvars"],
)  # fmt: skip
def test_files_that_look_like_secrets(tmp_path: Path, name: str) -> None:
    assert why_excluded(tmp_path / name, tmp_path) == "looks like a place for secrets"


@pytest.mark.parametrize("name", ["main.py", "environment.py", "keys.py", "secrets.py", "monkey.py", "env/a.py"])
def test_source_files_are_not_secrets_by_name(tmp_path: Path, name: str) -> None:
    assert not is_excluded(tmp_path / name, tmp_path)


def test_the_setting_excludes_by_globs_of_the_workspace(tmp_path: Path) -> None:
    patterns = ("generated/**", "*.gen.py", "/top.py")
    assert (
        why_excluded(tmp_path / "generated" / "deep" / "a.py", tmp_path, patterns) == "matches the setting maze.exclude"
    )
    assert is_excluded(tmp_path / "a" / "b.gen.py", tmp_path, patterns)
    assert is_excluded(tmp_path / "top.py", tmp_path, patterns)
    assert not is_excluded(tmp_path / "a" / "top.py", tmp_path, patterns)
    assert not is_excluded(tmp_path / "a.py", tmp_path, patterns)


FILES = {
    ".gitignore": "*.log\nbuild/\n/only_top.py\n!keep.log\nsub/*.tmp.py\n\n# comment.py\n",
    ".git/info/exclude": "private.py\n",
    "a.log": "",
    "keep.log": "",
    "build/a.py": "",
    "build/.gitignore": "!a.py\n",
    "only_top.py": "",
    "sub/only_top.py": "",
    "sub/x.tmp.py": "",
    "sub/.gitignore": "!b.log\nlocal.py\n",
    "sub/b.log": "",
    "sub/local.py": "",
    "sub/deep/local.py": "",
    "local.py": "",
    "private.py": "",
    "comment.py": "",
    "main.py": "",
}


def test_files_that_git_ignores(tmp_path: Path) -> None:
    tree(tmp_path, FILES)
    ignored = {name for name in FILES if is_excluded(tmp_path / name, tmp_path)}
    assert ignored == {
        "a.log", "build/a.py", "build/.gitignore", "only_top.py", "sub/x.tmp.py", "sub/local.py",
        "sub/deep/local.py", "private.py",
    }  # fmt: skip


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_agrees(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    names = "\n".join(name for name in FILES if not name.startswith(".git/"))
    answer = subprocess.run(
        ["git", "-C", str(tmp_path), "check-ignore", "--no-index", "--stdin"],
        input=names,
        text=True,
        capture_output=True,
    )
    ours = {name for name in names.splitlines() if is_excluded(tmp_path / name, tmp_path)}
    assert ours == set(answer.stdout.splitlines())


def test_an_ignore_file_that_changes_is_read_again(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "a.py\n"})
    assert is_excluded(tmp_path / "a.py", tmp_path)
    (tmp_path / ".gitignore").write_text("bb.py\n")
    assert not is_excluded(tmp_path / "a.py", tmp_path)


def test_a_workspace_inside_a_repository_and_none_at_all(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "*.skip.py\n", "pkg/a.skip.py": ""})
    assert is_excluded(tmp_path / "pkg" / "a.skip.py", tmp_path / "pkg")
    assert is_excluded(tmp_path / "pkg" / "a.skip.py", None)
    assert not is_excluded(tmp_path / "pkg" / "a.py", None)
