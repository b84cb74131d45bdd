"""What the pipeline and an inference service say to each other. No HTTP and no documents here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from maze_lsp.inference.infill import Format

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters as they are sent and recorded. `max_tokens` bounds one request.

    `dry`: strength of DRY sampling against repetition, where the server has it; 0 is off.
    """

    max_tokens: int = 256
    temperature: float = 0.2
    top_p: float = 0.95
    top_k: int = 40
    seed: int = 0
    dry: float = 0.0


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a chat model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One request. `grammar` is llguidance Lark (first line `%llguidance {}`) or None for unconstrained text.

    `messages`: what is sent in place of `prompt` where the service only chats (`Capabilities.chat`). `logprobs`: ask
    for the log-probability of each token, where the server gives it. `token_bias`: token id → what is added to its
    logit; -100 forbids it.
    """

    prompt: str
    sampling: Sampling
    grammar: str | None = None
    stop: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    logprobs: bool = False
    token_bias: Mapping[int, float] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of text as it came; `tokens` is the number of tokens generated so far (0 where unknown).

    `logprob`: the sum of the natural log-probabilities of the piece's tokens; None where the server gives none.
    """

    text: str
    tokens: int
    logprob: float | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """The end of a stream. Times in milliseconds, 0 where the server gives none.

    `cached_tokens`: those of the prompt that it had seen before, as far as it says so.
    """

    finish_reason: FinishReason
    tokens: int
    prompt_tokens: int
    prompt_ms: float
    generation_ms: float
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server was seen to do. `grammar` is True only after a probe proved that grammars are enforced.

    `infill`: how its model is asked to fill a gap, where that is known. `counts`: whether it counts tokens. `chat`:
    whether it takes messages only. `plain_grammar`: it enforces grammars, but not those in which terminals are
    intersected or complemented, as ours are. `way`: how a grammar is handed over, in the words of its protocol.
    """

    server: str
    version: str
    model: str
    grammar: bool
    context_size: int
    infill: Format | None = None
    counts: bool = False
    chat: bool = False
    plain_grammar: bool = False
    way: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """How many requests a server works on, and how many wait."""

    running: int
    waiting: int


@runtime_checkable
class Watched(Protocol):
    """A service that can be asked how busy it is."""

    async def queue(self) -> Queue | None:
        """None where the server does not tell. Raises `ServiceError`s."""
        ...


class Service(Protocol):
    """An inference service, whatever its dialect. All methods raise `ServiceError`s and nothing else."""

    @property
    def endpoint(self) -> str: ...

    async def capabilities(self) -> Capabilities:
        """Asked and probed once per server; remembered."""
        ...

    def stream(self, request: CompletionRequest) -> AsyncIterator[Chunk | Completed]:
        """Chunks, then exactly one `Completed`. Closing the iterator closes the connection at once."""
        ...

    async def tokenize(self, text: str) -> list[int]: ...

    async def health(self) -> str:
        """`ok`, `loading` or a sentence that says what is wrong."""
        ...

    async def models(self) -> list[str]: ...

    async def aclose(self) -> None: ...
