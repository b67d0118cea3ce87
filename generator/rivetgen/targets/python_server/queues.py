"""Queues of an actor: what hangs on `c.queues`, guards, and the policy of delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import identifier, string_literal
from rivetgen.naming import publish_guard, queue_class, queue_member
from rivetgen.python.contracts import MILLISECONDS
from rivetgen.python.literals import number_literal
from rivetgen.python.methods import prop
from rivetgen.python.models import class_definition
from rivetgen.python.queues import (
    message_hint,
    queue_constant,
    queue_models,
    queues_class,
    reply_hint,
    type_arguments,
)
from rivetgen.python.signatures import as_tuple
from rivetgen.targets.python_server.guards import guard_method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.scopes import Scope
    from rivetgen.targets.python_server.shapes import Shapes
    from rivetgen_schema.ir import Actor, Queue, Retry


def queue_classes(shapes: Shapes, scope: Scope) -> Iterator[Code]:
    """Yield all classes for the queues of an actor, if it has any."""
    actor = shapes.actor
    if not actor.queues:
        return
    yield from queue_models(actor, scope)
    for queue in actor.queues:
        yield _delivery(actor, queue, scope)
    yield _any_delivery(shapes, scope)
    yield _queues(shapes, scope)


def queues_property(shapes: Shapes, scope: Scope) -> Iterator[Code]:
    """Yield the property of a context, if the actor has queues."""
    if shapes.actor.queues:
        queues = queues_class(shapes.actor)
        yield prop(
            Code("queues"),
            queues,
            code("{}(self)", queues),
            description="Queues of this actor: to receive, to complete, and to send.",
            scope=scope,
        )


def publish_guards(shapes: Shapes, scope: Scope) -> Iterator[Code]:
    """Yield the abstract methods that decide who may send a message."""
    abstract = code("{}.abstractmethod", scope.module("abc"))
    for queue in _guarded(shapes.actor):
        text = f"Decide whether `c.conn` may send to `{queue.name}`."
        name = publish_guard(queue)
        yield guard_method(name, shapes, scope, decorator=abstract, description=text)


def publish_guard_stubs(
    shapes: Shapes, scope: Scope, *, decorator: Code, body: Code
) -> Iterator[Code]:
    """Yield the methods that a user has to write."""
    for queue in _guarded(shapes.actor):
        name = publish_guard(queue)
        yield guard_method(name, shapes, scope, decorator=decorator, body=body)


def queue_entries(actor: Actor, scope: Scope) -> list[Code]:
    """Return the queues with their policies, for the definition."""
    return [
        code(
            "{}: {}.QueueBinding({})",
            string_literal(queue.name),
            scope.module("runtime"),
            join(list(_binding(queue, scope)), ", "),
        )
        for queue in actor.queues
    ]


def _guarded(actor: Actor) -> Iterator[Queue]:
    return (queue for queue in actor.queues if queue.guard)


def delivery_class(actor: Actor, queue: Queue) -> Code:
    """Return the class of the deliveries of a queue."""
    return code("{}Delivery", identifier(queue_class(actor, queue)))


def _delivery(actor: Actor, queue: Queue, scope: Scope) -> Code:
    kind = Code("Delivery") if queue.reply is None else Code("ReplyingDelivery")
    any_type = code("{}.Any", scope.module("typing"))
    definition = code(
        "queue: {}.ClassVar[{}.QueueDefinition[{}, {}]] = {}",
        scope.module("typing"),
        scope.module("client"),
        any_type,
        any_type,
        queue_constant(queue),
    )
    base = code(
        "{}.{}[{}]",
        scope.module("runtime"),
        kind,
        type_arguments(actor, queue, scope),
    )
    text = f"One delivery of a message of `{queue.name}`."
    return class_definition(
        delivery_class(actor, queue), [base], description=text, members=[definition]
    )


def _any_delivery(shapes: Shapes, scope: Scope) -> Code:
    actor = shapes.actor
    kinds = [delivery_class(actor, queue) for queue in actor.queues]
    return code(
        "{}Delivery: {}.TypeAlias = {}",
        shapes.stem,
        scope.module("typing"),
        join(kinds, " | "),
    )


def _queues(shapes: Shapes, scope: Scope) -> Code:
    actor = shapes.actor
    inner = scope.inside(queue_member(queue) for queue in actor.queues)
    names = [string_literal(queue.name) for queue in actor.queues]
    base = code(
        "{}.Queues[{}Delivery, {}.Literal[{}]]",
        scope.module("runtime"),
        shapes.stem,
        scope.module("typing"),
        join(names, ", "),
    )
    kinds = [delivery_class(actor, queue) for queue in actor.queues]
    return class_definition(
        queues_class(actor),
        [base],
        description=f"Queues of `{actor.name}`.",
        members=[
            code("_kinds = {}", as_tuple(kinds)),
            *(_queue(actor, queue, inner) for queue in actor.queues),
        ],
    )


def _queue(actor: Actor, queue: Queue, scope: Scope) -> Code:
    delivery = delivery_class(actor, queue)
    runtime = scope.module("runtime")
    hints = [delivery, message_hint(actor, queue, scope)]
    kind = Code("Queue")
    if queue.reply is not None:
        kind = Code("ReplyingQueue")
        hints.append(reply_hint(actor, queue, scope))
    return prop(
        identifier(queue_member(queue)),
        code("{}.{}[{}]", runtime, kind, join(hints, ", ")),
        code("{}.{}(self._context, {})", runtime, kind, delivery),
        description=queue.description or f"The queue `{queue.name}`.",
        scope=scope,
    )


def _binding(queue: Queue, scope: Scope) -> Iterator[Code]:
    yield code("queue={}", queue_constant(queue))
    if queue.guard:
        yield code("guard={}", string_literal(publish_guard(queue)))
    yield code("retry={}", _retry(queue.retry, scope))
    if queue.dead_letter is not None:
        yield code("dead_letter={}", string_literal(queue.dead_letter))


def _retry(retry: Retry | None, scope: Scope) -> Code:
    if retry is None:
        return Code("None")
    return code(
        "{}.RetryPolicy(attempts={}, backoff_minimum_s={}, backoff_maximum_s={})",
        scope.module("runtime"),
        number_literal(retry.attempts),
        number_literal(retry.backoff_minimum_ms / MILLISECONDS),
        number_literal(retry.backoff_maximum_ms / MILLISECONDS),
    )
