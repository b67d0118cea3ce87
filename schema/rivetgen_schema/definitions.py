"""The sections `types` and `errors`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rivetgen_schema import ir
from rivetgen_schema.json_schema import read_json_schema
from rivetgen_schema.members import (
    UNKNOWN_TYPE,
    finish_members,
    read_fields,
    read_names,
    read_type,
)
from rivetgen_schema.reading import (
    ENUM_VALUE,
    NAME,
    TYPE_NAME,
    report_ambiguous,
    report_second_definition,
)
from rivetgen_schema.scalars import is_ambiguous
from rivetgen_schema.sections import Section, read_text, report_form
from rivetgen_schema.yaml_tree import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rivetgen_schema.reading import Reading

FORMS = ("fields", "enum", "union", "type", "jsonSchema")
"""Keys of which a type has exactly one."""


def read_types(reading: Reading, entries: Iterable[Entry]) -> None:
    """Read type definitions; defaults are checked by `finish_types` later."""
    for entry in entries:
        name = reading.name(entry.key, TYPE_NAME)
        definition = _definition(reading, entry, name=name or "Unnamed")
        if name is not None:
            reading.define(definition)


def finish_types(reading: Reading) -> tuple[ir.TypeDefinition, ...]:
    """Return all definitions with checked defaults."""
    for name, definition in list(reading.definitions.items()):
        reading.definitions[name] = _finish(reading, definition)
    return tuple(reading.definitions.values())


def _finish(reading: Reading, definition: ir.TypeDefinition) -> ir.TypeDefinition:
    if isinstance(definition, ir.ObjectDefinition):
        return replace(definition, fields=finish_members(reading, definition.fields))
    if isinstance(definition, ir.UnionDefinition):
        variants = tuple(
            replace(variant, fields=finish_members(reading, variant.fields))
            for variant in definition.variants
        )
        return replace(definition, variants=variants)
    return definition


def _definition(reading: Reading, entry: Entry, *, name: str) -> ir.TypeDefinition:
    position = entry.key.position
    if not isinstance(entry.value, Mapping):
        type_ = read_type(reading, entry.value, path=(name,)) or UNKNOWN_TYPE
        return ir.AliasDefinition(name=name, type=type_, position=position)
    section = Section(entry.value, "type", log=reading.log)
    form = section.exclusive(*FORMS)
    if form is None:
        _report_no_form(reading, entry, section)
        return ir.AliasDefinition(name=name, type=UNKNOWN_TYPE, position=position)
    _check_companions(section, form)
    definition = _READERS[form](reading, section, name)
    return replace(
        definition,
        names=read_names(section),
        description=section.text("description"),
        position=position,
    )


def _report_no_form(reading: Reading, entry: Entry, section: Section) -> None:
    if "variants" in section:
        reading.log.add(
            "RG060",
            section.key_position("variants"),
            "The union does not say which field tells the variants apart.",
            fix="Add `union: kind`, where `kind` is the name of that field.",
        )
        return
    reading.log.add(
        "RG121",
        entry.key.position,
        f"The type `{entry.key.value[:60]}` does not say what it is.",
        fix="Add `fields`, `enum`, `union` with `variants`, `type` or `jsonSchema`.",
    )


def _check_companions(section: Section, form: str) -> None:
    for key, owner in (("open", "enum"), ("variants", "union")):
        if key in section and form != owner:
            section.log.add(
                "RG041",
                section.key_position(key),
                f"`{key}` belongs to `{owner}`, not to `{form}`.",
                fix=f"Remove `{key}`.",
            )


def _object(reading: Reading, section: Section, name: str) -> ir.TypeDefinition:
    node = section.value("fields")
    fields = read_fields(reading, node, path=(name,)) if node else ()
    return ir.ObjectDefinition(name=name, fields=fields)


def _alias(reading: Reading, section: Section, name: str) -> ir.TypeDefinition:
    node = section.value("type")
    type_ = read_type(reading, node, path=(name, "value")) if node else None
    return ir.AliasDefinition(name=name, type=type_ or UNKNOWN_TYPE)


def _json_schema(reading: Reading, section: Section, name: str) -> ir.TypeDefinition:
    node = section.value("jsonSchema")
    schema = read_json_schema(reading, node) if node else None
    return ir.JsonSchemaDefinition(name=name, schema=schema or {})


def _enum(reading: Reading, section: Section, name: str) -> ir.TypeDefinition:
    node = section.value("enum")
    values = list(_enum_values(reading, node)) if node else []
    if node is not None and not values:
        _report_nothing(reading, section, key="enum", what="values")
    _check_distinct_values(reading, values)
    return ir.EnumDefinition(
        name=name, values=tuple(values), open=section.flag("open") or False
    )


def _enum_values(reading: Reading, node: Node) -> Iterable[ir.EnumValue]:
    if isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Scalar):
                yield from _enum_value(reading, item, description=None)
            else:
                report_form(reading.log, item, expected="a word")
    elif isinstance(node, Mapping):
        for entry in node.entries.values():
            yield from _enum_value(reading, entry.key, description=entry.value)
    else:
        report_form(reading.log, node, expected="a list of values")


def _enum_value(
    reading: Reading, scalar: Scalar, *, description: Node | None
) -> Iterable[ir.EnumValue]:
    value = reading.name(scalar, ENUM_VALUE)
    text = _optional_text(reading, description)
    if value is not None:
        yield ir.EnumValue(value=value, description=text, position=scalar.position)


def _optional_text(reading: Reading, node: Node | None) -> str | None:
    if node is None or (isinstance(node, Scalar) and not node.value):
        return None
    return read_text(reading.log, node)


def _check_distinct_values(reading: Reading, values: list[ir.EnumValue]) -> None:
    first: dict[str, ir.EnumValue] = {}
    for value in values:
        before = first.setdefault(value.value, value)
        if before is not value:
            reading.log.add(
                "RG018",
                value.position,
                f"The value `{value.value}` is listed twice.",
                fix="Remove one of the two.",
                related=[before.position] if before.position else [],
            )


def _report_nothing(reading: Reading, section: Section, *, key: str, what: str) -> None:
    reading.log.add(
        "RG061",
        section.key_position(key),
        f"There are no {what} here.",
        fix="Add at least one.",
    )


def _union(reading: Reading, section: Section, name: str) -> ir.TypeDefinition:
    tag = _tag(reading, section)
    node = section.value("variants")
    if node is not None and not isinstance(node, Mapping):
        report_form(reading.log, node, expected="a map of variants")
    entries = node.entries.values() if isinstance(node, Mapping) else ()
    variants = [_variant(reading, entry, path=(name, tag)) for entry in entries]
    if not entries:
        _report_nothing(reading, section, key="variants", what="variants")
    return ir.UnionDefinition(
        name=name, tag=tag, variants=tuple(v for v in variants if v is not None)
    )


def _tag(reading: Reading, section: Section) -> str:
    node = section.value("union")
    if isinstance(node, Scalar) and NAME.fullmatch(node.value):
        if node.plain and is_ambiguous(node.value):
            report_ambiguous(reading.log, node)
        return node.value
    reading.log.add(
        "RG060",
        section.key_position("union"),
        "The tag of the union is not the name of a field.",
        fix="Write `union: kind`, where `kind` tells the variants apart.",
    )
    return "kind"


def _variant(
    reading: Reading, entry: Entry, *, path: tuple[str, str]
) -> ir.Variant | None:
    type_name, tag = path
    tag_value = reading.name(entry.key, ENUM_VALUE)
    description, node = _variant_parts(reading, entry.value)
    fields = read_fields(reading, node, path=(type_name, entry.key.value))
    for member in fields:
        if member.name == tag:
            reading.log.add(
                "RG060",
                member.position,
                f"The field `{tag}` is the tag of the union and is there already.",
                fix="Remove the field, or choose another tag.",
            )
    if tag_value is None:
        return None
    return ir.Variant(
        tag_value=tag_value,
        fields=fields,
        description=description,
        position=entry.key.position,
    )


def _variant_parts(reading: Reading, node: Node) -> tuple[str | None, Node]:
    fields = node.entries.get("fields") if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or fields is None:
        return None, node
    if not isinstance(fields.value, Mapping) or node.entries.keys() > {
        "fields",
        "description",
    }:
        return None, node
    description = node.entries.get("description")
    return _optional_text(reading, description.value if description else None), (
        fields.value
    )


_READERS: Final[dict[str, Callable[[Reading, Section, str], ir.TypeDefinition]]] = {
    "fields": _object,
    "enum": _enum,
    "union": _union,
    "type": _alias,
    "jsonSchema": _json_schema,
}


def read_errors(
    reading: Reading, entries: Iterable[Entry]
) -> tuple[ir.ErrorDefinition, ...]:
    """Read the typed errors."""
    errors: dict[str, ir.ErrorDefinition] = {}
    for entry in entries:
        code = reading.name(entry.key)
        error = _error(reading, entry, code=code or "unnamed")
        if code is None:
            continue
        first = errors.setdefault(code, error)
        if first is not error:
            report_second_definition(
                reading.log, code, position=entry.key.position, first=first.position
            )
    return tuple(errors.values())


def _error(reading: Reading, entry: Entry, *, code: str) -> ir.ErrorDefinition:
    position = entry.key.position
    if not isinstance(entry.value, Mapping):
        text = read_text(reading.log, entry.value) or ""
        return ir.ErrorDefinition(code=code, message=text, position=position)
    section = Section(entry.value, "error", log=reading.log)
    node = section.value("metadata")
    message = section.required_text("message", example="What went wrong.")
    metadata = None if node is None else read_fields(reading, node, path=(code,))
    return ir.ErrorDefinition(
        code=code,
        message=message or "",
        metadata=None if metadata is None else finish_members(reading, metadata),
        names=read_names(section),
        description=section.text("description"),
        deprecated=section.deprecation(),
        position=position,
    )
