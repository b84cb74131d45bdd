"""The grammar model: read a language's grammar, transform it, emit it for a hole as llguidance Lark.

Knows no particular language and does no I/O beyond the grammar file of a language folder.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from maze_lsp.grammar.hole import Begun, begun, emit_hole, warm
from maze_lsp.grammar.model import Grammar
from maze_lsp.grammar.reader import read
from maze_lsp.languages.spec import LanguageSpec, Source

__all__ = ["Begun", "Grammar", "begun", "emit_hole", "load", "warm"]

_FILE = "grammar.lark"
_known: dict[Path, tuple[LanguageSpec, Grammar]] = {}


def load(spec: LanguageSpec) -> Grammar:
    """The grammar of a language, read once. Raises GrammarError (file, line, rule) where its file is wrong."""
    known = _known.get(spec.folder)
    if known is None or known[0] is not spec:
        starts = tuple(dict.fromkeys(spec.start_rules.values()))
        known = _known[spec.folder] = spec, _load(spec.sources(_FILE), starts)
    return known[1]


@cache
def _load(sources: tuple[Source, ...], starts: tuple[str, ...]) -> Grammar:
    return replace(read(*sources), starts=starts)
