"""The Rust compiler as a judge: it only parses. Many texts are parsed at once, in modules of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

HOW = "install Rust 1.77 or newer: rustc, with the option -Zparse-crate-root-only"
EDITION = "2021"
_TOGETHER = 64


@cache
def available() -> bool:
    """Whether there is a compiler that can be made to parse only, and knows the language as the grammar has it."""
    return shutil.which("rustc") is not None and not problem('fn f() { let Some(_) = c"" else { return; }; }')


def problem(text: str) -> str:
    """Empty where `rustc` can parse the file, else its first complaint."""
    environment = {**os.environ, "RUSTC_BOOTSTRAP": "1"}
    command = [
        _rustc(),
        "-Zparse-crate-root-only",
        "--edition",
        EDITION,
        "--error-format=short",
        "--cap-lints=allow",
        "-",
    ]
    run = subprocess.run(command, input=text.encode(), capture_output=True, check=False, env=environment)
    if not run.returncode:
        return ""
    lines = run.stderr.decode(errors="replace").splitlines()
    return next((line for line in lines if " error" in line or line.startswith("error")), "it cannot be parsed")


def problems(texts: Sequence[str]) -> list[str]:
    """As `problem` for each; quick where most have none: those are parsed together."""
    if len(texts) > _TOGETHER:
        return [each for at in range(0, len(texts), _TOGETHER) for each in problems(texts[at : at + _TOGETHER])]
    if len(texts) == 1:
        return [problem(texts[0])]
    if not problem("".join(f"mod m{number} {{\n{text}\n}}\n" for number, text in enumerate(texts))):
        return [""] * len(texts)
    middle = len(texts) // 2
    return problems(texts[:middle]) + problems(texts[middle:])


def _rustc() -> str:
    found = shutil.which("rustc")
    if found is None:
        raise SystemExit(f"The judge is missing: {HOW}")
    return found
