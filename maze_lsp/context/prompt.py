"""The prompt: the file up to the hole, with what was asked for as a comment above it."""

from __future__ import annotations

from maze_lsp.context.types import HoleContext
from maze_lsp.languages.spec import LanguageSpec

_MAX_REWRITTEN = 2000


def build_prompt(context: HoleContext) -> str:
    """The text sent before the hole, up to and including its indentation and `lead`.

    An intent that the model would not see otherwise (a `TODO` that is about to be replaced, an instruction) becomes
    a comment above the hole; text that is to be rewritten is shown as a comment too.
    """
    lines = [line for line in context.intent.splitlines() if line.strip() and line.strip() not in context.prefix]
    replaced = replaced_text(context)
    if replaced:
        lines = ["Before:", *replaced.splitlines(), "After:", *lines]
    prompt = context.prefix + context.hole.lead
    mark = context.snapshot.language.line_comment
    if not lines or not mark:
        return prompt
    margin, start = _last_line(prompt)
    comment = "".join(f"{margin}{mark} {line.strip()}{context.eol}" for line in lines)
    return prompt[:start] + comment + prompt[start:]


def build_text_prompt(text: str, language: LanguageSpec | None) -> str:
    """The prompt for a text of its own: what is asked for, as a comment at the head of an empty file.

    Without a language it is what is asked for, on lines of its own.
    """
    if language is None:
        return text.rstrip() + "\n"
    mark = f"{language.line_comment} " if language.line_comment else ""
    return "".join(f"{mark}{line.strip()}\n" for line in text.splitlines() if line.strip())


def replaced_text(context: HoleContext) -> str:
    """The code that the hole's text will replace, empty for a marker or an empty place."""
    hole = context.hole
    text = hole.range.text(context.snapshot.text)
    if not text.strip() or (hole.marker and text.strip() == hole.marker.strip()):
        return ""
    return text if len(text) <= _MAX_REWRITTEN else ""


def _last_line(prompt: str) -> tuple[str, int]:
    """The indentation of the prompt's last line, and where that line starts."""
    start = max(prompt.rfind("\n"), prompt.rfind("\r")) + 1
    line = prompt[start:]
    return line[: len(line) - len(line.lstrip(" \t"))], start
