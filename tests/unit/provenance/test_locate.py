"""Generated texts are found again when a file is opened, only where there is no doubt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maze_lsp.provenance import locate as module
from maze_lsp.provenance.digests import digest
from maze_lsp.provenance.locate import locate
from maze_lsp.provenance.record import Record
from maze_lsp.text import LineIndex
from tests.unit.provenance.samples import SAMPLE


def record(source: str, kind: str = "body", id: str = "id") -> tuple[Record, str]:
    """The record of what stands between `«` and `»`, and the source without the marks."""
    text = source.replace("«", "").replace("»", "")
    start = source.index("«")
    piece = text[start : source.index("»") - 1]
    line = LineIndex(text).line_of(start)
    made = replace(
        SAMPLE,
        id=id,
        hole_kind=kind,
        text_digest=digest(piece),
        text_length=len(piece),
        line_range=(line, line + piece.count("\n")),
    )
    return made, text


def check(source: str, after: str, kind: str = "body") -> None:
    """`«…»` marks the span, in `source` when it was generated, in `after` where it must be found (or nowhere)."""
    made, _ = record(source, kind)
    text = after.replace("«", "").replace("»", "")
    found = locate(text, [made])
    shown = text
    for span in found:
        shown = f"{text[: span.range.start]}«{text[span.range.start : span.range.end]}»{text[span.range.end :]}"
        assert span.state == "untouched"
    assert shown == after


BODY = "def f(a):\n    «b = a + 1\n    return b»\n"


@pytest.mark.parametrize(
    "after",
    [
        BODY,
        "import os\n\n\n" + BODY + "# end\n",
        "# before\n" * 300 + BODY,
        BODY.replace("def f(a):", "def f(a, c):"),
        BODY.removesuffix("\n"),
        "\U0001f9ea = 1\n" + BODY,
    ],
)
def test_a_body_is_found_where_it_is_now(after: str) -> None:
    check(BODY, after)


@pytest.mark.parametrize(
    "after",
    [
        BODY.replace("+ 1", "+ 2"),
        BODY.replace("\n", "\r\n"),
        BODY + BODY,
        BODY.replace("return b", "return base"),
        BODY.replace("b = a", "bb = a", 1),
        "",
        "def f(a):\n",
    ],
)
def test_in_doubt_there_is_none(after: str) -> None:
    check(BODY, after.replace("«", "").replace("»", ""))


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        ("x = f(«left + right», 3)\n", "expression"),
        ("\n\n\nx = f(«left + right», 3)\n", "expression"),
        ("y = «left + right»\n", "arguments"),
        ("y = left + rights\n", "expression"),
        ("y = left + right\nx = f(left + right)\n", "expression"),
    ],
)
def test_an_expression_is_found_inside_a_line(after: str, kind: str) -> None:
    check("x = f(«left + right», 3)\n", after, kind)


def test_the_newest_record_of_a_place_wins() -> None:
    newer, text = record(BODY, id="newer")
    older, _ = record(BODY, id="older")
    inner, _ = record("def f(a):\n    b = «a + 1»\n    return b\n", "expression", id="inner")
    assert [span.record_id for span in locate(text, [newer, older, inner])] == ["newer"]


def test_several_are_found() -> None:
    source = "def f():\n    return first()\n\n\ndef g():\n    return second()\n"
    first, _ = record(source.replace("return first()", "«return first()»"), id="first")
    second, _ = record(source.replace("return second()", "«return second()»"), id="second")
    text = "#\n" + source
    found = {span.record_id: span.range.text(text) for span in locate(text, [second, first])}
    assert found == {"first": "return first()", "second": "return second()"}


def test_the_work_on_a_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def counted(text: str) -> str:
        nonlocal asked
        asked += 1
        return digest(text)

    monkeypatch.setattr(module, "digest", counted)
    made, _ = record(BODY)
    text = "".join(f"    value_{n} = compute(value_{n - 1}, {n})\n" for n in range(5000))
    lost = [replace(made, id=str(n), line_range=(n, n + 1)) for n in range(2000)]
    assert locate(text, lost) == []
    assert 0 < asked <= module._MOST_DIGESTS


def test_records_of_a_longer_file_do_no_harm() -> None:
    made, _ = record(BODY)
    assert locate("x\n", [replace(made, line_range=(10_000, 10_001)), replace(made, text_length=0)]) == []
