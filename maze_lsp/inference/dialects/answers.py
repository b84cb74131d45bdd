"""Answers that several servers give alike: lists of models, token ids, health."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceRefused
from maze_lsp.inference.dialects import values
from maze_lsp.inference.http import JSON, Http
from maze_lsp.inference.models import KNOWN


def token_ids(answer: Any, endpoint: str) -> list[int]:
    """The tokens in an answer to `/tokenize`."""
    tokens = values.mapping(answer).get("tokens")
    if not isinstance(tokens, list):
        raise ServiceProtocolError(f"{endpoint}/tokenize did not answer with tokens.")
    return [values.count(token) for token in tokens]


async def tokenized(http: Http, model: JSON, text: str) -> list[int]:
    """The tokens of a text, of servers that speak OpenAI's protocol; `model` is the entry of `/v1/models`."""
    body = {"model": model["id"], "prompt": text, "add_special_tokens": False}
    return token_ids(await http.post_json("/tokenize", body), http.endpoint)


def model_ids(answer: Any, endpoint: str) -> list[str]:
    """The names in an answer to `/v1/models`."""
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list):
        raise ServiceProtocolError(f"{endpoint}/v1/models did not answer with a list of models.")
    return [str(entry["id"]) for entry in values.mappings(data) if "id" in entry]


def wanted_model(model: str) -> str:
    """The model to ask for; empty where the settings leave it at a model of the embedded service."""
    return "" if model in KNOWN else model


def chosen_model(answer: Any, endpoint: str, wanted: str) -> JSON:
    """The entry of `/v1/models` that requests go to: the wanted one, else the first."""
    names = model_ids(answer, endpoint)
    if not names or (wanted and wanted not in names):
        raise not_served(endpoint, wanted, names)
    name = wanted or names[0]
    return next(entry for entry in values.mappings(answer["data"]) if str(entry.get("id")) == name)


def not_served(endpoint: str, wanted: str, names: Iterable[str]) -> ServiceRefused:
    return ServiceRefused(
        f"{endpoint} does not serve the model `{wanted}`; it serves: {', '.join(names) or 'none'}.",
        status=404,
        hint="Set `model` to one of these.",
    )


async def health(http: Http, path: str) -> str:
    """See `Service.health`; `path` is answered with JSON where all is well."""
    try:
        await http.get_json(path, patient=False)
    except ServiceRefused as error:
        return "loading" if error.status == 503 else str(error)
    except ServiceError as error:
        return str(error)
    return "ok"
