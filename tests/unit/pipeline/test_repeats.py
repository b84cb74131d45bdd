"""What stands behind the cursor is not written again."""

from __future__ import annotations

import pytest

from maze_lsp.constraints.compile import compile_hole
from maze_lsp.constraints.replay import Replay
from maze_lsp.context.cursor import begun_holes
from maze_lsp.context.derive import derive
from maze_lsp.pipeline.repeats import without_repeat
from tests.unit.context.support import marked


@pytest.mark.parametrize(
    ("source", "text", "kept"),
    [
        ("x = fo‸ + 1\n", "o(2) + 1", "o(2)"),
        ("x = fo‸ + 1\n", "o(2) + 2", "o(2) + 2"),
        ("x = fo‸ + 1\n", "o(2) +1", "o(2)"),
        ("foo(a, b‸, c)\n", "ar, c", "ar"),
        ("foo(a, b‸)\n", "ar", "ar"),
        ("x = (a if b‸ else 0)\n", "ar", "ar"),
        ("x = b‸.c\n", "ar.c", "ar"),
    ],
)
def test_a_repeated_rest_of_the_line_is_left_out(source: str, text: str, kept: str) -> None:
    snapshot, span = marked(source)
    replay = Replay(compile_hole(derive(snapshot, next(begun_holes(snapshot, span.start)))).proof)
    assert replay.feed(text) == text
    assert text[: without_repeat(text, replay.accepting_ends, source.partition("‸")[2].rstrip())] == kept


def test_a_text_that_is_nothing_but_a_repetition_stays() -> None:
    assert without_repeat(" + 1", [0, 4], " + 1") == 4
