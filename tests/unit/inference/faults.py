"""What can go wrong between us and a service, once for all dialects, and how it has to end.

`run` plays one fault of one dialect; `FAULTS` names them all. The tests and `benchmarks.faults` share this.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from maze_lsp.errors import MazeError, ServiceError, ServiceProtocolError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference import connect
from tests.unit.inference.fake import Connection, Fake, Handler, fake_service, settings
from tests.unit.inference.formats import TEXTS, Wire

TIMEOUTS = {"connect_timeout": 2.0, "first_token_timeout": 1.5, "token_timeout": 0.8, "total_timeout": 5.0}
GUARD = 20.0
"""Seconds after which something hangs, whatever the machine has to do beside."""
KEY = "key-that-must-not-travel"

Arrange = Callable[["Scene"], Awaitable[None]]


@dataclass
class Scene:
    """One server of one dialect, healthy until a fault is arranged. `stack` is closed at the end."""

    wire: Wire
    fake: Fake
    settings: dict[str, Any]
    stack: AsyncExitStack
    notes: list[str] = field(default_factory=list)
    strangers: list[Fake] = field(default_factory=list)
    """Servers that must hear nothing."""

    def disturb(self, *handlers: Handler) -> None:
        """Answer the first requests so; the last handler holds for all that follow."""
        left = list(handlers)

        async def handler(connection: Connection) -> None:
            await (left.pop(0) if len(left) > 1 else left[0])(connection)

        self.fake.handlers[self.wire.path] = handler

    def opened(self, *pieces: bytes, then: Handler | None = None) -> Handler:
        """An answer of status 200 that begins with these bytes."""

        async def handler(connection: Connection) -> None:
            await connection.open_stream(self.wire.kind)
            await connection.send(*pieces)
            if then is not None:
                await then(connection)

        return handler

    @property
    def begun(self) -> bytes:
        """The first piece of the answer."""
        return self.wire.pieces(TEXTS)[0][1]


@dataclass(frozen=True)
class Fault:
    """`ends`: the errors that are right; `str` stands for the whole text. `words`: in the message, in any case.

    `heals`: once the server is well again, the same service answers. `warm`: the service has been used before.
    `text`: what comes of it, where it does. `told`: what has come before the error, at
    least. `needs`: the dialects where this can happen.
    """

    name: str
    arrange: Arrange
    ends: tuple[type[ServiceError] | type[str], ...]
    words: str = ""
    heals: bool = True
    warm: bool = False
    text: str = "".join(TEXTS)
    told: Callable[[Wire], str] = lambda _wire: ""
    needs: Callable[[Wire], bool] = lambda _wire: True


@dataclass(frozen=True)
class Outcome:
    """How it ended: the class's name (`text` for a whole text), what was said, and what was left behind."""

    ended: str
    message: str
    wrong: tuple[str, ...]
    seconds: float


async def run(wire: Wire, fault: Fault) -> Outcome:
    """Play one fault. Whatever is not as it should be is in `wrong`."""
    wrong: list[str] = []
    files, tasks = open_files(), asyncio.all_tasks()
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        fake = await stack.enter_async_context(fake_service())
        wire.install(fake)
        scene = Scene(wire, fake, {"endpoint": fake.url, "dialect": wire.dialect, **TIMEOUTS}, stack)
        if not fault.warm:
            await fault.arrange(scene)
        service = connect(settings(**{"model": "", "api_key": KEY, **scene.settings}), scene.notes.append)
        try:
            if fault.warm:
                await _ask(scene, service, _WELL, wrong)
                await fault.arrange(scene)
            ended, message = await _ask(scene, service, fault, wrong)
            seconds = time.monotonic() - began
            if fault.heals:
                wire.install(fake)
                await asyncio.sleep(0.01)  # the cool-down of tests
                await _ask(scene, service, _WELL, wrong)
            await _settled(lambda: not fake.busy, "the server still answers somebody", wrong)
        finally:
            await service.aclose()
        wrong += [f"a stranger was asked: {stranger.paths()}" for stranger in scene.strangers if stranger.requests]
    await _settled(lambda: not asyncio.all_tasks() - tasks, "tasks are left", wrong)
    await _settled(lambda: not open_files() - files, "files or sockets are left", wrong)
    return Outcome(ended, message, tuple(wrong), seconds)


async def _ask(scene: Scene, service: Any, fault: Fault, wrong: list[str]) -> tuple[str, str]:
    got: list[str] = []
    error: BaseException | None = None
    try:
        async with asyncio.timeout(GUARD):
            await scene.wire.ask(service, got)
    except Exception as caught:
        error = caught
    ended, message = (type(error).__name__, str(error)) if error else ("text", "".join(scene.notes[-1:]))
    broken_once = scene.wire.acts and isinstance(error, ServiceUnreachable) and " broke: " in str(error)
    if (error and type(error) not in fault.ends and not broken_once) or (not error and str not in fault.ends):
        wrong.append(f"{fault.name}: ended as {ended}: {message}")
    if not error and "".join(got) != fault.text:
        wrong.append(f"{fault.name}: the text is {''.join(got)!r}")
    if error and not fault.text.startswith("".join(got)):
        wrong.append(f"{fault.name}: {''.join(got)!r} is no beginning of the text")
    if error and not "".join(got).startswith(fault.told(scene.wire)):
        wrong.append(f"{fault.name}: {''.join(got)!r} is less than had come")
    if isinstance(error, MazeError):
        if scene.wire.exact and fault.words.lower() not in message.lower():
            wrong.append(f"{fault.name}: `{fault.words}` is not said: {message}")
        if not error.hint:
            wrong.append(f"{fault.name}: nothing says what to do: {message}")
        if len(message) > 700 or KEY in message or "Traceback" in message:
            wrong.append(f"{fault.name}: not a message for people: {message[:800]}")
    return ended, message


async def _settled(good: Callable[[], bool], words: str, wrong: list[str]) -> None:
    for _ in range(200):
        if good():
            return
        await asyncio.sleep(0.01)
    wrong.append(words)


def open_files() -> set[str]:
    """The open file descriptors with what they lead to; empty where the system does not tell."""
    found = set()
    for number in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        try:
            found.add(f"{number} {os.readlink(f'/proc/self/fd/{number}')}")
        except OSError:
            continue  # the descriptor by which the folder was read
    return found


async def _nothing(_scene: Scene) -> None:
    return


_WELL = Fault("the server is well again", _nothing, (str,))


def faults() -> Iterator[Fault]:
    """Every fault, in the order of the table."""
    from tests.unit.inference import faults_http, faults_link, faults_stream

    for module in (faults_link, faults_http, faults_stream):
        yield from module.FAULTS


TEXT, REFUSED = (str,), (ServiceRefused,)
BROKEN, STRANGE = (ServiceUnreachable,), (ServiceProtocolError,)
