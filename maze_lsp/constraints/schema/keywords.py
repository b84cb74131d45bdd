"""The keywords of JSON Schema one by one: those that llguidance knows, those that can be said otherwise, the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from maze_lsp.constraints.schema import unevaluated
from maze_lsp.constraints.schema.disjoint import all_disjoint
from maze_lsp.constraints.schema.known import known, may_match, plain_numbers
from maze_lsp.constraints.schema.names import names_pattern
from maze_lsp.constraints.schema.negate import TYPES, CannotError, Schema, negated

if TYPE_CHECKING:
    from maze_lsp.constraints.schema.rewrite import Rewriter

_COPIED = frozenset(
    {
        "type",
        "required",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "const",
        "enum",
    }
)


class Words:
    """The keywords of one schema, each rewritten."""

    def __init__(self, owner: Rewriter, schema: Mapping[str, Any], resolver: Any) -> None:
        self._owner, self._schema, self._resolver = owner, schema, resolver
        self._out: dict[str, Any] = {}
        self._also: list[Schema] = []

    def result(self) -> Schema:
        closed = unevaluated.variants(self._schema, self._follow)
        if closed is not None:
            found, left = closed
            for word in left:
                self._owner.leave(word)
            return self._sub(found)
        for word, value in self._schema.items():
            if word in _COPIED:
                self._out[word] = plain_numbers(value)
            elif rule := _RULES.get(word):
                rule(self, value)
        self._check_own()
        parts = [part for part in ([self._out] if self._out else []) + self._also if part is not True]
        if not parts:
            return {}
        if any(part is False for part in parts):
            return False
        return parts[0] if len(parts) == 1 else {"allOf": parts}

    # -- helpers

    def _sub(self, schema: Any) -> Schema:
        return self._owner.rewritten(schema, self._resolver)

    def _follow(self, ref: str) -> Schema | None:
        """The schema behind a reference in the same resource; others would lose their base address."""
        if not ref.startswith("#"):
            return None
        target = self._owner.followed(ref, self._resolver)[0]
        return target if isinstance(target, bool | Mapping) else None

    def _negated(self, schema: Schema) -> Schema:
        return negated(schema, self._follow)

    def _add(self, schema: Any) -> None:
        self._also.append(self._sub(schema))

    # -- keywords

    def _ref(self, value: Any) -> None:
        self._also.append(self._owner.reference(str(value), self._resolver))

    def _format(self, value: Any) -> None:
        if self._owner.formats(value):
            self._out["format"] = value

    def _pattern(self, value: Any) -> None:
        if known({"type": "string", "pattern": value}):
            self._out["pattern"] = value
        else:
            self._owner.leave("pattern")

    def _multiple_of(self, value: Any) -> None:
        value = plain_numbers(value)
        if known({"type": "number", "multipleOf": value}):
            self._out["multipleOf"] = value
        else:
            self._owner.leave("multipleOf")

    def _properties(self, value: Any) -> None:
        self._out["properties"] = {name: self._sub(inner) for name, inner in value.items()}

    def _pattern_properties(self, value: Any) -> None:
        named = self._schema.get("properties", {})
        alone = known({"type": "object", "patternProperties": dict.fromkeys(value, True)})
        if not alone or any(may_match(pattern, name) for pattern in value for name in named):
            self._owner.leave("patternProperties")
            return
        self._out["patternProperties"] = {pattern: self._sub(inner) for pattern, inner in value.items()}

    def _additional_properties(self, value: Any) -> None:
        if "patternProperties" in self._schema and "patternProperties" in self._owner.left_out:
            self._owner.leave("additionalProperties")
            return
        self._out["additionalProperties"] = self._sub(value)

    def _property_names(self, value: Any) -> None:
        if value is True or value == {}:
            return
        if value is False:
            self._add({"type": [kind for kind in TYPES if kind != "object"] + ["object"], "maxProperties": 0})
            return
        pattern = names_pattern(value, self._follow)
        if pattern is None:
            self._owner.leave("propertyNames")
        else:
            self._add({"patternProperties": {pattern: True}, "additionalProperties": False})

    def _count_of_properties(self, word: str, value: Any) -> None:
        bound = int(value)
        named, needed = self._schema.get("properties", {}), set(self._schema.get("required", ()))
        closed = self._schema.get("additionalProperties") is False and "patternProperties" not in self._schema
        if word == "minProperties" and bound <= len(needed):
            return
        if word == "maxProperties" and closed and bound >= len(named):
            return
        if set(named) <= needed:
            self._out[word] = bound
        else:
            self._owner.leave(word)

    def _min_properties(self, value: Any) -> None:
        self._count_of_properties("minProperties", value)

    def _max_properties(self, value: Any) -> None:
        self._count_of_properties("maxProperties", value)

    def _items(self, value: Any) -> None:
        self._out["items"] = self._sub(value)

    def _prefix_items(self, value: Any) -> None:
        self._out["prefixItems"] = [self._sub(inner) for inner in value]

    def _contains(self, value: Any) -> None:
        low, high = int(self._schema.get("minContains", 1)), self._schema.get("maxContains")
        if high is None and low == 0:
            return
        if value is True or value == {}:
            bounds = {"minItems": low, **({} if high is None else {"maxItems": int(high)})}
            self._add(bounds)
            return
        if value is False:
            if low > 0:
                self._add({"type": [kind for kind in TYPES if kind != "array"]})
            return
        most = self._schema.get("maxItems")
        if high is None and low == 1 and most is not None and most <= 6:
            self._add(
                {
                    "anyOf": [
                        _not_array(),
                        *({"prefixItems": [True] * at + [value], "minItems": at + 1} for at in range(int(most))),
                    ]
                }
            )
            return
        self._add({"minItems": low})
        self._owner.leave("contains")

    def _unique_items(self, value: Any) -> None:
        if value and not self._schema.get("maxItems", 2) <= 1:
            self._owner.leave("uniqueItems")

    def _all_of(self, value: Any) -> None:
        for one in value:
            self._add(one)

    def _any_of(self, value: Any) -> None:
        options = [option for option in map(self._sub, value) if option is not False]
        self._also.append({"anyOf": options} if options else False)

    def _one_of(self, value: Any) -> None:
        if all_disjoint(value, self._follow):
            self._any_of(value)
            return
        try:
            others = [self._negated(one) for one in value]
        except CannotError:
            self._any_of(value)
            self._owner.leave("oneOf")
            return
        self._any_of([{"allOf": [one, *others[:at], *others[at + 1 :]]} for at, one in enumerate(value)])

    def _not(self, value: Any) -> None:
        try:
            self._add(self._negated(value))
        except CannotError:
            self._owner.leave("not")

    def _if(self, value: Any) -> None:
        then, other = self._schema.get("then", True), self._schema.get("else", True)
        if then is True and other is True:
            return
        try:
            self._add({"anyOf": [{"allOf": [value, then]}, {"allOf": [self._negated(value), other]}]})
        except CannotError:
            self._owner.leave("if")

    def _dependent_required(self, value: Any) -> None:
        for name, needed in value.items():
            if needed:
                self._add({"anyOf": [{"properties": {name: False}}, {"required": [name, *needed]}]})

    def _dependent_schemas(self, value: Any) -> None:
        for name, inner in value.items():
            self._add({"anyOf": [{"properties": {name: False}}, {"allOf": [{"required": [name]}, inner]}]})

    def _dependencies(self, value: Any) -> None:
        self._dependent_required({name: inner for name, inner in value.items() if isinstance(inner, list)})
        self._dependent_schemas({name: inner for name, inner in value.items() if not isinstance(inner, list)})

    def _check_own(self) -> None:
        """What llguidance does not take together is left out; the parts stay."""
        for word in ("minLength", "pattern", "format"):
            if word in self._out and not known({key: self._out[key] for key in _STRINGS if key in self._out}):
                del self._out[word]
                if word != "format":
                    self._owner.leave(word)


_STRINGS = ("minLength", "maxLength", "pattern", "format")

_RULES: dict[str, Callable[[Words, Any], None]] = {
    "$ref": Words._ref,
    "$dynamicRef": Words._ref,
    "format": Words._format,
    "pattern": Words._pattern,
    "multipleOf": Words._multiple_of,
    "properties": Words._properties,
    "patternProperties": Words._pattern_properties,
    "additionalProperties": Words._additional_properties,
    "propertyNames": Words._property_names,
    "minProperties": Words._min_properties,
    "maxProperties": Words._max_properties,
    "items": Words._items,
    "prefixItems": Words._prefix_items,
    "contains": Words._contains,
    "uniqueItems": Words._unique_items,
    "allOf": Words._all_of,
    "anyOf": Words._any_of,
    "oneOf": Words._one_of,
    "not": Words._not,
    "if": Words._if,
    "dependentRequired": Words._dependent_required,
    "dependentSchemas": Words._dependent_schemas,
    "dependencies": Words._dependencies,
}


def _not_array() -> Schema:
    return {"type": [kind for kind in TYPES if kind not in ("array", "integer")]}
