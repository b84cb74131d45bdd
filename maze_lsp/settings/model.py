"""The settings: every key with its default, its type and a sentence. `docs/settings.md` is generated from here."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from maze_lsp.settings.endpoints import EMBEDDED, EXPECTED, Address, Dialect, Endpoint, Endpoints, Key, no_truth

__all__ = ["EMBEDDED", "Endpoint", "Settings", "expected", "is_restricted", "is_secret"]

RESTRICTED: dict[str, Any] = {"restricted": True}
"""Marks a key that a workspace which is not trusted cannot set."""


def _level(value: Any) -> Any:
    """Also `DEBUG` and `maze=debug`."""
    return value.rpartition("=")[2].strip().lower() if isinstance(value, str) else value


def _context(value: int) -> int:
    if 0 < value < 512:
        raise ValueError("0 or at least 512 is expected")
    return value


def _gap(value: tuple[str, ...]) -> tuple[str, ...]:
    """None, or two tokens that say something and a third that may be missing."""
    if value and (len(value) not in (2, 3) or not all(value[:2])):
        raise ValueError("two or three tokens are expected")
    return value


Whole = Annotated[int, BeforeValidator(no_truth)]
Number = Annotated[float, BeforeValidator(no_truth)]
Seconds = Annotated[float, Field(gt=0, le=3600), BeforeValidator(no_truth)]
Level = Annotated[Literal["error", "warning", "info", "debug", "trace"], BeforeValidator(_level)]


class Settings(BaseModel):
    """All settings, immutable. Editors may write a key in camelCase (`maxTokens`); times are seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    endpoint: Address = Field(
        "",
        description="Address of the inference service (`http://host:port`); none or `embedded`: the embedded service.",
        json_schema_extra=RESTRICTED,
    )
    api_key: Key = Field(
        SecretStr(""),
        description="Key for `endpoint`, used only where the endpoint comes from the same source; `keyring`: "
        "the one that `maze config set-key` has stored.",
        json_schema_extra=RESTRICTED,
    )
    dialect: Dialect = Field(
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
    endpoints: Endpoints = Field(
        (),
        description="Several services in place of `endpoint`, the first one first, or by weight where weights are set; "
        "each with its own key. See docs/services.md.",
        json_schema_extra=RESTRICTED,
    )
    hedge: bool = Field(
        False,
        description="Ask the next of `endpoints` too where the first text is late, and take the one that is quicker.",
        json_schema_extra=RESTRICTED,
    )
    ca_file: str = Field(
        "",
        description="File of certificates (PEM) that are trusted beside the usual ones, for `https` endpoints.",
        json_schema_extra=RESTRICTED,
    )
    max_tokens: Whole = Field(256, ge=1, le=32768, description="Most tokens that one generation may take.")
    temperature: Number = Field(0.2, ge=0, le=2, description="Sampling temperature; 0 takes the likeliest token.")
    top_p: Number = Field(0.95, gt=0, le=1, description="Sampling keeps the likeliest tokens up to this share.")
    top_k: Whole = Field(40, ge=0, le=1000, description="Sampling keeps this many tokens; 0 keeps all.")
    dry: Number = Field(
        0.8, ge=0, le=5, description="Strength of DRY sampling against repetition, where the server has it; 0: off."
    )
    seed: Annotated[int, Field(ge=0, lt=2**31), BeforeValidator(no_truth)] | None = Field(
        None, description="Seed of the sampling; none: drawn anew each time."
    )
    attempts: Whole = Field(2, ge=1, le=10, description="Tries until a text passes the proof, the first included.")
    continuations: Whole = Field(
        8,
        ge=0,
        le=64,
        description="Further requests of one try: behind a lost connection, or where a model left its grammar.",
    )
    ensemble: Whole = Field(
        0, ge=0, le=16, description="Candidates of an ensemble; 0: one of each of `endpoints`, or 3 of the only one."
    )
    test_command: str = Field(
        "",
        description="Command that tests the project, for `maze generate --ensemble --run-tests`; run in a copy.",
        json_schema_extra=RESTRICTED,
    )
    test_timeout: Seconds = Field(60, description="Longest time for one run of `test_command`.")
    connect_timeout: Seconds = Field(10, description="Longest wait for a connection.")
    first_token_timeout: Seconds = Field(120, description="Longest wait for the first text of an answer.")
    token_timeout: Seconds = Field(30, description="Longest pause inside an answer.")
    total_timeout: Seconds = Field(300, description="Longest time for one request with its retries.")
    embedded_context: Annotated[int, BeforeValidator(no_truth), AfterValidator(_context)] = Field(
        0, ge=0, le=1_048_576, description="Context size of the embedded service in tokens; 0: by machine and model."
    )
    embedded_threads: Whole = Field(0, ge=0, le=256, description="Threads of the embedded service; 0: by the machine.")
    embedded_idle_seconds: Seconds = Field(300, description="The embedded service ends when unused for so long.")
    prompt_chars: Whole = Field(6000, ge=200, le=1_000_000, description="Most characters of the file in a prompt.")
    prompt_tokens: Whole = Field(
        3072, ge=64, le=1_000_000, description="Most tokens of a prompt; the service's context size bounds it too."
    )
    chat: Literal["auto", "always", "never"] = Field(
        "auto",
        description="Ask in messages, as models that only chat want it; `auto`: where the service does nothing else.",
    )
    fim: Literal[
        "auto",
        "off",
        "qwen",
        "starcoder2",
        "starcoder",
        "codellama",
        "deepseek",
        "codestral",
        "granite",
        "granite4",
        "codegemma",
    ] = Field(
        "auto",
        description="How the model is asked to fill a gap (docs/prompts.md); `auto`: by what it is.",
        json_schema_extra=RESTRICTED,
    )
    fim_tokens: Annotated[tuple[str, ...], AfterValidator(_gap)] = Field(
        (),
        description="Tokens of another model for prefix, suffix and middle; used in place of those that `fim` chooses.",
        json_schema_extra=RESTRICTED,
    )
    suffix_digest: bool = Field(
        True, description="Name what is defined behind the hole in a comment, for models that cannot fill a gap."
    )
    open_files: bool = Field(
        True,
        description="Show imports and signatures of other open files to the model.",
        json_schema_extra=RESTRICTED,
    )
    inline: bool = Field(True, description="Suggest text at the cursor while typing, in editors that show it.")
    inline_debounce: Number = Field(
        0.15, ge=0, le=5, description="Seconds without typing after which a suggestion is made by itself."
    )
    inline_tokens: Whole = Field(48, ge=1, le=4096, description="Most tokens of a suggestion at the cursor.")
    preview: bool = Field(True, description="Show text while it is generated, in editors that can.")
    review: bool = Field(
        False, description="Show generated text first, and insert it once it is accepted, in editors that can."
    )
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
    cache_entries: Whole = Field(1000, ge=1, le=1_000_000, description="Most compiled constraints kept in memory.")
    cache_megabytes: Whole = Field(64, ge=1, le=65536, description="Most megabytes of them; on disk twice as many.")
    cache_on_disk: bool = Field(
        True, description="Keep compiled constraints in the user's cache folder, so that the next start is quick."
    )
    log_level: Level = Field(
        "warning",
        description="What is logged; document text only at `trace`.",
        json_schema_extra=RESTRICTED,
    )


def is_restricted(key: str) -> bool:
    extra = Settings.model_fields[key].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("restricted"))


