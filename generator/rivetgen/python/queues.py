"""Queues as data and types: what server and client emit alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import identifier, string_literal
from rivetgen.naming import actor_class, queue_class, queue_member
from rivetgen.python.hints import static_hint, wire_hint
from rivetgen.python.models import model
from rivetgen_schema.ir import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Actor, Body, Queue

MESSAGE, REPLY = Code("Message"), Code("Reply")


def queue_constant(queue: Queue) -> Code:
    """Return the module constant that holds the definition of a queue."""
    return identifier(f"_QUEUE_{queue_member(queue).upper()}")


def part_class(actor: Actor, queue: Queue, part: Code) -> Code:
    """Return the model of a message or a reply."""
    return code("{}{}", identifier(queue_class(actor, queue)), part)


def queues_class(actor: Actor) -> Code:
    """Return the class that has one property per queue."""
    return code("{}Queues", identifier(actor_class(actor)))


def queue_models(actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield the models of messages and replies, and the definition of each queue."""
    for queue in actor.queues:
        name = queue.name
        yield from _model(actor, queue, MESSAGE, scope, text=f"A message to `{name}`.")
        yield from _model(actor, queue, REPLY, scope, text=f"A reply of `{name}`.")
        yield _definition(actor, queue, scope)


def message_hint(actor: Actor, queue: Queue, scope: Scope) -> Code:
    """Return the plain type of a message."""
    return _hint(actor, queue, MESSAGE, scope)


def reply_hint(actor: Actor, queue: Queue, scope: Scope) -> Code:
    """Return the plain type of a reply."""
    return _hint(actor, queue, REPLY, scope)


def type_arguments(actor: Actor, queue: Queue, scope: Scope) -> Code:
    """Return the types of message and reply, of the message alone without replies."""
    hints = [message_hint(actor, queue, scope)]
    if queue.reply is not None:
        hints.append(reply_hint(actor, queue, scope))
    return join(hints, ", ")


def _body(queue: Queue, part: Code) -> Body | None:
    return queue.message if part is MESSAGE else queue.reply


def _model(
    actor: Actor, queue: Queue, part: Code, scope: Scope, *, text: str
) -> Iterator[Code]:
    body = _body(queue, part)
    if isinstance(body, Record):
        name = part_class(actor, queue, part)
        yield model(name, body.fields, scope, description=text)


def _definition(actor: Actor, queue: Queue, scope: Scope) -> Code:
    client = scope.module("client")
    reply = Code("None") if queue.reply is None else reply_hint(actor, queue, scope)
    arguments = [
        string_literal(queue.name),
        code("message={}", _wire(actor, queue, MESSAGE, scope)),
    ]
    if queue.reply is not None:
        arguments.append(code("reply={}", _wire(actor, queue, REPLY, scope)))
    return code(
        "{}: {}.QueueDefinition[{}, {}] = {}.QueueDefinition({})",
        queue_constant(queue),
        client,
        message_hint(actor, queue, scope),
        reply,
        client,
        join(arguments, ", "),
    )


def _hint(actor: Actor, queue: Queue, part: Code, scope: Scope) -> Code:
    body = _body(queue, part)
    if body is None or isinstance(body, Record):
        return part_class(actor, queue, part)
    return static_hint(body, scope)


def _wire(actor: Actor, queue: Queue, part: Code, scope: Scope) -> Code:
    body = _body(queue, part)
    if body is None or isinstance(body, Record):
        return part_class(actor, queue, part)
    return wire_hint(body, scope)
