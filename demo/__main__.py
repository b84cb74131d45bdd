"""Three code actions in three files, beside what the same model writes there without the constraint.

The files of `examples/` are copied first and not changed. Ends with 1 where anything did not work.
"""

from __future__ import annotations

import ast
import asyncio
import os
import shutil
import sys
import tempfile
import time
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.editor import Editor, NoAnswer
from demo.show import Screen
from maze_lsp import languages
from maze_lsp.constraints.compile import trailing_space
from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes_at
from maze_lsp.context.prompt import build_prompt
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import Hole
from maze_lsp.errors import MazeError
from maze_lsp.inference import connect
from maze_lsp.inference.types import Chunk, CompletionRequest, Service
from maze_lsp.pipeline.run import sampling_of
from maze_lsp.settings import Settings, resolve
from maze_lsp.text import Span
from maze_lsp.workspace.preferences import user_layers

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SAMPLING = {"MAZE_SEED": "7", "MAZE_MAX_TOKENS": "160", "MAZE_TEMPERATURE": "0.2"}
"""Fixed, so that the demo shows about the same each time (texts of one seed still differ between machines)."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One generation: in which file, at which text (a cursor before it, or all of it selected), by which action."""

    title: str
    file: str
    at: str
    action: str
    select: bool = False


SCENES = (
    Scene("A method body, from its signature and docstring", "cart.py", "...", "function body"),
    Scene("An expression that is still missing", "weather.py", "...", "expression"),
    Scene(
        "A selection, written anew",
        "words.py",
        "if word.lower() in counts:\n"
        "            counts[word.lower()] = counts[word.lower()] + 1\n"
        "        else:\n"
        "            counts[word.lower()] = 1",
        "selection",
        select=True,
    ),
)


class Disappointment(Exception):
    """Something did not work as this demo claims."""


async def main() -> None:
    screen = Screen()
    with tempfile.TemporaryDirectory(prefix="maze-demo-") as name:
        folder = Path(name)
        for scene in SCENES:
            shutil.copy(EXAMPLES / scene.file, folder)
        os.environ.update(SAMPLING | {"MAZE_LEDGER": str(folder / "ledger.sqlite3")})
        settings = resolve(user_layers(os.environ)[0]).settings
        editor = Editor(screen.hear)
        service = connect(settings, screen.hear)
        began = time.monotonic()
        try:
            result = await editor.start(folder, dict(os.environ))
            info = result.server_info
            screen.started(f"{info.name} {info.version}" if info else "maze-lsp", time.monotonic() - began)
            for number, scene in enumerate(SCENES, 1):
                await play(scene, number, folder, editor, service, settings, screen)
        finally:
            await service.aclose()
            await editor.stop()
    screen.end(len(SCENES))


async def play(
    scene: Scene,
    number: int,
    folder: Path,
    editor: Editor,
    service: Service,
    settings: Settings,
    screen: Screen,
) -> None:
    """Open the file, run the action, show the outcome beside the unconstrained text."""
    document = editor.open(folder / scene.file)
    before = document.text
    start = before.index(scene.at)
    span = Span(start, start + len(scene.at) if scene.select else start)
    screen.scene(f"{number}. {scene.title}", scene.file, before, span)
    actions = await editor.actions(document, span)
    screen.actions([action.title for action in actions])
    chosen = next((action for action in actions if scene.action in action.title), None)
    if chosen is None:
        raise Disappointment(f"No action `… {scene.action}` was offered in {scene.file}.")
    screen.running(chosen.title)
    began = time.monotonic()
    answer = await editor.run(chosen)
    screen.ran(time.monotonic() - began)
    if document.text == before:
        why = " ".join(editor.messages) or f"The server answered {answer!r}."
        raise Disappointment(f"Nothing was inserted into {scene.file}. {why}")
    if not screen.streamed:
        raise Disappointment("No text was streamed before the edit came.")
    screen.diff(scene.file, before, document.text)
    record = await editor.hover(document, _changed_at(before, document.text))
    if not record:
        raise Disappointment("The generated text has no record.")
    screen.record(record, await editor.lenses(document))
    free = await unconstrained(before, span, service, settings)
    proven = parses(document.text)
    screen.beside(
        _inserted(before, document.text),
        proven,
        free.text,
        parses(before[: free.range.start] + free.text + before[free.range.end :]),
    )
    if proven:
        raise Disappointment(f"{scene.file} does not parse: {proven}")


@dataclass(frozen=True, slots=True)
class Free:
    """What the model wrote without a constraint, and what it would replace."""

    text: str
    range: Span


async def unconstrained(text: str, span: Span, service: Service, settings: Settings) -> Free:
    """The same model at the same place with the same prompt, seed and budget, asked without a grammar.

    As with the grammar, the prompt is sent without the white space at its end, which the model then writes itself.
    """
    spec = languages.by_id("python")
    assert spec is not None
    snapshot = open_snapshot("memory:demo", 0, spec, text)
    hole: Hole = holes_at(snapshot, span)[0]
    prompt = build_prompt(derive(snapshot, hole, budget_chars=settings.prompt_chars))
    space = "" if hole.lead else trailing_space(prompt)
    request = CompletionRequest(prompt.removesuffix(space), sampling_of(settings, settings.seed or 0))
    stream: Any = service.stream(request)
    async with aclosing(stream) as items:
        written = "".join([item.text async for item in items if isinstance(item, Chunk)])
    if written.startswith(space):
        return Free(hole.lead + written.removeprefix(space), hole.range)
    return Free(written, Span(hole.range.start - len(space), hole.range.end))


def parses(text: str) -> str:
    """What Python's own parser has against a file, empty where nothing."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except ValueError as error:
        return str(error)
    return ""


def _changed_at(before: str, after: str) -> int:
    """The offset of the first character that differs."""
    return next((at for at, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), len(before))


def _inserted(before: str, after: str) -> str:
    """The lines of a text that an edit has touched."""
    first = _changed_at(before, after)
    last = _changed_at(before[first:][::-1], after[first:][::-1])
    start = after.rfind("\n", 0, first) + 1
    end = after.find("\n", max(len(after) - last, first))
    return after[start : end if end >= 0 else len(after)]


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (Disappointment, NoAnswer, MazeError, OSError) as error:
        sys.exit(f"\nThe demo failed: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
