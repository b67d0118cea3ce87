"""Example calls of an actor's client, as source code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import identifier
from rivetgen.naming import action_method, actor_module, field_name, queue_member
from rivetgen.python.keywords import accesses
from rivetgen.python.literals import literal
from rivetgen.python.queues import MESSAGE, part_class
from rivetgen.python.samples import Samples
from rivetgen_schema.ir import Member, Record

if TYPE_CHECKING:
    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Action, Actor, Queue


@dataclass(frozen=True, slots=True)
class ExampleCalls:
    """Writes calls with values that are valid.

    Attributes:
        scope: How types are spelled, and what has to be imported for it.
    """

    scope: Scope

    def access(self, actor: Actor) -> Code:
        """Return the arguments of `get_or_create`."""
        needed = [
            keyword
            for keyword in accesses(actor, self.scope).keywords
            if keyword.member.required
        ]
        return join(
            [code("{}={}", word.name, self._value(word.member)) for word in needed],
            ", ",
        )

    def action(self, actor: Actor, action: Action) -> Code:
        """Return an awaited call."""
        values = [self._value(member) for member in action.args if member.required]
        return code(
            "await {}.{}({})",
            identifier(actor_module(actor)),
            identifier(action_method(action)),
            join(values, ", "),
        )

    def send(self, actor: Actor, queue: Queue) -> Code:
        """Return an awaited message to a queue."""
        return code(
            "await {}.queues.{}.send({})",
            identifier(actor_module(actor)),
            identifier(queue_member(queue)),
            self._message(actor, queue),
        )

    def _message(self, actor: Actor, queue: Queue) -> Code:
        if not isinstance(queue.message, Record):
            return self._value(Member(name="message", type=queue.message))
        name = part_class(actor, queue, MESSAGE)
        fields = [
            code("{}={}", identifier(field_name(member)), self._value(member))
            for member in queue.message.fields
            if member.required
        ]
        model = self.scope.imports.name(self.scope.package, name)
        return code("{}({})", model, join(fields, ", "))

    def _value(self, member: Member) -> Code:
        value = Samples(self.scope.elements).of_member(member)
        return literal(member.type, value, self.scope)
