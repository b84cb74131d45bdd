"""What inference needs to know from the settings, as a protocol: no import of the settings themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class NamedEndpoint(Protocol):
    """One of several endpoints. `model` is empty where the setting of that name holds."""

    @property
    def endpoint(self) -> str: ...
    @property
    def api_key(self) -> Any: ...
    @property
    def dialect(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def weight(self) -> float: ...


class InferenceSettings(Protocol):
    """The settings that this layer reads. Times in seconds; `embedded_threads` 0 means: chosen from the
    machine."""

    @property
    def endpoint(self) -> str: ...
    @property
    def api_key(self) -> Any: ...
    @property
    def dialect(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def endpoints(self) -> Sequence[NamedEndpoint]: ...
    @property
    def hedge(self) -> bool: ...
    @property
    def ca_file(self) -> str: ...
    @property
    def connect_timeout(self) -> float: ...
    @property
    def first_token_timeout(self) -> float: ...
    @property
    def token_timeout(self) -> float: ...
    @property
    def total_timeout(self) -> float: ...
    @property
    def embedded_context(self) -> int: ...
    @property
    def embedded_threads(self) -> int: ...
    @property
    def embedded_idle_seconds(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `connect`: to a connection; `first`: from the request to the first text; `between`: from
    one event to the next; `total`: the whole request with its retries."""

    connect: float = 10.0
    first: float = 120.0
    between: float = 30.0
    total: float = 600.0


def timeouts_of(settings: InferenceSettings) -> Timeouts:
    return Timeouts(
        connect=settings.connect_timeout,
        first=settings.first_token_timeout,
        between=settings.token_timeout,
        total=settings.total_timeout,
    )


def plain_key(key: Any) -> str:
    """The text of a key that may be wrapped (`SecretStr`) or absent."""
    if key is None:
        return ""
    reveal = getattr(key, "get_secret_value", None)
    return str(reveal() if reveal else key).strip()
