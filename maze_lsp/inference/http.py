"""The one HTTP client: JSON requests and event streams to one endpoint, with time-outs, retries and bounds.

Owns everything that is the same for all servers. Knows no dialect: bodies and events are plain JSON values.
The key goes only to the endpoint's own host: redirects are not followed, and every request is built on its
address.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
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
_DRAIN = 0.25
"""Seconds that are waited for the end of an answer whose last event has come, so that the connection is
reused."""

JSON = dict[str, Any]
T = TypeVar("T")


class Http:
    """A connection pool to one endpoint. Raises `ServiceError`s and nothing else.

    `local`: a service on this machine, to which proxies do not apply.
    """

    def __init__(
        self,
        endpoint: str,
        api_key: str = "",
        timeouts: Timeouts | None = None,
        *,
        local: bool = False,
        retries: int = MAX_RETRIES,
    ) -> None:
        self.endpoint = endpoint
        self.timeouts = timeouts or Timeouts()
        self._retries = retries
        headers = {"Accept-Encoding": "identity", "User-Agent": "maze-lsp"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self._client = httpx.AsyncClient(
            headers=headers,
            follow_redirects=False,
            trust_env=not local,
            # Reading all certificates takes a while. Without any, no TLS connection would be trusted.
            verify=True if endpoint.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=httpx.Timeout(None, connect=self.timeouts.connect),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=4, keepalive_expiry=4.0),
        )

    async def get_json(self, path: str, *, within: float = 10.0) -> Any:
        """The decoded answer to a GET, asked once; `within` seconds."""
        return await self._json("GET", path, None, within)

    async def get_text(self, path: str, *, within: float = 10.0) -> str:
        """The text of the answer to a GET, asked once; `within` seconds."""
        return (await self._asked("GET", path, None, within))[0].decode("utf-8", "replace")

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

        The request is repeated, where that can help, only while no event with text (`has_text`) has been
        seen. Closing the generator closes the connection.
        """
        deadline = _now() + self.timeouts.total
        attempt = 0
        while True:
            seen_text = False
            try:
                async with aclosing(self._attempt(path, body, deadline, has_text, retried)) as events:
                    async for event in events:
                        seen_text = seen_text or has_text(event)
                        yield event
                return
            except _Failed as failure:
                delay = None if seen_text or attempt >= self._retries else _delay(attempt, failure)
                if delay is None or _now() + delay >= deadline:
                    raise failure.error from failure.__cause__
            await asyncio.sleep(delay)
            attempt += 1

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _json(self, method: str, path: str, body: Mapping[str, Any] | None, within: float) -> Any:
        raw, kind = await self._asked(method, path, body, within)
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise faults.not_json(self.endpoint, raw, kind) from error

    async def _asked(self, method: str, path: str, body: Mapping[str, Any] | None, within: float) -> tuple[bytes, str]:
        """A successful answer and its content type."""
        try:
            async with asyncio.timeout(within):
                try:
                    response, raw = await self._whole(method, path, body)
                except httpx.RemoteProtocolError:
                    # The server may close a kept connection just as it is used again; what is asked here is only read.
                    response, raw = await self._whole(method, path, body)
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
        return raw, kind

    async def _whole(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[httpx.Response, bytes]:
        async with self._client.stream(method, self.endpoint + path, **_content(body)) as response:
            return response, await self._read(response)

    async def _read(self, response: httpx.Response) -> bytes:
        data = bytearray()
        async for piece in response.aiter_bytes():
            data += piece
            if len(data) > MAX_ANSWER:
                size = MAX_ANSWER // 2**20
                raise ServiceProtocolError(f"{self.endpoint} sent more than {size} MB in one answer.")
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
        patience = _Patience(self.endpoint, self.timeouts, deadline)
        try:
            async with (
                self._opened(path, body, patience, retried) as response,
                aclosing(sse.events(response)) as source,
            ):
                while True:
                    try:
                        raw = await patience.wait(anext(source))
                    except StopAsyncIteration:
                        return
                    if raw.data.strip() == "[DONE]":
                        await _drained(source)
                        return
                    event = self._parsed(raw.event, raw.data, retried)
                    if event is not None:
                        patience.renew(text=has_text(event))
                        yield event
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _Failed(faults.unreachable(self.endpoint, error), again=True) from error
        except ServiceError as error:
            raise _Failed(error) from error

    @asynccontextmanager
    async def _opened(
        self, path: str, body: Mapping[str, Any], patience: _Patience, retried: frozenset[int]
    ) -> AsyncGenerator[httpx.Response]:
        """An answer of status 200 that is a stream of events; closed on leaving."""
        request = self._client.build_request("POST", self.endpoint + path, **_content(body))
        request.headers["Accept"] = "text/event-stream"
        response = await patience.wait(self._client.send(request, stream=True))
        try:
            kind = response.headers.get("content-type", "")
            if response.status_code != 200:
                raw = await patience.wait(self._read(response))
                status = response.status_code
                raise _Failed(
                    faults.refused(self.endpoint, status, raw, kind),
                    again=status in retried,
                    wait=faults.retry_after(response.headers),
                )
            if "text/event-stream" not in kind:
                raw = await patience.wait(self._read(response))
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
        except (ValueError, RecursionError) as error:
            raise faults.not_json(self.endpoint, data.encode("utf-8", "replace"), "") from error
        if not isinstance(value, dict):
            raise faults.not_json(self.endpoint, data.encode("utf-8", "replace"), "")
        told = value.get("error") or (value if name == "error" else None)
        if told:
            refusal = faults.refused_in_stream(self.endpoint, told)
            raise _Failed(refusal, again=refusal.status in retried)
        return value


class _Patience:
    """How long the next piece of an answer is waited for, and what is said when it does not come."""

    def __init__(self, endpoint: str, timeouts: Timeouts, deadline: float) -> None:
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._deadline = deadline
        self._limit = _now() + timeouts.first
        self._late = f"sent no text within {timeouts.first:.0f} s"
        self._text_came = False

    def renew(self, *, text: bool) -> None:
        """An event came. Those without text do not prolong the wait for the first one with text."""
        self._text_came = self._text_came or text
        if self._text_came:
            self._limit = _now() + self._timeouts.between
            self._late = f"paused for more than {self._timeouts.between:.0f} s in the middle of the text"

    async def wait(self, awaitable: Awaitable[T]) -> T:
        limit = min(self._limit, self._deadline)
        try:
            async with asyncio.timeout_at(limit):
                return await awaitable
        except TimeoutError as error:
            late = f"did not finish within {self._timeouts.total:.0f} s" if limit == self._deadline else self._late
            raise ServiceUnreachable(
                f"{self._endpoint} {late}.", hint="Try again, or raise the time-outs in the settings."
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
    if not failure.again:
        return None
    if failure.wait is not None and failure.wait > RETRY_AFTER_CAP:
        failure.error.hint = f"It asks to come back in {failure.wait:.0f} s."
        return None
    return max(failure.wait or 0.0, random.uniform(0, min(BACKOFF_CAP, BACKOFF_BASE * 2**attempt)))


async def _drained(source: AsyncGenerator[Any]) -> None:
    try:
        async with asyncio.timeout(_DRAIN):
            async for _ in source:
                pass
    except (TimeoutError, httpx.HTTPError, ServiceError):
        return  # the text is complete; only the connection is not used again


def _content(body: Mapping[str, Any] | None) -> dict[str, Any]:
    """What `httpx` needs for a JSON body. A text from an editor may contain half a surrogate pair."""
    if body is None:
        return {}
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return {"content": raw, "headers": {"Content-Type": "application/json"}}


def _now() -> float:
    return asyncio.get_running_loop().time()
