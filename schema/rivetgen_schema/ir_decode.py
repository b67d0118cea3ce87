"""Reading the JSON form of the IR back: the inverse of `rivetgen_schema.ir_json`.

Which decoder a field needs follows from its annotation, so a new field of the IR needs
a row here only when it brings a new annotation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, Final, TypeAlias, cast, get_args

from rivetgen_schema import ir
from rivetgen_schema.errors import SchemaError
from rivetgen_schema.ir_json import FORMAT_VERSION, KINDS, json_fields, json_name

Decoder: TypeAlias = Callable[[object, str], object]


class DecodeError(SchemaError):
    """A value is not the JSON form of a schema.

    Attributes:
        path: Where in the document, such as `actors[0].key`.
        problem: What is wrong there.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or 'the document'}: {problem}")
        self.path = path
        self.problem = problem


def from_json(value: object) -> ir.Schema:
    """Return the schema that a JSON form describes, without positions.

    Raises:
        DecodeError: The value is not such a form, or of another format version.
    """
    document = _mapping(value, "")
    if document.get("format") != FORMAT_VERSION:
        raise DecodeError("format", f"only format {FORMAT_VERSION} can be read")
    rest = {key: part for key, part in document.items() if key != "format"}
    return cast("ir.Schema", _build(ir.Schema, rest, ""))


def body_from_json(value: object, path: str = "") -> ir.Body:
    """Return the body that a JSON form describes.

    Raises:
        DecodeError: The value is not such a form.
    """
    return cast("ir.Body", _body(value, path))


def definition_from_json(value: object, path: str = "") -> ir.TypeDefinition:
    """Return the type definition that a JSON form describes.

    Raises:
        DecodeError: The value is not such a form.
    """
    return cast("ir.TypeDefinition", _definition(value, path))


def _build(cls: type[Any], value: object, path: str) -> object:
    given = dict(_mapping(value, path))
    given.pop("kind", None)
    values: dict[str, object] = {}
    for part in json_fields(cls):
        key = json_name(part.name)
        where = f"{path}.{key}" if path else key
        if key in given:
            values[part.name] = _DECODERS[str(part.type)](given.pop(key), where)
        elif part.default is MISSING and part.default_factory is MISSING:
            raise DecodeError(where, "it is missing")
    if given:
        raise DecodeError(path, f"`{next(iter(given))}` is not known")
    return cls(**values)


def _mapping(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise DecodeError(path, "an object is needed")
    return cast("Mapping[str, object]", value)


def _by_kind(classes: tuple[type[Any], ...]) -> Decoder:
    by_kind = {KINDS[cls]: cls for cls in classes}

    def decode(value: object, path: str) -> object:
        kind = _mapping(value, path).get("kind")
        cls = by_kind.get(kind) if isinstance(kind, str) else None
        if cls is None:
            raise DecodeError(path, f"`{kind}` is not a kind that fits here")
        return _build(cls, value, path)

    return decode


_type: Final = _by_kind(get_args(ir.Type))
_body: Final = _by_kind((ir.Record, *get_args(ir.Type)))
_definition: Final = _by_kind(get_args(ir.TypeDefinition))


def _one(cls: type[Any]) -> Decoder:
    return lambda value, path: _build(cls, value, path)


def _many(decode: Decoder) -> Decoder:
    def decode_items(value: object, path: str) -> object:
        if not isinstance(value, list):
            raise DecodeError(path, "a list is needed")
        items = cast("list[object]", value)
        return tuple(decode(item, f"{path}[{i}]") for i, item in enumerate(items))

    return decode_items


def _optional(decode: Decoder) -> Decoder:
    return lambda value, path: None if value is None else decode(value, path)


def _plain(*classes: type) -> Decoder:
    def decode(value: object, path: str) -> object:
        if type(value) not in classes:
            names = " or ".join(cls.__name__ for cls in classes)
            raise DecodeError(path, f"a value of type {names} is needed")
        return value

    return decode


def _word(choices: object) -> Decoder:
    words = get_args(choices)

    def decode(value: object, path: str) -> object:
        if value not in words:
            raise DecodeError(path, f"`{value}` is not one of {', '.join(words)}")
        return value

    return decode


def _json(value: object, _path: str) -> object:
    return value


def _spellings(value: object, path: str) -> object:
    targets = get_args(ir.Target)
    for target, text in _mapping(value, path).items():
        if target not in targets or not isinstance(text, str):
            raise DecodeError(path, "a spelling per target is needed")
    return value


_text: Final = _plain(str)
_flag: Final = _plain(bool)
_whole: Final = _plain(int)
_members: Final = _many(_one(ir.Member))

_DECODERS: Final[dict[str, Decoder]] = {
    "str": _text,
    "str | None": _optional(_text),
    "bool": _flag,
    "bool | None": _optional(_flag),
    "int": _whole,
    "int | None": _optional(_whole),
    "int | float | None": _optional(_plain(int, float)),
    "tuple[str, ...]": _many(_text),
    "JsonValue": _json,
    "tuple[JsonValue, ...]": _many(_json),
    "Mapping[str, JsonValue]": _mapping,
    "Mapping[Target, str]": _spellings,
    "ScalarName": _word(ir.ScalarName),
    "Durability": _word(ir.Durability),
    "Durability | None": _optional(_word(ir.Durability)),
    "Audience": _word(ir.Audience),
    "Delivery": _word(ir.Delivery),
    "UndeclaredQueues": _word(ir.UndeclaredQueues),
    "Overlap": _word(ir.Overlap),
    "Missed": _word(ir.Missed),
    "Run | None": _optional(_word(ir.Run)),
    "Type": _type,
    "Type | None": _optional(_type),
    "Body": _body,
    "Body | None": _optional(_body),
    "Default | None": _optional(_one(ir.Default)),
    "Paginate | None": _optional(_one(ir.Paginate)),
    "Retry | None": _optional(_one(ir.Retry)),
    "Restart | None": _optional(_one(ir.Restart)),
    "Options": _one(ir.Options),
    "tuple[ScalarType, ...]": _many(_by_kind((ir.ScalarType,))),
    "tuple[Member, ...]": _members,
    "tuple[Member, ...] | None": _optional(_members),
    "tuple[EnumValue, ...]": _many(_one(ir.EnumValue)),
    "tuple[Variant, ...]": _many(_one(ir.Variant)),
    "tuple[TypeDefinition, ...]": _many(_definition),
    "tuple[ErrorDefinition, ...]": _many(_one(ir.ErrorDefinition)),
    "tuple[Actor, ...]": _many(_one(ir.Actor)),
    "tuple[Action, ...]": _many(_one(ir.Action)),
    "tuple[Event, ...]": _many(_one(ir.Event)),
    "tuple[Queue, ...]": _many(_one(ir.Queue)),
    "tuple[Schedule, ...]": _many(_one(ir.Schedule)),
}
"""Annotation of a field of the IR to its decoder."""
