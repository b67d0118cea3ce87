"""Walking over the parts of a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen_schema.source import Position


def type_parts(type_: ir.Type) -> Iterator[ir.Type]:
    """Yield a type and all types inside it; named types are not followed."""
    yield type_
    if isinstance(type_, ir.ListType | ir.SetType):
        yield from type_parts(type_.item)
    elif isinstance(type_, ir.MapType):
        yield from type_parts(type_.value)
    elif isinstance(type_, ir.NullableType):
        yield from type_parts(type_.inner)
    elif isinstance(type_, ir.ChoiceType):
        yield from type_.options


def named_types(type_: ir.Type) -> Iterator[str]:
    """Yield the names of the definitions that a type mentions."""
    for part in type_parts(type_):
        if isinstance(part, ir.NamedType):
            yield part.name


def definition_members(definition: ir.TypeDefinition) -> Iterator[ir.Member]:
    """Yield the fields of a definition, of all variants for a union."""
    if isinstance(definition, ir.ObjectDefinition):
        yield from definition.fields
    elif isinstance(definition, ir.UnionDefinition):
        for variant in definition.variants:
            yield from variant.fields


def bodies(actor: ir.Actor) -> Iterator[tuple[str, ir.Body]]:
    """Yield the bodies of an actor with the words of their place."""
    for key, body in (
        ("input", actor.input),
        ("state", actor.state),
        ("connParams", actor.conn_params),
        ("connState", actor.conn_state),
    ):
        if body is not None:
            yield key, body
    for queue in actor.queues:
        yield f"{queue.name} message", queue.message
        if queue.reply is not None:
            yield f"{queue.name} reply", queue.reply


def actor_members(actor: ir.Actor) -> Iterator[ir.Member]:
    """Yield the fields and arguments that an actor declares itself."""
    yield from actor.key
    for action in actor.actions:
        yield from action.args
    for event in actor.events:
        yield from event.args
    for _, body in bodies(actor):
        if isinstance(body, ir.Record):
            yield from body.fields


def all_members(schema: ir.Schema) -> Iterator[ir.Member]:
    """Yield every field and argument of a schema."""
    for definition in schema.types:
        yield from definition_members(definition)
    for error in schema.errors:
        yield from error.metadata or ()
    for actor in schema.actors:
        yield from actor_members(actor)


def types_of(schema: ir.Schema) -> Iterator[tuple[ir.Type, Position | None]]:
    """Yield every outermost type of a schema with the place that declares it."""
    for member in all_members(schema):
        yield member.type, member.position
    for definition in schema.types:
        if isinstance(definition, ir.AliasDefinition):
            yield definition.type, definition.position
    for actor in schema.actors:
        for action in actor.actions:
            if action.returns is not None:
                yield action.returns, action.position
        for _, body in bodies(actor):
            if not isinstance(body, ir.Record):
                yield body, actor.position


def definition_types(definition: ir.TypeDefinition) -> Iterator[ir.Type]:
    """Yield the outermost types in a definition."""
    if isinstance(definition, ir.AliasDefinition):
        yield definition.type
    for member in definition_members(definition):
        yield member.type


def body_types(body: ir.Body) -> Iterator[ir.Type]:
    """Yield the outermost types in a body."""
    if isinstance(body, ir.Record):
        for member in body.fields:
            yield member.type
    else:
        yield body
