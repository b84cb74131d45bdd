"""From a JSON Schema to one that llguidance knows: exactly the same values, or more where something is left out.

What is left out is named; `check.py` verifies it. Never narrower: no valid value is refused, unless its properties
stand in another order than the schema's: a grammar has one order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema_specifications import REGISTRY
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, specification_with

from maze_lsp.constraints.schema.keywords import Words
from maze_lsp.constraints.schema.negate import Schema
from maze_lsp.errors import ConstraintError

_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
"""Those that llguidance enforces. They are annotations: what is sent has them, what is proven does not."""
_MOST_DEFINITIONS = 5000
_MOST_DEPTH = 200


class Rewriter:
    """Rewrites one document. `left_out`: the keywords that the result does not enforce."""

    def __init__(self, schema: Schema, *, formats: bool) -> None:
        dialect = schema.get("$schema") if isinstance(schema, Mapping) else None
        self.specification = specification_with(str(dialect), default=DRAFT202012) if dialect else DRAFT202012
        resource = self.specification.create_resource(schema)
        uri = resource.id() or ""
        self._resolver = REGISTRY.with_resource(uri, resource).resolver(uri)
        self._formats = formats
        self._definitions: dict[str, Schema] = {}
        self._names: dict[tuple[Any, ...], str] = {}
        self._kept: list[Any] = []  # so that ids stay theirs
        self.left_out: dict[str, None] = {}
        self._depth = 0

    def document(self, schema: Schema) -> Schema:
        """The whole document. Raises ConstraintError for a reference that leads out of it."""
        found = self.rewritten(schema, self._resolver)
        if isinstance(found, bool) or not self._definitions:
            return found
        return {**found, "$defs": self._definitions}

    def rewritten(self, schema: Any, resolver: Any) -> Schema:
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, Mapping):
            raise ConstraintError(f"`{str(schema)[:40]}` stands where a JSON Schema is expected.")
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise ConstraintError(f"The JSON Schema is nested more than {_MOST_DEPTH} deep.")
        try:
            if "$id" in schema and schema is not self._root(resolver):
                resolver = resolver.in_subresource(self.specification.create_resource(schema))
            return Words(self, self._modern(schema), resolver).result()
        finally:
            self._depth -= 1

    def reference(self, ref: str, resolver: Any) -> Schema:
        """A reference to a definition of ours."""
        target, inner = self.followed(ref, resolver)
        key = (id(target), tuple(dict.fromkeys(uri for uri, _ in inner.dynamic_scope())))
        name = self._names.get(key)
        if name is None:
            if len(self._names) >= _MOST_DEFINITIONS:
                raise ConstraintError(f"The JSON Schema has more than {_MOST_DEFINITIONS} definitions.")
            name = self._names[key] = f"d{len(self._names)}"
            self._kept.append(target)
            self._definitions[name] = self.rewritten(target, inner)
        known = self._definitions.get(name)  # none yet: it refers to itself
        return known if isinstance(known, bool) else {"$ref": f"#/$defs/{name}"}

    def followed(self, ref: str, resolver: Any) -> tuple[Any, Any]:
        try:
            found = resolver.lookup(ref)
        except Unresolvable:
            raise ConstraintError(
                f"The JSON Schema refers to `{ref}`, which is not in it.",
                hint="Nothing is fetched: copy it into `$defs`.",
            ) from None
        return found.contents, found.resolver

    def leave(self, word: str) -> None:
        self.left_out[word] = None

    def formats(self, value: Any) -> bool:
        return self._formats and value in _FORMATS

    def _root(self, resolver: Any) -> Any:
        try:
            return resolver.lookup("#").contents
        except Unresolvable:
            return None

    def _modern(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """A schema of an older draft, in the words of 2020-12."""
        if self.specification is DRAFT202012:
            return schema
        name = self.specification.name
        if "$ref" in schema and name not in ("draft2019-09",):
            return {"$ref": schema["$ref"]}
        found = dict(schema)
        if isinstance(found.get("items"), list):
            found["prefixItems"] = found.pop("items")
            if "additionalItems" in found:
                found["items"] = found.pop("additionalItems")
        for word, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if isinstance(found.get(word), bool) and found.pop(word) and plain in found:
                found[word] = found.pop(plain)
        if "$recursiveRef" in found:
            found["$dynamicRef"] = found.pop("$recursiveRef")
        return found
