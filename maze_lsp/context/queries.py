"""A language's queries (`holes.scm`, `scope.scm`), compiled once, and how they are asked.

Beside tree-sitter's own predicates queries may use `(#path-match? "regex")`: the file's path has to match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import tree_sitter

from maze_lsp.context.types import Snapshot
from maze_lsp.errors import GrammarError
from maze_lsp.languages import language_of
from maze_lsp.languages.spec import LanguageSpec

Captures = dict[str, list[tree_sitter.Node]]
Argument = tuple[str, Literal["capture", "string"]]


def matches(
    snapshot: Snapshot,
    file: str,
    node: tree_sitter.Node,
    *,
    only: str = "",
    near: tuple[int, int] | None = None,
) -> Iterator[Captures]:
    """The captures of each match below (and at) `node`, in no particular order.

    `only`: a regex; patterns none of whose captures match it are left out. `near`: bytes that a match must touch.
    """
    cursor = tree_sitter.QueryCursor(_query(snapshot.language, file, only))
    if near is not None:
        cursor.set_byte_range(*near)

    def predicate(
        predicate: str,
        args: list[Argument],
        pattern_index: int,  # noqa: ARG001
        captures: Captures,  # noqa: ARG001
    ) -> bool:
        return predicate != "path-match?" or re.search(args[0][0], snapshot.uri) is not None

    for _, captures in cursor.matches(node, predicate):
        yield captures


_compiled: dict[tuple[str, str, str], tree_sitter.Query] = {}


def _query(spec: LanguageSpec, file: str, only: str) -> tree_sitter.Query:
    key = (spec.name, file, only)
    if key not in _compiled:
        _compiled[key] = _compile(spec, file, only)
    return _compiled[key]


def _compile(spec: LanguageSpec, file: str, only: str) -> tree_sitter.Query:
    language, source = language_of(spec), "\n".join(each.text for each in spec.sources(file))
    try:
        query = tree_sitter.Query(language, source)
    except tree_sitter.QueryError as error:
        raise GrammarError(f"{spec.folder / file}: {error}", hint="Mend the query.") from error
    if not only:
        return query
    # `Query.disable_pattern` crashes later matches (py-tree-sitter 0.26), so the patterns are compiled anew.
    utf8 = source.encode()
    patterns = [
        utf8[query.start_byte_for_pattern(at) : query.end_byte_for_pattern(at)].decode()
        for at in range(query.pattern_count)
    ]
    wanted = re.compile(only)
    kept = [text for text in patterns if any(wanted.fullmatch(name) for name in _CAPTURE.findall(text))]
    return tree_sitter.Query(language, "\n".join(kept))


_CAPTURE = re.compile(r"@([\w.]+)")
