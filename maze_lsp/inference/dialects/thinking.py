"""What a model thinks aloud in front of its answer is let through by the server and dropped here."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class Thinking:
    """Takes `<think>…</think>` off the beginning of a text that comes in pieces.

    White space in front of the thought goes with it, and so do the line ends behind it. A text that begins otherwise
    passes as it is.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._behind = False
        self._passes = False

    @property
    def thought(self) -> bool:
        """Whether all that came until now was thought."""
        return self._inside or (self._behind and not self._passes)

    def feed(self, text: str) -> str:
        """What of the text so far is answer and was not given back before."""
        if self._passes:
            return text
        self._held += text
        if not self._inside and not self._behind:
            begun = self._held.lstrip()
            if begun.startswith(_OPEN):
                self._inside = True
            elif not _OPEN.startswith(begun):
                return self._pass(self._held)
            else:
                return ""
        if self._inside:
            end = self._held.find(_CLOSE)
            if end < 0:
                self._held = self._held[-len(_CLOSE) :]
                return ""
            self._held = self._held[end + len(_CLOSE) :]
            self._inside, self._behind = False, True
        answer = self._held.lstrip("\r\n")
        return self._pass(answer) if answer else ""

    def end(self) -> str:
        """What was held back although it was no thought."""
        return "" if self._inside or self._behind or self._passes else self._pass(self._held)

    def _pass(self, text: str) -> str:
        self._passes, self._held = True, ""
        return text
