"""A model that does not see (or mind) what stands behind the cursor writes it again: where its text should end."""

from __future__ import annotations

from collections.abc import Iterable


def without_repeat(text: str, ends: Iterable[int], rest: str) -> int:
    """The length of `text` without what repeats `rest`, the rest of the line behind the cursor.

    `ends`: the lengths at which the text is complete. What follows the first of them that is the beginning of `rest`
    (blanks aside) is a repetition; a text that is nothing else stays.
    """
    wanted = "".join(rest.split())
    for end in sorted(ends):
        again = "".join(text[end:].split())
        if again and text[:end].strip() and wanted.startswith(again):
            return end
    return len(text)
