"""What a file has to offer, in few words: its imports and the heads of its definitions. No bodies and no values.

What imports, what opens a scope and what declares a name is said by the language's `scope.scm`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter

from maze_lsp.context import layout, queries, secrets
from maze_lsp.context.declarations import NAMES, imports_in
from maze_lsp.context.types import Snapshot
from maze_lsp.languages.spec import LanguageSpec

_OUTLINE = "outline"
_DECLARING = {"declare.outer", "declare.hoisted", "declare.local"}
_BEHIND = 60_000
"""Bytes behind a hole in which definitions are looked for."""
_LONGEST = 160
_WORDS = re.compile(r"[\w \t]*(?:[\w\s,]*=\s*)?\Z")
"""What may stand on a line in front of a head and belongs to it: `export default`, `const f =`."""


def outline(snapshot: Snapshot) -> tuple[str, ...]:
    """The imports of a file, then the heads of its definitions with their indentation; secrets are blanked."""
    ready: tuple[str, ...] | None = snapshot.memo.get(_OUTLINE)
    if ready is None:
        root = snapshot.tree.root_node
        imports = [_line(text) for text in imports_in(snapshot, root)]
        ready = _blanked([*dict.fromkeys(imports), *_heads(snapshot)])
        snapshot.memo[_OUTLINE] = ready
    return ready


def following(snapshot: Snapshot, at: int) -> tuple[str, ...]:
    """The heads of the definitions that begin behind a place; secrets are blanked."""
    return _blanked(list(_heads(snapshot, snapshot.lines.byte(at))))


def related(one: LanguageSpec, other: LanguageSpec) -> bool:
    """Whether files of two languages may use each other: the languages share a file of rules for names."""
    return one.name == other.name or not _rules(one).isdisjoint(_rules(other))


def _rules(spec: LanguageSpec) -> frozenset[str]:
    if spec.name not in _known_rules:
        _known_rules[spec.name] = frozenset(source.origin for source in spec.sources("scope.scm"))
    return _known_rules[spec.name]


_known_rules: dict[str, frozenset[str]] = {}


def _heads(snapshot: Snapshot, since: int = 0) -> Iterator[str]:
    """The heads of definitions that are in no function, in order, from a byte on."""
    root = snapshot.tree.root_node
    near = (since, since + _BEHIND) if since else None
    functions: dict[int, tree_sitter.Node] = {}
    found: dict[int, tree_sitter.Node] = {}
    for match in queries.matches(snapshot, "scope.scm", root, only=NAMES, near=near):
        for capture, nodes in match.items():
            own = capture in ("scope.function", "scope.class")
            if not own and capture not in _DECLARING:
                continue
            for node in nodes:
                if capture == "scope.function":
                    functions[node.id] = node
                owner = _named(node, own=own) or (node if capture == "scope.class" else None)
                if owner is not None:
                    found.setdefault(owner.start_byte, owner)
    spans = sorted((node.start_byte, node.end_byte) for node in functions.values())
    inside = since
    for start, node in sorted(found.items()):
        while spans and spans[0][0] < start:
            inside = max(inside, spans.pop(0)[1])
        if start >= inside:
            body = node.child_by_field_name("body")
            inside = body.start_byte if body is not None else node.end_byte
            yield _head(snapshot, node)


def _named(node: tree_sitter.Node, *, own: bool) -> tree_sitter.Node | None:
    """The definition that a scope or a declared name belongs to: the nearest of it and its parent that has a name.

    A name that is declared with a value and has no body is a variable, not a definition.
    """
    for owner in (node, node.parent) if own else (node.parent,):
        name = owner.child_by_field_name("name") if owner is not None else None
        if owner is None or name is None or (not own and name.id != node.id):
            continue
        plain = owner.child_by_field_name("value") is not None and owner.child_by_field_name("body") is None
        return None if plain and not own else owner
    return None


def _head(snapshot: Snapshot, node: tree_sitter.Node) -> str:
    """A definition up to its body or value, on one line, with the indentation and first words of its line."""
    inner = node.child_by_field_name("value") or node
    body = inner.child_by_field_name("body") or node.child_by_field_name("value")
    text = (node.text or b"")[: body.start_byte - node.start_byte if body is not None else None]
    head = text.decode("utf-8", "replace")
    if body is None or node.has_error:  # where its body begins is not known
        head = head.split("\n", 1)[0]
    lines, start = snapshot.lines, snapshot.lines.offset_of_byte(node.start_byte)
    before = snapshot.text[lines.line_start(lines.line_of(start)) : start]
    words = before if _WORDS.match(before) else layout.leading(before)
    return _line(words + re.sub(r"#.*", "", head) if snapshot.language.line_comment == "#" else words + head)


def _line(text: str) -> str:
    """A text on one line of bounded length; its indentation stays."""
    margin = layout.leading(text)
    words = re.sub(r"\s+", " ", text).strip().removesuffix("{").rstrip()
    return (margin + words)[:_LONGEST]


def _blanked(lines: list[str]) -> tuple[str, ...]:
    return tuple(secrets.blank("\n".join(lines)).split("\n")) if lines else ()
