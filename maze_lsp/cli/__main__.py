"""The program: run a command, end with its exit code, and never show a traceback unless asked to."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from maze_lsp.cli import console
from maze_lsp.errors import MazeError

CANCELLED = 130


def main() -> NoReturn:
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code (0 done, 1 failed, 2 usage, 3 service, 4 constraint, 130 cancelled)."""
    console.prepare()
    try:
        from maze_lsp.cli.app import app

        app(list(arguments), prog_name=_name())
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if code == CANCELLED:
            console.say("Cancelled.")
        return code
    except KeyboardInterrupt:
        console.say("Cancelled.")
        return CANCELLED
    except MazeError as error:
        _trace()
        if error.exit_code == CANCELLED:
            console.say(error.message)
        else:
            console.error(error)
        return error.exit_code
    except Exception as error:
        _trace()
        console.say(f"Error: this should not happen: {type(error).__name__}: {error}")
        console.say("Set MAZE_LOG=debug and run it again to see where; please report it.")
        return 1
    return 0


def _trace() -> None:
    if os.environ.get("MAZE_LOG", "").lower() in ("debug", "trace"):
        import traceback

        traceback.print_exc()


def _name() -> str:
    name = os.path.basename(sys.argv[0]).removesuffix(".exe")
    return name if name in ("maze", "ananke") else "maze"


if __name__ == "__main__":
    main()
