"""Bringing a stored state to the version of the schema, step by step.

Each step is a method of the actor: ``migrate_v1_to_v2(old) -> new``. What a release
has stored is typed where the lock file knows that release; otherwise it is a plain
value of maps, lists and scalars.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from rivetgen_client.types import dump, load
from rivetgen_runtime.errors import StateInvalidError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.core.definitions import ActorDefinition

__all__ = ["StateMigration", "migrated"]


@dataclass(frozen=True, kw_only=True, eq=False)
class StateMigration:
    """One step, from a version to the next.

    Attributes:
        version: The version that it starts from.
        method: Name of the method.
        old: Type of the state of that version; None for a plain value.
    """

    version: int
    method: str
    old: Any = None

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Validator and serializer of the old state."""
        return TypeAdapter(self.old)

    def read(self, value: Value) -> Any:
        """Return what the method is given.

        Raises:
            pydantic.ValidationError: The value is no state of this version.
        """
        return value if self.old is None else load(self.adapter, value)

    def write(self, value: Any) -> Value:
        """Return a state of this version as it is stored."""
        return value if self.old is None else dump(value, self.adapter)


def migrated(
    definition: ActorDefinition, actor: AnyActor | None, value: Value, *, version: int
) -> Value:
    """Return a stored state as one of the version that the schema has.

    Raises:
        StateInvalidError: A step is missing, or was given or made something that is no
            state of its version.
        Exception: Whatever a step raised.
    """
    steps = {step.version: step for step in definition.state_migrations}
    for current in range(version, definition.state_version):
        step = steps.get(current)
        if step is None or actor is None:
            detail = f"nothing migrates it from version {current} to {current + 1}"
            raise StateInvalidError(definition.name, detail)
        method: Callable[[Any], Any] = getattr(actor, step.method)
        following = steps.get(current + 1)
        try:
            result = method(step.read(value))
            value = _written(definition, following, result)
        except ValueError as error:
            # pydantic's errors about what was read and written, and those of the step.
            detail = f"{step.method}: {error}"
            raise StateInvalidError(definition.name, detail) from error
    return value


def _written(
    definition: ActorDefinition, following: StateMigration | None, result: Any
) -> Value:
    if following is not None:
        return following.write(result)
    return definition.dump_state(result)
