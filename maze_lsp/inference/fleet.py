"""Several services as one: which is asked, which are left alone for a while, which is asked beside a late one.

Whoever generates asks for a `route` and stays on it; after a fault for another one. As a plain `Service` the fleet is
whichever of them comes first.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import aclosing
from typing import Protocol, cast, runtime_checkable

from maze_lsp.errors import ServiceError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference.hedging import raced
from maze_lsp.inference.types import Capabilities, Chunk, Completed, CompletionRequest, Service

PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds after which a service that failed is looked at again; the pause doubles as long as it is not well."""
_IN_USE = 60.0
"""Nobody is looked at when the fleet was not used for so long."""
_PATIENCE = 10.0
"""Seconds that one which has never answered (it may be starting) is waited for, while there are others."""
_MEASURED = 10
"""First texts that are waited for before it is known what is late."""
_THEIR_FAULT = frozenset({400, 413, 422})
"""Statuses that say something of the request and nothing of the service."""


@runtime_checkable
class Router(Protocol):
    """What has several services."""

    async def route(self, tried: Collection[str] = ()) -> Service:
        """A service of one endpoint that answers, none of those that were `tried`. Raises where none is left."""
        ...

    @property
    def services(self) -> Sequence[Service]:
        """All of them, in order."""
        ...


class Member:
    """A service of the fleet. `down_until`: monotonic; 0 while it is well."""

    def __init__(self, service: Service, weight: float = 0.0) -> None:
        self.service = service
        self.weight = weight
        self.down_until = 0.0
        self.pause = PAUSE
        self.waits: deque[float] = deque(maxlen=100)

    @property
    def up(self) -> bool:
        return not self.down_until

    def failed(self) -> None:
        self.pause = PAUSE if self.up else min(2 * self.pause, LONGEST_PAUSE)
        self.down_until = time.monotonic() + self.pause

    def worked(self) -> None:
        self.down_until = 0.0


