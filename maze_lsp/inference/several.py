"""From the setting `endpoints` to the services it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from maze_lsp.inference.fleet import Fleet
from maze_lsp.inference.options import InferenceSettings
from maze_lsp.inference.types import Service

EMBEDDED = "embedded"
_RETRIES = 1
"""Where another service can be asked, one that fails is not asked again and again."""


class _For:
    """The settings as they are for one endpoint."""

    def __init__(self, settings: InferenceSettings, **own: object) -> None:
        self._settings, self._own = settings, own

    def __getattr__(self, name: str) -> Any:
        return self._own[name] if name in self._own else getattr(self._settings, name)


def fleet(settings: InferenceSettings, progress: Callable[[str], None]) -> Fleet:
    """The services of `endpoints`; that of `endpoint`, where there is one too, comes first. Raises SettingsError."""
    members: list[tuple[Service, float]] = []
    if settings.endpoint.strip():
        members.append((_service(settings, progress), 0.0))
    for one in settings.endpoints:
        named = _For(
            settings,
            endpoint="" if one.endpoint == EMBEDDED else one.endpoint,
            api_key=one.api_key,
            dialect=one.dialect,
            model=one.model or settings.model,
        )
        members.append((_service(cast(InferenceSettings, named), progress), one.weight))
    return Fleet(members, hedge=settings.hedge)


def _service(settings: InferenceSettings, progress: Callable[[str], None]) -> Service:
    if settings.endpoint:
        from maze_lsp.inference.remote import RemoteService

        return RemoteService(settings, progress, retries=_RETRIES)
    from maze_lsp.inference.embedded.service import EmbeddedService

    return EmbeddedService(settings, progress)
