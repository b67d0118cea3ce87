"""What workflows raise.

::

    RivetgenRuntimeError
    └── WorkflowError
        ├── CriticalError            raised by a step that must not be tried again
        ├── RollbackError            the same, and ``attempt`` does not catch it
        ├── StepFailedError          a step has failed for good
        ├── JoinError                branches of a join have failed
        ├── RaceError                all branches of a race have failed
        ├── WorkflowValueError       a value cannot be recorded
        │   └── WorkflowValueTooLargeError  it is larger than the limit
        ├── LoopResultError          an iteration returned neither Continue nor Break
        ├── WorkflowNameError        a name that no operation can have
        ├── StepTimedOutError        an attempt took too long
        ├── StepInterruptedError     the process ended during an attempt
        ├── StepContextEndedError    the ``c`` of a step that has ended was used
        └── WorkflowMisuseError      the code does not fit itself or its history
            ├── HistoryDivergedError    it does something else than what is recorded
            ├── EntryInProgressError    two operations of one ``w`` at a time
            └── RollbackCheckpointError no checkpoint before a step with a rollback
    CodedError
    ├── ReplayTargetError            there is no such step to replay from
    └── WorkflowInFlightError        a workflow that runs cannot be replayed

Branches and blocks do not catch a ``WorkflowMisuseError``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_runtime.errors import CodedError, RivetgenRuntimeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_runtime.core.workflows.outcomes import ErrorFacts, StepFailure

__all__ = [
    "CriticalError",
    "EntryInProgressError",
    "HistoryDivergedError",
    "JoinError",
    "LoopResultError",
    "RaceError",
    "ReplayTargetError",
    "RollbackCheckpointError",
    "RollbackError",
    "StepContextEndedError",
    "StepFailedError",
    "StepInterruptedError",
    "StepTimedOutError",
    "WorkflowError",
    "WorkflowInFlightError",
    "WorkflowMisuseError",
    "WorkflowNameError",
    "WorkflowValueError",
    "WorkflowValueTooLargeError",
]


class WorkflowError(RivetgenRuntimeError):
    """Something about a workflow."""

    @property
    def is_reported(self) -> bool:
        """Whether ``on_workflow_error`` knows of it already."""
        return False


class CriticalError(WorkflowError):
    """Raised by a step: it has failed for good, another attempt would not help."""


class RollbackError(WorkflowError):
    """Raised by a step or a workflow: roll back; blocks catch it only if they ask."""


class StepFailedError(WorkflowError):
    """A step has failed for good.

    Attributes:
        failure: How.
    """

    def __init__(self, failure: StepFailure) -> None:
        error = failure.error
        what = {
            "exhausted": f"exhausted retries: {error.text}",
            "timeout": f"timed out: {error.message}",
        }.get(failure.kind, f"failed: {error.text}")
        super().__init__(f'Step "{failure.step_name}" {what}')
        self.failure = failure

    @property
    def is_reported(self) -> bool:
        """Always: it was when it was recorded."""
        return True


class _BranchesError(WorkflowError):
    """Branches have failed.

    Attributes:
        name: Of the join or race.
        errors: What is known of the error of each failed branch.
    """

    def __init__(
        self, message: str, *, name: str, errors: Mapping[str, ErrorFacts]
    ) -> None:
        super().__init__(message)
        self.name = name
        self.errors = errors

    @property
    def is_reported(self) -> bool:
        """Whether all that failed were steps."""
        names = {facts.name for facts in self.errors.values()}
        return names == {StepFailedError.__name__}


class JoinError(_BranchesError):
    """Branches of a join have failed; all others have ended, too."""

    def __init__(self, name: str, errors: Mapping[str, ErrorFacts]) -> None:
        found = "; ".join(f"{branch}: {each.text}" for branch, each in errors.items())
        message = f'Branches of join "{name}" failed: {found}'
        super().__init__(message, name=name, errors=errors)


class RaceError(_BranchesError):
    """All branches of a race have failed."""

    def __init__(self, name: str, errors: Mapping[str, ErrorFacts]) -> None:
        super().__init__("All branches failed", name=name, errors=errors)


class WorkflowValueError(WorkflowError):
    """A value cannot be recorded.

    Attributes:
        what: Which value.
        reason: Why.
    """

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} cannot be recorded: {reason}")
        self.what = what
        self.reason = reason


class WorkflowValueTooLargeError(WorkflowValueError):
    """A value has more bytes than can be recorded.

    Attributes:
        size: How many it has, as CBOR.
        limit: How many it may have.
    """

    def __init__(self, what: str, *, size: int, limit: int) -> None:
        reason = f"it has {size:,} bytes, and the limit is {limit:,}"
        super().__init__(what, reason)
        self.size = size
        self.limit = limit


class WorkflowNameError(WorkflowError):
    """A name that no operation can have.

    Attributes:
        name: The name.
    """

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(f"names have 1 to {limit} whole characters: {name[:limit]!r}")
        self.name = name


class LoopResultError(WorkflowError):
    """An iteration of a loop with a state returned neither ``Continue`` nor ``Break``.

    Attributes:
        name: The loop.
    """

    def __init__(self, name: str, found: str) -> None:
        super().__init__(
            f'An iteration of loop "{name}" returned {found}, not Continue or Break'
        )
        self.name = name


class StepTimedOutError(WorkflowError):
    """An attempt of a step took too long; it was cancelled.

    Attributes:
        step_name: The step.
        timeout_s: How long it may take.
    """

    def __init__(self, step_name: str, timeout_s: float) -> None:
        super().__init__(f'Step "{step_name}" timed out after {timeout_s * 1000:g} ms')
        self.step_name = step_name
        self.timeout_s = timeout_s


class StepInterruptedError(WorkflowError):
    """The process ended during an attempt of a step.

    Attributes:
        step_name: The step.
    """

    def __init__(self, step_name: str) -> None:
        super().__init__(f'The process ended while step "{step_name}" was running')
        self.step_name = step_name


class StepContextEndedError(WorkflowError):
    """The ``c`` of a step was used after the step had ended.

    Attributes:
        feature: What of it.
    """

    def __init__(self, feature: str) -> None:
        super().__init__(f"{feature} is only available inside workflow steps")
        self.feature = feature


class WorkflowMisuseError(WorkflowError):
    """The code of a workflow does not fit itself, or what it did before."""


class HistoryDivergedError(WorkflowMisuseError):
    """The code does something else than what is recorded.

    The workflow stops until the actor starts again, perhaps with code that fits.
    """


class EntryInProgressError(WorkflowMisuseError):
    """An operation was begun, or the scope left, while another one was in progress.

    Attributes:
        name: The one in progress.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f'"{name}" is still in progress: await it first, or use join for what'
            " runs at the same time"
        )
        self.name = name


class RollbackCheckpointError(WorkflowMisuseError):
    """A step has a rollback, but no checkpoint was made before it.

    Attributes:
        step_name: The step.
    """

    def __init__(self, step_name: str) -> None:
        super().__init__(
            f'Step "{step_name}" has a rollback: call rollback_checkpoint before it'
        )
        self.step_name = step_name


class ReplayTargetError(CodedError):
    """A workflow cannot be replayed from an entry.

    Attributes:
        entry_id: The entry.
    """

    group = "actor"
    default_code = "invalid_request"

    def __init__(self, entry_id: str, reason: str) -> None:
        super().__init__(f"Cannot replay from {entry_id}: {reason}.")
        self.entry_id = entry_id


class WorkflowInFlightError(CodedError):
    """A workflow that runs cannot be replayed."""

    group = "actor"
    default_code = "workflow_in_flight"

    def __init__(self) -> None:
        super().__init__("The workflow is running; replay it when it waits or ended.")
