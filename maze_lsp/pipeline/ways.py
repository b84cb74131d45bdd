"""Where the requests of a generation go: one service, or one of several that can be left for another on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from maze_lsp.errors import ServiceError, ServiceRefused
from maze_lsp.inference.types import Capabilities, Service
from maze_lsp.pipeline.steps import Step

_PASSING = frozenset({0, 408, 409, 425, 429, *range(500, 600)})
"""Statuses of a refusal that another request may not meet; 0: reported inside a stream."""


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

    async def onward(self, error: ServiceError, *, wrote: bool) -> None:
        """Find where to go on after a fault. Raises it where nothing is left.

        `wrote`: whether the failed request brought text that was verified.
        """
        ...


@dataclass(slots=True)
class OneService:
    """A way that stays. After a fault it is asked once more, if it wrote something and the fault may pass."""

    service: Service
    capabilities: Capabilities
    step: Step

    async def onward(self, error: ServiceError, *, wrote: bool) -> None:
        if not wrote or not may_pass(error):
            raise error


def may_pass(error: ServiceError) -> bool:
    """Whether the same request may succeed later or elsewhere."""
    return not isinstance(error, ServiceRefused) or error.status in _PASSING
