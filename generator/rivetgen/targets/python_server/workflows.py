"""The workflow of an actor: its typed `w`, and the queues of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import identifier, string_literal
from rivetgen.naming import queue_member
from rivetgen.python.contracts import key_class
from rivetgen.python.methods import prop
from rivetgen.python.models import class_definition
from rivetgen.python.signatures import as_tuple
from rivetgen.targets.python_server.queues import delivery_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.scopes import Scope
    from rivetgen.targets.python_server.shapes import Shapes
    from rivetgen_schema.ir import Actor, Queue


def workflow_classes(shapes: Shapes, scope: Scope) -> Iterator[Code]:
    """Yield all classes for the workflow of an actor, if it has one."""
    if not shapes.is_workflow:
        return
    if shapes.actor.queues:
        yield _queues(shapes, scope)
    yield _workflow(shapes, scope)


def workflow_definition(shapes: Shapes, scope: Scope) -> Code | None:
    """Return the entry of the actor's definition; `None` without a workflow."""
    if not shapes.is_workflow:
        return None
    kind = code("{}.WorkflowDefinition", scope.module("runtime"))
    return code("{}(workflow={}Workflow)", kind, shapes.stem)


def _workflow(shapes: Shapes, scope: Scope) -> Code:
    base = code(
        "{}.Workflow[{}, {}Context]",
        scope.module("runtime"),
        key_class(shapes.actor),
        shapes.stem,
    )
    return class_definition(
        code("{}Workflow", shapes.stem),
        [base],
        description=f"What the workflow of `{shapes.actor.name}` works with.",
        members=_queues_property(shapes, scope),
    )


def _queues_property(shapes: Shapes, scope: Scope) -> Iterator[Code]:
    if shapes.actor.queues:
        queues = code("{}WorkflowQueues", shapes.stem)
        yield prop(
            Code("queues"),
            queues,
            code("{}(self)", queues),
            description="Queues of this actor: each wait has a name in the history.",
            scope=scope,
        )


def _queues(shapes: Shapes, scope: Scope) -> Code:
    actor = shapes.actor
    inner = scope.inside(queue_member(queue) for queue in actor.queues)
    names = [string_literal(queue.name) for queue in actor.queues]
    base = code(
        "{}.WorkflowQueues[{}Delivery, {}.Literal[{}]]",
        scope.module("runtime"),
        shapes.stem,
        scope.module("typing"),
        join(names, ", "),
    )
    kinds = [delivery_class(actor, queue) for queue in actor.queues]
    return class_definition(
        code("{}WorkflowQueues", shapes.stem),
        [base],
        description=f"Queues of `{actor.name}`, for its workflow.",
        members=[
            code("_kinds = {}", as_tuple(kinds)),
            *(_queue(actor, queue, inner) for queue in actor.queues),
        ],
    )


def _queue(actor: Actor, queue: Queue, scope: Scope) -> Code:
    delivery = delivery_class(actor, queue)
    kind = code("{}.WorkflowQueue", scope.module("runtime"))
    return prop(
        identifier(queue_member(queue)),
        code("{}[{}]", kind, delivery),
        code("{}(self._workflow, {})", kind, delivery),
        description=queue.description or f"The queue `{queue.name}`.",
        scope=scope,
    )
