"""Where a generation is asked for: one service, or one of several that is left for another one after a fault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from maze_lsp.errors import ServiceError, ServiceRefused
from maze_lsp.inference.fleet import Router
from maze_lsp.inference.types import Capabilities, Service
from maze_lsp.pipeline.steps import Plan, Step

_PASSING = frozenset({0, 408, 409, 425, 429, *range(500, 600)})
"""Statuses of a refusal that the same request may not meet again; 0: reported inside a stream."""

Planned = Callable[[Service, Capabilities], Awaitable[Plan | None]]
"""From a service to the plan with the prompts that are made for it."""


class Way(Protocol):
    """Where a step is asked for. What can be read changes with `onward`."""

    @property
    def service(self) -> Service: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def step(self) -> Step:
        """The step, with the prompt that this service is given."""
        ...

    async def onward(self, error: ServiceError, *, wrote: bool) -> str:
        """Find where to go on after a fault, and say so in a sentence. Raises the fault where nothing is left.

        `wrote`: whether the failed request brought text that was verified.
        """
        ...


class Asking:
    """Where a generation is asked for at the moment; `begin` comes first."""

    service: Service
    capabilities: Capabilities
    plan: Plan | None

    def __init__(self, service: Service, planned: Planned) -> None:
        self._router = service if isinstance(service, Router) else None
        self._alone = service
        self._planned = planned
        self._tried: set[str] = set()

    async def begin(self) -> None:
        await self._go_to(await self._router.route() if self._router else self._alone)

    async def _go_to(self, service: Service) -> None:
        self.service = service
        self.capabilities = await service.capabilities()
        self.plan = await self._planned(service, self.capabilities)

    async def onward(self, error: ServiceError, *, wrote: bool) -> str:
        """See `Way.onward`. One service is asked once more, if it wrote something and the fault may pass.

        Of several each is asked once in vain.
        """
        if self._router is None:
            if not wrote or not may_pass(error):
                raise error
            return f"The connection was lost; {self.service.endpoint} is asked to go on."
        left = self.service.endpoint
        if wrote:
            self._tried.clear()
        self._tried.add(left)
        while True:
            try:
                service = await self._router.route(self._tried)
            except ServiceError:
                raise error from None
            try:
                await self._go_to(service)
            except ServiceError:
                self._tried.add(service.endpoint)
                continue
            return f"{error.message} {service.endpoint} is asked {'to go on' if wrote else 'instead'}."


class StepWay:
    """The way of the step that comes after `text`."""

    def __init__(self, asking: Asking, text: str) -> None:
        self._asking = asking
        self._text = text
        self.step = self._next()

    @property
    def service(self) -> Service:
        return self._asking.service

    @property
    def capabilities(self) -> Capabilities:
        return self._asking.capabilities

    async def onward(self, error: ServiceError, *, wrote: bool) -> str:
        told = await self._asking.onward(error, wrote=wrote)
        self.step = self._next()
        return told

    def _next(self) -> Step:
        assert self._asking.plan is not None
        step = self._asking.plan.next(self._text)
        assert step is not None, "plans for other services have the same steps"
        return step


def may_pass(error: ServiceError) -> bool:
    """Whether the same request may succeed later."""
    return not isinstance(error, ServiceRefused) or error.status in _PASSING
