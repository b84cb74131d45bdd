"""What llguidance itself says about small schemas and patterns: it is asked, not guessed at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from llguidance import LLMatcher

from maze_lsp.constraints.ir import canonical
from maze_lsp.constraints.replay import byte_tokenizer


def plain_numbers(value: Any) -> Any:
    """`2.0` is `2`."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [plain_numbers(inner) for inner in value]
    if isinstance(value, Mapping):
        return {key: plain_numbers(inner) for key, inner in value.items()}
    return value


def known(schema: Mapping[str, Any]) -> bool:
    return _compiles(canonical(schema))


@lru_cache(maxsize=4096)
def _compiles(schema: str) -> bool:
    return not LLMatcher(byte_tokenizer(), f"%llguidance {{}}\nstart: %json {schema}", log_level=0).is_error()


@lru_cache(maxsize=4096)
def may_match(pattern: str, name: str) -> bool:
    """Whether a property's name may match a pattern, by llguidance's own reading."""
    lark = f"%llguidance {{}}\nstart: %json {canonical({'type': 'string', 'pattern': pattern})}"
    matcher = LLMatcher(byte_tokenizer(), lark, log_level=0)
    data = list(canonical(name).encode())
    return matcher.is_error() or (matcher.try_consume_tokens(data) == len(data) and matcher.is_accepting())
