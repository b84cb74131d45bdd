"""From a finished generation to its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Protocol

from maze_lsp import __version__
from maze_lsp.constraints.types import CompiledConstraint, PartVerdict
from maze_lsp.context.types import HoleContext
from maze_lsp.inference.types import Capabilities, Sampling
from maze_lsp.pipeline.written import Written
from maze_lsp.provenance.digests import digest, public_endpoint, request_digest
from maze_lsp.provenance.record import Record, RecordPart, RecordRequest
from maze_lsp.settings.model import EMBEDDED


class Ledger(Protocol):
    """Where records are kept. Raises `LedgerError` where that fails."""

    def append(self, record: Record, grammar: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """All that is known of a generation when it has ended. Times in milliseconds."""

    id: str
    context: HoleContext | None
    language: str
    capabilities: Capabilities
    endpoint: str
    sampling: Sampling
    extra: Mapping[str, object]
    prompts: tuple[str, ...]
    constraint: CompiledConstraint | None
    verdicts: tuple[PartVerdict, ...]
    text: str
    prompt_tokens: int
    tokens: int
    steps: int
    attempts: int
    ending: str
    timings: Mapping[str, float]
    written: tuple[Written, ...] = ()
    logprob: float | None = None


def make_record(origin: Origin, *, keep_text: bool) -> Record:
    """The record of a generation; prompt and text themselves only where the user keeps them."""
    context, sampling = origin.context, origin.sampling
    prompt = "\0".join(origin.prompts)
    parameters = {
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "dry": sampling.dry,
    }
    constraint_digest = origin.constraint.digest if origin.constraint else ""
    return Record(
        id=origin.id,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        uri=context.snapshot.uri if context else "",
        language=origin.language,
        hole_kind=context.hole.kind if context else "",
        line_range=_line_range(context, origin.text),
        model=origin.capabilities.model,
        server=origin.capabilities.server,
        server_version=origin.capabilities.version,
        endpoint=_public(origin.endpoint),
        sampling=tuple(parameters.items()),
        seed=sampling.seed,
        request_digest=request_digest(
            prompt_digest=digest(prompt),
            grammar_digest=digest(origin.constraint.lark) if origin.constraint else "",
            parameters={**parameters, **origin.extra},
            model=origin.capabilities.model,
            seed=sampling.seed,
        ),
        prompt_digest=digest(prompt),
        intent_digest=digest(context.intent) if context and context.intent else "",
        constraint_digest=constraint_digest,
        parts=tuple(RecordPart(v.part.name, v.part.kind, v.verdict) for v in origin.verdicts),
        grammar_version=f"maze-lsp {__version__}",
        llguidance_version=version("llguidance"),
        text_digest=digest(origin.text),
        text_length=len(origin.text),
        prompt_tokens=origin.prompt_tokens,
        tokens=origin.tokens,
        steps=origin.steps,
        attempts=origin.attempts,
        ending=origin.ending,
        verdict=_overall(origin.verdicts),
        timings=tuple((name, round(value, 1)) for name, value in origin.timings.items()),
        requests=_requests(origin.written),
        logprob=None if origin.logprob is None else round(origin.logprob, 5),
        text=origin.text if keep_text else "",
        prompt=prompt if keep_text else "",
    )


def _public(endpoint: str) -> str:
    return EMBEDDED if endpoint == EMBEDDED else public_endpoint(endpoint)


def _requests(written: tuple[Written, ...]) -> tuple[RecordRequest, ...]:
    if len(written) < 2:
        return ()
    return tuple(RecordRequest(_public(part.endpoint), part.model, part.length, part.end) for part in written)


def _line_range(context: HoleContext | None, text: str) -> tuple[int, int]:
    if context is None:
        return 0, max(0, len(text.splitlines()) - 1)
    first = context.snapshot.lines.line_of(context.hole.range.start)
    lead = context.hole.lead.count("\n")
    return first + lead, first + lead + text.count("\n")


def _overall(verdicts: tuple[PartVerdict, ...]) -> str:
    """The weakest verdict of the parts that the server could have enforced; `unconstrained` where there are none."""
    masked = [v.verdict for v in verdicts if v.part.enforcement == "grammar"]
    if not masked:
        return "unconstrained"
    return "violated" if "violated" in masked else "verified" if "verified" in masked else "enforced"
