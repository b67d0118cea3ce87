"""Example calls of an actor's client, as source code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import identifier
from rivetgen.naming import action_method, actor_module
from rivetgen.python.keywords import accesses
from rivetgen.python.literals import literal
from rivetgen.python.samples import Samples

if TYPE_CHECKING:
    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Action, Actor, Member


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

    def _value(self, member: Member) -> Code:
        value = Samples(self.scope.elements).of_member(member)
        return literal(member.type, value, self.scope)
