"""Models of a JSON Schema as code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join, render
from rivetgen.escaping import docstring, identifier, string_literal
from rivetgen.json_models.hints import (
    Absent,
    Bounded,
    Collection,
    Hint,
    Null,
    Reference,
    Scalar,
    Union,
    Values,
    without_absence,
)
from rivetgen.json_models.models import Alias, Field, Model, Models, models_of
from rivetgen.naming import type_class
from rivetgen.python.hints import WireHint
from rivetgen.python.literals import json_literal, literal
from rivetgen.python.models import class_definition, stated
from rivetgen.python.scalars import SCALARS
from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from rivetgen.python.scopes import DefiningScope, Scope
    from rivetgen_schema.ir import JsonValue, ScalarName

_FITTING: dict[type, AbstractSet[ScalarName]] = {
    bool: {"bool", "json"},
    int: {"int", "float", "json"},
    float: {"float", "json"},
    str: {"string", "uri", "email", "json"},
}
"""Type of a plain default to the scalars whose Python type it has."""


def json_schema_types(
    definition: ir.JsonSchemaDefinition, scope: DefiningScope, defined: set[str]
) -> Code:
    """Return the models and aliases of a type.

    Args:
        definition: The type.
        scope: The module that defines the types.
        defined: Names that are defined above; those of the parts are added.
    """
    emitter = _Emitter(models_of(definition), scope)
    return join(list(emitter.definitions(definition, defined)), "\n\n\n")


@dataclass(frozen=True, slots=True)
class _Emitter:
    models: Models
    scope: DefiningScope

    def definitions(
        self, definition: ir.JsonSchemaDefinition, defined: set[str]
    ) -> Iterator[Code]:
        for part in self.models.definitions:
            is_root = part.name == type_class(definition)
            description = definition.description if is_root else None
            text = stated(description) or stated(part.description)
            if isinstance(part, Model):
                yield self._model(part, text)
            else:
                yield self._alias(part, text)
            defined.add(part.name)

    def _model(self, model: Model, description: str | None) -> Code:
        inner = self.scope.inside(field.name for field in model.fields)
        fields = [self._field(field, inner) for field in model.fields]
        return class_definition(
            identifier(model.name),
            [code("{}.Model", self.scope.module("types"))],
            description=description,
            members=[*self._configuration(model), *fields],
        )

    def _configuration(self, model: Model) -> Iterator[Code]:
        if model.extra is not None:
            module = self.scope.module("pydantic")
            extra = string_literal(model.extra)
            yield code("model_config = {}.ConfigDict(extra={})", module, extra)

    def _alias(self, alias: Alias, description: str | None) -> Code:
        hint = self.scope.annotation(lambda inner: self.hint(alias.hint, inner))
        name, typing = identifier(alias.name), self.scope.module("typing")
        text = code("{}: {}.TypeAlias = {}", name, typing, hint)
        return code("{}\n{}", text, docstring(description)) if description else text

    def _field(self, field: Field, scope: Scope) -> Code:
        description = stated(field.note.description) if field.note else None
        has_default = bool(field.note and field.note.default and not field.required)
        hint = without_absence(field.hint) if has_default else field.hint
        arguments = tuple(self._arguments(field, scope, absent=hint is field.hint))
        return render(
            "python/field.jinja",
            name=identifier(field.name),
            annotation=self._annotation(hint, arguments, scope),
            default=self._default(field, hint, scope),
            docstring=docstring(description) if description else None,
        )

    def _annotation(
        self, hint: Hint, arguments: tuple[Code, ...], scope: Scope
    ) -> Code:
        bounds = hint.bounds if isinstance(hint, Bounded) else ()
        plain = hint.inner if isinstance(hint, Bounded) else hint
        name = scope.annotation(lambda inner: self.hint(plain, inner))
        return WireHint(name, (*bounds, *arguments)).render(scope)

    def _arguments(self, field: Field, scope: Scope, *, absent: bool) -> Iterator[Code]:
        if field.name != field.wire_name:
            yield code("alias={}", string_literal(field.wire_name))
        if absent and not field.required:
            yield code("exclude_if={}.is_missing", scope.module("types"))
        if field.note is not None and field.note.deprecated:
            yield Code("deprecated=True")

    def _default(self, field: Field, hint: Hint, scope: Scope) -> Code | None:
        if field.required:
            return None
        if field.note is None or not field.note.default:
            return code("{}.MISSING", scope.module("types"))
        (value,) = field.note.default
        plain = hint.inner if isinstance(hint, Bounded) else hint
        if isinstance(plain, Scalar) and plain.name != "json":
            return literal(ir.ScalarType(name=plain.name), value, scope)
        if self._fits(value, hint):
            return json_literal(value)
        return self._factory(value, hint, scope)

    def _factory(self, value: JsonValue, hint: Hint, scope: Scope) -> Code:
        """Return a default that pydantic turns into the type of the field."""
        typing = scope.module("typing")
        text = json_literal(value)
        if isinstance(value, list | dict):
            # Otherwise the cast would be redundant where checkers infer the type.
            json = string_literal(code("{}.Json", scope.module("types")))
            text = code("{}.cast({}, {})", typing, json, text)
        return code(
            "{}.Field(default_factory=lambda: {}.cast({}, {}), validate_default=True)",
            scope.module("pydantic"),
            typing,
            string_literal(self.hint(hint, scope)),
            text,
        )

    def _fits(self, value: JsonValue, hint: Hint) -> bool:
        """Whether a plain value has the Python type of a hint."""
        match hint:
            case Null():
                return value is None
            case Scalar():
                return value is None or hint.name in _FITTING.get(type(value), ())
            case Values():
                return isinstance(value, str | int) and value in hint.values
            case Bounded():
                return self._fits(value, hint.inner)
            case Union():
                return any(self._fits(value, option) for option in hint.options)
            case _:
                return False

    def hint(self, hint: Hint, scope: Scope) -> Code:
        """Return the type expression of a hint."""
        match hint:
            case Null() | Absent() | Scalar() | Values():
                return _plain_hint(hint, scope)
            case Reference():
                return self._reference(hint)
            case Collection():
                return self._collection(hint, scope)
            case Bounded():
                return WireHint(self.hint(hint.inner, scope), hint.bounds).render(scope)
            case Union():
                ordered = sorted(hint.options, key=_place_in_union)
                options = (self.hint(option, scope) for option in ordered)
                return join(dict.fromkeys(options), " | ")

    def _reference(self, reference: Reference) -> Code:
        name = self.models.names[reference.name]
        if name not in self.scope.defined:
            self.scope.pending.add(name)
        return identifier(name)

    def _collection(self, hint: Collection, scope: Scope) -> Code:
        item = self.hint(hint.item, scope)
        name = scope.builtin(hint.name)
        if hint.name == "dict":
            return code("{}[{}, {}]", name, scope.builtin(Code("str")), item)
        return code("{}[{}]", name, item)


def _plain_hint(hint: Null | Absent | Scalar | Values, scope: Scope) -> Code:
    match hint:
        case Null():
            return Code("None")
        case Absent():
            return code("{}.Missing", scope.module("types"))
        case Scalar():
            return code("{}.{}", scope.module("types"), SCALARS[hint.name].wire)
        case Values():
            values = join([json_literal(value) for value in hint.values], ", ")
            return code("{}.Literal[{}]", scope.module("typing"), values)


def _place_in_union(hint: Hint) -> int:
    # Null stays at the end, absence in front of it.
    return 2 if isinstance(hint, Null) else 1 if isinstance(hint, Absent) else 0
