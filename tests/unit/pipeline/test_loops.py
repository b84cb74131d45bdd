"""Texts that only repeat themselves are found; texts that get on are left alone."""

import sysconfig
from pathlib import Path

import pytest

from maze_lsp.pipeline.loops import loop_start


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x = 1\n" + "total = total + 1\n" * 6, "x = 1\ntotal = total + 1\n"),
        ("n == 1" + " or n == 1" * 20, "n == 1 or"),
        ("a" + " " * 90, "a"),
        ("a\n" + "\n" * 8, "a"),
        ("v = [" + ", ".join(str(i) for i in range(200)), None),
    ],
)
def test_stops_a_loop_after_its_first_copy(text: str, kept: str | None) -> None:
    start = loop_start(text)
    assert start is not None
    if kept is not None:
        assert text[:start].strip() == kept.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a\n\n\nb",
        "# " + "-" * 76 + "\n",
        "self.a = 1\nself.b = 2\nself.c = 3\n",
        "[0, 0, 0, 0, 0, 0, 0, 0]",
    ],
)
def test_leaves_ordinary_text_alone(text: str) -> None:
    assert loop_start(text) is None


def test_leaves_real_code_alone() -> None:
    folder = Path(sysconfig.get_paths()["stdlib"])
    for name in ("argparse.py", "textwrap.py", "statistics.py", "heapq.py"):
        text = (folder / name).read_text()
        for end in range(200, min(len(text), 20_000), 97):
            assert loop_start(text[:end]) is None, text[end - 200 : end]
