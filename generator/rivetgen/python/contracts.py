"""Definitions of actions and events: what the wire carries, as data.

Server and client emit the same definitions, so both sides check the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join, render
from rivetgen.escaping import identifier, string_literal
from rivetgen.naming import (
    action_method,
    actor_class,
    error_class,
    event_member,
)
from rivetgen.python.hints import static_hint, wire_hint
from rivetgen.python.literals import literal, number_literal
from rivetgen.python.models import named_tuple, static_member
from rivetgen.python.signatures import as_tuple
from rivetgen_schema.ir import is_open_part
from rivetgen_schema.names import pascal_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Action, Actor, Event, Member

MILLISECONDS = 1_000
KEY_CONSTANT = Code("_KEY")


def action_constant(action: Action) -> Code:
    """Return the module constant that holds the definition of an action."""
    return identifier(f"_ACTION_{action_method(action).upper()}")


def event_constant(event: Event) -> Code:
    """Return the module constant that holds the definition of an event."""
    return identifier(f"_EVENT_{event_member(event).upper()}")


def payload_class(actor: Actor, event: Event) -> Code:
    """Return the named tuple of an event with several arguments."""
    return identifier(f"{actor_class(actor)}{pascal_case(event_member(event))}Event")


def key_class(actor: Actor) -> Code:
    """Return the named tuple of the parts of a key."""
    return identifier(f"{actor_class(actor)}Key")


def key_definitions(actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield the named tuple of a key and its definition."""
    name = key_class(actor)
    summary = f"Key of `{actor.name}`."
    yield named_tuple(name, actor.key, scope, description=summary)
    yield render(
        "python/key_definition.jinja",
        name=KEY_CONSTANT,
        client=scope.module("client"),
        key=name,
        parts=as_tuple(_argument_list(actor.key, scope)),
        is_open=any(is_open_part(part) for part in actor.key[-1:]),
    )


def action_definition(action: Action, scope: Scope) -> Code:
    """Return the definition of one action."""
    return render(
        "python/action_definition.jinja",
        name=action_constant(action),
        client=scope.module("client"),
        result=result_hint(action, scope),
        arguments=[string_literal(action.name), *_action_options(action, scope)],
    )


def event_definition(actor: Actor, event: Event, scope: Scope) -> Code:
    """Return the definition of one event."""
    return render(
        "python/event_definition.jinja",
        name=event_constant(event),
        client=scope.module("client"),
        payload=payload_hint(actor, event, scope),
        arguments=[string_literal(event.name), *_event_options(actor, event, scope)],
    )


def payload_definition(actor: Actor, event: Event, scope: Scope) -> Code:
    """Return the named tuple of an event with several arguments."""
    summary = f"What `{event.name}` carries."
    return named_tuple(
        payload_class(actor, event), event.args, scope, description=summary
    )


def result_hint(action: Action, scope: Scope) -> Code:
    """Return the plain type of what a call returns."""
    return (
        Code("None") if action.returns is None else static_hint(action.returns, scope)
    )


def payload_hint(actor: Actor, event: Event, scope: Scope) -> Code:
    """Return the plain type of what a listener receives."""
    match event.args:
        case ():
            return Code("None")
        case (argument,):
            return static_member(argument, scope)
        case _:
            return payload_class(actor, event)


def has_payload_class(event: Event) -> bool:
    """Whether an event has several arguments."""
    return len(event.args) > 1


def _action_options(action: Action, scope: Scope) -> Iterator[Code]:
    if action.args:
        yield _arguments(action.args, scope)
    if action.returns is not None:
        yield code("returns={}", wire_hint(action.returns, scope))
    if action.errors:
        yield code("errors={}", _errors(action, scope))
    if action.read_only:
        yield Code("read_only=True")
    if action.idempotent:
        yield Code("idempotent=True")
    if action.timeout_ms is not None:
        yield code("timeout_s={}", number_literal(action.timeout_ms / MILLISECONDS))
    if action.durability is not None:
        yield code("durability={}", string_literal(action.durability))


def _event_options(actor: Actor, event: Event, scope: Scope) -> Iterator[Code]:
    if event.args:
        yield _arguments(event.args, scope)
    if has_payload_class(event):
        yield code("payload={}", payload_class(actor, event))


def _arguments(members: tuple[Member, ...], scope: Scope) -> Code:
    return code("arguments={}", as_tuple(_argument_list(members, scope)))


def _argument_list(members: tuple[Member, ...], scope: Scope) -> list[Code]:
    client = scope.module("client")
    return [
        code("{}.Argument({})", client, join(_argument(member, scope), ", "))
        for member in members
    ]


def _argument(member: Member, scope: Scope) -> Iterator[Code]:
    yield string_literal(member.name)
    yield wire_hint(member.type, scope)
    if member.default is not None:
        default = literal(member.type, member.default.value, scope)
        yield code("default={}", default)
    if member.absent:
        yield Code("absent=True")


def _errors(action: Action, scope: Scope) -> Code:
    errors = [scope.elements.error_named(wire_code) for wire_code in action.errors]
    names = [scope.error_name(identifier(error_class(error))) for error in errors]
    return as_tuple(names)
