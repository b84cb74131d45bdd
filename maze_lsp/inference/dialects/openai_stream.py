"""The OpenAI protocol: bodies of requests for texts and for answers in a chat, and the events that come back.

Nothing here is one server's own: which grammar field a server obeys is told by the dialects.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from maze_lsp.errors import ServiceUnreachable
from maze_lsp.inference.dialects import values
from maze_lsp.inference.dialects.thinking import Thinking
from maze_lsp.inference.faults import RETRIED_STATUSES
from maze_lsp.inference.http import JSON, Http
from maze_lsp.inference.types import Chunk, Completed, CompletionRequest, FinishReason

THINKING = 2048
"""Tokens that a model may think before its answer, once it was seen to think."""
_BUDGETS = ("max_tokens", "max_completion_tokens")
TOOL = "insert"
"""The name of the tool by whose input a text comes where a server has grammars only there."""


def _tool(grammar: str) -> JSON:
    definition = {"type": "grammar", "grammar": {"syntax": "lark", "definition": grammar}}
    told = {"name": TOOL, "description": "Puts its input in place of the gap.", "format": definition}
    choice = {"type": "custom", "custom": {"name": TOOL}}
    return {"tools": [{"type": "custom", "custom": told}], "tool_choice": choice, "parallel_tool_calls": False}


WAYS: Mapping[str, Callable[[str], JSON]] = {
    "structured_outputs": lambda grammar: {"structured_outputs": {"grammar": grammar}},
    "guided_grammar": lambda grammar: {"guided_grammar": grammar},
    "grammar": lambda grammar: {"grammar": grammar},
    "ebnf": lambda grammar: {"ebnf": grammar},
    "custom tool": _tool,
}
"""How a grammar is handed over: vLLM, vLLM before 0.12, llama.cpp, SGLang, and OpenAI's tools with free input."""

_CONSTRAINTS = (
    "constraints",
    "structured_outputs",
    "guided_grammar",
    "guided_regex",
    "guided_json",
    "guided_choice",
    "grammar",
    "json_schema",
    "ebnf",
    "regex",
    "response_format",
    "tools",
    "tool_choice",
)


def path_of(request: CompletionRequest) -> str:
    """The route for a request, below `/v1`."""
    return "/chat/completions" if request.messages else "/completions"


def extra_of(request: CompletionRequest) -> JSON:
    """The further parameters of a request, without any by which a constraint could come."""
    return {key: value for key, value in request.extra.items() if key not in _CONSTRAINTS}


def body_of(request: CompletionRequest, model: str, way: str = "") -> JSON:
    """The body for `path_of`. `way`: how the grammar is handed over; empty: not at all.

    A constraint comes only from the request's own grammar, never from `extra`.
    """
    sampling = request.sampling
    body: JSON = {
        **extra_of(request),
        "model": model,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "seed": sampling.seed,
    }
    if request.messages:
        body["messages"] = [{"role": one.role, "content": one.content} for one in request.messages]
    else:
        body["prompt"] = request.prompt
    if request.stop:
        body["stop"] = list(request.stop)
    if request.logprobs:
        body["logprobs"] = True if request.messages else 1
    if request.token_bias:
        body["logit_bias"] = {str(token): bias for token, bias in request.token_bias.items()}
    if request.grammar is not None and way:
        body |= WAYS[way](request.grammar)
    return body


def has_text(event: JSON) -> bool:
    """Whether an event brings text, thought or the end: what is not asked for a second time."""
    for choice in values.mappings(event.get("choices")):
        delta = values.mapping(choice.get("delta"))
        if choice.get("text") or choice.get("finish_reason") or any(delta.get(key) for key in _DELTAS):
            return True
    return False


_THOUGHTS = ("reasoning_content", "reasoning")
_DELTAS = ("content", "tool_calls", *_THOUGHTS)


@dataclass(slots=True)
class Habits:
    """What was seen of a model's answers. `thinks`: it thinks aloud before them."""

    thinks: bool = False


