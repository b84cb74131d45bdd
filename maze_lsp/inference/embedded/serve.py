"""`maze serve`: the embedded service in the foreground, for as long as the user wants it."""

from __future__ import annotations

import asyncio
import ipaddress
import os
from collections.abc import Callable
from dataclasses import replace

from filelock import FileLock, Timeout

from maze_lsp.errors import CancelledByUser, ServiceUnreachable, SettingsError
from maze_lsp.inference.embedded.config import LOOPBACK, config_of
from maze_lsp.inference.embedded.files import Folder, Instance
from maze_lsp.inference.embedded.launch import START_WITHIN, start_or_join
from maze_lsp.inference.options import InferenceSettings

Progress = Callable[[str], None]

LEAST_KEY = 16
"""Characters of a key that keeps others out."""


def serve(
    settings: InferenceSettings,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    progress: Progress,
    ready: Callable[[Instance, str], None],
) -> None:
    """Serve until Ctrl-C or SIGTERM, which end the process with code 0.

    `ready` is told the address and the file that has the key. Without host and port the user's editors use this very
    service, and a service that runs already is joined and kept alive. With a port (1 to 65535), or a host beyond
    127.0.0.1, it is a service of its own. The key is taken from MAZE_SERVE_KEY or made anew; beyond loopback it must
    be given. Raises SettingsError where it is not, ModelError, or ServiceUnreachable where the place is taken; a joined
    service that ends is an error too.
    """
    own = bool(port) or host != LOOPBACK
    config = replace(config_of(settings).at(checked(host), port), idle=0)
    folder = Folder(config.name)
    # Held until the service is ready, so that an editor that comes meanwhile joins it.
    lock = FileLock(folder.lock)
    try:
        lock.acquire(timeout=START_WITHIN)
    except Timeout:
        raise ServiceUnreachable(
            "Another process is starting the embedded service and does not finish.", hint=f"See {folder.log}."
        ) from None
    running = folder.read()
    if running:
        lock.release()
        if own:
            raise ServiceUnreachable(
                f"`maze serve` runs already at {running.url} (process {running.pid}).",
                hint="Use it, or choose another place with `--host` and `--port`.",
            )
        progress("a service runs already and is joined")
        asyncio.run(_keep(settings, folder, progress, ready))
        return
    from maze_lsp.inference.embedded import server

    def announce(instance: Instance) -> None:
        lock.release()
        ready(instance, str(folder.service))

    progress(f"loading {config.alias}")
    try:
        server.run(config, ready=announce, log_bounded=False)
    finally:
        lock.release()


def checked(host: str) -> str:
    """The host as it is listened at. Raises SettingsError where others could reach it without a good key."""
    if host == "localhost":
        return LOOPBACK
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise SettingsError(
            f"`--host` is `{host}`, which is not an address.",
            hint="Give an IP address of this machine; 0.0.0.0 stands for all of them.",
        ) from None
    key = os.environ.get("MAZE_SERVE_KEY", "")
    if not address.is_loopback and not (len(key) >= LEAST_KEY and key.isascii() and key.isprintable()):
        raise SettingsError(
            f"Beyond this machine ({host}) the service is served with a key only: "
            + ("MAZE_SERVE_KEY is not set." if not key else f"MAZE_SERVE_KEY is no {LEAST_KEY} plain characters long."),
            hint="Set it to one that cannot be guessed, and give it to those who may use the service as their "
            "`api_key`; `python -c 'import secrets; print(secrets.token_urlsafe(32))'` makes one.",
        )
    return host


def beyond_loopback(host: str) -> bool:
    return not ipaddress.ip_address(host).is_loopback


async def _keep(
    settings: InferenceSettings, folder: Folder, progress: Progress, ready: Callable[[Instance, str], None]
) -> None:
    membership = await start_or_join(config_of(settings), progress)
    try:
        ready(membership.instance, str(folder.service))
        await membership.ended()
        raise ServiceUnreachable("The service that was joined has ended.", hint="Run `maze serve` again.")
    except asyncio.CancelledError:
        raise CancelledByUser("Left the service; it ends when nobody else uses it.") from None
    finally:
        membership.release()
