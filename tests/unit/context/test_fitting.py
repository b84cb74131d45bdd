"""Prompts that are cut: never larger than the room, and by whole lines."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from maze_lsp.context.fitting import Parts, fit, head, shares, size, tail

texts = st.text(st.sampled_from("ab \té🜁\n\r\u2028"), max_size=80)
rooms = st.integers(0, 200)


def lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z", text)


@given(texts, rooms)
def test_the_head_is_whole_lines_or_part_of_the_first(text: str, room: int) -> None:
    kept = head(text, room)
    assert text.startswith(kept)
    assert size(kept) <= room
    ends = {len("".join(lines(text)[:n])) for n in range(len(lines(text)) + 1)}
    assert len(kept) in ends or (size(lines(text)[0]) > room and len(kept) < len(lines(text)[0]))


@given(texts, rooms)
def test_the_tail_is_whole_lines_or_part_of_the_last(text: str, room: int) -> None:
    kept = tail(text, room)
    assert text.endswith(kept)
    assert size(kept) <= room
    starts = {len("".join(lines(text)[n:])) for n in range(len(lines(text)) + 1)}
    assert len(kept) in starts or (size(lines(text)[-1]) > room and len(kept) < len(lines(text)[-1]))


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_shares_use_the_room_and_no_more(prefix: int, suffix: int, ahead: int, room: int) -> None:
    given_ = shares(prefix, suffix, ahead, room)
    assert all(0 <= got <= need for got, need in zip(given_, (prefix, suffix, ahead), strict=True))
    assert sum(given_) == min(room, prefix + suffix + ahead)


@given(texts, texts, texts, st.sampled_from(["", "\n    ", "pri"]), rooms, st.lists(texts, max_size=3))
def test_parts_fit(prefix: str, suffix: str, ahead: str, heal: str, room: int, imports: list[str]) -> None:
    parts = Parts(prefix + heal, suffix, ahead, heal)
    cut = fit(parts, room, imports)
    assert size(cut.unhealed) + size(cut.suffix) + size(cut.ahead) <= room
    assert cut.prefix.endswith(heal), "what the grammar repeats is never cut"
    if size(prefix) + size(suffix) + size(ahead) <= room:
        assert cut == parts


def test_a_cut_prefix_keeps_its_imports_and_its_last_lines() -> None:
    prefix = "import os\n" + "".join(f"x{n} = {n}\n" for n in range(100)) + "def f():"
    cut = fit(Parts(prefix), 100, ["import os"])
    assert cut.prefix.startswith("import os\nx")
    assert cut.prefix.endswith("x99 = 99\ndef f():")


def test_an_import_that_is_near_is_not_said_twice() -> None:
    prefix = "x = 1\n" * 100 + "import os\ny = 2"
    assert fit(Parts(prefix), 100, ["import os"]).prefix.count("import os") == 1
