"""Queues of an actor from outside: typed messages and replies, awaited or blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code
from rivetgen.escaping import identifier
from rivetgen.naming import queue_member
from rivetgen.python.methods import prop
from rivetgen.python.models import class_definition
from rivetgen.python.queues import (
    MESSAGE,
    REPLY,
    part_class,
    queue_constant,
    queue_models,
    queues_class,
    type_arguments,
)
from rivetgen_schema.ir import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Actor, Queue

_DESCRIPTION = "The queues of the actor."


def client_queues(actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield all classes for the queues of an actor, if it has any."""
    if actor.queues:
        yield from queue_models(actor, scope)
        inner = scope.inside(queue_member(queue) for queue in actor.queues)
        yield class_definition(
            queues_class(actor),
            [code("{}.Queues", scope.module("client"))],
            description=f"Queues of `{actor.name}`.",
            members=[_queue(actor, queue, inner) for queue in actor.queues],
        )


def queues_of_handle(actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield the property of a handle."""
    yield from _property(actor, code("{}(self._address)", queues_class(actor)), scope)


def queues_of_connection(actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield the property of a connection; messages do not use its socket."""
    body = code("{}(self._link.address)", queues_class(actor))
    yield from _property(actor, body, scope)


def sync_queues(actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield the class for the queues of an actor, if it has any."""
    if actor.queues:
        inner = scope.inside(queue_member(queue) for queue in actor.queues)
        queues = queues_class(actor)
        yield class_definition(
            code("Sync{}", queues),
            [code("{}.SyncQueues[{}]", scope.module("client"), queues)],
            description=f"Queues of `{actor.name}`.",
            members=[_sync_queue(actor, queue, inner) for queue in actor.queues],
        )


def sync_queues_property(actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield the property of a synchronous handle or connection."""
    if actor.queues:
        queues = code("Sync{}", queues_class(actor))
        yield prop(
            Code("queues"),
            queues,
            code("{}(self._portal, self._inner.queues)", queues),
            description=_DESCRIPTION,
            scope=scope,
        )


def twin_names(actor: Actor) -> Iterator[Code]:
    """Yield the names that the synchronous module takes from its asynchronous twin."""
    if actor.queues:
        yield queues_class(actor)
    yield from queue_models_of(actor)


def queue_models_of(actor: Actor) -> Iterator[Code]:
    """Yield the names of the models of messages and replies."""
    for queue in actor.queues:
        if isinstance(queue.message, Record):
            yield part_class(actor, queue, MESSAGE)
        if isinstance(queue.reply, Record):
            yield part_class(actor, queue, REPLY)


def _property(actor: Actor, body: Code, scope: Scope) -> Iterator[Code]:
    if actor.queues:
        yield prop(
            Code("queues"),
            queues_class(actor),
            body,
            description=_DESCRIPTION,
            scope=scope,
        )


def _queue(actor: Actor, queue: Queue, scope: Scope) -> Code:
    client, kind = scope.module("client"), _kind(queue)
    return prop(
        identifier(queue_member(queue)),
        code("{}.{}[{}]", client, kind, type_arguments(actor, queue, scope)),
        code("{}.{}(self._address, {})", client, kind, queue_constant(queue)),
        description=queue.description or f"The queue `{queue.name}`.",
        scope=scope,
    )


def _sync_queue(actor: Actor, queue: Queue, scope: Scope) -> Code:
    client, name = scope.module("client"), identifier(queue_member(queue))
    wrap = Code("_queue") if queue.reply is None else Code("_replying")
    arguments = type_arguments(actor, queue, scope)
    return prop(
        name,
        code("{}.Sync{}[{}]", client, _kind(queue), arguments),
        code("self.{}(self._inner.{})", wrap, name),
        description=queue.description or f"The queue `{queue.name}`.",
        scope=scope,
    )


def _kind(queue: Queue) -> Code:
    return Code("Queue") if queue.reply is None else Code("ReplyingQueue")
