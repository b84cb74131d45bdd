"""Listening on loopback, for editors that connect instead of starting us.

Each connection has a server object of its own, so that nobody hears what another editor says, and a stranger cannot
take an editor's place. All have to know the token. The process ends when the last editor has sent `exit`; one that
merely lost its connection may come back.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from maze_lsp.errors import UsageError
from maze_lsp.server.session import MazeServer
from maze_lsp.server.streams import converse

logger = logging.getLogger(__name__)

_STRANGER_SECONDS = 10.0
"""How long a connection may stay without an accepted `initialize`."""
_MOST_CONNECTIONS = 16
_LONGEST_MESSAGE = 256 * 1024 * 1024

Announce = Callable[[str, int], None]


def loopback_address(text: str) -> tuple[str, int]:
    """`HOST:PORT` → (host, port). Raises UsageError for anything that is not on this machine."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise UsageError(f"`{text}` is not an address.", hint="Write HOST:PORT, for example 127.0.0.1:2087.")
    if not _is_loopback(host):
        raise UsageError(
            f"`{host}` is not an address of this machine alone.",
            hint="Use 127.0.0.1 and a tunnel; whoever reaches the server can read and change your files.",
        )
    return host, int(port)


class Sessions:
    """The connections that are open, and whether the process may end."""

    def __init__(self, make: Callable[[], MazeServer]) -> None:
        self._make = make
        self._open: set[MazeServer] = set()
        self.over = asyncio.Event()

    def enter(self) -> MazeServer | None:
        """A server for a new connection; None where there are too many."""
        if len(self._open) >= _MOST_CONNECTIONS:
            return None
        server = self._make()
        self._open.add(server)
        asyncio.get_running_loop().call_later(_STRANGER_SECONDS, _drop_stranger, server)
        return server

    def leave(self, server: MazeServer) -> None:
        self._open.discard(server)
        said_goodbye = server.protocol.initialized and server.left.is_set()
        if said_goodbye and not any(other.protocol.initialized for other in self._open):
            self.over.set()


def _drop_stranger(server: MazeServer) -> None:
    if not server.protocol.initialized:
        server.leave(1)


async def serve_tcp(make: Callable[[], MazeServer], host: str, port: int, token: str, announce: Announce) -> None:
    """Serve editors whose `initialize` carries the token, until the last one has sent `exit`."""
    sessions = Sessions(make)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = sessions.enter()
        if server is None:
            writer.close()
            return
        server.expected_token = token
        server.protocol.set_writer(writer)
        try:
            await converse(server, reader)
        except UsageError as error:
            logger.warning("a connection was closed: %s", error)
        finally:
            sessions.leave(server)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    listening = await asyncio.start_server(connected, host, port)
    announce(*listening.sockets[0].getsockname()[:2])
    try:
        await sessions.over.wait()
    finally:
        listening.close()


async def serve_ws(make: Callable[[], MazeServer], host: str, port: int, token: str, announce: Announce) -> None:
    """The same over WebSocket; the token comes with the handshake, and pages of other sites are refused."""
    from websockets.asyncio.server import ServerConnection, serve

    sessions = Sessions(make)

    def check(connection: ServerConnection, request: Any) -> Any:
        origins = request.headers.get_all("Origin")
        if not all(_own_origin(origin) for origin in origins):
            return connection.respond(HTTPStatus.FORBIDDEN, "This origin may not connect.\n")
        if not same(_token_of(request), token):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "The token is missing or wrong.\n")
        return None

    async def connected(connection: ServerConnection) -> None:
        server = sessions.enter()
        if server is None:
            await connection.close(1013, "too many connections")
            return
        writer = SocketWriter(connection)
        server.protocol.set_writer(writer, include_headers=False)
        try:
            await _converse(server, connection)
        finally:
            sessions.leave(server)
            await writer.end()

    async with serve(connected, host, port, process_request=check, max_size=_LONGEST_MESSAGE) as listening:
        announce(*next(iter(listening.sockets)).getsockname()[:2])
        await sessions.over.wait()


class SocketWriter:
    """pygls' writer on a WebSocket: one text frame a message, in order."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue()
        self._sending = asyncio.ensure_future(self._send())

    def write(self, data: bytes) -> None:
        self._waiting.put_nowait(data.decode())

    def close(self) -> None:
        """The connection is closed by `end`."""

    async def end(self) -> None:
        """Send what is waiting, then close."""
        self._waiting.put_nowait(None)
        await self._sending
        await self._connection.close()

    async def _send(self) -> None:
        from websockets.exceptions import ConnectionClosed

        with suppress(ConnectionClosed):
            while (text := await self._waiting.get()) is not None:
                await self._connection.send(text)


async def _converse(server: MazeServer, connection: Any) -> None:
    async def read() -> None:
        async for message in connection:
            server.protocol.receive(message.encode() if isinstance(message, str) else message)
            if server.left.is_set():
                return

    reading = asyncio.ensure_future(read())
    leaving = asyncio.ensure_future(server.left.wait())
    try:
        await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (reading, leaving):
            task.cancel()
        await asyncio.gather(reading, leaving, return_exceptions=True)
        await server.stop()


def same(given: object, token: str) -> bool:
    """Whether somebody knows the token; takes as long whatever they say."""
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _token_of(request: Any) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return str(given.strip())
    return str(parse_qs(urlsplit(request.path).query).get("token", [""])[0])


def _own_origin(origin: str) -> bool:
    try:
        return _is_loopback(urlsplit(origin).hostname or "")
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
