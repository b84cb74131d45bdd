"""The TypeScript compiler as a judge of JavaScript, TypeScript and what they are with JSX: syntax only, no types.

One process of node for all texts, started at the first one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import IO, Literal

from benchmarks.corpora import TYPESCRIPT

ScriptKind = Literal["JS", "JSX", "TS", "TSX"]

HOW = "install node, and fetch the TypeScript compiler: python -m benchmarks.corpora --judge"
COMPILER = TYPESCRIPT.folder / "package" / "lib" / "typescript.js"


def available() -> bool:
    return shutil.which("node") is not None and COMPILER.is_file()


def problem(text: str, kind: ScriptKind) -> str:
    """Why the parser refuses a file; empty where it takes it. Raises SystemExit where there is no parser."""
    questions, answers = _process()
    questions.write(json.dumps({"text": text, "kind": kind}) + "\n")
    questions.flush()
    found = json.loads(answers.readline())["problem"]
    assert isinstance(found, str)
    return found


@cache
def _process() -> tuple[IO[str], IO[str]]:
    if not available():
        raise SystemExit(f"The judge is missing: {HOW}")
    script = Path(__file__).with_suffix(".cjs")
    process = subprocess.Popen(
        ["node", str(script), str(COMPILER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout
