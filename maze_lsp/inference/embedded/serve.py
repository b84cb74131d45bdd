"""`maze serve`: the embedded service in the foreground, for as long as the user wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from filelock import FileLock, Timeout

from maze_lsp.errors import CancelledByUser, ServiceUnreachable
from maze_lsp.inference.embedded.config import config_of
from maze_lsp.inference.embedded.files import Folder, Instance
from maze_lsp.inference.embedded.launch import START_WITHIN, start_or_join
from maze_lsp.inference.options import InferenceSettings

Progress = Callable[[str], None]


def serve(
    settings: InferenceSettings, *, port: int = 0, progress: Progress, ready: Callable[[Instance, str], None]
) -> None:
    """Serve until Ctrl-C or SIGTERM, which end the process with code 0.

    `ready` is told the address and the file that has the key. Without a port the user's editors use this very
    service, and a service that runs already is joined and kept alive. With one (1 to 65535) it is a service of its
    own at that port. The key is taken from MAZE_SERVE_KEY or made anew. Raises ModelError, or ServiceUnreachable
    where the port is taken; a joined service that ends is an error too.
    """
    config = replace(config_of(settings).with_port(port), idle=0)
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
        if port:
            raise ServiceUnreachable(
                f"`maze serve` runs already at {running.url} (process {running.pid}).",
                hint="Use it, or choose another port with `--port`.",
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
