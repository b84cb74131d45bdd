"""From the context of a hole to a compiled constraint."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict
from functools import lru_cache

from maze_lsp import grammar
from maze_lsp.constraints.types import CompiledConstraint, Part
from maze_lsp.context.types import HoleContext
from maze_lsp.errors import NoHoleError
from maze_lsp.languages.spec import HoleKind, LanguageSpec, Source

_MAX_HEAL = 80
_LONGEST_PIECE = 200
_LAST_PIECE = re.compile(r"(?: ?\w+| ?[^\w\s]+|[ \t\r\n]+)\Z")
"""What tokenizers may have joined: a word or signs with the blank before them, or white space."""
_NEAR, _BEHIND = 16, 4096
"""Characters behind a hole that its grammar may ask for: at once, and as the first visible one."""
_TRAILING_SPACE = re.compile(r"[ \t\r\n]*\Z")

IN_PLACE = Part("parses in place", "tree", "check")
"""The part that every result has to pass: the file with the text in it has no new syntax error."""


def compile_hole(context: HoleContext, *, names: frozenset[str] | None = None) -> CompiledConstraint:
    """The constraint for a hole: the language's grammar from the start rule of the hole's kind.

    `names` restricts references to these; None leaves them free. Raises `NoHoleError` where the language has no
    grammar for the kind, `GrammarError` where the grammar file is broken.
    """
    spec, heal = context.snapshot.language, heal_of(context)
    proof = _emitted(context, "", heal="", ending=False, names=names)
    lark = _emitted(context, "", heal=heal, ending=True, names=names)
    return CompiledConstraint(
        lark=lark,
        proof=proof,
        digest=hashlib.sha256(proof.encode()).hexdigest(),
        parts=(Part(f"{spec.name} {context.hole.kind}", "syntax", "grammar"), IN_PLACE),
        heal=heal,
        ending=_ending(lark),
    )


def rest_of_hole(context: HoleContext, written: str, heal: str) -> str:
    """What is sent to go on behind `written`, a beginning of the hole's text: the grammar of `heal` and the rest.

    Raises GrammarError or TypedTextError where there is no such grammar.
    """
    return _emitted(context, written, heal=heal, ending=True)


def _emitted(
    context: HoleContext, written: str, *, heal: str, ending: bool, names: frozenset[str] | None = None
) -> str:
    spec, hole = context.snapshot.language, context.hole
    return grammar.emit_hole(
        grammar.load(spec),
        start=start_rule(spec, hole.kind),
        indent=hole.indent,
        unit=hole.unit,
        eol=context.eol,
        heal=heal,
        typed=hole.begun + written,
        enclosing=asdict(context.enclosing),
        names=names,
        ending=ending,
        follow=hole.tail + context.snapshot.text[hole.range.end :],
        inside=context.enclosing.in_brackets,
        known=[name.name for name in context.scope.names],
    )


def _ending(lark: str) -> str:
    """The grammar of the terminal END alone, as `emit_hole` wrote it and what it refers to on lines of their own."""
    lines = [line for line in lark.splitlines() if line.startswith("END")]
    return "\n".join(["%llguidance {}", "start: END", *lines, ""])


def compile_language(spec: LanguageSpec, kind: HoleKind = "statements", *, eol: str = "\n") -> CompiledConstraint:
    """The constraint for a text of its own, outside any file: the language's grammar at the left margin."""
    proof = rest_of_text(spec, "", "", kind, eol=eol)
    return CompiledConstraint(
        lark=proof,
        proof=proof,
        digest=hashlib.sha256(proof.encode()).hexdigest(),
        parts=(Part(f"{spec.name} {kind}", "syntax", "grammar"),),
    )


def rest_of_text(spec: LanguageSpec, written: str, heal: str, kind: HoleKind = "statements", *, eol: str = "\n") -> str:
    """The same as `rest_of_hole` for a text of its own."""
    return grammar.emit_hole(
        grammar.load(spec),
        start=start_rule(spec, kind),
        indent="",
        unit=spec.indent_unit,
        eol=eol,
        heal=heal,
        typed=written,
    )


def start_rule(spec: LanguageSpec, kind: HoleKind) -> str:
    rule = spec.start_rules.get(kind)
    if rule is None:
        known = ", ".join(sorted(spec.start_rules))
        raise NoHoleError(f"{spec.title} has no grammar for a hole of kind `{kind}`.", hint=f"It has: {known}.")
    return rule


def heal_of(context: HoleContext) -> str:
    """The end of the prompt that the grammar repeats."""
    hole = context.hole
    return last_piece(context.prefix) if hole.begun else trailing_space(context.prefix + hole.lead)


def last_piece(prompt: str) -> str:
    """The end of a prompt that the grammar is to repeat where a construct has been begun.

    What is typed may end within a token: the last word or signs are left to be written again.
    """
    match = _LAST_PIECE.search(prompt, max(len(prompt) - _LONGEST_PIECE, 0))
    piece = match.group() if match else ""
    return "" if len(piece) == len(prompt) else piece[-_MAX_HEAL:]


def trailing_space(prompt: str) -> str:
    """The white space at the end of a prompt that the grammar is to repeat.

    Tokenizers join a line end and the indentation behind it, or a blank and the word behind it, into one token;
    a prompt that ends inside such a token makes every model worse. Nothing is taken off a blank prompt.
    """
    match = _TRAILING_SPACE.search(prompt, max(len(prompt) - _LONGEST_PIECE, 0))
    space = match.group() if match else ""
    return "" if len(space) == len(prompt) else space[-_MAX_HEAL:]


def hole_key(context: HoleContext) -> str:
    """What the constraint of a hole depends on, as one digest: equal keys have equal constraints."""
    key = context.memo.get(__name__)
    if key is None:
        key = context.memo[__name__] = _digest_of(context)
    return str(key)


def _digest_of(context: HoleContext) -> str:
    spec, hole = context.snapshot.language, context.hole
    behind = hole.tail + context.snapshot.text[hole.range.end : hole.range.end + _BEHIND]
    said = (
        grammar_digest(spec),
        hole.kind,
        hole.indent,
        hole.unit,
        context.eol,
        heal_of(context),
        hole.begun,
        asdict(context.enclosing),
        behind[:_NEAR],
        behind.lstrip()[:1],
        [name.name for name in context.scope.names],
    )
    return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()


def grammar_digest(spec: LanguageSpec) -> str:
    """Of a language's grammar file."""
    return _sources_digest(spec.sources("grammar.lark"))


@lru_cache(maxsize=64)
def _sources_digest(sources: tuple[Source, ...]) -> str:
    return hashlib.sha256(repr(sources).encode()).hexdigest()
