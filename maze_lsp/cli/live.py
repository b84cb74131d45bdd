"""A generation while it runs: its text where stdout is a terminal, a token count where only stderr is one."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

from maze_lsp.cli import console


class Live:
    """Shows and then removes itself: the result is printed by whoever has it. Silent in a pipe."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._text = ""
        self._note = "starting"
        self._tokens = 0
        self._began = time.monotonic()
        self._display: Any = None

    def __enter__(self) -> Self:
        stream = sys.stdout if console.on_terminal() else sys.stderr
        if console.on_terminal(stream):
            from rich.console import Console
            from rich.live import Live as Display

            terminal = Console(file=stream)
            self._display = Display(self._shown(), console=terminal, transient=True, refresh_per_second=12)
            self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._display is not None:
            self._display.stop()

    def note(self, message: str) -> None:
        """What is going on, beside the token count."""
        self._note = message
        self._refresh()

    def add(self, text: str, tokens: int) -> None:
        self._text += text
        self._tokens = tokens
        self._note = ""
        self._refresh()

    def reset(self, reason: str, kept: str = "") -> None:
        """What was shown is void, but for its beginning `kept`."""
        self._text = kept
        if kept:
            self.note(f"going on: {reason}")
        else:
            self.say(f"Trying again: {reason}")

    def say(self, message: str) -> None:
        """A sentence that stays, on stderr."""
        if self._display is not None:
            self._display.console.file.flush()
            self._display.stop()
        console.say(message)
        if self._display is not None:
            self._display.start()

    def _refresh(self) -> None:
        if self._display is not None:
            self._display.update(self._shown())

    def _shown(self) -> Any:
        from rich.console import Group
        from rich.spinner import Spinner

        elapsed = time.monotonic() - self._began
        words = [self._note] if self._note else []
        words += [f"{self._tokens} tokens"] if self._tokens else []
        status = Spinner("dots", text=" · ".join([*map(console.harmless, words), f"{elapsed:.1f} s"]))
        if not self._text or not console.on_terminal():
            return status
        # Only the end of a long text: a display higher than the screen cannot be redrawn.
        tail = "\n".join(self._text.splitlines()[-15:])
        return Group(console.code(tail, self._language), status)
