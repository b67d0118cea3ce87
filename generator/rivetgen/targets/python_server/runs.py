"""The background handler in the definition of an actor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code
from rivetgen.python.contracts import MILLISECONDS
from rivetgen.python.literals import number_literal

if TYPE_CHECKING:
    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Actor


def run_policy(actor: Actor, scope: Scope) -> Code:
    """Return the policy of the run handler; `None` for actors without one."""
    if actor.run != "loop":
        return Code("None")
    policy = code("{}.RunPolicy", scope.module("runtime"))
    restart = actor.run_restart
    if restart is None:
        return code("{}()", policy)
    return code(
        "{}(restarts=True, backoff_minimum_s={}, backoff_maximum_s={})",
        policy,
        number_literal(restart.backoff_minimum_ms / MILLISECONDS),
        number_literal(restart.backoff_maximum_ms / MILLISECONDS),
    )
