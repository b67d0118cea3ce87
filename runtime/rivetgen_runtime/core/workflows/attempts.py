"""Blocks whose failure is a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from rivetgen_runtime.core.workflows.errors import (
    JoinError,
    RaceError,
    RollbackError,
    StepFailedError,
)
from rivetgen_runtime.core.workflows.outcomes import (
    ErrorFacts,
    Failed,
    ScopeFailure,
    Succeeded,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from rivetgen_runtime.core.workflows.outcomes import ScopeFailureSource
    from rivetgen_runtime.core.workflows.scopes import Scope

__all__ = ["run_attempt"]

T = TypeVar("T")


async def run_attempt(
    scope: Scope,
    name: str,
    body: Callable[[Scope], Awaitable[T]],
    *,
    catch: Collection[ScopeFailureSource],
) -> Succeeded[T] | Failed[ScopeFailure]:
    """Run a block in a scope of its own; some of its failures are returned.

    The outcome follows from what is recorded of the operations in it: it is the same
    in every replay.

    Raises:
        WorkflowMisuseError: Something is wrong with the workflow.
        Exception: What the block raised and is not to be caught.
    """
    with scope.operation(name):
        location = scope.claim(name)
        await scope.execution.admit(scope.thread)
        inside = scope.below(location[-1])
        try:
            value = await body(inside)
        except (StepFailedError, JoinError, RaceError, RollbackError) as error:
            failure = _failure(name, error)
            if failure.source not in catch:
                raise
            return Failed(failure)
        inside.finish()
        return Succeeded(value)


def _failure(
    block: str, error: StepFailedError | JoinError | RaceError | RollbackError
) -> ScopeFailure:
    facts = ErrorFacts.of(error)
    match error:
        case StepFailedError():
            step = error.failure
            return ScopeFailure(
                source="rollback" if step.kind == "rollback" else "step",
                name=step.step_name,
                error=step.error,
                step=step,
            )
        case JoinError():
            return ScopeFailure(source="join", name=error.name, error=facts)
        case RaceError():
            return ScopeFailure(source="race", name=error.name, error=facts)
        case _:
            return ScopeFailure(source="rollback", name=block, error=facts)
