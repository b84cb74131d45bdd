"""Suggestions at the cursor, as an editor asks for them, with the embedded model.

    python -m benchmarks.inline [--language python] [--cursors N] [--seconds N] [--full]

One language server. First random cursors in real code (every second one at the end of its line, as while typing): how
many yield an item, what is added to the service's own time, and whether each item, put at its range, leaves the file
in order by the language's own parser. Then an item is typed along. Then 30 keystrokes a second, each with a request.
`--full`: 500 cursors, 60 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from lsprotocol import types as t

from benchmarks.corpora import default_paths
from benchmarks.holes import by_name, files
from benchmarks.judges import JUDGES
from benchmarks.report import at_least, at_most, finish, interval, median, percentile
from demo.editor import Document, Editor
from maze_lsp.context.places import error_count
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.tokens import literal_at
from maze_lsp.text import LineIndex, Span
from maze_lsp.workspace.folders import cache_dir

_LARGEST = 40_000
_A_FILE = 4
_KEYS_A_SECOND = 30
_DEBOUNCE = 0.01
"""Shorter than the time between two keystrokes, so that requests really begin and are cancelled."""
_ANSWER_SECONDS = 120.0


class Typist(Editor):
    """An editor that shows suggestions."""

    def show(self, document: Document, language: str) -> None:
        self.documents[document.uri] = document
        item = t.TextDocumentItem(document.uri, language, document.version, document.text)
        self._client.text_document_did_open(t.DidOpenTextDocumentParams(item))

    def close(self, document: Document) -> None:
        del self.documents[document.uri]
        self._client.text_document_did_close(t.DidCloseTextDocumentParams(t.TextDocumentIdentifier(document.uri)))

    def type(self, document: Document, span: Span, new: str) -> None:
        change = t.TextDocumentContentChangePartial(range=self.range(document, span), text=new)
        document.text = document.text[: span.start] + new + document.text[span.end :]
        document.version += 1
        identifier = t.VersionedTextDocumentIdentifier(version=document.version, uri=document.uri)
        self._client.text_document_did_change(t.DidChangeTextDocumentParams(identifier, [change]))

    async def suggested(self, document: Document, at: int, *, invoked: bool) -> t.InlineCompletionItem | None:
        kinds = t.InlineCompletionTriggerKind
        params = t.InlineCompletionParams(
            t.InlineCompletionContext(kinds.Invoked if invoked else kinds.Automatic),
            t.TextDocumentIdentifier(document.uri),
            self.range(document, Span(at, at)).start,
        )
        request = self._client.text_document_inline_completion_async(params)
        answer = await asyncio.wait_for(request, _ANSWER_SECONDS)
        items = answer.items if isinstance(answer, t.InlineCompletionList) else answer or []
        return items[0] if items else None

    def place(self, document: Document, item: t.InlineCompletionItem) -> Span:
        assert item.range is not None, "every item has a range"
        lines = LineIndex(document.text)
        start, end = (self._offset(lines, position) for position in (item.range.start, item.range.end))
        return Span(start, end)

    @property
    def process(self) -> psutil.Process:
        assert self._client._server is not None
        return psutil.Process(self._client._server.pid)


@dataclass
class Found:
    asked: int = 0
    items: int = 0
    judged: int = 0
    broken: list[str] = field(default_factory=list)
    added: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)


def cursors(language: str, limit: int, seed: int) -> Iterator[tuple[str, str, int]]:
    """(name, text, offset): places behind code, not in comments and strings, not within a word."""
    spec, chance, found = by_name(language), random.Random(seed), 0
    for path in files(default_paths(language), spec, seed):
        text = path.read_bytes().decode("utf-8", "replace")
        if not 200 < len(text) < _LARGEST or JUDGES[language].problem(text):
            continue
        snapshot, here = open_snapshot("file:///it", 1, spec, text), 0
        for _ in range(100):
            at = chance.randrange(1, len(text))
            behind = text[at : at + 1]
            line = snapshot.lines.line_span(snapshot.lines.line_of(at))
            code = text[line.start : at].strip() and not (behind.isalnum() or behind == "_")
            if not code or literal_at(snapshot, at):
                continue
            yield path.name, (text[:at] + text[line.end :] if found % 2 else text), at
            found, here = found + 1, here + 1
            if found == limit:
                return
            if here == _A_FILE:
                break


async def at_random(editor: Typist, language: str, limit: int, seed: int) -> Found:
    found, judge = Found(), JUDGES[language]
    for number, (name, text, at) in enumerate(cursors(language, limit, seed)):
        document = Document(f"file:///bench/{number}/{name}", 1, text)
        editor.show(document, language)
        began = time.perf_counter()
        item = await editor.suggested(document, at, invoked=True)
        elapsed = 1000 * (time.perf_counter() - began)
        found.asked += 1
        if item is not None:
            found.items += 1
            insert = str(item.insert_text)
            editor.type(document, editor.place(document, item), insert)
            if not judge.problem(text):
                found.judged += 1
                problem = judge.problem(document.text)
            else:  # a cut line: the parser must find nothing that it did not find before
                worse = errors(document.text, language) > errors(text, language)
                problem = "a new syntax error" if worse else ""
            if problem:
                found.broken.append(f"{name}:{text.count(chr(10), 0, at) + 1}: {insert!r}: {problem}")
            waited = await service_ms(editor, item)
            found.waited.append(waited)
            found.added.append(elapsed - waited)
        editor.close(document)
    return found


def errors(text: str, language: str) -> int:
    return error_count(open_snapshot("file:///it", 1, by_name(language), text).tree.root_node)


async def service_ms(editor: Typist, item: t.InlineCompletionItem) -> float:
    """How long the service was waited for, as the record of an item that was inserted has it."""
    assert item.command is not None
    answer = plain(await editor.execute(item.command.command, item.command.arguments or []))
    shown = plain(await editor.execute("maze.showProvenance", [{"id": answer["id"]}]))
    return float(dict(shown["record"]["timings"])["service"])


def plain(value: Any) -> Any:
    """The objects that the client makes of JSON, as dictionaries again."""
    if hasattr(value, "_asdict"):
        return {key: plain(inner) for key, inner in value._asdict().items()}
    return {key: plain(inner) for key, inner in value.items()} if isinstance(value, dict) else value


SOURCE = "def total(prices, tax):\n    result = \n    return result\n\n\nprint(total([1, 2], 3))\n"
AT = SOURCE.index("result = ") + len("result = ")


async def typed_along(editor: Typist, document: Document) -> tuple[int, int, list[float]]:
    """(characters typed, answers that did not come from the shown item, milliseconds of each answer)."""
    item = await editor.suggested(document, AT, invoked=True)
    assert item is not None, "no item to type along"
    assert item.command is not None
    text, id, others, times = str(item.insert_text), item.command.arguments, 0, []
    for at in range(len(text) - 1):
        editor.type(document, Span(AT + at, AT + at), text[at])
        began = time.perf_counter()
        now = await editor.suggested(document, AT + at + 1, invoked=False)
        times.append(1000 * (time.perf_counter() - began))
        rest = text[at + 1 :]
        same = now is not None and now.insert_text == rest and now.command and now.command.arguments == id
        others += not same and bool(rest)
    editor.type(document, Span(AT, AT + len(text) - 1), "")
    return max(len(text) - 1, 0), others, times


async def hammered(editor: Typist, document: Document, seconds: float, chance: random.Random) -> int:
    """Keystrokes with a request each, back to the text as it was; how many."""
    typed, keys, waiting = 0, 0, set()
    end = time.perf_counter() + seconds
    due = time.perf_counter()
    while time.perf_counter() < end or typed:
        if typed and (time.perf_counter() >= end or chance.random() < 0.3):
            typed -= 1
            editor.type(document, Span(AT + typed, AT + typed + 1), "")
        else:
            editor.type(document, Span(AT + typed, AT + typed), chance.choice("abcxyz_09"))
            typed += 1
        keys += 1
        request = asyncio.ensure_future(editor.suggested(document, AT + typed, invoked=False))
        waiting.add(request)
        request.add_done_callback(waiting.discard)
        due += 1 / _KEYS_A_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    await asyncio.gather(*waiting)
    return keys


def busy(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def services(state: str) -> list[psutil.Process]:
    """The processes of the embedded service that keep their state in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.environ().get("MAZE_STATE_DIR") == state
            if mine and "maze_lsp.server" not in process.cmdline() and process.pid != os.getpid():
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


