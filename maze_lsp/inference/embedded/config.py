"""What an embedded service is made with. Equal configurations share one service."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from maze_lsp.errors import ModelError
from maze_lsp.inference.options import InferenceSettings

PARALLEL = 2
"""Requests that run at the same time; they share one context, so a second one costs hardly any memory."""


@dataclass(frozen=True, slots=True)
class EmbeddedConfig:
    """`model` is a GGUF file, `alias` the name by which records call it. `context` in tokens.

    `idle` seconds after its last user has gone the service ends; 0: never. `port` 0: any that is free.
    """

    model: Path
    alias: str
    context: int = 8192
    threads: int = 1
    idle: float = 300.0
    port: int = 0

    @property
    def name(self) -> str:
        """The name of the folder in which all users of this configuration meet."""
        made_of = f"{self.model}\n{self.context}\n{self.threads}\n{library_version()}"
        digest = hashlib.sha256(made_of.encode()).hexdigest()[:12]
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", self.alias)[:40].strip(".-") or "model"
        return f"{stem}-{digest}" + (f"-{self.port}" if self.port else "")

    def with_port(self, port: int) -> EmbeddedConfig:
        return replace(self, port=port)


def config_of(settings: InferenceSettings) -> EmbeddedConfig:
    """Raises ModelError where the model is not there."""
    from maze_lsp.inference import models

    model = models.path(settings.model)
    return EmbeddedConfig(
        model=model,
        alias=models.display_name(settings.model),
        context=settings.embedded_context,
        threads=settings.embedded_threads or default_threads(),
        idle=settings.embedded_idle_seconds,
    )


def default_threads() -> int:
    """Half of the processors that this process may use: threads that wait for each other stall on a busy
    machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(8, processors // 2))


def library_version() -> str:
    """The version of the wheel that brings the server. Raises ModelError where it is not installed."""
    try:
        return f"xllamacpp {version('xllamacpp')}"
    except PackageNotFoundError:
        raise ModelError(
            "The embedded inference service needs the package `xllamacpp`, which is not installed.",
            hint="Run `pip install xllamacpp`, or set `endpoint` to a service of your own.",
        ) from None
