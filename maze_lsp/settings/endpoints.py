"""The type of the setting `endpoints`: several services, each with its own key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

EMBEDDED = "embedded"
"""As an address: the embedded service."""

Dialect = Literal["auto", "llamacpp", "vllm", "sglang", "openai", "modal", "runpod"]


def no_truth(value: Any) -> Any:
    """`true` is no number, though Python thinks so."""
    if isinstance(value, bool):
        raise ValueError("a number is expected")
    return value


def _address(value: str) -> str:
    value = value.strip()
    if value in ("", EMBEDDED):
        return value
    parts = urlsplit(value)
    plain = not ("@" in parts.netloc or parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise ValueError("not a plain http(s) address")
    return value


def _header(value: SecretStr) -> SecretStr:
    """What can be sent as a header; anything else was copied wrongly."""
    key = value.get_secret_value().strip()
    if not (key.isascii() and (key.isprintable())):
        raise ValueError("not a key")
    return SecretStr(key)


Address = Annotated[str, AfterValidator(_address)]
Key = Annotated[SecretStr, AfterValidator(_header)]


class Endpoint(BaseModel):
    """One of several services. Without a `model` the setting of that name holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    endpoint: Annotated[Address, Field(min_length=1)]
    api_key: Key = SecretStr("")
    dialect: Dialect = "auto"
    model: str = ""
    weight: Annotated[float, Field(ge=0, le=1000), BeforeValidator(no_truth)] = 0

    def __str__(self) -> str:
        """For people: the key is not shown."""
        told = [f"model {self.model}"] if self.model else []
        told += [self.dialect] if self.dialect != "auto" else []
        key = self.api_key.get_secret_value()
        told += ["key in the keyring" if key == "keyring" else "key set"] if key else []
        told += [f"weight {self.weight:g}"] if self.weight else []
        return self.endpoint + (f" ({', '.join(told)})" if told else "")


def _written(value: Any) -> Any:
    """An address alone stands for a table; keys may be in camelCase."""
    if isinstance(value, str):
        return {"endpoint": value}
    if isinstance(value, Mapping) and "apiKey" in value:
        return {("api_key" if key == "apiKey" else key): inner for key, inner in value.items()}
    return value


def _different(value: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    if len({(one.endpoint.rstrip("/"), one.model) for one in value}) < len(value):
        raise ValueError("the same endpoint twice")
    return value


Endpoints = Annotated[
    tuple[Annotated[Endpoint, BeforeValidator(_written)], ...], Field(max_length=32), AfterValidator(_different)
]

EXPECTED = (
    "a list of addresses, or of tables with `endpoint` and, if wanted, `api_key`, `dialect` "
    f"({', '.join(f'`{name}`' for name in get_args(Dialect))}), `model` and `weight`"
)
