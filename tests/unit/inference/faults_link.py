"""Faults of the connection itself: no server, a wrong certificate, a restart, a clock that jumps."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import trustme

from tests.unit.inference.fake import Connection, fake_service
from tests.unit.inference.faults import BROKEN, REFUSED, TEXT, Fault, Scene


async def refused(scene: Scene) -> None:
    scene.settings["endpoint"] = f"http://127.0.0.1:{free_port()}"


async def no_such_name(scene: Scene) -> None:
    scene.settings["endpoint"] = "http://nowhere.invalid:8080"


async def unknown_issuer(scene: Scene) -> None:
    await _secured(scene, trustme.CA(), "127.0.0.1")


async def wrong_host(scene: Scene) -> None:
    authority = trustme.CA()
    _trust(scene, authority)
    await _secured(scene, authority, "other.example")


async def private_issuer(scene: Scene) -> None:
    authority = trustme.CA()
    _trust(scene, authority)
    await _secured(scene, authority, "127.0.0.1")


async def no_tls(scene: Scene) -> None:
    scene.settings["endpoint"] = scene.fake.url.replace("http:", "https:")


async def only_tls(scene: Scene) -> None:
    await _secured(scene, trustme.CA(), "127.0.0.1")
    scene.settings["endpoint"] = scene.settings["endpoint"].replace("https:", "http:")


async def dropped_at_once(scene: Scene) -> None:
    async def handler(connection: Connection) -> None:
        connection.reset()

    scene.disturb(handler)


async def dropped_once(scene: Scene) -> None:
    async def handler(connection: Connection) -> None:
        connection.reset()

    scene.disturb(handler, scene.wire.healthy())


async def restart_in_the_text(scene: Scene) -> None:
    """The process dies while it writes, is away for a moment, and comes again at the same address."""

    async def dies(connection: Connection) -> None:
        connection.reset()

    scene.disturb(scene.opened(scene.begun, then=dies), scene.wire.healthy())


async def comes_up_late(scene: Scene) -> None:
    """Nobody listens yet when the first request is made."""
    port = free_port()
    scene.settings |= {"endpoint": f"http://127.0.0.1:{port}"}
    scene.stack.enter_context(patch("maze_lsp.inference.retry.BACKOFF_BASE", 0.4))
    # Chance may draw pauses that are over before anybody listens; a person would then be told so, rightly.
    scene.stack.enter_context(patch("maze_lsp.inference.retry.random.uniform", lambda _low, high: high))

    async def start() -> None:
        await asyncio.sleep(0.1)
        late = await scene.stack.enter_async_context(fake_service(port=port))
        scene.wire.install(late)

    starting = asyncio.create_task(start())
    scene.stack.push_async_callback(asyncio.wait, [starting])


async def model_swapped(scene: Scene) -> None:
    """Another model is served from now on; the one that was used is not known any more."""
    assert scene.wire.swap
    scene.wire.swap(scene.fake)


async def clock_jumps(scene: Scene) -> None:
    """The wall clock goes a day forth and back at every look."""
    real, looks = time.time, iter(range(10**9))
    scene.stack.enter_context(patch("time.time", lambda: real() + 86400 * (next(looks) % 3 - 1)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _secured(scene: Scene, authority: trustme.CA, name: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    secured = await scene.stack.enter_async_context(fake_service(tls=context))
    scene.wire.install(secured)
    scene.settings["endpoint"] = secured.url


def _trust(scene: Scene, authority: trustme.CA) -> None:
    folder = scene.stack.enter_context(TemporaryDirectory())
    path = Path(folder, "ca.pem")
    authority.cert_pem.write_to_path(str(path))
    scene.settings["ca_file"] = str(path)


FAULTS = [
    Fault("connection refused", refused, BROKEN, "cannot connect", heals=False),
    Fault("name unknown to DNS", no_such_name, BROKEN, "nowhere.invalid", heals=False),
    Fault("TLS: issuer unknown", unknown_issuer, BROKEN, "certificate", heals=False),
    Fault("TLS: certificate of another host", wrong_host, BROKEN, "certificate", heals=False),
    Fault("TLS: issuer of the settings", private_issuer, TEXT),
    Fault("TLS: the server has none", no_tls, BROKEN, "TLS", heals=False),
    Fault("TLS: the server has nothing else", only_tls, BROKEN, heals=False),
    Fault("every connection is dropped", dropped_at_once, BROKEN, "broke"),
    Fault("one connection is dropped", dropped_once, TEXT),
    Fault("restart in the middle of the text", restart_in_the_text, (*BROKEN, *TEXT)),
    Fault("the server comes up late", comes_up_late, TEXT, heals=False),
    Fault("restart between two texts", dropped_once, TEXT, warm=True),
    Fault(
        "another model is served from now on",
        model_swapped,
        (*TEXT, *REFUSED),
        "model",
        warm=True,
        heals=False,
        needs=lambda wire: wire.swap is not None,
    ),
    Fault("clock jumps", clock_jumps, TEXT),
]
