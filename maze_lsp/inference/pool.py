"""The connections to one endpoint: whom the key is sent to, whom TLS trusts, which proxies and redirects count.

The key goes only to the endpoint's own host: every request is built on its address, and redirects are followed only
where they stay there. What comes back is neither compressed nor larger than is reasonable.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any

import httpx

from maze_lsp.inference import faults, tls

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of an answer that is read as a whole."""
MAX_REDIRECTS = 20


class Pool:
    """Raises `httpx` errors, and ServiceErrors where an answer is refused.

    Proxies are those of the usual variables. They do not apply to this machine, nor to a service that is `local`.
    `ca_file`: certificates that are trusted beside the usual ones; SettingsError where it cannot be used.
    """

    def __init__(self, endpoint: str, api_key: str, connect: float, *, local: bool, ca_file: str) -> None:
        self._endpoint = endpoint
        headers = {"Accept-Encoding": "identity", "User-Agent": "maze-lsp"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self._client = httpx.AsyncClient(
            headers=headers,
            follow_redirects=False,
            trust_env=not (local or _is_loopback(endpoint)),
            verify=tls.context_of(endpoint, ca_file),
            timeout=httpx.Timeout(None, connect=connect),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=4, keepalive_expiry=4.0),
        )

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None, accept: str = "") -> httpx.Response:
        """The head of the answer; the caller closes it. Redirects that stay on the same host are followed."""
        request = self._client.build_request(method, self._endpoint + path, **_content(body))
        if accept:
            request.headers["Accept"] = accept
        for _ in range(MAX_REDIRECTS):
            response = await self._client.send(request, stream=True)
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                await response.aclose()
                raise faults.compressed(self._endpoint)
            following = response.next_request
            # By 301 and 302 a POST would become a GET, which no service means.
            if following is None or response.status_code not in (303, 307, 308):
                return response
            if _origin(following.url) != _origin(request.url):
                return response
            await response.aclose()
            request = following
        raise faults.round_and_round(self._endpoint)

    async def whole(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[httpx.Response, bytes]:
        """The answer and what is in it."""
        response = await self.send(method, path, body)
        try:
            return response, await self.read(response)
        finally:
            await response.aclose()

    async def read(self, response: httpx.Response) -> bytes:
        data = bytearray()
        async for piece in response.aiter_bytes():
            data += piece
            if len(data) > MAX_ANSWER:
                raise faults.too_much(self._endpoint, MAX_ANSWER, "answer")
        return bytes(data)

    async def aclose(self) -> None:
        await self._client.aclose()


def _is_loopback(endpoint: str) -> bool:
    host = httpx.URL(endpoint).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _content(body: Mapping[str, Any] | None) -> dict[str, Any]:
    """What `httpx` needs for a JSON body. A text from an editor may contain half a surrogate pair."""
    if body is None:
        return {}
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return {"content": raw, "headers": {"Content-Type": "application/json"}}
