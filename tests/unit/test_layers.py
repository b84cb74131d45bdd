"""The layers of ARCHITECTURE.md, held by walking the imports of every module (invariant 1).

The tables below are the rules; the tests say which line of which file breaks one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "maze_lsp"

LAYERS = (
    ("server", "cli", "api", "cabi"),
    ("pipeline",),
    ("inference",),
    ("constraints",),
    ("oracles",),
    ("workspace",),
    ("context",),
    ("grammar",),
    ("languages",),
    ("provenance",),
    ("settings", "text", "errors", "__init__"),
)
"""From the top down: a layer may import those below it and itself."""

EXCEPTIONS = {
    # Names folders and creates them, nothing else; the ledger, the models and the service's files live there.
    ("provenance/ledger.py", "maze_lsp.workspace.folders"),
    # The shape of a record has no behaviour, and settings are plain data.
    ("settings.py", "maze_lsp.workspace.folders"),
}

PROTOCOL = {"pygls", "lsprotocol"}
PROTOCOL_USERS = ("server/", "oracles/")

NETWORK = {
    "aiohttp",
    "ftplib",
    "http",
    "httpcore",
    "httpx",
    "httpx_sse",
    "requests",
    "socket",
    "socketserver",
    "ssl",
    "urllib.request",
    "urllib3",
    "websockets",
    "xllamacpp",
}
NETWORK_USERS = ("inference/",)
LISTENERS = {"http", "socket", "ssl", "websockets"}
"""What the language server may use, to be connected to (`--tcp`, `--ws`); it connects to nothing."""

DISK_MODULES = {"shutil", "tempfile", "sqlite3", "glob", "fileinput", "mmap"}
DISK_CALLS = {
    "open",
    "read_text",
    "write_text",
    "read_bytes",
    "write_bytes",
    "unlink",
    "rmdir",
    "mkdir",
    "makedirs",
    "rename",
    "touch",
    "iterdir",
    "rglob",
    "listdir",
    "scandir",
}
DISK_USERS = ("workspace/", "provenance/ledger", "inference/embedded/", "inference/models.py", "languages/spec.py")


@dataclass(frozen=True)
class Module:
    """A source file: its path inside the package, and what it imports, with lines."""

    path: str
    tree: ast.Module

    @property
    def layer(self) -> str:
        return self.path.removesuffix(".py").split("/")[0]

    @property
    def package(self) -> list[str]:
        return ["maze_lsp", *self.path.split("/")[:-1]]

    def imports(self) -> Iterator[tuple[str, int]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, node.lineno
            elif isinstance(node, ast.ImportFrom):
                base = self.package[: len(self.package) + 1 - node.level] if node.level else []
                name = ".".join([*base, *([node.module] if node.module else [])])
                yield name, node.lineno
                for alias in node.names:
                    yield f"{name}.{alias.name}", node.lineno


@cache
def modules() -> tuple[Module, ...]:
    found = (path for path in sorted(PACKAGE.rglob("*.py")) if "__pycache__" not in path.parts)
    return tuple(
        Module(path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"), str(path)))
        for path in found
    )


def rank(layer: str) -> int:
    for number, names in enumerate(LAYERS):
        if layer in names:
            return number
    raise AssertionError(f"`{layer}` is in no layer: say in LAYERS where it belongs")


def uses(module: Module, names: set[str]) -> Iterator[tuple[str, int]]:
    """Imports of these packages or anything in them."""
    for name, line in module.imports():
        if any(name == wanted or name.startswith(wanted + ".") for wanted in names):
            yield name, line


def check(broken: Iterator[str]) -> None:
    complaints = sorted(set(broken))
    assert not complaints, "\n" + "\n".join(complaints)


def test_the_walk_sees_the_package() -> None:
    layers = {module.layer for module in modules()}
    assert {"cli", "server", "pipeline", "inference", "context", "grammar", "languages"} <= layers
    imported = {name for module in modules() for name, _ in module.imports()}
    assert {"pygls", "httpx", "llguidance", "tree_sitter"} <= {name.split(".")[0] for name in imported}


def test_imports_go_downward_only() -> None:
    def broken() -> Iterator[str]:
        for module in modules():
            for name, line in module.imports():
                parts = name.split(".")
                if parts[0] != "maze_lsp" or len(parts) < 2 or parts[1] == "__version__":
                    continue
                if any(module.path == path and name.startswith(what) for path, what in EXCEPTIONS):
                    continue
                if rank(parts[1]) < rank(module.layer):
                    yield f"{module.path}:{line}: {module.layer} may not import {name}"

    check(broken())


def test_front_ends_do_not_know_each_other() -> None:
    def broken() -> Iterator[str]:
        for module in modules():
            for name, line in module.imports():
                parts = name.split(".")
                other = len(parts) > 1 and parts[0] == "maze_lsp" and parts[1] in LAYERS[0]
                if other and module.layer in LAYERS[0] and parts[1] != module.layer:
                    yield f"{module.path}:{line}: {module.layer} may not import {name}"

    check(broken())


def test_only_the_server_knows_the_protocol() -> None:
    check(
        f"{module.path}:{line}: imports {name}"
        for module in modules()
        if not module.path.startswith(PROTOCOL_USERS)
        for name, line in uses(module, PROTOCOL)
    )


def test_only_inference_talks_to_the_network() -> None:
    def broken() -> Iterator[str]:
        for module in modules():
            if module.path.startswith(NETWORK_USERS):
                continue
            forbidden = NETWORK - LISTENERS if module.path.startswith("server/") else NETWORK
            for name, line in uses(module, forbidden):
                yield f"{module.path}:{line}: imports {name}"

    check(broken())


def test_few_modules_touch_the_disk() -> None:
    def broken() -> Iterator[str]:
        for module in modules():
            if module.path.startswith(DISK_USERS):
                continue
            for name, line in uses(module, DISK_MODULES):
                yield f"{module.path}:{line}: imports {name}"
            for name, line in calls(module, DISK_CALLS):
                yield f"{module.path}:{line}: calls {name}()"

    check(broken())


def calls(module: Module, names: set[str]) -> Iterator[tuple[str, int]]:
    """Calls of `name(…)` or `something.name(…)`. Many things of ours can be opened: only those of paths count."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id in names:
            yield function.id, node.lineno
        elif isinstance(function, ast.Attribute) and function.attr in names:
            owner = ast.unparse(function.value)
            if function.attr != "open" or re.search(r"\b(?:os|io|codecs|path|file|folder|Path\(.*\))$", owner):
                yield function.attr, node.lineno


