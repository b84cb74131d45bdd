"""`maze.health`: how the service is, for editors."""

from __future__ import annotations

from tests.server.conftest import Start
from tests.server.fake_llamacpp import FakeLlama


async def test_a_service_that_enforces_grammars(start: Start) -> None:
    async with start() as editor:
        found = await editor.command("maze.health", {})
        assert (found["status"], found["health"], found["grammar"]) == ("healthy", "ok", True)
        assert (found["server"], found["model"], found["context_size"]) == ("llama.cpp", "fake-135m", 4096)
        assert found["big_grammars"] is True
        assert [one["what"] for one in found["degraded"]]


async def test_a_service_that_does_not(start: Start, llama: FakeLlama) -> None:
    llama.enforces = False
    async with start(fresh=True) as editor:
        found = await editor.command("maze.health", {})
        assert found["grammar"] is False
        assert "not enforced by this server" in found["degraded"][0]["what"]


async def test_no_service(start: Start) -> None:
    async with start(options={"endpoint": "http://127.0.0.1:9"}) as editor:
        found = await editor.command("maze.health", {})
        assert found["status"] == "failed"
        assert "127.0.0.1:9" in found["message"]
