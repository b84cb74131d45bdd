"""How a service is: what was proven of it, what is worse than it could be, and how to mend that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from maze_lsp.errors import ServiceError, ServiceUnreachable
from maze_lsp.inference.embedded.service import EmbeddedService
from maze_lsp.inference.fleet import Router
from maze_lsp.inference.infill import Format
from maze_lsp.inference.prove import Proven, prove
from maze_lsp.inference.types import Capabilities, Service

_SLOW_FIRST_MS = 2000.0
_SLOW_RATE = 10.0

_ENFORCING = {
    "llama.cpp": "Build llama-server with `-DLLAMA_LLGUIDANCE=ON`.",
    "vLLM": 'Start vLLM with `--structured-outputs-config \'{"backend":"guidance"}\'`.',
    "SGLang": "Start SGLang with `--grammar-backend llguidance`.",
    "RunPod": "Deploy vLLM there with the guidance backend (docs/serving.md).",
    "Modal": "Deploy vLLM there with the guidance backend (docs/serving.md).",
}
_CACHING = {
    "vLLM": "Start vLLM with `--enable-prefix-caching`.",
    "SGLang": "Start SGLang without `--disable-radix-cache`.",
}


@dataclass(frozen=True, slots=True)
class Degraded:
    """Something that is worse than it could be: what it means for the user, and what to do about it (may be empty)."""

    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Report:
    """`milliseconds`: until the service had said what it is and its grammars were proven. `memory`: bytes that the
    embedded service holds; 0 for others."""

    endpoint: str
    health: str
    capabilities: Capabilities
    proven: Proven
    degraded: tuple[Degraded, ...]
    milliseconds: float
    memory: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain values, the names as in the dataclasses, flat."""
        capabilities = asdict(replace(self.capabilities, infill=None))
        infill = self.capabilities.infill.name if self.capabilities.infill else ""
        return {
            "endpoint": self.endpoint,
            "health": self.health,
            **capabilities,
            "infill": infill,
            **asdict(self.proven),
            "degraded": [asdict(one) for one in self.degraded],
            "milliseconds": self.milliseconds,
            "memory": self.memory,
        }


@dataclass(frozen=True, slots=True)
class Missing:
    """A service that is not there or not well, and why."""

    endpoint: str
    message: str

    def as_json(self) -> dict[str, Any]:
        return {"endpoint": self.endpoint, "health": self.message}


ShapeOf = Callable[[Format | None], Format | None]
"""From the notation for gaps that was seen to the one that is used."""


async def reports(service: Service, shape_of: ShapeOf = lambda seen: seen) -> list[Report | Missing]:
    """A report of each service of the setting `endpoints`, one after the other; of the only one, where there is one.

    Raises ServiceError where none is there and well.
    """
    members = service.services if isinstance(service, Router) else [service]
    found: list[Report | Missing] = []
    faults: list[ServiceError] = []
    for member in members:
        try:
            found.append(await report(member, shape_of))
        except ServiceError as error:
            found.append(Missing(member.endpoint, str(error)))
            faults.append(error)
    if len(faults) == len(members):
        raise faults[0]
    return found


def as_json_of(found: Sequence[Report | Missing]) -> dict[str, Any]:
    """The first service that is well, and all in a list `services` where there are several."""
    first = next(one for one in found if isinstance(one, Report))
    return first.as_json() | ({"services": [one.as_json() for one in found]} if len(found) > 1 else {})


async def report(service: Service, shape_of: ShapeOf = lambda seen: seen) -> Report:
    """Ask, prove and measure. Raises ServiceError where the service is not there or not well."""
    began = time.perf_counter()
    capabilities = await service.capabilities()
    state = await service.health()
    elapsed = 1000 * (time.perf_counter() - began)
    if state != "ok":
        raise ServiceUnreachable(
            f"The service at {service.endpoint} is not well: {state.rstrip('.')}.", hint="See its log, or try again."
        )
    capabilities = replace(capabilities, infill=shape_of(capabilities.infill))
    proven = await prove(service)
    found = tuple(degraded(capabilities, proven))
    memory = (await service.instance()).memory() if isinstance(service, EmbeddedService) else 0
    return Report(service.endpoint, state, capabilities, proven, found, round(elapsed, 1), memory)


def degraded(seen: Capabilities, proven: Proven) -> Iterator[Degraded]:
    """In order of weight."""
    server = next((name for name in _ENFORCING if seen.server.startswith(name)), "")
    if not seen.grammar:
        mend = _ENFORCING.get(server, "Use llama.cpp, vLLM or SGLang, which enforce grammars (docs/services.md).")
        why = "Grammars are not enforced by this server"
        if seen.plain_grammar:
            why, mend = "Only plain grammars are enforced by this server, without `&` and `~`", "Update the server."
        yield Degraded(f"{why}: texts are checked here and cut back where they leave the grammar.", mend)
    elif proven.big_grammars is False:
        yield Degraded("Large grammars are refused: those of whole languages may be.", "Update the server.")
    if seen.chat:
        yield Degraded("It only chats: the hole goes as messages.", "A service that completes texts does better.")
    elif seen.infill is None:
        yield Degraded(
            "The model is shown only what stands above the hole.",
            "Serve a model that can fill gaps, or name its tokens by `fim` or `fim_tokens`.",
        )
    if not seen.context_size:
        yield Degraded("The size of its context is not known.", "`prompt_tokens` bounds what is sent.")
    if not seen.counts:
        yield Degraded("It does not count tokens: the length of a prompt is estimated.", "")
    if proven.prefix_cache is False:
        yield Degraded("Each request reads its whole prompt anew.", _CACHING.get(server, ""))
    if not proven.logprobs:
        yield Degraded("It gives no log-probabilities: candidates are not ranked by them.", "")
    if proven.queue and proven.queue.waiting:
        yield Degraded(f"{proven.queue.waiting} requests wait in its queue.", "Add servers, or wait.")
    if proven.first_token_ms > _SLOW_FIRST_MS or 0 < proven.tokens_per_second < _SLOW_RATE:
        yield Degraded("It is slow.", "A smaller model, a faster machine, or fewer users at once help.")
