"""The program `maze-lsp`: stdio unless told otherwise."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import secrets
import sys

from maze_lsp import __version__


def main() -> None:
    gc.disable()  # what is made until `initialize` is answered stays; see `lifecycle.initialize`
    parser = argparse.ArgumentParser(prog="maze-lsp", description="Language server for constrained code generation.")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--stdio", action="store_true", help="speak over stdin and stdout (the default)")
    how.add_argument("--tcp", metavar="HOST:PORT", help="listen on a loopback address; needs the token")
    how.add_argument("--ws", metavar="HOST:PORT", help="listen for WebSocket on a loopback address; needs the token")
    parser.add_argument("--log-level", default="warning", choices=["error", "warning", "info", "debug", "trace"])
    parser.add_argument("--version", action="version", version=f"maze-lsp {__version__}")
    options, unknown = parser.parse_known_args()
    if unknown:
        parser.error(f"unknown argument {unknown[0]}")
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from maze_lsp.server.app import create_server
    from maze_lsp.server.session import set_log_level

    set_log_level(options.log_level)
    server = create_server()
    if options.tcp or options.ws:
        sys.exit(_listen(server, options))
    server.start_io()


def _listen(server: object, options: argparse.Namespace) -> int:
    """Serve one client over TCP or WebSocket. The token is `MAZE_TOKEN`, or made up and shown on stderr."""
    from maze_lsp.errors import MazeError
    from maze_lsp.server.listen import loopback_address, serve_tcp, serve_ws
    from maze_lsp.server.session import MazeServer

    assert isinstance(server, MazeServer)
    token = os.environ.get("MAZE_TOKEN", "")
    shown = "" if token else secrets.token_urlsafe(24)

    def announce(host: str, port: int) -> None:
        print(f"listening on {host}:{port}" + (f", token {shown}" if shown else ""), file=sys.stderr, flush=True)

    try:
        host, port = loopback_address(options.tcp or options.ws)
        if options.tcp:
            server.expected_token = token or shown
            asyncio.run(serve_tcp(server, host, port, announce))
        else:
            asyncio.run(serve_ws(server, host, port, token or shown, announce))
    except MazeError as error:
        print(f"maze-lsp: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"maze-lsp: cannot listen there: {error}. Choose another port.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    main()
