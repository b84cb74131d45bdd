"""--tcp and --ws: loopback only, nobody without the token, no page of another site, one editor after another."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.server.editor import SERVER, clean_environment, patiently

TOKEN = "correct horse"


@asynccontextmanager
async def listening(folder: Path, *arguments: str, token: str | None = TOKEN) -> AsyncIterator[Any]:
    """A listening server: (port, token, process)."""
    environment = clean_environment(folder, {"MAZE_TOKEN": token} if token else {})
    process = await asyncio.create_subprocess_exec(*SERVER[:3], *arguments, stderr=subprocess.PIPE, env=environment)
    try:
        assert process.stderr
        line = (await patiently(process.stderr.readline())).decode()
        assert "listening on" in line, line
        address, _, shown = line.partition("listening on ")[2].partition(",")
        yield int(address.rsplit(":", 1)[1]), shown.replace("token", "").strip(), process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def initialize(token: str | None) -> bytes:
    options = {"token": token} if token is not None else None
    params = {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": options}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


async def message(reader: asyncio.StreamReader) -> dict[str, Any]:
    head = await patiently(reader.readuntil(b"\r\n\r\n"))
    length = int(head.split(b"Content-Length:")[1].split(b"\r\n")[0])
    answer: dict[str, Any] = json.loads(await reader.readexactly(length))
    return answer


async def check_tcp(port: int, token: str | None, welcome: bool) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(framed(initialize(token)))
    answer = await message(reader)
    if welcome:
        assert "capabilities" in answer["result"]
    else:
        assert "token" in answer["error"]["message"]
        assert await patiently(reader.read()) == b"", "the connection is closed"
    writer.close()


async def test_tcp(tmp_path: Path) -> None:
    async with listening(tmp_path, "--tcp", "127.0.0.1:0") as (port, shown, _):
        assert shown == "", "a token that the user set is not repeated"
        await check_tcp(port, TOKEN, True)


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", "ü"])
async def test_tcp_without_the_token(tmp_path: Path, token: str | None) -> None:
    async with listening(tmp_path, "--tcp", "127.0.0.1:0") as (port, _, process):
        await check_tcp(port, token, False)
        await check_tcp(port, TOKEN, True)
        assert process.returncode is None


async def test_tcp_makes_up_a_token(tmp_path: Path) -> None:
    async with listening(tmp_path, "--tcp", "localhost:0", token=None) as (port, shown, _):
        assert len(shown) >= 20
        await check_tcp(port, "", False)
        await check_tcp(port, shown, True)


async def test_tcp_nothing_works_before_the_token(tmp_path: Path) -> None:
    async with listening(tmp_path, "--tcp", "127.0.0.1:0") as (port, _, _process):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = {"jsonrpc": "2.0", "id": 5, "method": "workspace/executeCommand", "params": {"command": "maze.cancel"}}
        writer.write(framed(json.dumps(body).encode()))
        assert (await message(reader))["error"]["code"] == -32002
        writer.close()


async def test_tcp_a_silent_stranger_does_not_keep_the_editor_out(tmp_path: Path) -> None:
    async with listening(tmp_path, "--tcp", "127.0.0.1:0") as (port, _, _process):
        _reader, stranger = await asyncio.open_connection("127.0.0.1", port)
        await check_tcp(port, TOKEN, True)
        stranger.close()


async def test_tcp_a_browser_is_sent_away(tmp_path: Path) -> None:
    async with listening(tmp_path, "--tcp", "127.0.0.1:0") as (port, _, _process):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = framed(initialize(TOKEN))
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        assert await patiently(reader.read()) == b""


async def test_tcp_two_editors(tmp_path: Path) -> None:
    """Each has a session of its own: what one says does not reach the other."""
    async with listening(tmp_path, "--tcp", "127.0.0.1:0") as (port, _, process):
        first = await asyncio.open_connection("127.0.0.1", port)
        second = await asyncio.open_connection("127.0.0.1", port)
        for reader, writer in (first, second):
            writer.write(framed(initialize(TOKEN)))
            assert "result" in await message(reader)
        reader, writer = first
        writer.write(framed(b'{"jsonrpc":"2.0","id":2,"method":"shutdown"}'))
        assert (await message(reader))["id"] == 2
        writer.write(framed(b'{"jsonrpc":"2.0","method":"exit"}'))
        assert await patiently(reader.read()) == b""
        reader, writer = second
        body = {"jsonrpc": "2.0", "id": 3, "method": "workspace/executeCommand", "params": {"command": "maze.cancel"}}
        writer.write(framed(json.dumps(body).encode()))
        assert (await message(reader))["result"] == {"cancelled": 0}
        writer.write(framed(b'{"jsonrpc":"2.0","id":2,"method":"shutdown"}'))
        await message(reader)
        writer.write(framed(b'{"jsonrpc":"2.0","method":"exit"}'))
        assert await patiently(process.wait()) == 0, "the last one to exit ends the server"


async def check_ws(port: int, welcome: int, *, path: str = "/", **headers: str) -> None:
    """A handshake with this path and headers ends with the status `welcome`; 101 is a connection that works."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        async with connect(f"ws://127.0.0.1:{port}{path}", additional_headers=names, proxy=None) as socket:
            await socket.send(initialize(None).decode())
            answer = json.loads(await patiently(socket.recv()))
            assert "capabilities" in answer["result"]
        status = 101
    except InvalidStatus as error:
        status = error.response.status_code
    assert status == welcome


async def test_ws(tmp_path: Path) -> None:
    bearer = f"Bearer {TOKEN}"
    async with listening(tmp_path, "--ws", "127.0.0.1:0") as (port, _, _process):
        await check_ws(port, 401)
        await check_ws(port, 401, Authorization="Bearer wrong")
        await check_ws(port, 401, Authorization=TOKEN)
        await check_ws(port, 401, path="/?token=wrong")
        await check_ws(port, 401, Authorization="Bearer ü".encode().decode("latin-1"))
        await check_ws(port, 403, Authorization=bearer, Origin="https://example.com")
        await check_ws(port, 403, Authorization=bearer, Origin="null")
        await check_ws(port, 403, Authorization=bearer, Origin="http://localhost.example.com")
        await check_ws(port, 403, Authorization=bearer, Origin="http://127.0.0.1.example.com")
        await check_ws(port, 101, Authorization=bearer)
        await check_ws(port, 101, path="/?token=correct%20horse")
        await check_ws(port, 101, Authorization=bearer, Origin="http://localhost:3000")
        await check_ws(port, 101, Authorization=bearer, Origin="http://127.0.0.1:8080")


@pytest.mark.parametrize("address", ["0.0.0.0:0", "192.168.1.1:9", "example.com:9", "[::]:9", ":9999999", "here"])
@pytest.mark.parametrize("how", ["--tcp", "--ws"])
def test_addresses_that_are_refused(how: str, address: str) -> None:
    found = subprocess.run([*SERVER[:3], how, address], capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 2
    assert "127.0.0.1" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("how", ["--tcp", "--ws"])
async def test_a_port_that_is_taken(tmp_path: Path, how: str) -> None:
    async with listening(tmp_path, "--tcp", "127.0.0.1:0") as (port, _, _process):
        process = await asyncio.create_subprocess_exec(
            *SERVER[:3], how, f"127.0.0.1:{port}", stderr=subprocess.PIPE, env=clean_environment(tmp_path)
        )
        assert process.stderr
        assert await patiently(process.wait()) == 1
        errors = (await process.stderr.read()).decode()
        assert str(port) in errors
        assert "Traceback" not in errors
