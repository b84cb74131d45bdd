"""The one HTTP client: JSON requests and event streams to one endpoint, with time-outs, retries and bounds.

Owns everything that is the same for all servers. Knows no dialect: bodies and events are plain JSON values.
The key goes only to the endpoint's own host: redirects are not followed and every request is built on its address.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar

import httpx

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceUnreachable
from maze_lsp.inference import faults, sse
from maze_lsp.inference.options import Timeouts

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of one JSON answer."""
MAX_RETRIES = 4
BACKOFF_BASE, BACKOFF_CAP, RETRY_AFTER_CAP = 0.4, 8.0, 30.0
"""Seconds."""

JSON = dict[str, Any]
T = TypeVar("T")


class Http:
    """A connection pool to one endpoint. Raises `ServiceError`s and nothing else.

    `trust_env`: whether the usual proxy variables apply (not for a service on this machine).
    """

    def __init__(
        self, endpoint: str, api_key: str = "", timeouts: Timeouts | None = None, *, trust_env: bool = True
    ) -> None:
        self.endpoint = endpoint
        self.timeouts = timeouts or Timeouts()
        headers = {"Accept-Encoding": "identity", "User-Agent": "maze-lsp"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self._client = httpx.AsyncClient(
            headers=headers,
            follow_redirects=False,
            trust_env=trust_env,
            timeout=httpx.Timeout(None, connect=self.timeouts.connect),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=4, keepalive_expiry=4.0),
        )

    async def get_json(self, path: str, *, within: float = 10.0) -> Any:
        """The decoded answer to a GET, asked once; `within` seconds."""
        return await self._json("GET", path, None, within)

    async def post_json(self, path: str, body: Mapping[str, Any], *, within: float = 30.0) -> Any:
        """The decoded answer to a POST, asked once; `within` seconds."""
        return await self._json("POST", path, body, within)

    async def events(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        has_text: Callable[[JSON], bool],
        retried: frozenset[int] = faults.RETRIED_STATUSES,
    ) -> AsyncGenerator[JSON]:
        """The events of a stream as JSON objects, up to `[DONE]` or the end of the answer.

        The request is repeated, where that can help, only while no event with text (`has_text`) has been seen.
        Closing the generator closes the connection.
        """
        deadline = _now() + self.timeouts.total
        for attempt in range(MAX_RETRIES + 1):
            seen_text = False
            try:
                async with aclosing(self._attempt(path, body, deadline, has_text, retried)) as events:
                    async for event in events:
                        seen_text = seen_text or has_text(event)
                        yield event
                return
            except _Failed as failure:
                delay = _delay(attempt, failure)
                if seen_text or delay is None or _now() + delay >= deadline:
                    raise failure.error from failure.__cause__
            await asyncio.sleep(delay)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _json(self, method: str, path: str, body: Mapping[str, Any] | None, within: float) -> Any:
        try:
            async with (
                asyncio.timeout(within),
                self._client.stream(method, self.endpoint + path, json=body) as response,
            ):
                raw = await self._read(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise faults.unreachable(self.endpoint, error) from error
        except TimeoutError as error:
            raise ServiceUnreachable(
                f"{self.endpoint}{path} gave no answer within {within:.0f} s.",
                hint="Is the service overloaded?",
            ) from error
        kind = response.headers.get("content-type", "")
        if response.status_code != 200:
            raise faults.refused(self.endpoint, response.status_code, raw, kind)
        try:
            return json.loads(raw)
        except ValueError as error:
            raise faults.not_json(self.endpoint, raw, kind) from error

    async def _read(self, response: httpx.Response) -> bytes:
        data = bytearray()
        async for piece in response.aiter_bytes():
            data += piece
            if len(data) > MAX_ANSWER:
                raise ServiceProtocolError(
                    f"{self.endpoint} sent more than {MAX_ANSWER // 2**20} MB in one answer."
                )
        return bytes(data)

    async def _attempt(
        self,
        path: str,
        body: Mapping[str, Any],
        deadline: float,
        has_text: Callable[[JSON], bool],
        retried: frozenset[int],
    ) -> AsyncGenerator[JSON]:
        """One request. Every failure leaves as `_Failed`, which says whether it may be tried again."""
        limit = min(_now() + self.timeouts.first, deadline)
        late = f"sent no text within {self.timeouts.first:.0f} s"
        try:
            async with self._opened(path, body, limit, late, retried) as response:
                async with aclosing(sse.events(response)) as source:
                    while True:
                        try:
                            raw = await self._in_time(anext(source), limit, late)
                        except StopAsyncIteration:
                            return
                        if raw.data.strip() == "[DONE]":
                            return
                        event = self._parsed(raw.event, raw.data, retried)
                        if event is None:
                            continue
                        yield event
                        if has_text(event):
                            late = f"paused for more than {self.timeouts.between:.0f} s in the middle of the text"
                        if late.startswith("paused"):
                            limit = min(_now() + self.timeouts.between, deadline)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _Failed(faults.unreachable(self.endpoint, error), again=True) from error
        except ServiceError as error:
            raise _Failed(error) from error

    @asynccontextmanager
    async def _opened(
        self, path: str, body: Mapping[str, Any], limit: float, late: str, retried: frozenset[int]
    ) -> AsyncGenerator[httpx.Response]:
        """An answer of status 200 that is a stream of events; closed on leaving."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        request = self._client.build_request("POST", self.endpoint + path, json=body, headers=headers)
        response = await self._in_time(self._client.send(request, stream=True), limit, late)
        try:
            kind = response.headers.get("content-type", "")
            if response.status_code != 200:
                raw = await self._in_time(self._read(response), limit, late)
                status = response.status_code
                raise _Failed(
                    faults.refused(self.endpoint, status, raw, kind),
                    again=status in retried,
                    wait=faults.retry_after(response.headers),
                )
            if "text/event-stream" not in kind:
                raw = await self._in_time(self._read(response), limit, late)
                self._parsed("", raw.decode("utf-8", "replace"), retried)
                raise ServiceProtocolError(
                    f"{self.endpoint} answered with one whole document instead of a stream of events.",
                    hint="Check that this server can stream and that `dialect` in the settings fits it.",
                )
            yield response
        finally:
            await response.aclose()

    def _parsed(self, name: str, data: str, retried: frozenset[int]) -> JSON | None:
        """The JSON object of one event; None for an empty one. Errors inside a stream are raised."""
        if not data.strip():
            return None
        try:
            value = json.loads(data)
        except ValueError as error:
            raise faults.not_json(self.endpoint, data.encode(), "") from error
        if not isinstance(value, dict):
            raise faults.not_json(self.endpoint, data.encode(), "")
        told = value.get("error") or (value if name == "error" else None)
        if told:
            refusal = faults.refused_in_stream(self.endpoint, told)
            raise _Failed(refusal, again=refusal.status in retried)
        return value

    async def _in_time(self, awaitable: Awaitable[T], limit: float, late: str) -> T:
        """The result before `limit` (time of the loop), or the complaint that the server `late`."""
        try:
            async with asyncio.timeout_at(limit):
                return await awaitable
        except TimeoutError as error:
            raise ServiceUnreachable(
                f"{self.endpoint} {late}.", hint="Try again, or raise the time-outs in the settings."
            ) from error


class _Failed(Exception):
    """One attempt failed. `again`: a repetition may help; `wait`: seconds that the server asks for."""

    def __init__(self, error: ServiceError, *, again: bool = False, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.again = again
        self.wait = wait


def _delay(attempt: int, failure: _Failed) -> float | None:
    """Seconds before the next attempt: exponential with full jitter; None where there is to be none."""
    if not failure.again or attempt >= MAX_RETRIES:
        return None
    if failure.wait is not None and failure.wait > RETRY_AFTER_CAP:
        failure.error.hint = f"It asks to come back in {failure.wait:.0f} s."
        return None
    return max(failure.wait or 0.0, random.uniform(0, min(BACKOFF_CAP, BACKOFF_BASE * 2**attempt)))


def _now() -> float:
    return asyncio.get_running_loop().time()
