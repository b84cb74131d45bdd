"""The one HTTP client: JSON requests and event streams to one endpoint, with time-outs, retries and bounds.

Owns everything that is the same for all servers. Knows no dialect: bodies and events are plain JSON values.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any, cast

import httpx

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceUnreachable
from maze_lsp.inference import faults, retry, sse
from maze_lsp.inference.course import Course, Standing
from maze_lsp.inference.options import Timeouts
from maze_lsp.inference.patience import Notes, Patience, now
from maze_lsp.inference.pool import Pool
from maze_lsp.inference.retry import Failed
from maze_lsp.inference.turns import Pace, turns

QUESTION, LONG_QUESTION = 10.0, 30.0
"""Seconds for a question without and with a body."""
QUESTION_RETRIES = 2
"""A question is asked again less often than a text: whoever asks whether a service is there wants to know soon."""
_DRAIN = 0.25
"""Seconds that are waited for the end of an answer whose last event has come, so that the connection is
reused."""

JSON = dict[str, Any]


class Http:
    """Raises `ServiceError`s and nothing else, but for a SettingsError where `ca_file` cannot be used.

    `local`, `ca_file`: see `Pool`. `progress` is called with a sentence for the user while something is waited for.
    """

    def __init__(
        self,
        endpoint: str,
        api_key: str = "",
        timeouts: Timeouts | None = None,
        *,
        local: bool = False,
        retries: int = retry.MAX_RETRIES,
        ca_file: str = "",
        progress: Callable[[str], None] = lambda _message: None,
    ) -> None:
        self.endpoint = endpoint
        self.timeouts = timeouts or Timeouts()
        self._retries = retries
        self._standing = Standing(endpoint, progress)
        self._pool = Pool(endpoint, api_key, self.timeouts.connect, local=local, ca_file=ca_file)

    async def get_json(
        self, path: str, *, within: float | None = None, patient: bool = True, acts: bool = False
    ) -> Any:
        """The decoded answer to a GET.

        `within`: seconds; a service that has not answered before gets at least those of the first text, since it may
        be starting. `patient`: wait while it says that it is loading, and repeat what can be repeated; otherwise it is
        asked once, also where the endpoint is left alone after failures. `acts`: something happens by the request, so
        that it is not repeated where it may have been heard.
        """
        return await self._question("GET", path, None, within, patient, acts)

    async def get_text(self, path: str) -> str:
        """The text of the answer to a GET, asked once."""
        try:
            raw, _ = await self._asked("GET", path, None, min(QUESTION, self.timeouts.first))
        except Failed as failure:
            raise failure.error from failure.__cause__
        return raw.decode("utf-8", "replace")

    async def post_json(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        within: float | None = None,
        patient: bool = True,
        acts: bool = False,
    ) -> Any:
        """The same for a POST."""
        return await self._question("POST", path, body, within, patient, acts)

    def waiting(self) -> Notes:
        """Tells the user, as long as it is open, that the service is waited for by other means than a stream."""
        return Notes(self._standing.progress, met=False)

    async def events(
        self,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        has_text: Callable[[JSON], bool],
        retried: frozenset[int] = faults.RETRIED_STATUSES,
    ) -> AsyncGenerator[JSON]:
        """The events of a stream as JSON objects, up to `[DONE]` or the end of the answer. Without a body: of a GET.

        The request is repeated, where that can help, only while no event with text (`has_text`) has been
        seen. Closing the generator closes the connection.
        """
        deadline = now() + self.timeouts.total
        with self._course(self._retries, deadline) as course:
            while True:
                self._standing.breaker.check()
                seen_text = False
                patience = Patience(self.endpoint, self.timeouts, deadline)
                try:
                    async with aclosing(self._attempt(path, body, patience, has_text, retried)) as events:
                        async for event in events:
                            if not seen_text and has_text(event):
                                seen_text = True
                                course.text_came()
                            yield event
                    return
                except Failed as failure:
                    await course.after(failure, shown=seen_text)

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def _question(
        self, method: str, path: str, body: Mapping[str, Any] | None, within: float | None, patient: bool, acts: bool
    ) -> Any:
        limit = within or min(QUESTION if body is None else LONG_QUESTION, self.timeouts.first)
        if patient and not self._standing.met:
            limit = max(limit, self.timeouts.first)
        retries = min(self._retries, QUESTION_RETRIES)
        with self._course(retries, now() + self.timeouts.total) as course:
            while True:
                if patient:
                    self._standing.breaker.check()
                try:
                    raw, kind = await self._asked(method, path, body, limit, acts)
                    return self._decoded(raw, kind)
                except Failed as failure:
                    if not patient:
                        self._standing.failed(failure)
                        raise failure.error from failure.__cause__
                    await course.after(failure, shown=False)

    def _course(self, retries: int, deadline: float) -> Course:
        return Course(self._standing, retries=retries, loading_until=now() + self.timeouts.first, deadline=deadline)

    async def _asked(
        self, method: str, path: str, body: Mapping[str, Any] | None, within: float, acts: bool = False
    ) -> tuple[bytes, str]:
        """A successful answer and its content type."""
        try:
            async with asyncio.timeout(within):
                try:
                    response, raw = await self._pool.whole(method, path, body)
                except httpx.RemoteProtocolError:
                    if acts:
                        raise
                    # The server may close a kept connection just as it is used again; what is asked here is only read.
                    response, raw = await self._pool.whole(method, path, body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            again = not acts or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            raise Failed(faults.unreachable(self.endpoint, error), again=again, dead=True) from error
        except TimeoutError as error:
            late = ServiceUnreachable(
                f"{self.endpoint}{path} gave no answer within {within:.0f} s.", hint="Is the service overloaded?"
            )
            raise Failed(late, dead=True) from error
        except ServiceError as error:
            raise Failed(error) from error
        if response.status_code != 200:
            raise self._refused(response, raw, faults.RETRIED_STATUSES)
        self._standing.answered()
        return raw, response.headers.get("content-type", "")

    def _decoded(self, raw: bytes, kind: str) -> Any:
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise faults.not_json(self.endpoint, raw, kind) from error

    async def _attempt(
        self,
        path: str,
        body: Mapping[str, Any] | None,
        patience: Patience,
        has_text: Callable[[JSON], bool],
        retried: frozenset[int],
    ) -> AsyncGenerator[JSON]:
        """One request. Every failure leaves as `Failed`, which says whether it may be tried again."""
        parser, turn, pace = sse.Parser(self.endpoint), turns(), Pace()
        text_came = False
        await turn.take()
        try:
            async with (
                self._opened(path, body, patience, retried) as response,
                aclosing(cast(AsyncGenerator[bytes], response.aiter_bytes())) as pieces,
            ):
                while (piece := await patience.wait(anext(pieces, None))) is not None:
                    await turn.take()
                    found = parser.feed(piece)
                    await pace.keep(len(found))
                    for name, data in found:
                        await turn.take()
                        if data == "[DONE]":
                            await _drained(pieces)
                            return
                        event = self._parsed(name, data, retried)
                        if event is not None:
                            text_came = text_came or has_text(event)
                            patience.renew(text=text_came)
                            yield event
                if not text_came:
                    raise Failed(faults.without_text(self.endpoint), again=True, dead=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Failed(faults.unreachable(self.endpoint, error), again=True, dead=True) from error
        except ServiceError as error:
            raise Failed(error, dead=isinstance(error, ServiceUnreachable)) from error

    @asynccontextmanager
    async def _opened(
        self, path: str, body: Mapping[str, Any] | None, patience: Patience, retried: frozenset[int]
    ) -> AsyncGenerator[httpx.Response]:
        """An answer of status 200 that is a stream of events; closed on leaving."""
        method = "GET" if body is None else "POST"
        response = await patience.wait(self._pool.send(method, path, body, accept="text/event-stream"))
        try:
            kind = response.headers.get("content-type", "")
            if response.status_code != 200:
                raise self._refused(response, await patience.wait(self._pool.read(response)), retried)
            if "text/event-stream" not in kind:
                raw = await patience.wait(self._pool.read(response))
                self._parsed("", raw.decode("utf-8", "replace"), retried)
                raise ServiceProtocolError(
                    f"{self.endpoint} answered with one whole document instead of a stream of events.",
                    hint="Check that this server can stream and that `dialect` in the settings fits it.",
                )
            self._standing.answered()
            yield response
        finally:
            await response.aclose()

    def _refused(self, response: httpx.Response, raw: bytes, retried: frozenset[int]) -> Failed:
        status = response.status_code
        error = faults.refused(self.endpoint, status, raw, response.headers.get("content-type", ""))
        return Failed(
            error,
            again=status in retried,
            wait=faults.retry_after(response.headers),
            loading=status == 503 and faults.is_loading(error),
            dead=status in retried and status >= 500,
        )

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
            raise Failed(refusal, again=refusal.status in retried)
        return value


async def _drained(source: AsyncIterator[bytes]) -> None:
    try:
        async with asyncio.timeout(_DRAIN):
            async for _ in source:
                pass
    except (TimeoutError, httpx.HTTPError, ServiceError):
        return  # the text is complete; only the connection is not used again
