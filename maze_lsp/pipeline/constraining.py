"""What a text has to satisfy: the grammar of its place and the constraints of the user, compiled once."""

from __future__ import annotations

from collections.abc import Sequence

from maze_lsp.constraints.cache import ConstraintCache
from maze_lsp.constraints.compile import compile_hole, compile_language, grammar_digest, hole_key
from maze_lsp.constraints.conjoin import conjoin
from maze_lsp.constraints.ir import ConstraintIR
from maze_lsp.constraints.types import CompiledConstraint
from maze_lsp.context.types import HoleContext
from maze_lsp.languages.spec import LanguageSpec
from maze_lsp.settings import Settings
from maze_lsp.workspace.store import store_of


def open_cache(settings: Settings) -> ConstraintCache:
    """The cache of compiled constraints, of this process and, where the settings have it so, on disk."""
    store = store_of(settings) if settings.cache_on_disk else None
    size = settings.cache_megabytes * 2**20
    return ConstraintCache(entries=settings.cache_entries, max_bytes=size, store=store)


def hole_constraint(
    context: HoleContext, further: Sequence[ConstraintIR], cache: ConstraintCache
) -> CompiledConstraint:
    """Of a hole's text. Raises ConstraintError, NoHoleError."""

    def compiled() -> CompiledConstraint:
        return conjoin(further, compile_hole(context))

    return cache.get(_key(hole_key(context), further), compiled)


def text_constraint(
    language: LanguageSpec | None, further: Sequence[ConstraintIR], cache: ConstraintCache
) -> CompiledConstraint | None:
    """Of a text of its own; None where nothing constrains it. Raises ConstraintError."""
    if language is None and not further:
        return None

    def compiled() -> CompiledConstraint:
        return conjoin(further, compile_language(language) if language else None)

    return cache.get(_key(grammar_digest(language) if language else "", further), compiled)


def _key(place: str, further: Sequence[ConstraintIR]) -> str:
    return ":".join((place, *(one.key for one in further)))
