"""Whether schemas have no value in common: then exactly one of them is any of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from maze_lsp.constraints.ir import canonical
from maze_lsp.constraints.schema.negate import TYPES, Follow


def all_disjoint(schemas: Iterable[Any], follow: Follow) -> bool:
    """Whether no two of them have a value in common; False where it cannot be told."""
    plain = [_resolved(one, follow) for one in schemas]
    return all(_disjoint(one, other) for at, one in enumerate(plain) for other in plain[:at])


def _resolved(schema: Any, follow: Follow) -> Mapping[str, Any]:
    for _ in range(8):
        if not (isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str)):
            break
        schema = follow(schema["$ref"])
    return schema if isinstance(schema, Mapping) else {}


def _disjoint(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two schemas have no value in common: by type, or by a property that both need and that differs."""
    if not _types(one) & _types(other):
        return True
    values, others = _values(one), _values(other)
    if values is not None and others is not None and not values & others:
        return True
    if _types(one) & _types(other) != {"object"}:
        return False
    needed = set(one.get("required", ())) & set(other.get("required", ()))
    mine, theirs = one.get("properties", {}), other.get("properties", {})
    return any(
        isinstance(mine.get(name), Mapping)
        and isinstance(theirs.get(name), Mapping)
        and _disjoint(mine[name], theirs[name])
        for name in needed
    )


def _types(schema: Mapping[str, Any]) -> set[str]:
    kinds = schema.get("type")
    found = {kinds} if isinstance(kinds, str) else set(kinds) if isinstance(kinds, list) else set(TYPES)
    return found | ({"integer"} if "number" in found else set())


def _values(schema: Mapping[str, Any]) -> set[str] | None:
    if "const" in schema:
        return {canonical(schema["const"])}
    return set(map(canonical, schema["enum"])) if isinstance(schema.get("enum"), list) else None
