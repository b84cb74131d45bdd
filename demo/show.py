"""What the demo shows: with colours and moving text on a terminal, as plain lines in a pipe."""

from __future__ import annotations

import difflib
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from demo.editor import Preview
from maze_lsp.text import LineIndex, Span

_MOST_LINES = 24


class Screen:
    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._live: Live | None = None
        self._text = ""
        self._heard: set[str] = set()
        self.streamed = False

    def started(self, server: str, seconds: float) -> None:
        self._line(f"{server} answers over stdio after {seconds:.2f} s", "bold")

    def scene(self, title: str, file: str, text: str, span: Span) -> None:
        self._console.print()
        self._console.print(Rule(title, align="left", style="cyan") if self._fancy else f"=== {title}")
        lines = LineIndex(text)
        first, last = lines.line_of(span.start) + 1, lines.line_of(span.end) + 1
        what = f"lines {first} to {last} selected" if span else f"cursor in line {first}"
        self._line(f"{file}, {what}:")
        shown = range(max(1, first - 4), min(lines.line_count, last + 2) + 1)
        marked = range(first, last + 1)
        for line in shown:
            mark = ">" if line in marked else " "
            self._line(f"  {mark} {line:3}  {lines.line_text(line - 1)}", "bold" if line in marked else "dim")

    def actions(self, titles: list[str]) -> None:
        self._line("Code actions offered here:")
        for title in titles:
            self._line(f"  - {title}")

    def running(self, title: str) -> None:
        self._line(f"Running: {title}", "bold")
        self._text, self.streamed = "", False
        if self._fancy:
            self._live = Live(Text("…"), console=self._console, refresh_per_second=15, transient=True)
            self._live.start()

    def hear(self, said: Preview | str) -> None:
        """Text or a sentence that came from the server meanwhile."""
        if isinstance(said, str):
            # Once text flows, what the server does is to be seen.
            if said and not self._text and self._live is None and said not in self._heard:
                self._heard.add(said)
                self._line(f"  ({said})", "dim")
            return
        self.streamed = self.streamed or bool(said.text)
        if self._live is not None:
            self._live.update(_code(said.text or "…"))
        elif said.text != self._text:
            new = said.text[len(self._text) :] if said.text.startswith(self._text) else f"\n[again] {said.text}"
            self._console.file.write(new if self._text else f"  streams in: {new}")
            self._console.file.flush()
        self._text = said.text

    def ran(self, seconds: float) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        elif self._text:
            self._console.print()
        self._line(f"Proven and inserted by one edit after {seconds:.1f} s", "green")

    def diff(self, file: str, before: str, after: str) -> None:
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), f"a/{file}", f"b/{file}", lineterm="", n=2
        )
        styles = {"+": "green", "-": "red", "@": "cyan"}
        for line in lines:
            self._line(f"  {line}", styles.get(line[:1], ""))

    def record(self, text: str, lenses: list[str]) -> None:
        self._line(f"The record (hover){'; code lenses: ' + ' | '.join(lenses) if lenses else ''}:")
        for line in text.strip().splitlines():
            if line.strip():
                self._line(f"  {line}", "dim")

    def beside(self, proven: str, proven_problem: str, free: str, free_problem: str) -> None:
        """Both texts with the verdict of Python's parser on the whole file."""
        columns = (
            ("With the constraint", proven, proven_problem),
            ("The same model without it, all that it wrote", free, free_problem),
        )
        if self._fancy:
            grid = Table.grid(expand=True, padding=(0, 1))
            grid.add_column(ratio=1)
            grid.add_column(ratio=1)
            grid.add_row(*(_panel(*column) for column in columns))
            self._console.print(grid)
            return
        for title, text, problem in columns:
            self._line(f"{title}: {_verdict(problem)}")
            for line in _shortened(text).splitlines():
                self._line(f"  | {line}")

    def end(self, count: int) -> None:
        self._console.print()
        self._line(f"{count} of {count} generations were proven, inserted, parsed and recorded.", "bold green")
        self._line("The model is a tiny one; it proves the pipeline. README.md names models for real work.")

    @property
    def _fancy(self) -> bool:
        return self._console.is_terminal

    def _line(self, text: str, style: str = "") -> None:
        if self._fancy:
            self._console.print(Text(text, style=style))
        else:
            print(text, file=self._console.file, flush=True)


def _panel(title: str, text: str, problem: str) -> Any:
    verdict = Text(_verdict(problem), style="red" if problem else "green")
    return Panel(Group(_code(_shortened(text)), verdict), title=title, title_align="left")


def _verdict(problem: str) -> str:
    return f"the file is broken: {problem}" if problem else "the file parses"


def _shortened(text: str) -> str:
    lines = text.splitlines()
    if len(lines) <= _MOST_LINES:
        return text
    return "\n".join([*lines[:_MOST_LINES], f"… {len(lines) - _MOST_LINES} more lines"])


def _code(text: str) -> Syntax:
    return Syntax(text, "python", theme="ansi_dark", background_color="default", word_wrap=True)
