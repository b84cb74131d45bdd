"""What is sent before a hole's text: parts chosen by the model and the settings, cut to a budget of tokens.

A model that can fill a gap is shown the gap; another one sees the file up to the hole, and above it in comments what
is defined behind it. In front of both stand imports and signatures of other open files. A model that only chats gets
the same parts in messages (`chat.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from maze_lsp.context.fitting import Parts, fit, size
from maze_lsp.context.outline import following, outline, related
from maze_lsp.context.prompt import build_prompt
from maze_lsp.context.types import HoleContext, Snapshot
from maze_lsp.errors import ServiceError
from maze_lsp.inference import infill
from maze_lsp.inference.infill import Format
from maze_lsp.inference.types import Capabilities, Service
from maze_lsp.pipeline.chat import Chat, chat_for, spoken
from maze_lsp.pipeline.steps import unhealed
from maze_lsp.settings import Settings

MOST_FILES = 8
"""Other files that are shown."""
_BYTES_A_TOKEN = 2.5
"""Of code, where nobody counts: rather too few than too many."""
_MARGIN = 16
"""Tokens kept free for what a server adds by itself."""
Shape = Format | Literal["chat"] | None
"""A model's notation for gaps, messages, or the file alone."""
_COUNTED = 3
_CLOSER = 1.05
_MOST_DEFINITIONS = 24
_MOST_OUTLINE = 80
"""Lines of one file."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt: `text` ends with what the grammar repeats, which is taken off its end before `behind` is put there.

    `before` is the part of `text` in front of the prefix. `tokens` is estimated unless `counted`. `format`: empty where
    the model is shown no gap. `chat`: the messages, where the hole goes as such; `text` is what stands before the gap
    then.
    """

    text: str
    behind: str
    stop: tuple[str, ...]
    format: str
    parts: Parts
    before: str
    tokens: int
    counted: bool
    chat: Chat | None = None

    @property
    def sent(self) -> str:
        if self.chat is not None:
            return spoken(self.chat.messages(self.text))
        return unhealed(self.text, self.parts.heal) + self.behind


async def prompt_for(
    context: HoleContext,
    others: Sequence[Snapshot],
    heal: str,
    service: Service,
    capabilities: Capabilities,
    settings: Settings,
    max_tokens: int,
) -> Prompt:
    """The prompt for a hole, counted by the server where it can: once, twice where it has to be cut, seldom more."""
    shape: Shape = format_of(settings, capabilities.infill)
    if chats(settings, capabilities):
        shape = "chat"
    whole = await asyncio.to_thread(parts_of, context, others, heal, shape, settings)
    budget = budget_of(settings, capabilities.context_size, max_tokens)
    if not capabilities.counts:
        return _estimated(context, whole, shape, budget)
    prompt, rate = _laid_out(context, whole, shape), 0.0
    for _ in range(_COUNTED):
        if size(prompt.sent) <= budget:
            return prompt
        try:
            tokens = len(await service.tokenize(prompt.sent))
        except ServiceError:
            return _estimated(context, whole, shape, budget)
        if tokens <= budget:
            return replace(prompt, tokens=tokens, counted=True)
        rate = max(rate, tokens / size(prompt.sent)) * _CLOSER
        prompt = _cut(context, whole, shape, int(budget / rate))
    return _cut(context, whole, shape, budget)


def estimated_prompt(
    context: HoleContext, settings: Settings, shape: Format | None, context_size: int, heal: str
) -> Prompt:
    """The prompt as it is likely to be, without asking a service."""
    whole = parts_of(context, (), heal, shape, settings)
    return _estimated(context, whole, shape, budget_of(settings, context_size, settings.max_tokens))


def chats(settings: Settings, capabilities: Capabilities) -> bool:
    """Whether messages are sent, not a text that is gone on with."""
    return settings.chat == "always" or (settings.chat == "auto" and capabilities.chat)


def format_of(settings: Settings, seen: Format | None) -> Format | None:
    """How the gap is shown: as the settings say, else as the model was seen to be."""
    if settings.fim == "off":
        return None
    if settings.fim_tokens:
        prefix, suffix, *middle = settings.fim_tokens
        return infill.custom(prefix, suffix, "".join(middle))
    return seen if settings.fim == "auto" else infill.by_name(settings.fim)


