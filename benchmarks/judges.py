"""Who says whether a text is really the language: each language's own parser, and the place a text is put for it."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import rust_judge, typescript_judge


def _own_lines(kind: str, text: str, indent: str) -> str:  # noqa: ARG001
    return ""


@dataclass(frozen=True, slots=True)
class Judge:
    """`problem`: empty where the parser takes a file, else why not.

    `places`: kind → a file in which NUL is the hole, two levels deep, where everything is legal; several where a kind
    is for several constructs, the first that takes a text counts; "" for the kinds that are not named.
    `own_file`: a true text, by kind and indentation, as a file; empty where `places` will do. `together`: as `problem`
    for many files.
    """

    problem: Callable[[str], str]
    places: Mapping[str, str | tuple[str, ...]]
    own_file: Callable[[str, str, str], str] = _own_lines
    together: Callable[[Sequence[str]], list[str]] | None = None

    def problems(self, files: Sequence[str]) -> list[str]:
        """As `problem` for each file; quicker where the parser can take several at once."""
        return list(map(self.problem, files)) if self.together is None else self.together(files)

    def placed(self, kind: str, text: str) -> str:
        places = self.places.get(kind) or self.places[""]
        files = [place.replace("\0", text) for place in ((places,) if isinstance(places, str) else places)]
        return next((file for file in files[:-1] if not self.problem(file)), files[-1])

    def file(self, kind: str, text: str, indent: str) -> str:
        return self.own_file(kind, text, indent) or self.placed(kind, text)


def _ast_problem(text: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError) as problem:
        return f"{problem}"
    except (RecursionError, MemoryError):
        pass
    return ""


def _python_file(kind: str, text: str, indent: str) -> str:
    if kind == "expression":
        return JUDGES["python"].placed(kind, f"({text}\n)")
    return f"if x:\n{indent}{text}\n" if indent else text + "\n"


def _gofmt_problem(text: str) -> str:
    run = subprocess.run([_gofmt(), "-e"], input=text.encode(), capture_output=True, check=False)
    return run.stderr.decode(errors="replace").strip().partition("\n")[0] if run.returncode else ""


def _gofmt() -> str:
    found = shutil.which("gofmt") or next(iter(sorted(Path("/usr/lib").glob("go-*/bin/gofmt"))), None)
    if found is None:
        raise SystemExit("gofmt is missing: install Go, it is the judge here")
    return str(found)


def _json_problem(text: str) -> str:
    """Strict: the words that Python's reader takes beyond the RFC are refused."""
    try:
        json.loads(text, parse_constant=_no_constant)
    except ValueError as problem:
        return f"{problem}"
    except RecursionError:
        pass
    return ""


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _script_judge(kind: typescript_judge.ScriptKind) -> Judge:
    members = ("class Y {\n\0\n}\n", "interface Y {\n\0\n}\n")
    return Judge(
        partial(typescript_judge.problem, kind=kind),
        {
            "expression": _SCRIPT.format("y = \0;"),
            "element": _SCRIPT.format("y = \0;"),
            "arguments": _SCRIPT.format("y(\0);"),
            "parameters": "function y(\0) {}\n",
            "pattern": _SCRIPT.format("const \0 = y;"),
            "members": members if kind in ("TS", "TSX") else members[0],
            "fields": _SCRIPT.format("y = {\0};"),
            "items": _SCRIPT.format("y = [\0];"),
            "string": _SCRIPT.format("y = '\0';"),
            "type": "let y: \0;\n",
            "import": "\0\nexport {};\n",
            "declaration": "\0\nexport {};\n",
            "docstring": "\0\nfunction y() {}\n",
            "": _SCRIPT.format("\0"),
        },
    )


_PYTHON = "async def f():\n    while x:\n        {}\n"
_GO = "package p\n\nfunc f() {{\n\tfor {{\n\t\t{}\n\t}}\n}}\n"
_RUST = "impl T {{\n    async fn f() {{\n        'a: loop {{\n            {}\n        }}\n    }}\n}}\n"
_SCRIPT = "async function f() {{\n  for (;;) {{\n    {}\n  }}\n}}\n"
JUDGES = {
    "python": Judge(
        _ast_problem,
        {
            "expression": _PYTHON.format("y = \0"),
            "arguments": _PYTHON.format("y(\0)"),
            "type": _PYTHON.format("y: \0 = 1"),
            "parameters": _PYTHON.format("def g(\0): pass"),
            "import": _PYTHON.format("import \0"),
            "pattern": _PYTHON.format("match x:\n            case \0:\n                pass"),
            "arms": "async def f():\n  while x:\n    match x:\n        \0\n",
            "string": tuple(_PYTHON.format(f"y = {quote}\0{quote}") for quote in ('"', "'", '"""', "'''")),
            "": _PYTHON.format("\0"),
        },
        _python_file,
    ),
    "go": Judge(
        _gofmt_problem,
        {
            "expression": _GO.format("_ = \0"),
            "arguments": _GO.format("y(\0)"),
            "type": _GO.format("var y \0"),
            "declaration": "package p\n\n\0\n",
            "parameters": "package p\n\nfunc f(\0) {\n}\n",
            "members": ("package p\n\ntype T struct {\n\0\n}\n", "package p\n\ntype T interface {\n\0\n}\n"),
            "fields": _GO.format("_ = T{\0}"),
            "arms": (
                _GO.format("switch x {\n\0\n}"),
                _GO.format("switch x.(type) {\n\0\n}"),
                _GO.format("select {\n\0\n}"),
            ),
            "import": "package p\n\nimport \0\n",
            "string": _GO.format('_ = "\0"'),
            "docstring": "package p\n\n\0\nfunc f() {\n}\n",
            "": _GO.format("\0"),
        },
    ),
    "json": Judge(
        _json_problem,
        {
            "value": '{"a": [1, \0]}',
            "fields": '{"a": {\0}}',
            "items": '{"a": [\0]}',
            "string": '{"a": "\0"}',
        },
    ),
    "rust": Judge(
        rust_judge.problem,
        {
            "expression": _RUST.format("y(\0);"),
            "arguments": _RUST.format("y(\0);"),
            "type": _RUST.format("let y: \0;"),
            "pattern": _RUST.format("match y { \0 => {} }"),
            "parameters": "impl T {\n    fn f(\0) {}\n}\n",
            "members": "impl T {\n    \0\n}\n",
            "fields": _RUST.format("T { \0 };"),
            "arms": _RUST.format("match y {\n\0\n}"),
            "string": _RUST.format('y("\0");'),
            "import": "\0\n",
            "declaration": "\0\n",
            "docstring": "\0\nfn f() {}\n",
            "": _RUST.format("\0"),
        },
        together=rust_judge.problems,
    ),
    "javascript": _script_judge("JSX"),
    "typescript": _script_judge("TS"),
    "tsx": _script_judge("TSX"),
}
