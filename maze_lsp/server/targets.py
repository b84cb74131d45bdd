"""What a command means: which place, which hole, with which options; and the argument that says so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from lsprotocol import types as lsp

from maze_lsp.errors import NoHoleError, UsageError
from maze_lsp.languages.spec import HoleKind
from maze_lsp.server import convert
from maze_lsp.text import Encoding, Span

if TYPE_CHECKING:
    from maze_lsp.context.types import Hole, Snapshot

TITLES: dict[HoleKind, str] = {
    "body": "function body",
    "statements": "statements",
    "statement": "statement",
    "expression": "expression",
    "arguments": "arguments",
    "type": "type",
    "declaration": "declaration",
    "parameters": "parameters",
    "pattern": "pattern",
    "members": "members",
    "import": "import",
    "element": "element",
    "fields": "fields",
    "items": "items",
    "arms": "arms",
    "string": "text of the string",
    "docstring": "documentation",
    "value": "value",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """A checked argument of `maze.generate`.

    `where`: the range of the hole, or where the cursor or selection is. `at`: the cursor or selection at which the
    hole was offered, if another. `version`: the version of the document that both are meant for, None: its latest.
    `constraints`: names of the project's constraints that are to hold beside those that always do.
    `review`: whether the text is to wait until it is accepted, None: as the settings say.
    """

    uri: str
    where: lsp.Range
    at: lsp.Range | None = None
    version: int | None = None
    kind: str = ""
    intent: str = ""
    seed: int | None = None
    constraints: tuple[str, ...] = ()
    review: bool | None = None


def wish_of(arguments: Mapping[str, Any]) -> Wish:
    """Read an argument. Raises UsageError that names what is wrong."""
    where = convert.range_from_json(arguments.get("range"))
    position = convert.position_from_json(arguments.get("position"))
    if where is None and position is not None:
        where = lsp.Range(position, position)
    if where is None:
        raise UsageError("maze.generate was not told where.", hint="Give `range` or `position`, as LSP has them.")
    kind = _text(arguments, "kind")
    if kind and kind not in get_args(HoleKind):
        raise UsageError(f"`{kind}` is no kind of hole.", hint=f"There is: {', '.join(get_args(HoleKind))}.")
    return Wish(
        uri=_text(arguments, "uri"),
        where=where,
        at=convert.range_from_json(arguments.get("at")),
        version=_number(arguments, "version"),
        kind=kind,
        intent=_text(arguments, "intent"),
        seed=_number(arguments, "seed"),
        constraints=_names(arguments, "constraints"),
        review=_truth(arguments, "review"),
    )


def arguments_of(snapshot: Snapshot, hole: Hole, selected: Span, encoding: Encoding) -> dict[str, Any]:
    """The argument of `maze.generate` for a hole that was found at `selected`."""
    where, at = (convert.range_of(snapshot.lines, span, encoding) for span in (hole.range, selected))
    return {
        "uri": snapshot.uri,
        "version": snapshot.version,
        "range": convert.range_to_json(where),
        "kind": hole.kind,
        "at": convert.range_to_json(at),
    }


def hole_of(wish: Wish, snapshot: Snapshot, encoding: Encoding) -> Hole:
    """The hole that is meant: one with exactly that range, else the best there. Raises NoHoleError."""
    from maze_lsp.context.holes import holes, holes_at

    place = convert.span(snapshot.lines, wish.where, encoding)
    at = convert.span(snapshot.lines, wish.at, encoding) if wish.at else place
    offered = holes_at(snapshot, at)
    fitting = [hole for hole in offered if wish.kind in ("", hole.kind)]
    exact = [hole for hole in fitting if hole.range == place]
    if not exact:
        exact = [hole for hole in holes(snapshot) if hole.range == place and wish.kind in ("", hole.kind)]
    if exact or fitting:
        return (exact or fitting)[0]
    if offered:
        kinds = ", ".join(dict.fromkeys(hole.kind for hole in offered))
        raise NoHoleError(f"There is no hole of kind `{wish.kind}` here.", hint=f"There is: {kinds}.")
    raise NoHoleError(
        "Nothing can be generated here.",
        hint="Put the cursor into a body, on a marker such as `...` or a TODO, or select whole statements.",
    )


def title_of(hole: Hole, selected: Span, first: bool) -> str:
    """The words for a hole in a menu: text that the user selected as such, a hole by its kind."""
    if len(selected) and not hole.marker and hole.range.overlaps(selected):
        return "selection" if first else f"selection as {TITLES[hole.kind]}"
    if len(hole.range) and not hole.marker:
        return f"{TITLES[hole.kind]} (rewrite)"
    if hole.begun:
        return f"{TITLES[hole.kind]} (complete)"
    return TITLES[hole.kind]


def _text(arguments: Mapping[str, Any], key: str) -> str:
    value = arguments.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UsageError(f"`{key}` of maze.generate has to be a text.")
    return value


def _truth(arguments: Mapping[str, Any], key: str) -> bool | None:
    value = arguments.get(key)
    if value is not None and not isinstance(value, bool):
        raise UsageError(f"`{key}` of maze.generate has to be true or false.")
    return value


def _names(arguments: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = arguments.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise UsageError(f"`{key}` of maze.generate has to be a list of names.")
    return tuple(value)


def _number(arguments: Mapping[str, Any], key: str) -> int | None:
    value = arguments.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise UsageError(f"`{key}` of maze.generate has to be a whole number from 0 to {2**31 - 1}.")
    return value
