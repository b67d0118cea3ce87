"""Spelling of schema elements in Python; the rules are in `rivetgen_schema.names`."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from rivetgen_schema.names import pascal_case, spelling

if TYPE_CHECKING:
    from rivetgen.settings import PythonClientSettings
    from rivetgen_schema.ir import (
        Action,
        Actor,
        EnumValue,
        ErrorDefinition,
        Event,
        Member,
        Queue,
        TypeDefinition,
        UnionDefinition,
        Variant,
    )


def client_class(settings: PythonClientSettings) -> str:
    """Return the name of the client class, `ChatClient` for `chat_client`."""
    name = settings.class_name or pascal_case(settings.package)
    return name if settings.class_name or name.endswith("Client") else f"{name}Client"


def type_class(definition: TypeDefinition) -> str:
    """Return the class of a type."""
    return spelling(definition.name, "type", "python", names=definition.names)


def error_class(error: ErrorDefinition) -> str:
    """Return the class of a typed error, `RoomFull` for `room_full`."""
    return spelling(error.code, "error", "python", names=error.names)


def variant_class(union: UnionDefinition, variant: Variant) -> str:
    """Return the class of one variant of a union, `AttachmentImage`."""
    return type_class(union) + pascal_case(variant.tag_value)


def actor_module(actor: Actor) -> str:
    """Return the module of an actor, `chat_room` for `chatRoom`."""
    return spelling(actor.name, "actor", "python", names=actor.names)


def actor_class(actor: Actor) -> str:
    """Return the stem of the classes of an actor, `ChatRoom` for `chatRoom`."""
    name = pascal_case(actor_module(actor))
    return f"{name}_" if keyword.iskeyword(name) else name


def action_method(action: Action) -> str:
    """Return the method of an action, `members_kick` for `members.kick`."""
    return spelling(action.name, "action", "python", names=action.names)


def public_actions(actor: Actor) -> tuple[Action, ...]:
    """Return the actions that are not internal."""
    return tuple(action for action in actor.actions if action.audience == "public")


def event_member(event: Event) -> str:
    """Return the attribute of an event, `new_count` for `newCount`."""
    return spelling(event.name, "event", "python", names=event.names)


def queue_member(queue: Queue) -> str:
    """Return the attribute of a queue, `cancel_order` for `cancelOrder`."""
    return spelling(queue.name, "queue", "python", names=queue.names)


def queue_class(actor: Actor, queue: Queue) -> str:
    """Return the stem of the classes of a queue, `OrderCancel`."""
    return actor_class(actor) + pascal_case(queue_member(queue))


def publish_guard(queue: Queue) -> str:
    """Return the method that decides who may send a message."""
    return f"can_publish_{queue_member(queue)}"


def subscription_guard(event: Event) -> str:
    """Return the method that decides who may subscribe to an event."""
    return f"can_subscribe_{event_member(event)}"


def field_name(member: Member) -> str:
    """Return the attribute of a field of a model."""
    return spelling(member.name, "field", "python", names=member.names)


def argument_name(member: Member) -> str:
    """Return the parameter of an argument."""
    return spelling(member.name, "argument", "python", names=member.names)


def tag_name(union: UnionDefinition) -> str:
    """Return the attribute of the field that tells the variants of a union apart."""
    return spelling(union.tag, "field", "python", names={})


def enum_constant(value: EnumValue) -> str:
    """Return the constant of an enum value, `IN_PROGRESS` for `in-progress`."""
    return spelling(value.value, "value", "python", names={})