class Fleet:
    """`members`: services with their weights; where any has one, chance chooses by them, else the first that is up.

    `hedge`: whether the next one is asked too where the first text is later than in 19 of 20 cases.
    """

    def __init__(self, members: Sequence[tuple[Service, float]], *, hedge: bool = False) -> None:
        self.members = [Member(service, weight) for service, weight in members]
        self.hedge = hedge
        self._used = 0.0
        self._watching: asyncio.Task[None] | None = None

    @property
    def services(self) -> Sequence[Service]:
        return [member.service for member in self.members]

    @property
    def endpoint(self) -> str:
        return next((m.service.endpoint for m in self.members if m.up), self.members[0].service.endpoint)

    async def route(self, tried: Collection[str] = ()) -> Service:
        """See `Router.route`. Those that failed lately are asked last."""
        self._used = time.monotonic()
        self._watched()
        faults: list[ServiceError] = []
        members = [member for member in self._order() if member.service.endpoint not in tried]
        patient = [(member, _PATIENCE if len(members) > 1 else None) for member in members]
        for member, seconds in patient:
            try:
                async with asyncio.timeout(seconds):
                    await member.service.capabilities()
            except TimeoutError:
                patient.append((member, None))  # waited for to the end once all have been asked
                continue
            except ServiceError as error:
                faults.append(error)
                self.failed(member, error)
                continue
            return Route(self, member)
        if len(faults) == 1:
            raise faults[0]
        told = " ".join(fault.message for fault in faults)
        raise ServiceUnreachable(
            f"None of the {len(self.members)} services of `endpoints` can be used. {told}".strip(),
            hint="Start one of them, or correct `endpoints` in the settings.",
        )

    def late(self, member: Member) -> float | None:
        """Seconds to its first text that only one of 20 takes longer than; None where too few are known."""
        waits = sorted(member.waits)
        return waits[min(len(waits) - 1, int(0.95 * len(waits)))] if len(waits) >= _MEASURED else None

    async def double(self, member: Member) -> Member | None:
        """Another one that is up and would give the same: it has the same model and takes the same prompt."""
        own = await member.service.capabilities()
        for other in self._order():
            if other is member or not other.up:
                continue
            try:
                its = await other.service.capabilities()
            except ServiceError as error:
                self.failed(other, error)
                continue
            if (its.model, its.grammar, its.infill, its.chat) == (own.model, own.grammar, own.infill, own.chat):
                return other
        return None

    def failed(self, member: Member, error: ServiceError) -> None:
        """Leave a service alone for a while, unless the fault is the request's; it is looked at meanwhile."""
        if isinstance(error, ServiceRefused) and error.status in _THEIR_FAULT:
            return
        member.failed()
        self._watched()

    # ------------------------------------------------------------------ as one service

    async def capabilities(self) -> Capabilities:
        return await (await self.route()).capabilities()

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`; another service is asked as long as no text has come."""
        tried: set[str] = set()
        fault: ServiceError | None = None
        while True:
            try:
                route = await self.route(tried)
            except ServiceError as error:
                raise fault or error from None
            came = False
            try:
                stream = cast(AsyncGenerator[Chunk | Completed], route.stream(request))
                async with aclosing(stream):
                    async for item in stream:
                        came = True
                        yield item
                return
            except ServiceError as error:
                if came:
                    raise
                fault = error
                tried.add(route.endpoint)

    async def tokenize(self, text: str) -> list[int]:
        return await (await self.route()).tokenize(text)

    async def health(self) -> str:
        """`ok` where one of them is."""
        states = await asyncio.gather(*(service.health() for service in self.services))
        if "ok" in states:
            return "ok"
        return "; ".join(f"{one.endpoint}: {state}" for one, state in zip(self.services, states, strict=True))

    async def models(self) -> list[str]:
        """Those of the services that answer."""
        found = await asyncio.gather(*(service.models() for service in self.services), return_exceptions=True)
        named = [name for names in found if not isinstance(names, BaseException) for name in names]
        faults = [one for one in found if isinstance(one, BaseException)]
        if len(faults) == len(found):
            raise faults[0]
        return list(dict.fromkeys(named))

    async def aclose(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        for service in self.services:
            await service.aclose()

    # ------------------------------------------------------------------ who is up

    def _order(self) -> list[Member]:
        """Those that are up by their weights, or as they are listed; then the others, the longest left alone first."""
        up = [member for member in self.members if member.up]
        if any(member.weight for member in self.members):
            # Keys of weighted sampling without replacement (Efraimidis and Spirakis); those without a weight come last.
            up.sort(key=lambda member: random.random() ** (1 / member.weight) if member.weight else -1, reverse=True)
        return up + sorted((m for m in self.members if not m.up), key=lambda member: member.down_until)

    def _watched(self) -> None:
        """See to it that those that are down are looked at."""
        down = any(not member.up for member in self.members)
        if down and (self._watching is None or self._watching.done()):
            self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """Look at those that are down until they are well, or nobody uses the fleet any more."""
        while time.monotonic() - self._used < _IN_USE:
            down = [member for member in self.members if not member.up]
            if not down:
                return
            await asyncio.sleep(max(0.05, min(member.down_until for member in down) - time.monotonic()))
            due = [member for member in down if not member.up and member.down_until <= time.monotonic()]
            await asyncio.gather(*map(self._look, due))

    async def _look(self, member: Member) -> None:
        try:
            state = await member.service.health()
        except ServiceError:
            state = "not well"
        if state == "ok":
            member.worked()
        else:
            member.failed()


class Route:
    """A way to one service of a fleet: itself a `Service`. `endpoint` is that of the service that wrote last."""

    def __init__(self, fleet: Fleet, member: Member) -> None:
        self._fleet = fleet
        self._member = member

    @property
    def endpoint(self) -> str:
        return self._member.service.endpoint

    async def capabilities(self) -> Capabilities:
        return await self._member.service.capabilities()

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[Chunk | Completed]:
        """See `Service.stream`. The first of two that answers is listened to, the other's connection is closed."""
        member, began = self._member, time.monotonic()
        delay = self._fleet.late(member) if self._fleet.hedge else None
        try:
            if delay is None:
                stream = cast(AsyncGenerator[Chunk | Completed], member.service.stream(request))
            else:
                stream = raced(request, member.service, self._second, delay)
            async with aclosing(stream):
                async for item in stream:
                    if began:
                        self._member.worked()
                        if self._member is member:
                            member.waits.append(time.monotonic() - began)
                        began = 0.0
                    yield item
        except ServiceError as error:
            self._fleet.failed(self._member, error)
            raise

    async def _second(self) -> tuple[Service, Callable[[], None]] | None:
        """The other one to be asked, and what is to be done if it is the quicker one."""
        other = await self._fleet.double(self._member)
        if other is None:
            return None

        def won() -> None:
            self._member = other

        return other.service, won

    async def tokenize(self, text: str) -> list[int]:
        return await self._member.service.tokenize(text)

    async def health(self) -> str:
        return await self._member.service.health()

    async def models(self) -> list[str]:
        return await self._member.service.models()

    async def aclose(self) -> None:
        """The fleet closes its services."""
