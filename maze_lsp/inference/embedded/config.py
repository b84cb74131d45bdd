"""What an embedded service is made with. Equal configurations share one service."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from maze_lsp import __version__
from maze_lsp.errors import ModelError
from maze_lsp.inference.embedded import gguf, machine
from maze_lsp.inference.options import InferenceSettings

LOOPBACK = "127.0.0.1"
PARALLEL = 2
"""Requests that run at the same time; they share one context, so a second one costs hardly any memory."""


@dataclass(frozen=True, slots=True)
class EmbeddedConfig:
    """`model` is a GGUF file, `alias` the name by which records call it. `context` in tokens.

    `idle` seconds after its last user has gone the service ends; 0: never. `port` 0: any that is free. `host`: where
    it listens.
    """

    model: Path
    alias: str
    context: int = 8192
    threads: int = 1
    idle: float = 300.0
    port: int = 0
    host: str = LOOPBACK

    @property
    def name(self) -> str:
        """The name of the folder in which all users of this configuration meet.

        Versions are part of it: after an upgrade, editors that run on keep the service that they have, and new ones
        get one of their own.
        """
        made_of = f"{self.model}\n{self.context}\n{self.threads}\n{library_version()}\n{__version__}"
        digest = hashlib.sha256(made_of.encode()).hexdigest()[:12]
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", self.alias)[:40].strip(".-") or "model"
        place = (re.sub(r"[^0-9A-Za-z.]", "_", self.host) if self.host != LOOPBACK else "", str(self.port or ""))
        return "-".join((stem, digest, *(part for part in place if part)))

    def at(self, host: str, port: int) -> EmbeddedConfig:
        return replace(self, host=host, port=port)


def config_of(settings: InferenceSettings) -> EmbeddedConfig:
    """Raises ModelError where the model is not there."""
    from maze_lsp.inference import models

    model = models.path(settings.model)
    return EmbeddedConfig(
        model=model,
        alias=models.display_name(settings.model),
        context=settings.embedded_context or _context(model),
        threads=settings.embedded_threads or machine.default_threads(),
        idle=settings.embedded_idle_seconds,
    )


def _context(model: Path) -> int:
    """Chosen from the machine and the model."""
    try:
        size = model.stat().st_size
    except OSError:
        size = 0
    return machine.context_for(gguf.described(model), size, machine.total_memory())


def library_version() -> str:
    """The version of the wheel that brings the server. Raises ModelError where it is not installed."""
    try:
        return f"xllamacpp {version('xllamacpp')}"
    except PackageNotFoundError:
        raise ModelError(
            "The embedded inference service needs the package `xllamacpp`, which is not installed.",
            hint="Run `pip install xllamacpp`, or set `endpoint` to a service of your own.",
        ) from None
