"""Listening on loopback, for editors that connect instead of starting us. One client; it has to know the token."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
from http import HTTPStatus
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

from maze_lsp.errors import UsageError
from maze_lsp.server.session import MazeServer

logger = logging.getLogger(__name__)


def loopback_address(text: str) -> tuple[str, int]:
    """`HOST:PORT` → (host, port). Raises UsageError for anything that is not on this machine."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdigit() or int(port) > 65535:
        raise UsageError(f"`{text}` is not an address.", hint="Write HOST:PORT, for example 127.0.0.1:2087.")
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise UsageError(
            f"`{host}` is not an address of this machine alone.",
            hint="Use 127.0.0.1 and a tunnel; whoever reaches the server can read and change your files.",
        )
    return host, int(port)


async def serve_tcp(server: MazeServer, host: str, port: int, announce: Any) -> None:
    """Serve the first client that connects, until it leaves. Its `initialize` has to carry the token."""
    from pygls.io_ import run_async

    over = asyncio.Event()
    taken = False

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        if taken:
            writer.close()
            return
        taken = True
        server.stop_reading = stop = Event()
        server.connection = writer
        server.protocol.set_writer(writer)
        try:
            await run_async(stop_event=stop, reader=reader, protocol=server.protocol, logger=logger)
        finally:
            writer.close()
            over.set()

    listening = await asyncio.start_server(connected, host, port)
    announce(*listening.sockets[0].getsockname()[:2])
    async with listening:
        await over.wait()
    await server.stop()


async def serve_ws(server: MazeServer, host: str, port: int, token: str, announce: Any) -> None:
    """The same over WebSocket; the token comes with the handshake, and pages of other sites are refused."""
    from pygls.io_ import run_websocket
    from websockets.asyncio.server import ServerConnection, serve

    over = asyncio.Event()
    taken = False

    def check(connection: ServerConnection, request: Any) -> Any:
        origin = request.headers.get("Origin")
        if origin is not None and not _own_origin(origin):
            return connection.respond(HTTPStatus.FORBIDDEN, "This origin may not connect.\n")
        if not hmac.compare_digest(_token_of(request), token):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "The token is missing or wrong.\n")
        if taken:
            return connection.respond(HTTPStatus.CONFLICT, "Another editor is connected.\n")
        return None

    async def connected(connection: ServerConnection) -> None:
        nonlocal taken
        taken = True
        try:
            await run_websocket(websocket=connection, stop_event=Event(), protocol=server.protocol, logger=logger)
        finally:
            over.set()

    async with serve(connected, host, port, process_request=check, max_size=64 * 1024 * 1024) as listening:
        announce(*next(iter(listening.sockets)).getsockname()[:2])
        await over.wait()
    await server.stop()


def _token_of(request: Any) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return str(given.strip())
    return str(parse_qs(urlsplit(request.path).query).get("token", [""])[0])


def _own_origin(origin: str) -> bool:
    host = urlsplit(origin).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
