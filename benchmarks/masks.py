"""What masks cost on a large vocabulary, along true texts, with a fresh matcher and default limits for each text.

Used by `benchmarks.holes --vocab o200k`. Cold: the lexer's tables are empty at the start of each text, as in a server
that meets a grammar for the first time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import llguidance.numpy
from llguidance import LLInterpreter, LLMatcher, LLTokenizer

from benchmarks import vocabulary
from benchmarks.report import percentile

MOST_TOKENS = 250


@dataclass(slots=True)
class Costs:
    """Times of masks in µs, of compilation in ms; `rejected` are the places where the true token was masked."""

    masks: list[float] = field(default_factory=list)
    compiled: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    slowest: list[tuple[float, str]] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        return {
            "masks": len(self.masks),
            "mean_us": round(sum(self.masks) / max(len(self.masks), 1)),
            "p50_us": round(percentile(self.masks, 0.5)),
            "p99_us": round(percentile(self.masks, 0.99)),
            "max_us": round(max(self.masks, default=0)),
            "limit_errors": len(self.errors),
            "rejected": len(self.rejected),
            "compile_p50_ms": round(percentile(self.compiled, 0.5), 1),
            "compile_p95_ms": round(percentile(self.compiled, 0.95), 1),
        }


def measure(texts: Iterable[tuple[str, str]], name: str) -> Costs:
    """The costs along `(grammar, text)` pairs with the vocabulary `name`."""
    costs = Costs()
    encoding, tokenizer = vocabulary.encoding(name), vocabulary.tokenizer(name)
    mask = llguidance.numpy.allocate_token_bitmask(1, tokenizer.vocab_size)
    for lark, text in texts:
        tokens = encoding.encode(text, disallowed_special=())[:MOST_TOKENS]
        began = time.thread_time()
        matcher = LLMatcher(tokenizer, lark, log_level=0)
        costs.compiled.append(1000 * (time.thread_time() - began))
        for at, token in enumerate(tokens):
            began = time.thread_time()
            llguidance.numpy.fill_next_token_bitmask(matcher, mask)
            took = 1e6 * (time.thread_time() - began)
            if matcher.is_error():
                costs.errors.append(matcher.get_error())
                break
            costs.masks.append(took)
            place = f"{encoding.decode(tokens[max(0, at - 8) : at])}⟪{encoding.decode([token])}⟫"
            costs.slowest.append((took, place))
            if not int(mask[0][token // 32]) >> (token % 32) & 1:
                costs.rejected.append(place)
                break
            matcher.consume_token(token)
        costs.slowest = sorted(costs.slowest, reverse=True)[:20]
    return costs


def items_a_row(texts: Iterable[tuple[str, str]]) -> float:
    """Items in a row of the parser, on the average over the bytes of the texts."""
    items = rows = 0
    tokenizer = LLTokenizer("byte")
    for lark, text in texts:
        interpreter = LLInterpreter(tokenizer, llguidance.grammar_from("lark", lark), log_level=0)
        interpreter.start_without_prompt()
        data, at = text.encode()[:300], 0
        while at < len(data):
            mask, report = interpreter.compute_mask()
            if mask is None:
                break
            for progress in json.loads(report)["progress"]:
                items += progress["stats"]["all_items"]
                rows += progress["stats"]["rows"]
            _, taken = interpreter.commit_token(data[at])  # with the bytes that are forced behind it
            at += len(taken)
    return items / max(rows, 1)
