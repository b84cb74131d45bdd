"""The registry of languages, and a language whose parser is missing or broken."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from maze_lsp import languages
from maze_lsp.errors import DocumentError
from maze_lsp.languages.python.spec import SPEC


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a language whose parser is not there."""
    absent = replace(
        SPEC, name="absent", title="Absent", language_ids=("absent",), extensions=(".abs",), parser="tree_sitter_absent"
    )
    monkeypatch.setattr(languages, "_specs", lambda: (SPEC, absent))
    monkeypatch.setattr(languages, "_broken", {})
    return "absent"


def test_languages_are_found_by_name_and_by_extension() -> None:
    assert languages.by_id("python") is languages.by_path("a/b.PY") is languages.by_path("stub.pyi")
    assert languages.by_id("klingon") is None
    assert languages.by_path("Makefile") is None


def test_a_language_without_its_parser_is_off_and_the_others_work(one_more: str) -> None:
    assert [spec.name for spec in languages.all_languages()] == ["python"]
    assert languages.by_path("a.abs") is None
    assert "tree-sitter-absent is not installed" in languages.unavailable()[one_more]
    assert "tree-sitter-absent" in languages.unknown_language("a.abs").hint


def test_a_parser_that_breaks_when_it_is_loaded_turns_its_language_off(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(SPEC, name="broken", title="Broken", parser="json:nothing")
    monkeypatch.setattr(languages, "_specs", lambda: (broken,))
    monkeypatch.setattr(languages, "_broken", {})
    assert languages.all_languages() == (broken,)
    with pytest.raises(DocumentError, match="Broken is off"):
        languages.parser_for(broken)
    assert languages.all_languages() == ()
    with pytest.raises(DocumentError, match="Broken is off"):
        languages.parser_for(broken)


def test_the_message_for_an_unknown_language_names_the_supported_ones() -> None:
    assert "Python" in languages.unknown_language("x.klingon").hint


def test_listing_languages_loads_no_parser() -> None:
    code = (
        "import sys; from maze_lsp import languages; languages.by_path('a.py'); "
        "print(any(name.startswith('tree_sitter') for name in sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
