"""TypeScript."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from maze_lsp.languages.javascript.spec import SPEC as JAVASCRIPT
from maze_lsp.languages.spec import HoleKind

_BUILTINS = """
any unknown never void object string number boolean symbol bigint
Partial Required Readonly Record Pick Omit Exclude Extract NonNullable Parameters ReturnType InstanceType Awaited
ConstructorParameters ThisType ThisParameterType OmitThisParameter NoInfer Uppercase Lowercase Capitalize Uncapitalize
ReadonlyArray ReadonlyMap ReadonlySet PromiseLike ArrayLike PropertyKey PropertyDescriptor Iterable IterableIterator
AsyncIterable AsyncIterator Generator AsyncGenerator TemplateStringsArray Disposable AsyncDisposable
"""

_START_RULES: dict[HoleKind, str] = {**JAVASCRIPT.start_rules, "type": "type"}
del _START_RULES["element"]

SPEC = replace(
    JAVASCRIPT,
    name="typescript",
    title="TypeScript",
    language_ids=("typescript",),
    extensions=(".ts", ".mts", ".cts"),
    parser="tree_sitter_typescript:language_typescript",
    folder=Path(__file__).parent,
    start_rules=_START_RULES,
    builtins=JAVASCRIPT.builtins | frozenset(_BUILTINS.split()),
)
