"""Messages over a stream of bytes, and the standard streams of this process.

Reads in a thread of its own instead of pygls' pool, so that an idle client does not keep the process from ending.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from maze_lsp.errors import UsageError

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer

_CHUNK = 65536
_LONGEST_FROM_A_STRANGER = 1_000_000
"""Bytes of a message that is read before `initialize` was accepted."""


class PipeWriter:
    """pygls' writer on a file descriptor. A client that is gone ends the session and raises nothing."""

    def __init__(self, descriptor: int, server: MazeServer) -> None:
        self._descriptor = descriptor
        self._server = server

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            self._server.leave(1)

    def close(self) -> None:
        """The descriptor ends with the process."""


def reserve_stdout() -> int:
    """A descriptor for the protocol alone; whatever is printed from now on goes to stderr."""
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    return own


async def serve_stdio(server: MazeServer, output: int) -> int:
    """Serve the client at the standard streams until it leaves; the exit code."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    threading.Thread(target=_feed, args=(reader, loop), name="stdin", daemon=True).start()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError, ValueError):
            loop.add_signal_handler(name, server.leave, 128 + name)
    server.protocol.set_writer(PipeWriter(output, server))
    await converse(server, reader)
    return server.exit_code


def _feed(reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
    with suppress(RuntimeError, OSError):  # the loop is closed when we end first
        while data := os.read(0, _CHUNK):
            loop.call_soon_threadsafe(reader.feed_data, data)
        loop.call_soon_threadsafe(reader.feed_eof)


async def converse(server: MazeServer, reader: asyncio.StreamReader) -> None:
    """Hand messages to the server until the client or the server leaves; then stop what the server runs."""
    reading = asyncio.ensure_future(_read(server, reader))
    leaving = asyncio.ensure_future(server.left.wait())
    try:
        await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (reading, leaving):
            task.cancel()
        await server.stop()
    if reading.done() and not reading.cancelled() and (error := reading.exception()) is not None:
        raise error


async def _read(server: MazeServer, reader: asyncio.StreamReader) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while not server.left.is_set():
            length = await _head(reader)
            if length is None:
                return
            if length > _LONGEST_FROM_A_STRANGER and not server.protocol.initialized:
                raise UsageError("The first message is too long.", hint="A client begins with `initialize`.")
            server.protocol.receive(await reader.readexactly(length))


async def _head(reader: asyncio.StreamReader) -> int | None:
    """The length of the message that follows; None at the end of the stream. UsageError for another protocol."""
    length: int | None = None
    while True:
        try:
            line = await reader.readline()
        except ValueError:  # longer than any header
            line = b"?"
        if not line:
            return None
        name, colon, value = line.partition(b":")
        if not line.strip() and length is not None:
            return length
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
        elif not colon or not name.lower().startswith(b"content-"):
            raise UsageError(
                "What came is not the language server protocol: a message begins with Content-Length.",
                hint="Start maze-lsp from an editor; `maze` is the program for the terminal.",
            )
