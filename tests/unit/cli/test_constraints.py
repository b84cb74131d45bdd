"""`maze compile` and `maze cache`."""

from __future__ import annotations

from pathlib import Path

from maze_lsp.constraints.cache import ConstraintCache
from maze_lsp.constraints.conjoin import conjoin
from maze_lsp.constraints.reading import validated
from maze_lsp.workspace.store import DiskStore
from tests.unit.cli.run import Program


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_compile_prints_the_grammar_and_says_what_it_enforces(maze: Program, tmp_path: Path) -> None:
    digits = file(tmp_path, "digits.json", '{"regex_patterns": ["[0-9]+"]}')
    unique = file(tmp_path, "unique.json", '{"type": "array", "uniqueItems": true}')
    ran = maze("compile", digits)
    assert ran.out.startswith("%llguidance {}\nstart: TEXT\n")
    assert "digits (regex): enforced by the grammar" in ran.err
    found = maze("compile", unique, "--json").json
    assert [(part["name"], part["enforcement"]) for part in found["parts"]] == [
        ("unique", "grammar"),
        ("unique: uniqueItems", "check"),
    ]
    assert len(found["digest"]) == 64


def test_compile_writes_a_file(maze: Program, tmp_path: Path) -> None:
    choices = file(tmp_path, "c.json", '["yes", "no"]')
    maze("compile", choices, "--output", tmp_path / "out.lark")
    assert "yes" in (tmp_path / "out.lark").read_text()


def test_constraints_that_conflict_or_are_none_end_with_4(maze: Program, tmp_path: Path) -> None:
    digits = file(tmp_path, "digits.json", '{"regex_patterns": ["[0-9]+"]}')
    letters = file(tmp_path, "letters.json", '{"regex_patterns": ["[a-z]+"]}')
    assert "No text satisfies `digits` and `letters` together." in maze("compile", digits, letters, code=4).err
    assert "line 1" in maze("compile", file(tmp_path, "bad.json", "{nope"), code=4).err
    assert "does not exist" in maze("compile", tmp_path / "missing.json", code=2).err


def test_the_cache_is_shown_and_cleared(maze: Program) -> None:
    assert maze("cache", "--json").json["entries"] == 0
    ConstraintCache(store=DiskStore()).get("k", lambda: conjoin([validated({"choices": ["a"]}, "n")]))
    found = maze("cache", "--json").json
    assert (found["entries"], found["misses"]) == (1, 1)
    assert "1 constraints" in maze("cache").out
    assert maze("cache", "--clear", "--json").json["cleared"] == 1
    assert maze("cache", "--json").json["entries"] == 0
