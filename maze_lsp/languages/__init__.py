"""The languages: one folder each, found by looking. A folder's `spec.py` holds one `LanguageSpec` named `SPEC`.

Parsers are imported when a file of the language is first parsed. A language whose parser is missing or broken
is off: it is not listed, and `unavailable()` says why.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from maze_lsp.errors import DocumentError
from maze_lsp.languages.spec import LanguageSpec

if TYPE_CHECKING:
    import tree_sitter

_broken: dict[str, str] = {}


def all_languages() -> tuple[LanguageSpec, ...]:
    """The languages that can be worked on, by name."""
    return tuple(spec for spec in _specs() if _usable(spec))


def unavailable() -> dict[str, str]:
    """Languages that are off: name → what is wrong and what to do."""
    all_languages()
    return dict(_broken)


def by_id(language_id: str) -> LanguageSpec | None:
    """The language that an editor calls `language_id`."""
    wanted = language_id.lower()
    return next((spec for spec in all_languages() if wanted in spec.language_ids), None)


def by_path(path: str | Path) -> LanguageSpec | None:
    """The language of a file, by its extension."""
    suffix = Path(path).suffix.lower()
    return next((spec for spec in all_languages() if suffix in spec.extensions), None)


def unknown_language(what: str) -> DocumentError:
    """The error for a file or language that is not supported; it names those that are."""
    known = ", ".join(spec.title for spec in all_languages()) or "none"
    off = " ".join(unavailable().values())
    return DocumentError(f"{what} is not in a supported language.", hint=f"Supported: {known}. {off}".strip())


def parser_for(spec: LanguageSpec) -> tree_sitter.Parser:
    """A new parser (parsers hold state and are not shared). Raises DocumentError where the language is off."""
    import tree_sitter

    return tree_sitter.Parser(language_of(spec))


def language_of(spec: LanguageSpec) -> tree_sitter.Language:
    """The tree-sitter language, loaded on first use. Raises DocumentError where that fails."""
    if spec.name in _broken:
        raise DocumentError(_broken[spec.name])
    try:
        return _load(spec.parser)
    except Exception as error:
        _broken[spec.name] = _complaint(spec, f"{type(error).__name__}: {error}")
        raise DocumentError(_broken[spec.name]) from error


@cache
def _load(parser: str) -> tree_sitter.Language:
    import tree_sitter

    module, _, function = parser.partition(":")
    return tree_sitter.Language(getattr(importlib.import_module(module), function or "language")())


@cache
def _specs() -> tuple[LanguageSpec, ...]:
    folders = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    names = [name for name in folders if importlib.util.find_spec(f"{__name__}.{name}.spec")]
    return tuple(importlib.import_module(f"{__name__}.{name}.spec").SPEC for name in names)


def _usable(spec: LanguageSpec) -> bool:
    if spec.name in _broken:
        return False
    module = spec.parser.partition(":")[0]
    if importlib.util.find_spec(module) is None:
        _broken[spec.name] = _complaint(spec, f"the package {module.replace('_', '-')} is not installed")
        return False
    return True


def _complaint(spec: LanguageSpec, why: str) -> str:
    package = spec.parser.partition(":")[0].replace("_", "-")
    return f"{spec.title} is off: its parser cannot be loaded ({why}). Reinstall {package}, then restart."
