"""The program `maze-lsp`: stdio unless told otherwise."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from typing import TYPE_CHECKING

from maze_lsp import __version__
from maze_lsp.errors import MazeError

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer


def main() -> None:
    gc.disable()  # what is made until `initialize` is answered stays; see `lifecycle.initialize`
    options = _parser().parse_args()
    from maze_lsp.server import logs

    logs.set_up()
    logs.set_level(options.log_level or "warning")
    try:
        sys.exit(_listen(options) if options.tcp or options.ws else _serve(options.log_level))
    except MazeError as error:
        print(f"maze-lsp: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        print(f"maze-lsp: cannot listen at {options.tcp or options.ws}: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="maze-lsp", description="Language server for constrained code generation.")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--stdio", action="store_true", help="speak over stdin and stdout (the default)")
    how.add_argument("--tcp", metavar="HOST:PORT", help="listen on a loopback address; needs the token")
    how.add_argument("--ws", metavar="HOST:PORT", help="listen for WebSocket on a loopback address; needs the token")
    parser.add_argument(
        "--log-level",
        choices=["error", "warning", "info", "debug", "trace"],
        help="what goes to stderr (default: the setting log_level); document text only at trace",
    )
    parser.add_argument("--version", action="version", version=f"maze-lsp {__version__}")
    return parser


def _serve(log_level: str | None) -> int:
    """Serve the client at the standard streams; the exit code."""
    from maze_lsp.server import streams

    output = streams.reserve_stdout()

    async def serve() -> int:
        return await streams.serve_stdio(_made(log_level), output)

    return asyncio.run(serve())


def _listen(options: argparse.Namespace) -> int:
    """Serve editors over TCP or WebSocket. The token is `MAZE_TOKEN`, or made up and shown on stderr."""
    import secrets

    from maze_lsp.server.listen import loopback_address, serve_tcp, serve_ws

    given = os.environ.get("MAZE_TOKEN", "")
    token = given or secrets.token_urlsafe(24)
    host, port = loopback_address(options.tcp or options.ws)

    def announce(host: str, port: int) -> None:
        shown = "" if given else f", token {token}"
        print(f"listening on {host}:{port}{shown}", file=sys.stderr, flush=True)

    serve = serve_tcp if options.tcp else serve_ws
    asyncio.run(serve(lambda: _made(options.log_level), host, port, token, announce))
    return 0


def _made(log_level: str | None) -> MazeServer:
    from maze_lsp.server.app import create_server

    server = create_server()
    server.log_level = log_level
    return server


if __name__ == "__main__":
    main()
