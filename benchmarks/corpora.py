"""Real code to measure with: fetched from the package registries into `.corpora/`, never committed.

    python -m benchmarks.corpora [LANGUAGE…]
    python -m benchmarks.corpora --judge      # the TypeScript compiler alone, which tests judge with

Python has its standard library at hand. npm packages come by `npm pack`, Debian's by `apt-get download` (no root
needed). `MAZE_CORPORA` names another folder. What other projects judge us by is left alone: see CONTRIBUTING.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import tarfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(os.environ.get("MAZE_CORPORA") or Path(__file__).parent.parent / ".corpora")


@dataclass(frozen=True, slots=True)
class Npm:
    """A package of the npm registry; `name` with its version."""

    name: str
    part: str = ""

    @property
    def folder(self) -> Path:
        return ROOT / "npm" / self.name.rpartition("@")[0].replace("/", "-").lstrip("@")

    def fetch(self, into: Path) -> None:
        with TemporaryDirectory() as temporary:
            _run("npm", "pack", "--silent", self.name, "--pack-destination", temporary)
            with tarfile.open(next(Path(temporary).glob("*.tgz"))) as archive:
                archive.extractall(into, filter="data")


@dataclass(frozen=True, slots=True)
class Debian:
    """A package of Debian's; `part` of it is what is measured with."""

    name: str
    part: str = ""

    @property
    def folder(self) -> Path:
        return ROOT / "debian" / self.name

    def fetch(self, into: Path) -> None:
        with TemporaryDirectory() as temporary:
            _run("apt-get", "download", self.name, cwd=temporary)
            _run("dpkg-deb", "-x", str(next(Path(temporary).glob("*.deb"))), str(into))


_CRATES = ("clap", "syn", "hyper", "h2", "rand", "nom", "itertools", "futures-util")
_SCRIPTS = (
    "three@0.187.0",
    "svelte@5.57.3",
    "eslint@10.15.0",
    "webpack@5.112.2",
    "preact@11.2.0",
    "hono@4.13.19",
    "@wordpress/block-editor@18.0.0",
    "expo-router@58.0.6",
)
_TYPED = (
    "effect@4.1.0",
    "@wordpress/components@41.0.0",
    "@reduxjs/toolkit@2.14.0",
    "@trpc/server@11.25.2",
    "@tanstack/query-core@5.108.0",
    "@tanstack/react-query@5.108.0",
    "react-native-paper@5.15.3",
    "react-native-gesture-handler@3.5.0",
    "@react-navigation/elements@2.9.45",
    "@react-navigation/drawer@7.14.2",
    "immer@11.2.10",
    "react-redux@9.3.1",
)
TEST262 = Npm("test262-parser-tests@0.0.5")
VOCABULARY = Npm("js-tiktoken@1.0.21")
TYPESCRIPT = Npm("typescript@5.9.3")

PACKAGES: dict[str, tuple[Npm | Debian, ...]] = {
    # its folder `test` is older than the formatter
    "go": (Debian("golang-1.19-src", "usr/share/go-1.19/src"),),
    "rust": tuple(Debian(f"librust-{name}-dev") for name in _CRATES),
    "javascript": tuple(map(Npm, _SCRIPTS)),
    "typescript": tuple(map(Npm, _TYPED)),
    "tsx": tuple(map(Npm, _TYPED)),
    "json": tuple(map(Npm, (*_SCRIPTS, *_TYPED, "tm-themes@1.12.12"))),
}


def fetched(package: Npm | Debian) -> Path:
    """The folder of a package, fetched where it is not there yet. Raises SystemExit where that fails."""
    folder = package.folder
    if not folder.exists():
        print(f"fetching {package.name}", file=sys.stderr)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as temporary:
            package.fetch(Path(temporary))
            os.chmod(temporary, 0o755)
            Path(temporary).rename(folder)
            Path(temporary).mkdir()  # for the manager to remove
    return folder


def default_paths(language: str) -> list[Path]:
    """Where code of a language is found: what stands here already, else fetched."""
    if language == "python":
        return [Path(sysconfig.get_paths()["stdlib"])]
    return [fetched(package) / package.part for package in PACKAGES[language]]


def _run(*command: str, cwd: str | None = None) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError as problem:
        raise SystemExit(f"{command[0]} is missing; it is needed to fetch code to measure with") from problem
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")


def fetch() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpora", description=__doc__)
    parser.add_argument("languages", nargs="*", choices=[*PACKAGES, []], metavar="LANGUAGE")
    parser.add_argument("--judge", action="store_true", help="only what tests need: the TypeScript compiler")
    options = parser.parse_args()
    wanted = options.languages or list(PACKAGES)
    packages = [package for language in wanted for package in PACKAGES[language]]
    for package in [TYPESCRIPT] if options.judge else [*packages, TEST262, VOCABULARY, TYPESCRIPT]:
        print(fetched(package))
    return 0


if __name__ == "__main__":
    sys.exit(fetch())