def budget_of(settings: Settings, context_size: int, max_tokens: int) -> int:
    """Tokens that a prompt may take: what the context leaves beside the text, at most what the settings say."""
    if not context_size:
        return settings.prompt_tokens
    return min(settings.prompt_tokens, max(context_size - max_tokens, context_size // 4) - _MARGIN)


def parts_of(context: HoleContext, others: Sequence[Snapshot], heal: str, shape: Shape, settings: Settings) -> Parts:
    """The parts before they are cut. No token of the format is left in them."""
    prompt = build_prompt(context)
    body = unhealed(prompt, heal)
    heal = prompt[len(body) :]
    files = _files(context, others) if settings.open_files else []
    if shape is None:
        below = following(context.snapshot, context.hole.range.end) if settings.suffix_digest else ()
        return Parts(prompt, ahead=_commented(context, files) + _digest(context, below), heal=heal)
    if shape == "chat":
        return Parts(prompt, context.hole.tail + context.suffix, _commented(context, files), heal)
    files = [(name, [shape.defused(line) for line in lines]) for name, lines in files]
    if shape.file:
        ahead = "".join(f"{shape.file}{name}\n" + "".join(f"{line}\n" for line in lines) for name, lines in files)
    else:
        ahead = _commented(context, files)
    suffix = shape.defused(context.hole.tail + context.suffix)
    return Parts(shape.defused(body) + heal, suffix, ahead, heal)


def _files(context: HoleContext, others: Sequence[Snapshot]) -> list[tuple[str, list[str]]]:
    """Outlines of other files that this one may use: those that it seems to import last, nearest to the hole."""
    own = context.snapshot
    fitting = [one for one in others if one.uri != own.uri and related(own.language, one.language)]
    outlines = [(_name(one), list(outline(one)[:_MOST_OUTLINE])) for one in fitting[-MOST_FILES:]]
    imports = "\n".join(context.imports)
    return sorted((one for one in outlines if one[1]), key=lambda one: one[0].partition(".")[0] in imports)


def _name(snapshot: Snapshot) -> str:
    return snapshot.uri.rpartition("/")[2]


def _commented(context: HoleContext, files: list[tuple[str, list[str]]]) -> str:
    return "".join(_comment(context, f"{name}:", lines) for name, lines in files)


def _digest(context: HoleContext, heads: Sequence[str]) -> str:
    """What is defined behind the hole; those that are seen before it anyway are left out."""
    unseen = [head for head in heads if head.strip() not in context.prefix][:_MOST_DEFINITIONS]
    return _comment(context, "Defined below:", unseen) if unseen else ""


def _comment(context: HoleContext, title: str, lines: Sequence[str]) -> str:
    mark = context.snapshot.language.line_comment
    if not mark:
        return ""
    return "".join(f"{mark} {line}".rstrip() + context.eol for line in (title, *(f"  {line}" for line in lines)))


def _laid_out(context: HoleContext, parts: Parts, shape: Shape) -> Prompt:
    before, behind = parts.ahead, ""
    if shape == "chat":
        chat = chat_for(context, parts.suffix, parts.ahead)
        prompt = Prompt(parts.prefix, "", (), "", parts, "", 0, counted=False, chat=chat)
        return replace(prompt, tokens=int(size(prompt.sent) / _BYTES_A_TOKEN) + 1)
    if shape is not None:
        files = parts.ahead if shape.file else ""
        before, behind = shape.around(parts.suffix, files=files, name=shape.defused(_name(context.snapshot)))
        before += "" if shape.file else parts.ahead
    stop, name = (shape.stop, shape.name) if shape else ((), "")
    prompt = Prompt(before + parts.prefix, behind, stop, name, parts, before, 0, counted=False)
    return replace(prompt, tokens=int(size(prompt.sent) / _BYTES_A_TOKEN) + 1)


def _cut(context: HoleContext, parts: Parts, shape: Shape, room: int) -> Prompt:
    """The prompt with its parts cut to so many bytes in all."""
    bare = _laid_out(context, Parts(parts.heal, ahead=parts.ahead[:1], heal=parts.heal), shape)
    return _laid_out(context, fit(parts, room - size(bare.sent), context.imports), shape)


def _estimated(context: HoleContext, parts: Parts, shape: Shape, budget: int) -> Prompt:
    prompt = _laid_out(context, parts, shape)
    return prompt if prompt.tokens <= budget else _cut(context, parts, shape, int((budget - 1) * _BYTES_A_TOKEN))
