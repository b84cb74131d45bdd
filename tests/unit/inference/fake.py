"""A service on loopback that speaks HTTP byte by byte as a test dictates, and notes what happened to it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

SETTINGS: dict[str, Any] = {
    "endpoint": "",
    "api_key": "",
    "dialect": "auto",
    "model": "smollm2-135m",
    "endpoints": (),
    "hedge": False,
    "connect_timeout": 5.0,
    "first_token_timeout": 10.0,
    "token_timeout": 10.0,
    "total_timeout": 30.0,
    "embedded_context": 4096,
    "embedded_threads": 1,
    "embedded_idle_seconds": 2.0,
    "ca_file": "",
}


def settings(**changes: Any) -> Any:
    return SimpleNamespace(**{**SETTINGS, **changes})


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Connection:
    """The server's side of one request. `last`: the connection is closed behind this answer."""

    request: Request
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    last: bool = False

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            if len(pieces) > 1:
                await asyncio.sleep(0)

    async def answer(self, status: int, body: bytes | object, kind: str = "application/json", **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(raw)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)

    async def open_stream(self, kind: str = "text/event-stream") -> None:
        self.last = True
        await self.send(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())

    async def closed_by_client(self) -> None:
        while await self.reader.read(1024):
            pass

    def reset(self) -> None:
        """Break the connection, as a process that dies does."""
        self.writer.transport.abort()


Handler = Callable[[Connection], Awaitable[None]]


@dataclass
class Fake:
    """`handlers` by path; `requests` in the order in which they came; `busy`: requests that are being answered.

    `kill` ends it as SIGKILL does.
    """

    url: str = ""
    handlers: dict[str, Handler] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    busy: int = 0
    kill: Callable[[], None] = lambda: None

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def always(self, path: str, status: int, body: object, kind: str = "application/json", **headers: str) -> None:
        async def handler(connection: Connection) -> None:
            await connection.answer(status, body, kind, **headers)

        self.handlers[path] = handler

    def streams(self, path: str, *pieces: bytes) -> None:
        """Answer with these bytes of an event stream, one write each, then close."""

        async def handler(connection: Connection) -> None:
            await connection.open_stream()
            await connection.send(*pieces)

        self.handlers[path] = handler


@asynccontextmanager
async def fake_service(tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Fake]:
    fake = Fake()
    tasks: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        writers.add(writer)
        try:
            while request := await _read_request(reader):
                fake.requests.append(request)
                connection = Connection(request, reader, writer)
                handler = fake.handlers.get(request.path)
                if handler is None:
                    await connection.answer(404, {"error": {"message": "File Not Found", "code": 404}})
                    continue
                fake.busy += 1
                try:
                    await handler(connection)
                finally:
                    fake.busy -= 1
                if connection.last:
                    return
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writers.discard(writer)
            writer.close()

    def kill() -> None:
        server.close()
        for writer in tuple(writers):
            writer.transport.abort()

    fake.kill = kill
    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
    fake.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    line = (await reader.readline()).decode()
    if not line.strip():
        return None
    method, path, _ = line.split()
    headers = {}
    while (raw := (await reader.readline()).decode().strip()) != "":
        name, _, value = raw.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", 0))
    body = json.loads(await reader.readexactly(length)) if length else None
    return Request(method, path, headers, body)


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def llama_events(*texts: str, stop_type: str = "eos") -> bytes:
    """What llama.cpp's `/completion` streams for these texts."""
    partial = [
        event({"index": 0, "content": text, "tokens": [1], "stop": False, "tokens_predicted": number})
        for number, text in enumerate(texts, 1)
    ]
    last = {
        "index": 0,
        "content": "",
        "stop": True,
        "stop_type": stop_type,
        "tokens_predicted": len(texts),
        "tokens_evaluated": 7,
        "timings": {"prompt_ms": 5.5, "predicted_ms": 20.0},
    }
    return b"".join(partial) + event(last)


def vllm_events(*texts: str, finish_reason: str = "stop") -> bytes:
    """What vLLM's `/v1/completions` streams for these texts."""
    out = b""
    for number, text in enumerate(texts):
        reason = finish_reason if number == len(texts) - 1 else None
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": reason, "stop_reason": None}
        out += event({"id": "x", "object": "text_completion", "choices": [choice]})
    usage = {"prompt_tokens": 7, "completion_tokens": len(texts), "total_tokens": 7 + len(texts)}
    return out + event({"id": "x", "choices": [], "usage": usage}) + b"data: [DONE]\n\n"
