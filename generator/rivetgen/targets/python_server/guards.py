"""Guards: methods that decide who may subscribe to an event or send to a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code
from rivetgen.escaping import identifier, string_literal
from rivetgen.naming import subscription_guard
from rivetgen.python.methods import SELF, Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.scopes import Scope
    from rivetgen.targets.python_server.shapes import Shapes
    from rivetgen_schema.ir import Actor, Event


def guard_methods(shapes: Shapes, scope: Scope) -> Iterator[Code]:
    """Yield the abstract methods of an actor's base class."""
    abstract = code("{}.abstractmethod", scope.module("abc"))
    for event in _guarded(shapes.actor):
        description = f"Decide whether `c.conn` may subscribe to `{event.name}`."
        name = subscription_guard(event)
        yield guard_method(
            name, shapes, scope, decorator=abstract, description=description
        )


def guard_stubs(
    shapes: Shapes, scope: Scope, *, decorator: Code, body: Code
) -> Iterator[Code]:
    """Yield the methods that a user has to write."""
    for event in _guarded(shapes.actor):
        name = subscription_guard(event)
        yield guard_method(name, shapes, scope, decorator=decorator, body=body)


def guard_entries(actor: Actor) -> list[Code]:
    """Return event and method of each guard, for the definition."""
    return [
        code(
            "{}: {}",
            string_literal(event.name),
            string_literal(subscription_guard(event)),
        )
        for event in _guarded(actor)
    ]


def guard_method(
    name: str,
    shapes: Shapes,
    scope: Scope,
    *,
    decorator: Code,
    description: str | None = None,
    body: Code | None = None,
) -> Code:
    """Return one guard; without a body it is abstract."""
    return Method(
        name=identifier(name),
        parameters=(SELF, code("c: {}Context", shapes.stem)),
        result=scope.builtin(Code("bool")),
        body=body,
        description=description,
        is_async=True,
        decorators=(decorator,),
    ).render()


def _guarded(actor: Actor) -> Iterator[Event]:
    return (event for event in actor.events if event.guard)