def test_heavy_libraries_are_not_needed_to_name_the_layers_below() -> None:
    """The base imports no third-party package but what settings are declared with."""
    allowed = {"maze_lsp", "pydantic", "__future__"}

    def broken() -> Iterator[str]:
        import sys

        for module in modules():
            if module.path not in ("errors.py", "text.py", "settings.py", "__init__.py"):
                continue
            for name, line in module.imports():
                top = name.split(".")[0]
                if top not in allowed and top not in sys.stdlib_module_names:
                    yield f"{module.path}:{line}: imports {name}"

    check(broken())


@pytest.mark.parametrize("layer", ["grammar", "context", "constraints", "pipeline", "inference"])
def test_no_layer_names_a_language(layer: str) -> None:
    """A language is one folder under `languages/`; nothing else decides by its name."""
    names = {path.name for path in (PACKAGE / "languages").iterdir() if (path / "spec.py").exists()}
    assert names
    if layer in ("inference", "constraints"):
        names.discard("json")  # the services speak it, and there are JSON Schemas

    def broken() -> Iterator[str]:
        for module in modules():
            if module.layer != layer:
                continue
            docs = set(docstrings(module.tree))
            for node in ast.walk(module.tree):
                string = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs
                if string and names & set(re.split(r"[^a-z]+", node.value.lower())) and " " not in node.value:
                    yield f"{module.path}:{node.lineno}: names a language: {node.value[:60]!r}"
            for name, line in module.imports():
                if any(name.startswith(f"maze_lsp.languages.{language}") for language in names):
                    yield f"{module.path}:{line}: imports {name}"

    check(broken())


def docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Strings that stand as statements: documentation of modules, classes, functions and constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def test_a_breach_would_be_found() -> None:
    lines = ("from ..pipeline import run", "import httpx", "open('x')", "Path('x').open()", "ledger.open()")
    bad = Module("grammar/bad.py", ast.parse("\n".join(lines)))
    assert ("maze_lsp.pipeline", 1) in set(bad.imports())
    assert list(uses(bad, NETWORK)) == [("httpx", 2)]
    assert list(calls(bad, DISK_CALLS)) == [("open", 3), ("open", 4)]