async def stream(
    http: Http, path: str, body: JSON, habits: Habits, *, retried: frozenset[int] = RETRIED_STATUSES
) -> AsyncGenerator[Chunk | Completed]:
    """Chunks, then one `Completed`; see `Service.stream`.

    A model that was seen to think gets more tokens than the body says, and its answer ends where they would have.
    """
    most = next((body[key] for key in _BUDGETS if key in body), 0)
    chat = "messages" in body
    if chat and habits.thinks:
        body = {**body, **{key: body[key] + THINKING for key in _BUDGETS if key in body}}
    reading = Reading(http.endpoint, chat=chat)
    async with aclosing(http.events(path, body, has_text=has_text, retried=retried)) as events:
        async for event in events:
            for chunk in reading.read(event):
                yield chunk
            habits.thinks = habits.thinks or reading.thoughts > 0
            if reading.thoughts and reading.tokens >= most > 0:
                yield Completed("length", reading.tokens, 0, 0.0, 0.0)
                return
    for last in reading.end():
        yield last


class Reading:
    """The events of one answer, read one after the other. Thoughts of the model are left out, and not counted."""

    def __init__(self, endpoint: str, *, chat: bool) -> None:
        self.thoughts = 0
        self._endpoint = endpoint
        self._thinking = Thinking() if chat else None
        self._reason: FinishReason | None = None
        self._all = self._prompt_tokens = self._cached = 0
        self._logprob: float | None = None

    @property
    def tokens(self) -> int:
        """Tokens of the answer so far."""
        return max(0, self._all - self.thoughts)

    def read(self, event: JSON) -> Iterator[Chunk]:
        usage = values.mapping(event.get("usage"))
        self._all = values.count(usage.get("completion_tokens")) or self._all
        self._prompt_tokens = values.count(usage.get("prompt_tokens")) or self._prompt_tokens
        details = values.mapping(usage.get("prompt_tokens_details"))
        self._cached = values.count(details.get("cached_tokens")) or self._cached
        details = values.mapping(usage.get("completion_tokens_details"))
        self.thoughts = values.count(details.get("reasoning_tokens")) or self.thoughts
        for choice in values.mappings(event.get("choices")):
            self._all += 0 if usage else _is_token(choice)
            self._add(_logprob(choice.get("logprobs")))
            text = _text(choice)
            if self._thinking:
                text = self._answer(choice, text, self._thinking)
            if text:
                yield self._chunk(text)
            reason = choice.get("finish_reason")
            if reason:
                self._reason = "length" if reason == "length" else "stop"

    def end(self) -> Iterator[Chunk | Completed]:
        """What was held back, and the end. Raises ServiceUnreachable where the answer broke off."""
        if self._reason is None:
            raise ServiceUnreachable(
                f"{self._endpoint} ended its answer before the text was finished.", hint="Try again."
            )
        held = self._thinking.end() if self._thinking else ""
        if held:
            yield self._chunk(held)
        yield Completed(self._reason, self.tokens, self._prompt_tokens, 0.0, 0.0, self._cached)

    def _answer(self, choice: JSON, text: str, thinking: Thinking) -> str:
        """The text without thoughts."""
        delta = values.mapping(choice.get("delta"))
        answer = thinking.feed(text) if text else ""
        if not text and any(delta.get(key) for key in _THOUGHTS):
            self.thoughts += 1
            self._logprob = None
        elif thinking.thought:
            self.thoughts = self._all
            self._logprob = None
        return answer

    def _add(self, logprob: float | None) -> None:
        if logprob is not None:
            self._logprob = (self._logprob or 0.0) + logprob

    def _chunk(self, text: str) -> Chunk:
        chunk = Chunk(text, self.tokens, self._logprob)
        self._logprob = None
        return chunk


def _is_token(choice: JSON) -> bool:
    """Pieces of one character come as empty texts and are tokens; the role and the end of an answer are none."""
    if "delta" not in choice:
        return True
    delta = values.mapping(choice["delta"])
    return any(delta.get(key) for key in _DELTAS) or (delta.get("content") == "" and "role" not in delta)


def _text(choice: JSON) -> str:
    """The text of a completion, of an answer, or of a tool's input."""
    delta = values.mapping(choice.get("delta"))
    text = values.text(choice.get("text")) or values.text(delta.get("content"))
    for call in values.mappings(delta.get("tool_calls")):
        text += values.text(values.mapping(call.get("custom")).get("input"))
    return text


def _logprob(value: Any) -> float | None:
    """The sum over the tokens of an event, in both shapes that servers use."""
    given = values.mapping(value)
    listed = given.get("token_logprobs")
    found = (
        listed if isinstance(listed, list) else [one.get("logprob") for one in values.mappings(given.get("content"))]
    )
    numbers = [values.number(one) for one in found if isinstance(one, int | float) and not isinstance(one, bool)]
    return sum(numbers) if numbers else None
