"""What a GGUF file says of its model: its names, its tokens for filling gaps, and what a context costs.

Reads the head of the file only.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

_ARCHITECTURE = "general.architecture"
_SHAPE = (
    "context_length",
    "block_count",
    "embedding_length",
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.value_length",
)
_NAMES = ("general.basename", "general.name")
_MARKS = (
    ("tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.prefix_token_id"),
    ("tokenizer.ggml.fim_suf_token_id", "tokenizer.ggml.suffix_token_id"),
    ("tokenizer.ggml.fim_mid_token_id", "tokenizer.ggml.middle_token_id"),
)
"""The keys of prefix, suffix and middle, each with its older name."""
_TOKENS = "tokenizer.ggml.tokens"

_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MOST = 50_000_000
"""Longer texts and lists are not believed."""


_CACHED = 2
"""Bytes of a number in the cache of keys and values."""


@dataclass(frozen=True, slots=True)
class Described:
    """`names`: what the model is called. `infill`: its tokens for prefix, suffix and middle, where it names all.

    `trained`: the longest context that it was trained for, in tokens; `token_bytes`: memory for each token of context.
    0 where the file does not say.
    """

    names: tuple[str, ...] = ()
    infill: tuple[str, str, str] | None = None
    trained: int = 0
    token_bytes: int = 0


def described(path: Path) -> Described:
    """What the file says; nothing where it cannot be read or is no GGUF file."""
    try:
        with path.open("rb") as file:
            values = _values(file)
    except (OSError, struct.error, ValueError, UnicodeDecodeError):
        return Described()
    names = tuple(str(values[key]) for key in _NAMES if values.get(key))
    ids = [next((values[key] for key in keys if isinstance(values.get(key), int)), -1) for keys in _MARKS]
    tokens = values.get(_TOKENS, [])
    infill = None
    if all(0 <= at < len(tokens) for at in ids):
        prefix, suffix, middle = (tokens[at].decode("utf-8", "replace") for at in ids)
        infill = (prefix, suffix, middle)
    return Described(names, infill, _whole(values, "context_length"), _token_bytes(values))


def _whole(values: dict[str, Any], key: str) -> int:
    """A number that the file gives under the name of the model's architecture; 0 where it gives none."""
    value = values.get(f"{values.get(_ARCHITECTURE, '')}.{key}")
    return value if isinstance(value, int) and 0 < value < _MOST else 0


def _token_bytes(values: dict[str, Any]) -> int:
    """Keys and values of all layers. A model that keeps less (sliding windows) is taken for dearer than it is."""
    heads = _whole(values, "attention.head_count")
    if not heads:
        return 0
    key = _whole(values, "attention.key_length") or _whole(values, "embedding_length") // heads
    value = _whole(values, "attention.value_length") or key
    shared = _whole(values, "attention.head_count_kv") or heads
    return _whole(values, "block_count") * shared * (key + value) * _CACHED


def _values(file: BinaryIO) -> dict[str, Any]:
    if file.read(4) != b"GGUF" or _number(file, "I") not in (2, 3):
        raise ValueError("not a GGUF file of a known version")
    _number(file, "Q")
    wanted = {*_NAMES, _ARCHITECTURE, _TOKENS, *(key for keys in _MARKS for key in keys)}
    found: dict[str, Any] = {}
    for _ in range(_bounded(_number(file, "Q"))):
        key = _text(file).decode()
        value = _value(file, _number(file, "I"))
        if key in wanted or key.partition(".")[2] in _SHAPE:
            found[key] = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return found


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        inner, length = _number(file, "I"), _bounded(_number(file, "Q"))
        if inner in _NUMBERS:
            file.seek(length * struct.calcsize("<" + _NUMBERS[inner]), 1)
            return []
        read: Callable[[], Any] = (lambda: _text(file)) if inner == _STRING else (lambda: _value(file, inner))
        return [read() for _ in range(length)]
    if kind not in _NUMBERS:
        raise ValueError("an unknown kind of value")
    return _number(file, _NUMBERS[kind])


def _number(file: BinaryIO, code: str) -> Any:
    size = struct.calcsize("<" + code)
    return struct.unpack("<" + code, file.read(size))[0]


def _text(file: BinaryIO) -> bytes:
    length = _bounded(_number(file, "Q"))
    text = file.read(length)
    if len(text) != length:
        raise ValueError("the file ends too early")
    return text


def _bounded(length: int) -> int:
    if length > _MOST:
        raise ValueError("a length that cannot be true")
    return length
