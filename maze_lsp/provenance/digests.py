"""Digests by which records name what they do not keep: the same in every process."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit


def digest(text: str) -> str:
    """SHA-256 (hex) of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def canonical_json(value: object) -> str:
    """JSON with sorted keys and without white space: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def request_digest(
    *, prompt_digest: str, grammar_digest: str, parameters: Mapping[str, object], model: str, seed: int
) -> str:
    """The digest of a whole request: two requests with the same digest asked for the same."""
    return digest(
        canonical_json(
            {
                "prompt": prompt_digest,
                "grammar": grammar_digest,
                "parameters": dict(parameters),
                "model": model,
                "seed": seed,
            }
        )
    )


def public_endpoint(endpoint: str) -> str:
    """An http(s) address without user name, password, query and fragment, which may hold secrets; else empty."""
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https"):
        return ""
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
