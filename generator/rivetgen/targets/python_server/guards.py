"""Guards of events: methods that decide who may subscribe."""

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
        yield _method(
            event, shapes, scope, decorator=abstract, description=description
        ).render()


def guard_stubs(
    shapes: Shapes, scope: Scope, *, decorator: Code, body: Code
) -> Iterator[Code]:
    """Yield the methods that a user has to write."""
    for event in _guarded(shapes.actor):
        yield _method(event, shapes, scope, decorator=decorator, body=body).render()


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


def _guarded(actor: Actor) -> Iterator[Event]:
    return (event for event in actor.events if event.guard)


def _method(
    event: Event,
    shapes: Shapes,
    scope: Scope,
    *,
    decorator: Code,
    description: str | None = None,
    body: Code | None = None,
) -> Method:
    return Method(
        name=identifier(subscription_guard(event)),
        parameters=(SELF, code("c: {}Context", shapes.stem)),
        result=scope.builtin(Code("bool")),
        body=body,
        description=description,
        is_async=True,
        decorators=(decorator,),
    )
