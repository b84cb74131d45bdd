"""Server-sent events of an HTTP answer, bounded in size. Splitting and decoding are `httpx-sse`'s."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import httpx
from httpx_sse import EventSource, ServerSentEvent

from maze_lsp.errors import ServiceProtocolError

MAX_EVENT = 4 * 1024 * 1024
"""Bytes of one event."""
MAX_STREAM = 64 * 1024 * 1024
"""Bytes of all events of one answer."""

_BLANK_LINES = (b"\n\n", b"\r\n\r\n", b"\r\r")


async def events(response: httpx.Response) -> AsyncGenerator[ServerSentEvent]:
    """The events in order. Text is UTF-8 whatever the header says (the standard leaves no choice).

    Raises ServiceProtocolError where an event or the whole stream is larger than is reasonable.
    """
    bounded = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=_Bounded(response))
    async with aclosing(EventSource(bounded).aiter_sse()) as source:
        async for event in source:
            yield event


class _Bounded(httpx.AsyncByteStream):
    """The bytes of an answer, counted since the last blank line and in all."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = since_blank = 0
        tail = b""
        async for data in self._response.aiter_bytes():
            total += len(data)
            window = tail + data
            end = max(window.rfind(blank) + len(blank) if blank in window else 0 for blank in _BLANK_LINES)
            since_blank = len(window) - end if end else since_blank + len(data)
            tail = window[-3:]
            if since_blank > MAX_EVENT or total > MAX_STREAM:
                limit = MAX_EVENT if since_blank > MAX_EVENT else MAX_STREAM
                raise ServiceProtocolError(
                    f"{self._response.url.host} sent more than {limit // 1024 // 1024} MB in one "
                    f"{'event' if since_blank > MAX_EVENT else 'answer'}; the connection was closed.",
                    hint="Check that the address is that of an inference API.",
                )
            yield data
