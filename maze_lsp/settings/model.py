"""The settings: every key with its default, its type and a sentence. `docs/settings.md` is generated from here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

RESTRICTED: dict[str, Any] = {"restricted": True}
"""Marks a key that a workspace which is not trusted cannot set."""

Seconds = Annotated[float, Field(gt=0, le=3600)]


class Settings(BaseModel):
    """All settings, immutable. Editors may write a key in camelCase (`maxTokens`); times are seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str = Field(
        "",
        description="Address of the inference service (`http://host:port`); empty: the embedded service.",
        json_schema_extra=RESTRICTED,
    )
    api_key: SecretStr = Field(
        SecretStr(""),
        description="Key for `endpoint`; used only where the endpoint comes from the same source.",
        json_schema_extra=RESTRICTED,
    )
    dialect: Literal["auto", "llamacpp", "vllm"] = Field(
        "auto",
        description="What the service at `endpoint` speaks; `auto` asks it.",
        json_schema_extra=RESTRICTED,
    )
    model: str = Field(
        "smollm2-135m",
        min_length=1,
        description="Model: a name or the path of a GGUF file for the embedded service, an id for a remote one.",
        json_schema_extra=RESTRICTED,
    )
    max_tokens: int = Field(256, ge=1, le=32768, description="Most tokens that one generation may take.")
    temperature: float = Field(0.2, ge=0, le=2, description="Sampling temperature; 0 takes the likeliest token.")
    top_p: float = Field(0.95, gt=0, le=1, description="Sampling keeps the likeliest tokens up to this share.")
    top_k: int = Field(40, ge=0, le=1000, description="Sampling keeps this many tokens; 0 keeps all.")
    dry: float = Field(
        0.8, ge=0, le=5, description="Strength of DRY sampling against repetition, where the server has it; 0: off."
    )
    seed: int | None = Field(None, ge=0, lt=2**31, description="Seed of the sampling; none: drawn anew each time.")
    attempts: int = Field(2, ge=1, le=10, description="Tries until a text passes the proof, the first included.")
    connect_timeout: Seconds = Field(10, description="Longest wait for a connection.")
    first_token_timeout: Seconds = Field(120, description="Longest wait for the first text of an answer.")
    token_timeout: Seconds = Field(30, description="Longest pause inside an answer.")
    total_timeout: Seconds = Field(300, description="Longest time for one request with its retries.")
    embedded_context: int = Field(
        8192, ge=512, le=131072, description="Context size of the embedded service, in tokens."
    )
    embedded_threads: int = Field(0, ge=0, le=256, description="Threads of the embedded service; 0: by the machine.")
    embedded_idle_seconds: Seconds = Field(300, description="The embedded service ends when unused for so long.")
    prompt_chars: int = Field(6000, ge=200, le=1_000_000, description="Most characters of the file in a prompt.")
    preview: bool = Field(True, description="Show text while it is generated, in editors that can.")
    code_lens: bool = Field(True, description="Show Accept, Regenerate and Why above generated code.")
    inlay_hints: bool = Field(True, description="Mark generated code with a short hint.")
    hover: bool = Field(True, description="Show the record of generated code on hover.")
    exclude: tuple[str, ...] = Field((), description="Globs of files that never become part of a prompt.")
    keep_text: bool = Field(
        False,
        description="Keep prompts and texts in the ledger, not only their digests.",
        json_schema_extra=RESTRICTED,
    )
    ledger: str = Field(
        "",
        description="Path of the provenance ledger; empty: in the user's state folder.",
        json_schema_extra=RESTRICTED,
    )
    log_level: Literal["error", "warning", "info", "debug", "trace"] = Field(
        "warning",
        description="What is logged; document text only at `trace`.",
        json_schema_extra=RESTRICTED,
    )


def is_restricted(key: str) -> bool:
    extra = Settings.model_fields[key].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("restricted"))


def is_secret(key: str) -> bool:
    return Settings.model_fields[key].annotation is SecretStr