async def run(language: str, limit: int, seconds: float, seed: int) -> None:
    with TemporaryDirectory() as folder:
        state = str(Path(folder) / "state")
        own = {"MAZE_STATE_DIR": state, "MAZE_CACHE_DIR": str(cache_dir()), "MAZE_SEED": "1"}
        own |= {"MAZE_INLINE_DEBOUNCE": str(_DEBOUNCE), "MAZE_EMBEDDED_IDLE_SECONDS": "20"}
        editor = Typist(lambda _message: None)
        await editor.start(Path(folder), {**os.environ, **own})
        try:
            document = Document("file:///bench/typed.py", 1, SOURCE)
            editor.show(document, "python")
            await editor.suggested(document, AT, invoked=True)  # loads the model
            found = await at_random(editor, language, limit, seed)
            length, others, along = await typed_along(editor, document)
            before = await editor.suggested(document, AT, invoked=True)
            chance = random.Random(seed)
            await hammered(editor, document, min(seconds, 5), chance)
            await asyncio.sleep(1)
            memory = editor.process.memory_info().rss
            keys = await hammered(editor, document, seconds, chance)
            await asyncio.sleep(1)
            grown = (editor.process.memory_info().rss - memory) / 2**20
            watched = [editor.process, *services(state)]
            used = [busy(process) for process in watched]
            await asyncio.sleep(2)
            idle = sum(busy(process) for process in watched) - sum(used)
            after = await editor.suggested(document, AT, invoked=False)
        finally:
            await editor.stop()
    # An item is served again only where all of the server's document is what it was made for.
    equal = before is not None and after is not None and before.command == after.command and document.text == SOURCE
    print(f"cursors with an item: {interval(found.items, found.asked)}; put in place and judged: {found.judged}")
    for line in found.broken:
        print(f"  broken: {line}", file=sys.stderr)
    print(f"added to the service's time: {median(found.added):.1f} ms median, p95 {percentile(found.added, 0.95):.1f}")
    print(f"the service: {median(found.waited):.0f} ms median")
    print(f"typed along: {length} characters, {others} other answers, {median(along):.1f} ms median")
    print(f"{keys} keystrokes: {grown:+.1f} MB, {idle:.2f} s of CPU in the 2 s after, document equal: {equal}")
    finish(
        {"language": language, "cursors": found.asked, "keystrokes": keys, "service_ms": round(median(found.waited))},
        [
            at_least("share of cursors that yield an item", found.items / max(found.asked, 1), 0.8),
            at_most("items that do not parse in place", len(found.broken), 0),
            at_most("keystroke to item without the service, p95 (ms)", percentile(found.added, 0.95), 15),
            at_most("requests when typing along", others, 0),
            at_most("CPU seconds in the 2 s after the last key", idle, 0.2),
            at_most("memory growth (MB)", grown, 5),
            at_least("document equal to the client's", float(equal), 1),
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", default="python", choices=sorted(JUDGES))
    parser.add_argument("--cursors", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true")
    given = parser.parse_args()
    limit, seconds = (500, 60.0) if given.full else (given.cursors, given.seconds)
    asyncio.run(run(given.language, limit, seconds, given.seed))


if __name__ == "__main__":
    main()
