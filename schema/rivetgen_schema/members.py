"""Fields, arguments and the types that stand at other places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast, get_args

from rivetgen_schema import ir
from rivetgen_schema.json_schema import read_json_schema
from rivetgen_schema.literals import Literal, literal_of_node
from rivetgen_schema.names import pascal_case
from rivetgen_schema.reading import TypeUse, ValueSite
from rivetgen_schema.sections import Section, report_form
from rivetgen_schema.type_expressions import ParsedType, TypeSyntaxError, parse_type
from rivetgen_schema.values import ValueProblemError, checked_value
from rivetgen_schema.yaml_tree import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_schema.reading import Reading
    from rivetgen_schema.source import Position

Path = tuple[str, ...]
"""The words that lead to a place, from which types written in place get names."""

UNKNOWN_TYPE = ir.ScalarType(name="json")
"""Stands where a type could not be read, so that reading goes on."""


def parse_expression(reading: Reading, node: Scalar) -> ParsedType | None:
    """Parse a type expression and note the named types in it."""
    try:
        parsed = parse_type(node.value)
    except TypeSyntaxError as error:
        position = node.slice_position(error.start, error.end)
        reading.log.add(error.code, position, error.message, fix=error.fix)
        return None
    for use in parsed.uses:
        position = node.slice_position(use.start, use.end)
        reading.uses.append(TypeUse(use.name, position))
    return parsed


def read_type(reading: Reading, node: Node, *, path: Path) -> ir.Type | None:
    """Read a type where neither `absent` nor a default makes sense.

    A bare map of fields becomes an object type named after its path.
    """
    if isinstance(node, Mapping):
        return _lift_body(reading, node, path=path)
    if not isinstance(node, Scalar):
        report_form(reading.log, node, expected="a type")
        return None
    parsed = parse_expression(reading, node)
    if parsed is None:
        return None
    if parsed.absent:
        reading.log.add(
            "RG024",
            node.position,
            "Only a field or an argument can be absent.",
            fix="Remove `| absent`, or write `| null`.",
        )
    if parsed.default is not None:
        reading.log.add(
            "RG025",
            node.slice_position(parsed.default_start, len(node.value)),
            "Only a field or an argument can have a default.",
            fix="Remove everything from `=` on.",
        )
    return parsed.type


def read_body(reading: Reading, node: Node, *, path: Path) -> ir.Body | None:
    """Read a type expression or a bare map of fields."""
    if not isinstance(node, Mapping) or is_json_schema(node):
        return read_type(reading, node, path=path)
    fields = read_fields(reading, node, path=path)
    return ir.Record(fields=fields, position=node.position)


def is_json_schema(node: Mapping) -> bool:
    """Return whether a map is `{ jsonSchema: ... }` and not a map of fields."""
    entry = node.entries.get("jsonSchema")
    if entry is None or len(node.entries) != 1:
        return False
    value = entry.value
    return isinstance(value, Mapping) or (
        isinstance(value, Scalar) and value.value.endswith((".json", ".yaml", ".yml"))
    )


def _lift_body(reading: Reading, node: Mapping, *, path: Path) -> ir.Type | None:
    name = pascal_case("_".join(path))
    if is_json_schema(node):
        return lift_json_schema(reading, node.entries["jsonSchema"].value, path=path)
    fields = read_fields(reading, node, path=path)
    reading.define(
        ir.ObjectDefinition(
            name=name, fields=fields, inline=True, position=node.position
        )
    )
    return ir.NamedType(name=name)


def lift_json_schema(reading: Reading, node: Node, *, path: Path) -> ir.Type:
    """Read a JSON Schema written in place and give it a name of its own."""
    name = pascal_case("_".join(path))
    schema = read_json_schema(reading, node)
    reading.define(
        ir.JsonSchemaDefinition(
            name=name, schema=schema or {}, inline=True, position=node.position
        )
    )
    return ir.NamedType(name=name)


def read_fields(reading: Reading, node: Node, *, path: Path) -> tuple[ir.Member, ...]:
    """Read a map from field names to types."""
    if not isinstance(node, Mapping):
        report_form(reading.log, node, expected="a map of fields, like `{ a: int }`")
        return ()
    return _members(reading, node.entries.values(), path=path)


def read_arguments(
    reading: Reading, node: Node, *, path: Path
) -> tuple[ir.Member, ...]:
    """Read a list of one-pair maps, `[amount: int = 1, note: string]`."""
    if isinstance(node, Sequence):
        entries = [_pair(reading, item) for item in node.items]
        members = _members(reading, [e for e in entries if e is not None], path=path)
        _check_distinct(reading, members)
        return members
    reading.log.add(
        "RG128",
        node.position,
        "Arguments are a list, because their order is part of the wire.",
        fix="Write `[amount: int, note: string]` or one `- name: type` per line.",
    )
    return ()


def _pair(reading: Reading, node: Node) -> Entry | None:
    if isinstance(node, Mapping) and len(node.entries) == 1:
        return next(iter(node.entries.values()))
    reading.log.add(
        "RG128",
        node.position,
        "Each argument is one pair of a name and a type.",
        fix="Write `- amount: int`; settings go into `- amount: { type: int }`.",
    )
    return None


def _check_distinct(reading: Reading, members: Iterable[ir.Member]) -> None:
    first: dict[str, ir.Member] = {}
    for member in members:
        if member.name in first and member.position is not None:
            before = first[member.name].position
            reading.log.add(
                "RG005",
                member.position,
                f"The argument `{member.name}` is defined twice.",
                fix="Rename one of the two.",
                related=[before] if before else [],
            )
        first.setdefault(member.name, member)


def _members(
    reading: Reading, entries: Iterable[Entry], *, path: Path
) -> tuple[ir.Member, ...]:
    members: list[ir.Member] = []
    for entry in entries:
        name = reading.name(entry.key)
        if name is not None:
            members.append(_member(reading, entry, path=(*path, name)))
    return tuple(members)


def _member(reading: Reading, entry: Entry, *, path: Path) -> ir.Member:
    position = entry.key.position
    if isinstance(entry.value, Mapping):
        return _long_member(reading, entry, path=path)
    parsed = _short_type(reading, entry.value)
    if parsed is None:
        return ir.Member(name=path[-1], type=UNKNOWN_TYPE, position=position)
    _note_default(reading, parsed, entry.value, position=position)
    return ir.Member(
        name=path[-1],
        type=parsed.type,
        absent=parsed.absent,
        default=_placeholder(parsed.default),
        position=position,
    )


def _short_type(reading: Reading, node: Node) -> ParsedType | None:
    if isinstance(node, Scalar) and node.value:
        return parse_expression(reading, node)
    report_form(reading.log, node, expected="a type")
    return None


def _placeholder(literal: Literal | None) -> ir.Default | None:
    # The checked value takes its place as soon as all types are known.
    return None if literal is None else ir.Default(value=None)


def _note_default(
    reading: Reading, parsed: ParsedType, node: Node, *, position: Position
) -> None:
    if parsed.default is None or not isinstance(node, Scalar):
        return
    at = node.slice_position(parsed.default_start, len(node.value))
    reading.defaults[position] = ValueSite(parsed.default, at)
    if parsed.absent:
        _report_absent_default(reading, at)


def _report_absent_default(reading: Reading, position: Position) -> None:
    reading.log.add(
        "RG025",
        position,
        "A value with a default is never absent.",
        fix="Keep either `| absent` or the default.",
    )


def _long_member(reading: Reading, entry: Entry, *, path: Path) -> ir.Member:
    section = Section(cast("Mapping", entry.value), "member", log=reading.log)
    position = entry.key.position
    parsed = _long_type(reading, section, path=path)
    example_node = section.value("example")
    has_default = _note_long_default(reading, section, parsed, position=position)
    if example_node is not None:
        reading.examples[position] = ValueSite(
            literal_of_node(example_node), _value_position(section, "example")
        )
    return ir.Member(
        name=path[-1],
        type=parsed.type,
        names=read_names(section),
        absent=parsed.absent,
        default=ir.Default(value=None) if has_default else None,
        description=section.text("description"),
        sensitive=section.flag("sensitive") or False,
        example=None if example_node is None else ir.Default(value=None),
        deprecated=section.deprecation(),
        position=position,
    )


def _note_long_default(
    reading: Reading, section: Section, parsed: ParsedType, *, position: Position
) -> bool:
    type_node, node = section.value("type"), section.value("default")
    if type_node is not None:
        _note_default(reading, parsed, type_node, position=position)
    if node is None:
        return parsed.default is not None
    site = ValueSite(literal_of_node(node), _value_position(section, "default"))
    reading.defaults[position] = site
    if parsed.absent:
        _report_absent_default(reading, site.position)
    return True


def _value_position(section: Section, key: str) -> Position:
    value = section.value(key)
    return value.position if isinstance(value, Scalar) else section.key_position(key)


def _long_type(reading: Reading, section: Section, *, path: Path) -> ParsedType:
    unknown = ParsedType(
        type=UNKNOWN_TYPE, absent=False, default=None, default_start=0, uses=()
    )
    given = section.exclusive("type", "jsonSchema")
    if given is None:
        section.log.add(
            "RG121",
            section.node.position,
            "A field or argument in the long form needs a type.",
            fix="Add `type: ...`; an object gets a name under `types`.",
        )
        return unknown
    node = cast("Node", section.value(given))
    if given == "jsonSchema":
        return replace(unknown, type=lift_json_schema(reading, node, path=path))
    parsed = _short_type(reading, node)
    if parsed and parsed.default is not None and "default" in section:
        section.exclusive("default", "type")
    return parsed or unknown


def read_names(section: Section) -> dict[ir.Target, str]:
    """Read the spelling per target under `names`."""
    names = section.subsection("names", "names")
    spellings: dict[ir.Target, str] = {}
    if names is None:
        return spellings
    for target in cast("tuple[ir.Target, ...]", get_args(ir.Target)):
        text = names.text(target)
        if text is not None:
            spellings[target] = text
    return spellings


def finish_members(
    reading: Reading, members: tuple[ir.Member, ...]
) -> tuple[ir.Member, ...]:
    """Check defaults and examples against their types, all of which are known now."""
    if not (reading.defaults or reading.examples):
        return members
    return tuple(_finish(reading, member) for member in members)


def finish_body(reading: Reading, body: ir.Body | None) -> ir.Body | None:
    """Check the defaults in a body."""
    if not isinstance(body, ir.Record):
        return body
    return replace(body, fields=finish_members(reading, body.fields))


def _finish(reading: Reading, member: ir.Member) -> ir.Member:
    if member.position is None:
        return member
    default = reading.defaults.pop(member.position, None)
    example = reading.examples.pop(member.position, None)
    if default is not None:
        value = _checked(reading, default, member.type, code="RG021")
        member = replace(member, default=value)
    if example is not None:
        value = _checked(reading, example, member.type, code="RG022")
        member = replace(member, example=value)
    return member


def _checked(
    reading: Reading, site: ValueSite, type_: ir.Type, *, code: str
) -> ir.Default:
    try:
        value = checked_value(site.literal, type_, definitions=reading.definitions)
    except ValueProblemError as problem:
        reading.log.add(code, site.position, problem.message, fix=problem.fix)
        return ir.Default(value=None)
    return ir.Default(value=value)
