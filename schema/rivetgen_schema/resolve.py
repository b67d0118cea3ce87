"""Whether every name refers to something, and every type can exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rivetgen_schema import ir
from rivetgen_schema.findings import Suggestion
from rivetgen_schema.type_expressions import FOREIGN_NAMES, SCALAR_NAMES
from rivetgen_schema.walk import named_types, type_parts, types_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rivetgen_schema.findings import FindingLog
    from rivetgen_schema.reading import Reading, Reference
    from rivetgen_schema.source import Position

KEY_SCALARS: Final = frozenset(
    {"string", "int", "bigint", "bool", "decimal", "date", "uuid", "uri", "email"}
)
"""Scalars with exactly one spelling as text, which a key part needs."""

SET_SCALARS: Final = frozenset(SCALAR_NAMES) - {"json", "none", "float"}
"""Scalars that compare by value in every target."""


def check_references(reading: Reading, schema: ir.Schema) -> None:
    """Report names that refer to nothing."""
    for use in reading.uses:
        if use.name not in reading.definitions:
            _report_unknown_type(reading, use.name, use.position)
    names = _KnownNames(schema)
    for reference in reading.references:
        _check_reference(reading.log, names, reference)
    for actor in schema.actors:
        for action in actor.actions:
            _check_paginate(reading, action)


def _report_unknown_type(reading: Reading, name: str, position: Position) -> None:
    foreign = FOREIGN_NAMES.get(name)
    otherwise = f"Write `{foreign}`." if foreign else f"Define `{name}` under `types`."
    reading.log.add(
        "RG010",
        position,
        f"There is no type `{name}`.",
        fix=Suggestion(name, reading.definitions, otherwise=otherwise),
    )


_LOOKUPS: Final = {
    "errors": ("RG012", "error", "errors"),
    "uses": ("RG014", "actor", "actors"),
    "action": ("RG015", "action", "the actor's `actions`"),
    "deadLetter": ("RG016", "queue", "the actor's `queues`"),
}
"""Key to code, word and section of what its names refer to."""


class _KnownNames:
    """The names that references can mean, by key and actor."""

    def __init__(self, schema: ir.Schema) -> None:
        self._errors = {error.code for error in schema.errors}
        self._actors = {actor.name: actor for actor in schema.actors}
        self._parts: dict[tuple[str, str], set[str]] = {}

    def of(self, reference: Reference) -> Iterable[str]:
        """Return the names of the elements that a reference can mean."""
        if reference.key == "errors":
            return self._errors
        if reference.key == "uses":
            return self._actors.keys()
        place = (reference.key, reference.actor)
        if place not in self._parts:
            self._parts[place] = self._names(*place)
        return self._parts[place]

    def _names(self, key: str, name: str) -> set[str]:
        actor = self._actors.get(name)
        if actor is None:
            return set()
        parts = actor.actions if key == "action" else actor.queues
        return {part.name for part in parts}


def _check_reference(log: FindingLog, names: _KnownNames, reference: Reference) -> None:
    known = names.of(reference)
    if reference.name in known:
        return
    code, word, section = _LOOKUPS[reference.key]
    where = section if section.startswith("the") else f"`{section}`"
    log.add(
        code,
        reference.position,
        f"There is no {word} `{reference.name[:60]}`.",
        fix=Suggestion(
            reference.name, sorted(known), otherwise=f"Add it under {where}."
        ),
    )


def _check_paginate(reading: Reading, action: ir.Action) -> None:
    if action.paginate is None:
        return
    arguments = [member.name for member in action.args]
    fields = [member.name for member in _result_fields(reading, action)]
    for name, known, what in (
        (action.paginate.cursor, arguments, "argument"),
        (action.paginate.items, fields, "result field"),
        (action.paginate.next, fields, "result field"),
    ):
        if name not in known:
            reading.log.add(
                "RG017",
                action.position,
                f"`{action.name}` is paginated, but has no {what} `{name[:60]}`.",
                fix=Suggestion(name, known, otherwise="Add it, or name another one."),
            )


def _result_fields(reading: Reading, action: ir.Action) -> tuple[ir.Member, ...]:
    if not isinstance(action.returns, ir.NamedType):
        return ()
    definition = reading.definitions.get(action.returns.name)
    return definition.fields if isinstance(definition, ir.ObjectDefinition) else ()


def check_types(reading: Reading, schema: ir.Schema) -> None:
    """Report types that cannot exist, be told apart or be written as keys."""
    _check_endless(reading)
    for type_, position in types_of(schema):
        for part in type_parts(type_):
            if isinstance(part, ir.SetType) and not _is_set_item(reading, part.item):
                reading.log.add(
                    "RG027",
                    position,
                    "The items of a set must be scalars or enums.",
                    fix="Use `list<...>`.",
                )
    for actor in schema.actors:
        for member in actor.key[:-1]:
            _check_key_part(reading, member)
        for member in actor.key[-1:]:
            if not ir.is_open_part(member):
                _check_key_part(reading, member)


def _is_set_item(reading: Reading, type_: ir.Type) -> bool:
    target = _without_aliases(reading.definitions, type_)
    if isinstance(target, ir.ScalarType):
        return target.name in SET_SCALARS
    return target is None or isinstance(target, ir.EnumType | ir.EnumDefinition)


def _check_key_part(reading: Reading, member: ir.Member) -> None:
    target = _without_aliases(reading.definitions, member.type)
    scalar = isinstance(target, ir.ScalarType) and target.name in KEY_SCALARS
    if scalar or target is None or isinstance(target, ir.EnumType | ir.EnumDefinition):
        return
    reading.log.add(
        "RG028",
        member.position,
        f"The key part `{member.name}` has no single spelling as a text.",
        fix="Use `string`, `int`, `uuid`, `date`, `bool` or an enum; the last part may"
        " also be `list<string>`: all that follow.",
    )


def _without_aliases(
    definitions: Mapping[str, ir.TypeDefinition], type_: ir.Type
) -> ir.Type | ir.TypeDefinition | None:
    """Follow aliases to a type or definition; `None` for an unknown name or a ring."""
    target: ir.Type | ir.TypeDefinition | None = type_
    for _ in range(len(definitions) + 1):
        if isinstance(target, ir.AliasDefinition):
            target = target.type
        if not isinstance(target, ir.NamedType):
            return target
        target = definitions.get(target.name)
    return None


def _check_endless(reading: Reading) -> None:
    """Report types whose smallest value would be endless."""
    waiting = _unfinished(reading.definitions)
    for name in waiting:
        definition = reading.definitions[name]
        reading.log.add(
            "RG029",
            definition.position,
            f"A value of `{name}` would have to contain another one without end.",
            fix="Make the field `| absent`, `| null` or a list.",
        )


def _unfinished(definitions: Mapping[str, ir.TypeDefinition]) -> list[str]:
    """Return the definitions that cannot be built from types that end."""
    alternatives = {name: _alternatives(d) for name, d in definitions.items()}
    dependents: dict[str, set[str]] = {}
    for name, options in alternatives.items():
        for needed in set[str]().union(*options):
            dependents.setdefault(needed, set()).add(name)
    # Unknown names have a finding of their own and count as ending.
    finite = dependents.keys() - definitions.keys()
    queue = list(definitions)
    while queue:
        name = queue.pop()
        if name not in finite and any(o <= finite for o in alternatives[name]):
            finite.add(name)
            queue.extend(dependents.get(name, ()))
    return [name for name in definitions if name not in finite]


def _alternatives(definition: ir.TypeDefinition) -> list[frozenset[str]]:
    """Return the sets of named types of which one set must end for this one to."""
    if isinstance(definition, ir.AliasDefinition):
        # Even through a list or null, an alias that holds itself has no name to stop
        # at in most targets.
        rings = set(named_types(definition.type)) & {definition.name}
        return [frozenset(_needed(definition.type)) | rings]
    if isinstance(definition, ir.ObjectDefinition):
        return [_needed_by(definition.fields)]
    if isinstance(definition, ir.UnionDefinition) and definition.variants:
        return [_needed_by(variant.fields) for variant in definition.variants]
    return [frozenset()]


def _needed_by(members: Iterable[ir.Member]) -> frozenset[str]:
    required = (member.type for member in members if not member.absent)
    return frozenset(name for type_ in required for name in _needed(type_))


def _needed(type_: ir.Type) -> Iterator[str]:
    """Yield the named types that every value of a type contains."""
    if isinstance(type_, ir.NamedType):
        yield type_.name
    elif isinstance(type_, ir.ListType | ir.SetType) and type_.minimum:
        yield from _needed(type_.item)
    elif isinstance(type_, ir.MapType) and type_.minimum:
        yield from _needed(type_.value)
