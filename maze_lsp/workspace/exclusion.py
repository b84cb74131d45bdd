"""Which files may never become part of a prompt: ignored by git, excluded by the settings, or likely secrets.

Ignore files are read as git reads them: deeper ones win over those above, and nothing below an ignored folder can
be taken back in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from pathspec import GitIgnoreSpec

SECRETS = (
    ".env*",
    "*.env",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.ppk",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    "*credentials*",
    "secrets.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
    "*.tfvars",
    "*.tfstate",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".npmrc",
    ".pypirc",
    ".htpasswd",
    ".ssh/",
    ".gnupg/",
    ".aws/",
)
"""Names of files and folders that look like secrets, as lines of an ignore file; letter case does not count."""


def is_excluded(path: str | Path, root: str | Path | None, patterns: Iterable[str] = ()) -> bool:
    """Whether a file is kept out of prompts. `patterns`: globs of `maze.exclude`, relative to `root`."""
    return bool(why_excluded(path, root, patterns))


def why_excluded(path: str | Path, root: str | Path | None, patterns: Iterable[str] = ()) -> str:
    """The reason, in words that follow "the file", empty where the file may be used.

    Without a root the globs apply to the whole path.
    """
    path = Path(os.path.abspath(path))
    top = Path(os.path.abspath(root)) if root is not None else Path(path.anchor)
    relative = _relative(path, top) or _relative(path, Path(path.anchor)) or path.name
    if _lines_spec(SECRETS).match_file(relative.lower()):
        return "looks like a place for secrets"
    chosen = tuple(patterns)
    if chosen and _lines_spec(chosen).match_file(relative):
        return "matches the setting maze.exclude"
    if _git_ignores(path):
        return "is ignored by git"
    return ""


def _git_ignores(path: Path) -> bool:
    repository = next((folder for folder in path.parents if (folder / ".git").exists()), None)
    if repository is None:
        return False
    steps = path.relative_to(repository).parts
    rules = [(repository, spec) for spec in _shared(repository)]
    folder = repository
    for depth in range(1, len(steps) + 1):
        spec = _file_spec(folder / ".gitignore")
        if spec is not None:
            rules.append((folder, spec))
        name = repository.joinpath(*steps[:depth])
        if _last_word(name, rules, folder=depth < len(steps)):
            return True
        folder = name
    return False


def _last_word(path: Path, rules: list[tuple[Path, GitIgnoreSpec]], *, folder: bool) -> bool:
    """What the deepest rule that speaks of a path says."""
    for base, spec in reversed(rules):
        relative = path.relative_to(base).as_posix() + ("/" if folder else "")
        verdict = spec.check_file(relative).include
        if verdict is not None:
            return bool(verdict)
    return False


def _shared(repository: Path) -> Iterator[GitIgnoreSpec]:
    """The user's own rules and those of the repository that are in no file of it, weakest first."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for path in (config / "git" / "ignore", repository / ".git" / "info" / "exclude"):
        spec = _file_spec(path)
        if spec is not None:
            yield spec


def _relative(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return ""


def _file_spec(path: Path) -> GitIgnoreSpec | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return _read_spec(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _read_spec(path: Path, _changed: int, _size: int) -> GitIgnoreSpec | None:
    """The rules of a file; read again when it has changed. A file that cannot be read has none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return _compiled(lines)


@lru_cache(maxsize=16)
def _lines_spec(lines: tuple[str, ...]) -> GitIgnoreSpec:
    return _compiled(lines)


def _compiled(lines: Iterable[str]) -> GitIgnoreSpec:
    """Rules from lines; one that is no pattern at all is passed over, as git does."""
    good = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue
        good.append(line)
    return GitIgnoreSpec.from_lines(good)