def is_secret(key: str) -> bool:
    return Settings.model_fields[key].annotation is SecretStr


def expected(key: str) -> str:
    """What a value of this setting has to be, in words: for messages and for the documentation."""
    info = Settings.model_fields[key]
    kind = info.annotation
    inner = [part for part in get_args(kind) if part is not type(None)]
    if key == "endpoint":
        return "an address `http://host:port` without user name, password, query and fragment"
    if key == "endpoints":
        return EXPECTED
    if kind is SecretStr:
        return "a key in plain ASCII"
    if kind is bool:
        return "true or false"
    if kind == tuple[str, ...]:
        return "a list of texts"
    if inner and all(isinstance(part, str) for part in inner):
        return "one of " + ", ".join(f"`{part}`" for part in inner)
    if kind is str:
        return "a text"
    return _number(key)


@cache
def _schemas() -> dict[str, Any]:
    properties: dict[str, Any] = Settings.model_json_schema()["properties"]
    return properties


def _number(key: str) -> str:
    """`a number from 1 to 10`: from the JSON schema, where pydantic has all constraints in one form."""
    schema = _schemas()[key]
    schema = next((option for option in schema.get("anyOf", ()) if option.get("type") != "null"), schema)
    low = f"from {schema['minimum']:g}" if "minimum" in schema else f"above {schema['exclusiveMinimum']:g}, up"
    high = schema["maximum"] if "maximum" in schema else schema["exclusiveMaximum"] - 1
    return f"a {'whole ' if schema['type'] == 'integer' else ''}number {low} to {high:.0f}"
