"""A real vLLM on the processor, for tests and benchmarks: where it is, and running it on a loopback port.

`make vllm` sets it up (tools/make_vllm). MAZE_VLLM names another folder than `.venv-vllm`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
GUIDANCE = "guidance"
_START_WITHIN = 240.0
_ENVIRONMENT = {
    # Threads that wait for each other stall where another process wants a processor: with one it only gets slower.
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "HF_HUB_OFFLINE": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A vLLM that answers. `log` is what it printed."""

    url: str
    key: str
    model: str
    log: Path
    pid: int

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels; 0 where it is not there."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        with urlopen(Request(self.url + "/metrics", headers=headers), timeout=30) as answer:
            text = answer.read().decode()
        return sum(float(value) for value in re.findall(rf"^{re.escape(name)}(?:{{[^}}]*}})? (\S+)$", text, re.M))

    def settings(self, **changes: Any) -> Any:
        """Settings that lead to it, for `maze_lsp.inference.connect`."""
        from maze_lsp.settings import Settings

        return Settings(**{"endpoint": self.url, "api_key": self.key, "model": self.model, **changes})


def folder() -> Path:
    return Path(os.environ.get("MAZE_VLLM") or ROOT / ".venv-vllm")


def missing() -> str:
    """Why there is no vLLM here; empty where there is one."""
    if (folder() / ".set-up").exists():
        return ""
    return f"vLLM is not set up in {folder()}: run `make vllm` (Linux on x86-64, 4 GB, some minutes)"


@contextmanager
def running(
    *,
    backend: str = GUIDANCE,
    model: str = "smol",
    key: str = "",
    arguments: tuple[str, ...] = (),
    deployed: bool = False,
) -> Iterator[Running]:
    """A server with this grammar backend (empty: the default one) and model (`smol`, `tiny`). Ends with the block.

    `deployed`: started by `deploy/vllm_command.py`, which chooses the backend and guards all routes.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    python, place = str(folder() / "bin" / "python"), str(folder() / "models" / model)
    of_ours = ("--max-model-len", "2048", "--dtype", "bfloat16", "--enforce-eager", *arguments)
    told = {}
    if deployed:
        command = [python, str(ROOT / "deploy" / "vllm_command.py")]
        told = {
            "VLLM_API_KEY": key,
            "MAZE_MODEL": place,
            "MAZE_MODEL_NAME": model,
            "MAZE_HOST": "127.0.0.1",
            "MAZE_PORT": str(port),
            "MAZE_VLLM_ARGUMENTS": shlex.join(of_ours),
        }
    else:
        command = [
            *(python, "-m", "vllm.entrypoints.openai.api_server", "--model", place, "--served-model-name", model),
            *("--host", "127.0.0.1", "--port", str(port), *of_ours),
            *(("--structured-outputs-config", json.dumps({"backend": backend})) if backend else ()),
            *(("--api-key", key) if key else ()),
        ]
    with tempfile.TemporaryDirectory(prefix="maze-vllm-") as place:
        log = Path(place) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **_ENVIRONMENT, **told},
                start_new_session=True,
            )
        try:
            _await(process, port, log)
            yield Running(f"http://127.0.0.1:{port}", key, model, log, process.pid)
        finally:
            _end(process)


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _START_WITHIN
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return
        time.sleep(0.2)
    words = log.read_text("utf-8", "replace")[-3000:]
    raise RuntimeError(f"vLLM did not start:\n{words}")


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
            return
