"""What operations of a workflow lead to, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeAlias, TypeVar

from rivetgen_client.errors import ActorError
from rivetgen_runtime.errors import CodedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_client.wire.values import Value

__all__ = [
    "Break",
    "Continue",
    "ErrorFacts",
    "Failed",
    "Raced",
    "RollbackFailed",
    "ScopeFailure",
    "ScopeFailureSource",
    "StepFailed",
    "StepFailure",
    "StepFailureKind",
    "Succeeded",
    "WorkflowFailed",
    "WorkflowFailure",
]

T = TypeVar("T")
StateT = TypeVar("StateT")
FailureT = TypeVar("FailureT")

StepFailureKind: TypeAlias = Literal["critical", "timeout", "exhausted", "rollback"]
"""Why a step is not tried again.

``critical``: it raised ``CriticalError``, or returned what cannot be recorded;
``timeout``: its last attempt took too long; ``exhausted``: there are no attempts left;
``rollback``: it raised ``RollbackError``.
"""

ScopeFailureSource: TypeAlias = Literal["step", "join", "race", "rollback"]
"""What failed in a block: ``rollback`` is a step or the block's own ``RollbackError``.
"""

_PLAIN_ERRORS: Final = (Exception, RuntimeError)
"""What JavaScript calls ``Error``."""

_PRIMITIVES: Final = (str, bool, int, float)


@dataclass(frozen=True, slots=True)
class Continue(Generic[StateT]):
    """Go on with a loop.

    Attributes:
        state: What its next iteration begins with.
    """

    state: StateT


@dataclass(frozen=True, slots=True)
class Break(Generic[T]):
    """End a loop.

    Attributes:
        value: What the loop returns.
    """

    value: T


@dataclass(frozen=True, slots=True)
class Raced(Generic[T]):
    """How a race ended.

    Attributes:
        winner: Name of the branch that succeeded first.
        value: What it returned.
    """

    winner: str
    value: T


@dataclass(frozen=True, slots=True)
class Succeeded(Generic[T]):
    """It worked.

    Attributes:
        value: What was returned.
    """

    value: T


@dataclass(frozen=True, slots=True)
class Failed(Generic[FailureT]):
    """It failed for good.

    Attributes:
        failure: How.
    """

    failure: FailureT


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFacts:
    """What is kept of an exception.

    Attributes:
        name: Its class; ``Error`` for ``Exception`` and ``RuntimeError`` themselves.
        message: Its text.
        metadata: What else it says, as wire values; None for nothing.
    """

    name: str
    message: str
    metadata: Mapping[str, Value] | None = None

    @classmethod
    def of(cls, error: BaseException) -> ErrorFacts:
        """The facts of an exception."""
        kind = type(error)
        name = "Error" if kind in _PLAIN_ERRORS else kind.__name__
        message = _writable(str(error))
        return cls(name=name, message=message, metadata=_metadata(error))

    @classmethod
    def from_text(cls, text: str) -> ErrorFacts:
        """Read what ``text`` gave."""
        name, separator, message = text.partition(": ")
        if separator and name.isidentifier():
            return cls(name=name, message=message)
        return cls(name="Error", message=text)

    @property
    def text(self) -> str:
        """Name and message, as JavaScript writes an error."""
        return f"{self.name}: {self.message}"

    def to_value(self) -> dict[str, Any]:
        """As official servers send it."""
        value: dict[str, Any] = {"name": self.name, "message": self.message}
        return value if self.metadata is None else {**value, "metadata": self.metadata}


def _writable(text: str) -> str:
    """The text, with halves of surrogate pairs escaped: nothing can store those.

    Names of files that are no UTF-8 have them, and so have the errors about them.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def _metadata(error: BaseException) -> Mapping[str, Value] | None:
    if isinstance(error, CodedError | ActorError):
        facts: dict[str, Any] = {"group": error.group, "code": error.code}
    else:
        facts = {
            name: _writable(fact) if isinstance(fact, str) else fact
            for name, fact in vars(error).items()
            if isinstance(fact, _PRIMITIVES) and not name.startswith("_")
        }
    return facts or None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailure:
    """How a step failed for good.

    Attributes:
        kind: Why it is not tried again.
        step_name: The step.
        attempts: How often it was tried.
        error: What its last attempt raised.
    """

    kind: StepFailureKind
    step_name: str
    attempts: int
    error: ErrorFacts

    def to_value(self) -> dict[str, Any]:
        """As official servers send it."""
        return {
            "kind": self.kind,
            "stepName": self.step_name,
            "attempts": self.attempts,
            "error": self.error.to_value(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeFailure:
    """Why a block failed.

    Attributes:
        source: What failed in it.
        name: The step, the join or the race; of a ``RollbackError`` the block.
        error: What it raised.
        step: How the step failed, if it was one.
    """

    source: ScopeFailureSource
    name: str
    error: ErrorFacts
    step: StepFailure | None = None

    def to_value(self) -> dict[str, Any]:
        """As official servers send it."""
        value: dict[str, Any] = {
            "source": self.source,
            "name": self.name,
            "error": self.error.to_value(),
        }
        return value if self.step is None else {**value, "step": self.step.to_value()}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed:
    """An attempt of a step has failed.

    Attributes:
        workflow_id: Id of the workflow, which is that of its actor.
        step_name: The step.
        attempt: Which attempt it was, from one.
        max_retries: How many may follow the first one.
        will_retry: Whether another one follows.
        retry_delay_ms: How long until it does; None when none follows.
        retry_at_ms: When it does, Unix milliseconds; None when none follows.
        error: What the attempt raised.
    """

    workflow_id: str
    step_name: str
    attempt: int
    max_retries: int
    will_retry: bool
    retry_delay_ms: int | None = None
    retry_at_ms: int | None = None
    error: ErrorFacts

    @property
    def remaining_retries(self) -> int:
        """How many attempts may follow the failed one."""
        return max(0, self.max_retries - (self.attempt - 1))

    def to_value(self) -> dict[str, Any]:
        """As official servers send it."""
        step: dict[str, Any] = {
            "workflowId": self.workflow_id,
            "stepName": self.step_name,
            "attempt": self.attempt,
            "maxRetries": self.max_retries,
            "remainingRetries": self.remaining_retries,
            "willRetry": self.will_retry,
        }
        if self.will_retry:
            step["retryDelay"] = self.retry_delay_ms
            step["retryAt"] = self.retry_at_ms
        return {"step": {**step, "error": self.error.to_value()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackFailed:
    """The rollback of a step has failed; those of the steps before it do not run.

    Attributes:
        workflow_id: Id of the workflow.
        step_name: The step.
        error: What its rollback raised.
    """

    workflow_id: str
    step_name: str
    error: ErrorFacts

    def to_value(self) -> dict[str, Any]:
        """As official servers send it."""
        return {
            "rollback": {
                "workflowId": self.workflow_id,
                "stepName": self.step_name,
                "error": self.error.to_value(),
            }
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFailed:
    """The workflow has failed, and not by a step that was reported before.

    Attributes:
        workflow_id: Its id.
        error: What it raised.
    """

    workflow_id: str
    error: ErrorFacts

    def to_value(self) -> dict[str, Any]:
        """As official servers send it."""
        return {
            "workflow": {
                "workflowId": self.workflow_id,
                "error": self.error.to_value(),
            }
        }


WorkflowFailure: TypeAlias = StepFailed | RollbackFailed | WorkflowFailed
"""What ``on_workflow_error`` is told."""
