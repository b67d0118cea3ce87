"""Classes for the bodies of an actor: key, input, state, connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code
from rivetgen.escaping import identifier
from rivetgen.naming import actor_class
from rivetgen.python.contracts import key_definitions
from rivetgen.python.hints import wire_hint
from rivetgen.python.methods import NONE
from rivetgen.python.models import model
from rivetgen.targets.python_server.past_states import past_versions
from rivetgen_schema.ir import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.modules import Origin
    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Actor, Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One body of an actor and the class that stands for it.

    Attributes:
        name: Name of the class; `None` is the name when there is no body.
        body: The body, if it is declared.
        description: Text of the docstring.
    """

    name: Code
    body: Body | None
    description: str

    @property
    def is_constructible(self) -> bool:
        """Whether a value can be made without any information."""
        return isinstance(self.body, Record) and not any(
            member.required for member in self.body.fields
        )

    def define(self, scope: Scope) -> Iterator[Code]:
        """Yield the class, or the alias of a named type."""
        if isinstance(self.body, Record):
            fields = self.body.fields
            yield model(self.name, fields, scope, description=self.description)
        elif self.body is not None:
            alias = code("{}.TypeAlias", scope.module("typing"))
            yield code("{}: {} = {}", self.name, alias, wire_hint(self.body, scope))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """All bodies of one actor.

    Attributes:
        past_versions: Versions of the state that are migrated.
    """

    actor: Actor
    past_versions: range
    stem: Code
    input: Shape
    state: Shape
    params: Shape
    conn_state: Shape

    @property
    def is_workflow(self) -> bool:
        """Whether the background handler of the actor is a workflow."""
        return self.actor.run == "workflow"

    def define(self, scope: Scope) -> Iterator[Code]:
        """Yield the classes in the order in which they are read."""
        yield from key_definitions(self.actor, scope)
        for shape in (self.input, self.state, self.params, self.conn_state):
            yield from shape.define(scope)


def shapes_of(origin: Origin, actor: Actor) -> Shapes:
    """Return the bodies of an actor with their class names."""
    stem = identifier(actor_class(actor))

    def shape(body: Body | None, suffix: Code, description: str) -> Shape:
        name = code("{}{}", stem, suffix) if body is not None else NONE
        return Shape(name=name, body=body, description=description)

    name = actor.name
    return Shapes(
        actor=actor,
        past_versions=past_versions(origin, actor),
        stem=stem,
        input=shape(actor.input, Code("Input"), f"What a creator of `{name}` passes."),
        state=shape(actor.state, Code("State"), f"Durable state of `{name}`."),
        params=shape(
            actor.conn_params, Code("Params"), f"What a client of `{name}` passes."
        ),
        conn_state=shape(
            actor.conn_state,
            Code("ConnectionState"),
            f"State of one connection to `{name}`.",
        ),
    )
