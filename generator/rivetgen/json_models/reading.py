"""The answer of the model generator, read as a syntax tree with an allow-list."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rivetgen.json_models.problems import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MODEL, _ROOT_MODEL = "BaseModel", "RootModel"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadField:
    """One field of a model.

    Attributes:
        name: Name of the property, as an identifier.
        type: The type expression.
        required: Whether it has no default.
    """

    name: str
    type: ast.expr
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """A model with fields, those of its bases included.

    Attributes:
        name: Name of the class.
        fields: The fields.
        extra: What happens to other properties, if that is said.
        note: Token of its annotations.
    """

    name: str
    fields: tuple[ReadField, ...]
    extra: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAlias:
    """A name for a type expression."""

    name: str
    type: ast.expr
    note: str | None = None


@dataclass(slots=True)
class ReadModule:
    """What a module defines, in its order, and what its imported names mean."""

    definitions: dict[str, ReadModel | ReadAlias] = field(
        default_factory=dict[str, ReadModel | ReadAlias]
    )
    imported: dict[str, str] = field(default_factory=dict[str, str])


def read_module(source: str) -> ReadModule:
    """Read models.

    Raises:
        ModelError: There is something else in the source.
    """
    module = ReadModule()
    for statement in ast.parse(source).body:
        match statement:
            case ast.ImportFrom(names=names):
                module.imported |= {
                    name.asname or name.name: name.name for name in names
                }
            case ast.ClassDef():
                definition = _class(statement, module)
                module.definitions[definition.name] = definition
            case ast.Assign(targets=[ast.Name(name)], value=ast.Call(args=[_, type_])):
                module.definitions[name] = ReadAlias(name=name, type=type_)
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="model_rebuild"))):
                continue
            case _:
                raise unexpected(statement)
    return module


def unexpected(node: ast.AST) -> ModelError:
    """Return the error for syntax that is not on the list."""
    kind = type(node).__name__
    return ModelError(f"Its models hold something that is not emitted ({kind})")


def _class(node: ast.ClassDef, module: ReadModule) -> ReadModel | ReadAlias:
    parts = list(_parts(node.body))
    note = next((part for part in parts if isinstance(part, str)), None)
    fields = {part.name: part for part in parts if isinstance(part, ReadField)}
    extra = next((part.value for part in parts if isinstance(part, _Extra)), None)
    model = ReadModel(name=node.name, fields=(), extra=extra, note=note)
    for base in node.bases:
        match base:
            case ast.Subscript(value=ast.Name(id=name)) if name == _ROOT_MODEL:
                return ReadAlias(name=node.name, type=fields["root"].type, note=note)
            case ast.Name(id=name) if name == _MODEL:
                continue
            case ast.Name(id=name):
                model, fields = _inherited(model, fields, module.definitions.get(name))
            case _:
                raise unexpected(base)
    return replace(model, fields=tuple(fields.values()))


def _inherited(
    model: ReadModel,
    fields: Mapping[str, ReadField],
    base: ReadModel | ReadAlias | None,
) -> tuple[ReadModel, dict[str, ReadField]]:
    """Add the fields of a base: a narrowed field has no place in a subclass."""
    if not isinstance(base, ReadModel):
        message = "An `allOf` needs parts that are objects"
        raise ModelError(message)
    inherited = {field.name: field for field in base.fields}
    return replace(model, extra=model.extra or base.extra), {**inherited, **fields}


@dataclass(frozen=True, slots=True)
class _Extra:
    value: str


def _parts(body: list[ast.stmt]) -> Iterator[ReadField | _Extra | str]:
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield text.strip()
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value):
                yield _field(name, kind, required=value is None)
            case ast.Assign(
                targets=[ast.Name("model_config")], value=ast.Call() as call
            ):
                yield from map(_extra, call.keywords)
            case ast.Pass():
                continue
            case _:
                raise unexpected(statement)


def _field(name: str, kind: ast.expr, *, required: bool) -> ReadField:
    alias = next((k.value for k in field_arguments(kind) if k.arg == "alias"), None)
    if isinstance(alias, ast.Constant) and isinstance(alias.value, str):
        name = alias.value
    return ReadField(name=name, type=kind, required=required)


def field_arguments(kind: ast.expr) -> list[ast.keyword]:
    """Return the arguments of the `Field` of a type, if it has one."""
    match kind:
        case ast.Subscript(
            value=ast.Name("Annotated"),
            slice=ast.Tuple(elts=[_, ast.Call(func=ast.Name("Field")) as call]),
        ):
            return call.keywords
        case _:
            return []


def _extra(keyword: ast.keyword) -> _Extra:
    match keyword:
        case ast.keyword(arg="extra", value=ast.Constant(value=str(text))) if text in {
            "allow",
            "forbid",
        }:
            return _Extra(text)
        case _:
            raise unexpected(keyword)
