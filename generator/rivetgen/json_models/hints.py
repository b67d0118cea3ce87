"""Type expressions of the model generator, spelled the way of every other model."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from rivetgen.emission import Code, code
from rivetgen.escaping import string_literal
from rivetgen.json_models.problems import ModelError
from rivetgen.json_models.reading import field_arguments, unexpected
from rivetgen.python.literals import number_literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rivetgen_schema.ir import ScalarName

NAMES: Final[Mapping[str, ScalarName]] = {
    "Any": "json",
    "AnyUrl": "uri",
    "AwareDatetime": "datetime",
    "EmailStr": "email",
    "UUID": "uuid",
    "bool": "bool",
    "date": "date",
    "float": "float",
    "int": "int",
    "str": "string",
    "time": "time",
    "timedelta": "duration",
}
"""Name in the answer of the model generator to the scalar it stands for."""
BOUNDS: Final = {
    name: Code(name)
    for name in ("ge", "gt", "le", "lt", "max_length", "min_length", "multiple_of")
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar of the schema language."""

    name: ScalarName


@dataclass(frozen=True, slots=True)
class Reference:
    """A model or an alias of the same schema, by the name it has in the answer."""

    name: str


@dataclass(frozen=True, slots=True)
class Values:
    """One of several values."""

    values: tuple[str | int | bool | None, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """A list, or a map with text keys."""

    name: Code
    item: Hint


@dataclass(frozen=True, slots=True)
class Union:
    """One of several types; null and absence are kept apart."""

    options: tuple[Hint, ...]


@dataclass(frozen=True, slots=True)
class Bounded:
    """A type with arguments for its `Field`."""

    inner: Hint
    bounds: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Null:
    """The type of null."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The type of what is not there."""


Hint: TypeAlias = (
    Scalar | Reference | Values | Collection | Union | Bounded | Null | Absent
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HintReader:
    """Reads type expressions.

    Attributes:
        imported: Local names and the names they were imported by.
        defined: Names of the models and aliases.
        texts: Tokens and the texts they stand for.
    """

    imported: Mapping[str, str]
    defined: frozenset[str]
    texts: Mapping[str, str]

    def read(self, node: ast.expr) -> Hint:
        """Read one type expression.

        Raises:
            ModelError: It holds something that is not on the list.
        """
        match node:
            case ast.Constant(value=None):
                return Null()
            case ast.Constant(value=str(name)) | ast.Name(id=name):
                return self._name(name, node)
            case ast.BinOp(op=ast.BitOr()):
                return _union([self.read(option) for option in _options(node)])
            case ast.Subscript(value=ast.Name(id=name), slice=inner):
                return self._subscript(name, inner, node)
            case _:
                raise unexpected(node)

    def _name(self, name: str, node: ast.expr) -> Hint:
        if name in self.defined:
            return Reference(name)
        origin = self.imported.get(name, name)
        if origin == "MISSING":
            return Absent()
        if origin in {"dict", "list"}:
            message = "It refers to itself without an object in between"
            raise ModelError(message)
        if origin not in NAMES:
            raise unexpected(node)
        return Scalar(NAMES[origin])

    def _subscript(self, name: str, inner: ast.expr, node: ast.Subscript) -> Hint:
        match self.imported.get(name, name), inner:
            case "Literal", _:
                items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return Values(tuple(self._value(item) for item in items))
            case "list" | "List", _:
                return Collection(Code("list"), self.read(inner))
            case (("dict" | "Dict"), ast.Tuple(elts=[ast.Name("str"), value])):
                return Collection(Code("dict"), self.read(value))
            case "Annotated", ast.Tuple(elts=[plain, _]):
                return self._bounded(self.read(plain), field_arguments(node))
            case _:
                raise unexpected(node)

    def _value(self, node: ast.expr) -> str | int | bool | None:
        match node:
            case ast.Constant(value=str(token)):
                return self.texts[token]
            case ast.Constant(value=bool() | int() | None as value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
                return -value
            case _:
                raise unexpected(node)

    def _bounded(self, hint: Hint, arguments: list[ast.keyword]) -> Hint:
        bounds = tuple(self._bounds(arguments))
        if not bounds:
            return hint
        options = hint.options if isinstance(hint, Union) else (hint,)
        apart: list[Hint] = [
            option for option in options if isinstance(option, Null | Absent)
        ]
        rest: list[Hint] = [
            option for option in options if not isinstance(option, Null | Absent)
        ]
        return _union([Bounded(_union(rest), bounds), *apart])

    def _bounds(self, arguments: list[ast.keyword]) -> Iterator[Code]:
        for argument in arguments:
            match argument:
                case ast.keyword(arg="alias" | "description"):
                    continue
                case ast.keyword(arg="pattern", value=ast.Constant(value=str(token))):
                    yield code("pattern={}", string_literal(self.texts[token]))
                case ast.keyword(arg=str(name), value=value) if name in BOUNDS:
                    yield code("{}={}", BOUNDS[name], number_literal(_number(value)))
                case _:
                    raise unexpected(argument)


def _number(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=bool()):
            raise unexpected(node)
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_number(inner)
        case _:
            raise unexpected(node)


def _options(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [*_options(node.left), *_options(node.right)]
    return [node]


def _union(options: list[Hint]) -> Hint:
    return options[0] if len(options) == 1 else Union(tuple(options))


def parts(hint: Hint) -> Iterator[Hint]:
    """Yield a hint and everything in it."""
    yield hint
    match hint:
        case Union():
            for option in hint.options:
                yield from parts(option)
        case Collection():
            yield from parts(hint.item)
        case Bounded():
            yield from parts(hint.inner)
        case _:
            return


def without_absence(hint: Hint) -> Hint:
    """Return a type without absence."""
    if not isinstance(hint, Union):
        return hint
    return _union([option for option in hint.options if not isinstance(option, Absent)])
