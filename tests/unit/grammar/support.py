"""What the grammar tests share: small grammars, and a byte-level matcher."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import llguidance

from maze_lsp.grammar import emit_hole, load
from maze_lsp.grammar.derive import Deriver
from maze_lsp.grammar.family import plain_rules
from maze_lsp.grammar.model import Grammar
from maze_lsp.grammar.passes.lines import Layout, spelled
from maze_lsp.grammar.reader import read
from maze_lsp.languages.python.spec import SPEC
from maze_lsp.languages.spec import Source

TOKENIZER = llguidance.LLTokenizer("byte")
PYTHON = load(SPEC)


def small(text: str) -> Grammar:
    """A grammar from a test; blanks are free unless it says otherwise."""
    if "%space" not in text:
        text = "%space outside / */\n" + text
    return read(Source("small.lark", text))


@lru_cache(maxsize=128)
def compiled(lark: str) -> llguidance.LLMatcher:
    matcher = llguidance.LLMatcher(TOKENIZER, lark)
    assert not matcher.is_error(), matcher.get_error()
    return matcher


def accepts(lark: str, text: str) -> bool:
    """Whether the whole text is one of the grammar's."""
    matcher = compiled(lark).deep_copy()
    data = text.encode()
    return matcher.try_consume_tokens(list(data)) == len(data) and matcher.is_accepting()


def exhausted(lark: str, text: str) -> bool:
    """Whether the text is accepted and a server would have to stop behind it."""
    matcher = compiled(lark).deep_copy()
    data = text.encode()
    assert matcher.try_consume_tokens(list(data)) == len(data), text
    return matcher.is_accepting() and matcher.is_stopped()


def fits(text: str, start: str = "body", *, grammar: Grammar = PYTHON, where: str = "in_function", **more: Any) -> bool:
    """Whether `text` may stand in a hole. `where`: the flags that hold there, `any` for all."""
    flags = None if where == "any" else tuple((flag, flag in where.split()) for flag in grammar.flags)
    options: dict[str, Any] = {"start": start, "indent": "    ", "unit": "    ", **more}
    key = tuple(sorted({**options, "enclosing": flags}.items()))
    lark = _lark(grammar, key)
    return accepts(lark, text)


def random_texts(
    grammar: Grammar,
    kind: str,
    legal: Mapping[str, bool],
    layout: Layout,
    *,
    count: int,
    seed: int = 1,
    budget: int = 15,
) -> list[str]:
    """Of `count` random texts of a start rule those that are read as they were derived.

    `legal`: the flags that hold; `budget`: terminals after which a text is closed.
    """
    flags = tuple((flag, legal.get(flag, False)) for flag in grammar.flags)
    plain = plain_rules(grammar, kind, flags, False, False).grammar
    deriver = Deriver(plain, lambda terminal: spelled(plain, terminal, layout), random.Random(seed), budget)
    lark = emit_hole(grammar, start=kind, indent=layout.indent, unit=layout.unit, enclosing=legal)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        texts = [deriver.text(kind) for _ in range(count)]
    finally:
        sys.setrecursionlimit(limit)
    return [text for text in texts if accepts(lark, text)]


@lru_cache(maxsize=128)
def _lark(grammar: Grammar, key: tuple[tuple[str, Any], ...]) -> str:
    options = dict(key)
    flags = options.pop("enclosing")
    return emit_hole(grammar, enclosing=None if flags is None else dict(flags), **options)
