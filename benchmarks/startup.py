"""Time to the answer of `initialize` beside a bare pygls server, and memory after the first generation.

`python -m benchmarks.startup [--rounds N] [--no-memory]`. Both servers are started in turn in each round, by the same
bare client; the medians are compared. The memory is that of the language server's own process after a generation on
the embedded service (a process of its own), sampled from the operating system.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from benchmarks.report import at_most, finish, median

BARE = """
from pygls.lsp.server import LanguageServer
LanguageServer("bare", "1").start_io()
"""
SOURCE = '''def add(a: int, b: int) -> int:
    """The sum of a and b."""
    ...
'''
URI = "file:///tmp/maze-startup/sample.py"
MAX_RATIO, MAX_MEGABYTES = 1.15, 100


class Client:
    """The least that can talk to a language server."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        self._ids = 0

    def request(self, method: str, params: Any) -> Any:
        """Send a request and wait for its answer; requests of the server are answered meanwhile."""
        self._ids += 1
        self.send({"id": self._ids, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self._ids and "method" not in message:
                return message.get("result")
            if "id" in message:
                self.send({"id": message["id"], "result": self._answer(message)})

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/applyEdit":
            return None
        (change,) = message["params"]["edit"]["documentChanges"]
        (edit,) = change["edits"]
        document = {"uri": URI, "version": 2}
        changes = [{"range": edit["range"], "text": edit["newText"]}]
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
        return {"applied": True}

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = self.process.stdout.read(length)
        if not body:
            raise SystemExit("The server ended without an answer.")
        message: dict[str, Any] = json.loads(body)
        return message

    def initialize(self) -> float:
        """Seconds from the start of the process to the answer."""
        edits = {"documentChanges": True}
        capabilities = {"workspace": {"applyEdit": True, "workspaceEdit": edits}}
        self.request("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": capabilities})
        return time.perf_counter() - self.began

    def end(self) -> None:
        self.request("shutdown", None)
        self.notify("exit", None)
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(20)


def time_to_initialize(command: list[str], compiled: str) -> float:
    """`compiled`: where the interpreter keeps compiled modules, as an installation has them."""
    client = Client(command, installed(compiled))
    seconds = client.initialize()
    client.end()
    return seconds


def installed(compiled: str) -> dict[str, str]:
    """The environment of a server whose modules are compiled already, into this folder."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def megabytes_after_generation(command: list[str], compiled: str) -> tuple[float, float, str]:
    """(resident MB when idle after the first generation, the highest that it was, what the command answered)."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**installed(compiled), "MAZE_LEDGER": f"{folder}/ledger.sqlite3", "MAZE_SEED": "7"}
        client = Client(command, environment)
        client.initialize()
        client.notify("initialized", {})
        item = {"uri": URI, "languageId": "python", "version": 1, "text": SOURCE}
        client.notify("textDocument/didOpen", {"textDocument": item})
        place = {"line": 2, "character": 4}
        argument = {"uri": URI, "version": 1, "position": place}
        answer = client.request("workspace/executeCommand", {"command": "maze.generate", "arguments": [argument]})
        time.sleep(1.0)  # idle: what the generation took is given back right behind the answer
        now, most = resident(client.process.pid)
        client.end()
        return now, most, str((answer or {}).get("status"))


def resident(pid: int) -> tuple[float, float]:
    """Resident memory of a process now, and its peak, in MB (1024² bytes)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        import psutil

        megabytes = psutil.Process(pid).memory_info().rss / 1_048_576
        return megabytes, megabytes
    values = dict(line.split(":", 1) for line in lines)
    return int(values["VmRSS"].split()[0]) / 1024, int(values["VmHWM"].split()[0]) / 1024


async def start_service() -> Awaitable[None]:
    """Have the embedded service running, as it is for a user's second editor; gives what releases it."""
    from maze_lsp.inference import connect
    from maze_lsp.settings import resolve
    from maze_lsp.workspace.preferences import user_layers

    service = connect(resolve(user_layers(os.environ)[0]).settings)
    await service.capabilities()
    return service.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="starts of each server")
    parser.add_argument("--no-memory", action="store_true", help="leave out the generation")
    options = parser.parse_args()
    ours, bare = [sys.executable, "-m", "maze_lsp.server", "--stdio"], [sys.executable, "-c", BARE]
    times: dict[str, list[float]] = {"maze-lsp": [], "bare pygls": []}
    with tempfile.TemporaryDirectory() as compiled:
        for number in range(options.rounds + 1):
            for name, command in (("maze-lsp", ours), ("bare pygls", bare))[:: 1 if number % 2 else -1]:
                seconds = time_to_initialize(command, compiled)
                if number:  # the first round only compiles modules and warms the file cache
                    times[name].append(seconds)
    for name, values in times.items():
        low, high = min(values), max(values)
        print(f"{name:12} {1000 * median(values):6.0f} ms (from {1000 * low:.0f} to {1000 * high:.0f})")
    ratio = median(times["maze-lsp"]) / median(times["bare pygls"])
    print(f"ratio        {ratio:6.2f}")
    figures: dict[str, object] = {f"{name} ms": round(1000 * median(values), 1) for name, values in times.items()}
    bars = [at_most("initialize beside a bare server", ratio, MAX_RATIO)]
    if not options.no_memory:
        now, most, status = asyncio.run(_memory(ours))
        print(f"memory       {now:6.0f} MB after the first generation ({status}), {most:.0f} MB at most")
        figures |= {"peak MB": round(most, 1), "generation": status}
        bars.append(at_most("resident MB after the first generation", now, MAX_MEGABYTES))
        bars[-1]["pass"] = bool(bars[-1]["pass"]) and status == "applied"
    finish(figures, bars)


async def _memory(command: list[str]) -> tuple[float, float, str]:
    """The second of two servers is measured: the first one compiles the modules that it imports late."""
    release = await start_service()
    try:
        with tempfile.TemporaryDirectory() as compiled:
            await asyncio.to_thread(megabytes_after_generation, command, compiled)
            return await asyncio.to_thread(megabytes_after_generation, command, compiled)
    finally:
        await release


if __name__ == "__main__":
    main()
