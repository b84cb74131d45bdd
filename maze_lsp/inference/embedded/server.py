"""The embedded service's own process: llama.cpp's server on a loopback port, until nobody needs it any more.

`maze serve` may have it listen elsewhere. The only importer of `xllamacpp`. Run as
`python -m maze_lsp.inference.embedded.server`. The key is never an argument: it comes from the environment
(MAZE_SERVE_KEY) or is made here, and is handed on in a file that only the user may read. A watchdog in this process
ends it; nobody else has to, so that none is left behind when its users are killed.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from filelock import FileLock, Timeout

from maze_lsp.errors import ModelError, ServiceUnreachable
from maze_lsp.inference.embedded import processes
from maze_lsp.inference.embedded.config import LOOPBACK, PARALLEL, EmbeddedConfig, library_version
from maze_lsp.inference.embedded.files import Folder, Instance, clear_old

CHECK_EVERY = 0.5
"""Seconds between two looks of the watchdog."""
MAX_LOG = 1_000_000
"""Bytes of the log before it is begun anew."""
PROMPT_CACHE_MB = 64


def leave(code: int) -> NoReturn:
    """End this process without the library's own shutdown, which waits for requests that are under way."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run(
    config: EmbeddedConfig,
    *,
    name: str = "",
    ready: Callable[[Instance], None] = lambda _: None,
    log_bounded: bool,
) -> NoReturn:
    """Serve until nobody needs the service, or SIGTERM or SIGINT comes; this ends the process.

    `name`: of the folder in which whoever started this waits; empty: the configuration's. Raises ModelError where the
    model cannot be loaded and ServiceUnreachable where the port is taken.
    """
    folder = Folder(name or config.name)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    pid = os.getpid()
    starting = Instance(
        pid,
        processes.start_time(pid),
        0,
        "",
        config.alias,
        library_version(),
        file=str(config.model),
        size=_size(config.model),
        context=config.context,
        threads=config.threads,
        host=config.host,
    )
    folder.write(starting)
    try:
        key = os.environ.pop("MAZE_SERVE_KEY", "") or secrets.token_urlsafe(32)
        _server, port = _serve(config, key)  # kept: the service ends with the object
        instance = replace(starting, port=port, key=key)
        folder.write(instance)
        ready(instance)
        clear_old(time.time())
        _watch(config, folder, stopping, log_bounded=log_bounded)
    finally:
        folder.forget(pid)
    leave(0)


def _size(model: Path) -> int:
    try:
        return model.stat().st_size
    except OSError:
        return 0


def _serve(config: EmbeddedConfig, key: str) -> tuple[object, int]:
    import xllamacpp  # heavy: only in this process

    params = xllamacpp.CommonParams()
    params.model.path = str(config.model)
    params.model_alias = {config.alias}
    params.hostnames = [config.host]
    params.port = config.port
    params.api_keys = [key]
    params.n_ctx = config.context
    params.n_parallel = PARALLEL
    params.kv_unified = True
    params.cache_ram_mib = PROMPT_CACHE_MB
    params.cpuparams.n_threads = config.threads
    params.cpuparams_batch.n_threads = config.threads
    params.cpuparams.poll = 0
    params.cpuparams_batch.poll = 0
    params.warmup = True
    params.ui = False
    params.endpoint_slots = config.host == LOOPBACK  # they show what others ask
    params.verbosity = 2
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        raise _failure(config) from error
    return server, int(str(server.listening_address).rpartition(":")[2])


def _failure(config: EmbeddedConfig) -> Exception:
    if problem := _no_place(config):
        return ServiceUnreachable(
            f"The service cannot listen at {config.host}, port {config.port}: {problem}.",
            hint="Choose another address with `--host`, another port with `--port`.",
        )
    return ModelError(
        f"The model {config.model} cannot be loaded: it is corrupt, no GGUF file, or too large.",
        hint="Fetch it again with `maze models pull`, or set `model` to another GGUF file.",
    )


def _no_place(config: EmbeddedConfig) -> str:
    """Why nothing can listen there; empty where something could."""
    import socket

    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((config.host, config.port))
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""


def _watch(config: EmbeddedConfig, folder: Folder, stopping: threading.Event, *, log_bounded: bool) -> None:
    """Return when told to stop, when another service took over, or when nobody needed this one for long
    enough."""
    needed = time.monotonic()
    while not stopping.wait(CHECK_EVERY):
        try:
            instance = folder.read()
            if instance is None or instance.pid != os.getpid():
                return
            if folder.users() or not config.idle:
                needed = time.monotonic()
            if log_bounded:
                _bound_log(folder.log)
        except OSError:
            return  # the folder is gone, and with it everybody who could find this service
        if config.idle and time.monotonic() - needed >= config.idle and _leave(folder):
            return


def _leave(folder: Folder) -> bool:
    """Take the service off the list, unless somebody is about to join it."""
    try:
        with FileLock(folder.lock, timeout=0):
            if folder.users():
                return False
            folder.forget(os.getpid())
            return True
    except Timeout:
        return False


def _bound_log(log: Path) -> None:
    if log.stat().st_size < MAX_LOG:
        return
    log.replace(log.with_name("log.1"))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def main(arguments: list[str]) -> NoReturn:
    parser = argparse.ArgumentParser(prog="maze-embedded", description="The embedded inference service.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--alias", required=True)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--idle", type=float, required=True)
    parser.add_argument("--name", default="")
    options = vars(parser.parse_args(arguments))
    name = options.pop("name")
    try:
        run(EmbeddedConfig(**options), name=name, log_bounded=True)
    except (ModelError, ServiceUnreachable) as error:
        print(error, file=sys.stderr, flush=True)
        leave(3)


if __name__ == "__main__":
    main(sys.argv[1:])
