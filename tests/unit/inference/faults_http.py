"""Faults in the head of an answer: statuses, redirects, bodies that are no JSON, and servers that ask to come back."""

from __future__ import annotations

import gzip
import time
from email.utils import formatdate
from typing import Any

from tests.unit.inference.fake import Connection, Handler, fake_service
from tests.unit.inference.faults import BROKEN, REFUSED, STRANGE, TEXT, Arrange, Fault, Scene

PAGE = b"<!DOCTYPE html><html><body>" + b"Welcome to the proxy. " * 500 + b"</body></html>"
BODY = {"error": {"message": "the server's own words", "type": "x", "code": 0}}
SAID = {
    400: "the server's own words",
    401: "API key",
    403: "API key",
    404: "address",
    408: "again",
    409: "the server's own words",
    413: "too long",
    422: "the server's own words",
    429: "busy",
    500: "HTTP 500",
    502: "HTTP 502",
    503: "starting or overloaded",
    504: "HTTP 504",
}
"""What each lasting status has to say."""


def answers(status: int, body: Any = BODY, kind: str = "application/json", **headers: str) -> Handler:
    async def handler(connection: Connection) -> None:
        await connection.answer(status, body, kind, **headers)

    return handler


def always(status: int, body: Any = BODY, kind: str = "application/json", **headers: str) -> Arrange:
    async def arrange(scene: Scene) -> None:
        scene.disturb(answers(status, body, kind, **headers))

    return arrange


def once(status: int, body: Any = BODY, **headers: str) -> Arrange:
    """The first request is refused so, the second is answered."""

    async def arrange(scene: Scene) -> None:
        scene.disturb(answers(status, body, **headers), scene.wire.healthy())

    return arrange


async def a_date(scene: Scene) -> None:
    scene.disturb(answers(429, Retry_After=formatdate(time.time() + 1, usegmt=True)), scene.wire.healthy())


async def a_date_by_a_wrong_clock(scene: Scene) -> None:
    """The server's clock is a month ahead; by that clock it asks for a second of patience."""
    ahead = time.time() + 30 * 86400
    dates = {"Date": formatdate(ahead, usegmt=True), "Retry_After": formatdate(ahead + 1, usegmt=True)}
    scene.disturb(answers(429, **dates), scene.wire.healthy())


async def loading_for_a_while(scene: Scene) -> None:
    async def ready(connection: Connection) -> None:
        assert any("starting" in note for note in scene.notes), scene.notes
        await scene.wire.healthy()(connection)

    scene.disturb(answers(503, LOADING), answers(503, LOADING), ready)


async def to_a_stranger(scene: Scene) -> None:
    stranger = await scene.stack.enter_async_context(fake_service())
    scene.strangers.append(stranger)
    scene.disturb(answers(307, b"", Location=stranger.url + scene.wire.path))


async def to_another_path(scene: Scene) -> None:
    """As a proxy does that has moved its API, or a service whose answer takes long."""
    scene.fake.handlers["/moved"] = scene.wire.healthy()
    scene.disturb(answers(307, b"", Location="/moved"))


async def round_and_round(scene: Scene) -> None:
    scene.disturb(answers(307, b"", Location=scene.wire.path))


async def to_nowhere(scene: Scene) -> None:
    scene.disturb(answers(302, b"", Location="http://[::1:x"))


async def no_http(scene: Scene) -> None:
    async def handler(connection: Connection) -> None:
        connection.last = True
        await connection.send(b"SSH-2.0-OpenSSH_9.9\r\n")

    scene.disturb(handler)


async def half_a_document(scene: Scene) -> None:
    async def handler(connection: Connection) -> None:
        connection.last = True
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{")

    scene.disturb(handler)


async def a_bomb(scene: Scene) -> None:
    """Some kilobytes that would become 64 MB."""
    scene.disturb(answers(200, gzip.compress(b" " * 2**26), scene.wire.kind, Content_Encoding="gzip"))


LOADING = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
OR_STRANGE = (*REFUSED, *STRANGE)

FAULTS = [
    *(
        Fault(f"HTTP {status}", always(status), OR_STRANGE if status in (400, 404) else REFUSED, SAID[status])
        for status in SAID
    ),
    *(Fault(f"HTTP {status}, once", once(status), TEXT) for status in (408, 429, 502, 503, 504)),
    Fault("HTTP 401 with a string as error", always(401, {"error": "Unauthorized"}), REFUSED, "Unauthorized"),
    Fault("HTTP 502 with a web page", always(502, PAGE, "text/html"), REFUSED, "HTML"),
    Fault("HTTP 400 with an empty body", always(400, b""), OR_STRANGE),
    Fault("HTTP 204", always(204, b""), REFUSED, "204"),
    Fault("HTTP 429, Retry-After in seconds", once(429, Retry_After="1"), TEXT),
    Fault("HTTP 429, Retry-After as a date", a_date, TEXT),
    Fault("HTTP 429, Retry-After by a wrong clock", a_date_by_a_wrong_clock, TEXT),
    Fault("HTTP 429, Retry-After in an hour", always(429, Retry_After="3600"), REFUSED, "3600 s"),
    Fault("HTTP 503, Retry-After that means nothing", once(503, Retry_After="soon"), TEXT),
    Fault("loading for ever", always(503, LOADING), REFUSED, "Loading model"),
    Fault("loading for a while", loading_for_a_while, TEXT),
    Fault("a web page instead of JSON", always(200, PAGE, "text/html"), STRANGE, "HTML"),
    Fault("JSON cut short", always(200, b'{"content": "a'), STRANGE, "JSON"),
    Fault("a document shorter than announced", half_a_document, BROKEN),
    Fault("an empty document", always(200, b""), STRANGE),
    Fault("another document", always(200, ["what", "is", 1]), (*STRANGE, *BROKEN)),
    Fault("a text of another content type", always(200, b"data: {}\n\n", "text/plain"), STRANGE),
    Fault("a redirect to another host", to_a_stranger, REFUSED, "redirects"),
    Fault("a redirect on the same host", to_another_path, TEXT),
    Fault("a redirect in a circle", round_and_round, REFUSED, "redirects"),
    Fault("a redirect to nowhere", to_nowhere, (*REFUSED, *BROKEN)),
    Fault("a bomb of compressed text", a_bomb, STRANGE, "compressed"),
    Fault("not HTTP at all", no_http, BROKEN),
]
