"""What the language server adds to a request.

    python -m benchmarks.overhead [--rounds N]

One run, rounds interleaved, medians. Time to the first delta through a running language server against a direct HTTP
request with the same prompt and grammar; each measurement has a first line of its own in the file, so that no prompt
cache helps either side. What the grammar costs the server itself: `benchmarks.tokens`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.report import at_most, finish, median
from benchmarks.tokens import PYTHON, context_of
from demo.editor import Editor, Preview
from maze_lsp.constraints.compile import compile_hole
from maze_lsp.context.prompt import build_prompt
from maze_lsp.context.types import HoleContext
from maze_lsp.inference import connect
from maze_lsp.inference.types import Chunk, CompletionRequest, Sampling, Service
from maze_lsp.settings import resolve
from maze_lsp.text import Span

SAMPLING = Sampling(max_tokens=128, temperature=0.0, seed=1)


async def direct_first_delta(service: Service, context: HoleContext) -> float:
    """Milliseconds from sending a request to the first text behind the repeated white space."""
    constraint = compile_hole(context)
    prompt = build_prompt(context).removesuffix(constraint.heal)
    text, began = "", time.perf_counter()
    stream: Any = service.stream(CompletionRequest(prompt, SAMPLING, grammar=constraint.lark))
    async for item in stream:
        if isinstance(item, Chunk):
            text += item.text
        if len(text) > len(constraint.heal):
            break
    elapsed = 1000 * (time.perf_counter() - began)
    await stream.aclose()
    return elapsed


class Through:
    """A language server, run as an editor runs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._editor = Editor(self._told)
        self._first: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def _told(self, message: Preview | str) -> None:
        if isinstance(message, Preview) and message.text and not self._first.done():
            self._first.set_result(time.perf_counter())

    async def start(self) -> None:
        sampling = {"MAZE_TEMPERATURE": "0", "MAZE_MAX_TOKENS": "16", "MAZE_SEED": "1"}
        await self._editor.start(self._folder, {**os.environ, **sampling})

    async def first_delta(self, nonce: str) -> float:
        """Milliseconds from sending the command to the first preview. The file was open and looked at before."""
        path = self._folder / f"{nonce.replace(' ', '_')}.py"
        path.write_text(f"# {nonce}{PYTHON}")
        document = self._editor.open(path)
        at = document.text.index("...")
        [action, *_] = await self._editor.actions(document, Span(at, at))
        self._first = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        command = asyncio.ensure_future(self._editor.run(action))
        waiting: set[asyncio.Future[Any]] = {self._first, command}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not self._first.done():
            raise SystemExit(f"no preview came: {command.result()}")
        await command
        return 1000 * (self._first.result() - began)

    async def stop(self) -> None:
        await self._editor.stop()


async def run(rounds: int) -> None:
    service = connect(resolve([]).settings, lambda message: print(message, file=sys.stderr))
    await service.capabilities()
    with TemporaryDirectory() as folder:
        editor = Through(Path(folder))
        await editor.start()
        direct: list[float] = []
        through: list[float] = []
        try:
            await editor.first_delta("warm up")
            await direct_first_delta(service, context_of("warm up as well"))
            for number in range(rounds):
                direct.append(await direct_first_delta(service, context_of(f"direct {number:04}")))
                through.append(await editor.first_delta(f"editor {number:04}"))
        finally:
            await editor.stop()
            await service.aclose()
    print(f"first delta: {median(through):.1f} ms through the language server, {median(direct):.1f} ms direct")
    finish(
        {
            "first_delta_ms": round(median(through), 1),
            "direct_first_delta_ms": round(median(direct), 1),
        },
        [
            at_most("first delta / direct request", median(through) / median(direct), 1.1),
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    asyncio.run(run(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
