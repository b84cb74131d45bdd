"""Faults inside an answer: cut, stalled, garbled or swollen; errors that come behind a status of 200."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.unit.inference.fake import Connection, Handler
from tests.unit.inference.faults import BROKEN, REFUSED, STRANGE, TEXT, Arrange, Fault, Scene
from tests.unit.inference.formats import TEXTS, Wire

PLACES = 200
"""So many places at which a stream is cut."""
DRIP = 0.02
"""Seconds between two bytes of a slow server."""


async def nothing_comes(connection: Connection) -> None:
    await connection.closed_by_client()


def dripping(raw: bytes) -> Handler:
    """Byte by byte, for ever."""

    async def handler(connection: Connection) -> None:
        connection.last = True
        while True:
            for at in range(len(raw)):
                await connection.send(raw[at : at + 1])
                await asyncio.sleep(DRIP)

    return handler


def endless(piece: bytes, begin: bytes = b"") -> Callable[[Connection], Awaitable[None]]:
    """The same bytes, until nobody listens any more or 100 MB are sent."""

    async def handler(connection: Connection) -> None:
        await connection.send(begin)
        for _ in range(100 * 2**20 // len(piece)):
            await connection.send(piece)
        await connection.closed_by_client()

    return handler


def in_place_of_all(handler: Handler) -> Arrange:
    async def arrange(scene: Scene) -> None:
        scene.disturb(handler)

    return arrange


def begins(then: Handler, *, with_text: bool = False) -> Arrange:
    """The answer's head, the first piece if so wished, and then this."""

    async def arrange(scene: Scene) -> None:
        scene.disturb(scene.opened(*([scene.begun] if with_text else []), then=then))

    return arrange


def made_of(change: Callable[[Wire], list[bytes]]) -> Arrange:
    """The answer in other bytes."""

    async def arrange(scene: Scene) -> None:
        scene.disturb(scene.opened(*change(scene.wire)))

    return arrange


def cut(number: int) -> Fault:
    """The answer ends too early. What had come by then is not lost."""

    def at(wire: Wire) -> int:
        return number * len(wire.whole()) // PLACES

    return Fault(
        f"cut at {number} of {PLACES}",
        made_of(lambda wire: [wire.whole()[: at(wire)]]),
        (*BROKEN, *STRANGE, *TEXT),
        told=lambda wire: wire.before(at(wire)) if wire.streams else "",
    )


def first_text(wire: Wire) -> str:
    return wire.pieces(TEXTS)[0][0]


def error_in_the_stream(value: object, *, with_text: bool) -> Arrange:
    async def arrange(scene: Scene) -> None:
        assert scene.wire.error
        scene.disturb(scene.opened(*([scene.begun] if with_text else []), scene.wire.error(value)))

    return arrange


def noisy(wire: Wire) -> list[bytes]:
    """What the standard allows between events."""
    return [
        b": ping\n\n\n",
        *(raw + b"data:\n\nevent: ping\nid: 7\nretry: 5\ndata:\n\n:\n\n" for _, raw in wire.pieces(TEXTS)),
    ]


def with_crlf(wire: Wire) -> list[bytes]:
    return [wire.whole().replace(b"\n", b"\r\n")]


def single_bytes(wire: Wire) -> list[bytes]:
    return [bytes([byte]) for byte in wire.whole()]


def not_utf8(wire: Wire) -> list[bytes]:
    return [wire.whole().replace("ü".encode(), b"\xff").replace(b"\\u00fc", b"\xff")]


def streams(wire: Wire) -> bool:
    return wire.streams


def whole(wire: Wire) -> bool:
    return not wire.streams


def can_tell(wire: Wire) -> bool:
    return wire.error is not None


GARBLED = "".join(TEXTS).replace("ü", "\ufffd")
BUSY = {"message": "overloaded", "code": 503}
CUTS = [cut(number) for number in range(PLACES)]
FAULTS = [
    *CUTS,
    Fault("nothing comes at all", in_place_of_all(nothing_comes), BROKEN),
    Fault("nothing comes behind the head", begins(nothing_comes), BROKEN),
    Fault(
        "nothing comes behind the first text",
        begins(nothing_comes, with_text=True),
        BROKEN,
        told=first_text,
        needs=streams,
    ),
    Fault("the head comes byte by byte", in_place_of_all(dripping(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 999)), BROKEN),
    Fault("only comments come", begins(dripping(b": ping\n\n")), BROKEN, needs=streams),
    Fault(
        "an event comes byte by byte", begins(dripping(b"data: " + b"x" * 999), with_text=True), BROKEN, needs=streams
    ),
    Fault("an event of 100 MB", begins(endless(b"x" * 2**16, b"data: "), with_text=True), STRANGE, "MB", needs=streams),
    Fault("an event of endless lines", begins(endless(b"data: x\n" * 2**13)), STRANGE, "MB", needs=streams),
    Fault(
        "a document of 100 MB", begins(endless(b" " * 2**16)), (*STRANGE, *BROKEN), needs=lambda wire: not wire.streams
    ),
    Fault(
        "bytes that are not UTF-8", made_of(not_utf8), TEXT, text="".join(TEXTS).replace("ü", "\ufffd"), needs=streams
    ),
    Fault("every byte by itself", made_of(single_bytes), TEXT),
    Fault("comments and empty events between", made_of(noisy), TEXT, needs=streams),
    Fault("lines end as in Windows", made_of(with_crlf), TEXT),
    Fault(
        "error in the stream: a string",
        error_in_the_stream("Unauthorized", with_text=False),
        REFUSED,
        "Unauthorized",
        needs=can_tell,
    ),
    Fault(
        "error in the stream: an object",
        error_in_the_stream(BUSY, with_text=False),
        REFUSED,
        "overloaded",
        needs=can_tell,
    ),
    Fault(
        "error in the stream behind text",
        error_in_the_stream(BUSY, with_text=True),
        REFUSED,
        "overloaded",
        told=first_text,
        needs=can_tell,
    ),
]
