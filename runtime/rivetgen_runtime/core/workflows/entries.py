"""What a journal holds: one entry per operation of a workflow.

Times are Unix milliseconds, values are CBOR. Everything here is what official servers
store too; ``entry_rows`` has the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_runtime.core.workflows.locations import Location
    from rivetgen_runtime.core.workflows.outcomes import StepFailure

__all__ = [
    "Branch",
    "BranchStatus",
    "CheckpointEntry",
    "Entry",
    "EntryKind",
    "EntryMetadata",
    "EntryStatus",
    "EntryType",
    "JoinEntry",
    "LoopEntry",
    "MessageEntry",
    "RaceEntry",
    "RemovedEntry",
    "SleepEntry",
    "SleepState",
    "StepEntry",
    "VersionEntry",
    "WorkflowState",
]


class WorkflowState(Enum):
    """Where a workflow is in its life; the texts are stored."""

    PENDING = "pending"
    RUNNING = "running"
    SLEEPING = "sleeping"
    """All of it waits: for a time, or for a message."""
    FAILED = "failed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ROLLING_BACK = "rolling_back"

    @property
    def is_final(self) -> bool:
        """Whether the workflow does not run any more."""
        return self in _FINAL_STATES


_FINAL_STATES = frozenset(
    {WorkflowState.FAILED, WorkflowState.COMPLETED, WorkflowState.CANCELLED}
)


class EntryStatus(IntEnum):
    """How far a step or a loop is; the numbers are stored."""

    PENDING = 0
    RUNNING = 1
    COMPLETED = 2
    FAILED = 3
    EXHAUSTED = 4
    """It has failed for good."""


class SleepState(IntEnum):
    """Whether a sleep is over; the numbers are stored."""

    PENDING = 0
    COMPLETED = 1
    INTERRUPTED = 2


class BranchStatus(IntEnum):
    """How far a branch is; the numbers are stored."""

    PENDING = 0
    RUNNING = 1
    COMPLETED = 2
    FAILED = 3
    CANCELLED = 4


class EntryType(Enum):
    """The kinds of entries, by the names that ``removed`` takes; these are stored."""

    STEP = "step"
    LOOP = "loop"
    SLEEP = "sleep"
    MESSAGE = "message"
    ROLLBACK_CHECKPOINT = "rollback_checkpoint"
    JOIN = "join"
    RACE = "race"
    REMOVED = "removed"
    VERSION_CHECK = "version_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntry:
    """A step.

    Attributes:
        output: What it returned; None for nothing, or not yet.
        error: Why its last attempt failed.
    """

    output: bytes | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopEntry:
    """A loop.

    Attributes:
        state: What its current iteration began with.
        iteration: Number of the current iteration.
        output: What it returned; None as long as it goes on.
    """

    state: bytes
    iteration: int = 0
    output: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepEntry:
    """A wait for a time, which was fixed when it began."""

    deadline_ms: int
    state: SleepState = SleepState.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEntry:
    """A message that was received, or how many were.

    Attributes:
        name: Queue of the message; of a count the queues, and ``:count``.
        data: The message, or the number.
    """

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointEntry:
    """From here on steps may have a rollback."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What became of one branch of a join or a race.

    Attributes:
        status: How far it is.
        output: What it returned.
        error: Why it failed.
    """

    status: BranchStatus = BranchStatus.PENDING
    output: bytes | None = None
    error: str | None = None

    @property
    def is_settled(self) -> bool:
        """Whether it has come to an end of its own."""
        return self.status in {BranchStatus.COMPLETED, BranchStatus.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinEntry:
    """Branches that all have to end."""

    branches: Mapping[str, Branch] = field(default_factory=dict[str, Branch])


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceEntry:
    """Branches of which the first that succeeds wins."""

    winner: str | None = None
    branches: Mapping[str, Branch] = field(default_factory=dict[str, Branch])


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedEntry:
    """The place of an operation that is not in the code any more."""

    original_type: str
    original_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEntry:
    """Which version of the code this place began with.

    Attributes:
        resolved: That version.
        latest: The newest one at that time.
    """

    resolved: int
    latest: int


EntryKind: TypeAlias = (
    StepEntry
    | LoopEntry
    | SleepEntry
    | MessageEntry
    | CheckpointEntry
    | JoinEntry
    | RaceEntry
    | RemovedEntry
    | VersionEntry
)


_TYPES: Final[Mapping[type[EntryKind], EntryType]] = {
    StepEntry: EntryType.STEP,
    LoopEntry: EntryType.LOOP,
    SleepEntry: EntryType.SLEEP,
    MessageEntry: EntryType.MESSAGE,
    CheckpointEntry: EntryType.ROLLBACK_CHECKPOINT,
    JoinEntry: EntryType.JOIN,
    RaceEntry: EntryType.RACE,
    RemovedEntry: EntryType.REMOVED,
    VersionEntry: EntryType.VERSION_CHECK,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation of a workflow.

    Attributes:
        id: UUID text.
        location: Where it is.
        kind: What it is, and what came of it.
    """

    id: str
    location: Location
    kind: EntryKind

    @property
    def type(self) -> EntryType:
        """What kind of operation it is."""
        return _TYPES[type(self.kind)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryMetadata:
    """What changes about a step or a loop while it is being worked on.

    Attributes:
        status: How far it is.
        error: Why the last attempt failed.
        attempts: Begun so far.
        last_attempt_at_ms: When the last one began; when it has failed, when it did.
        created_at_ms: When the entry was made.
        completed_at_ms: When it was completed.
        rollback_completed_at_ms: When its rollback was done.
        rollback_error: Why its rollback failed.
        failure: How a step failed for good; stored in a row of its own.
    """

    status: EntryStatus = EntryStatus.PENDING
    error: str | None = None
    attempts: int = 0
    last_attempt_at_ms: int = 0
    created_at_ms: int
    completed_at_ms: int | None = None
    rollback_completed_at_ms: int | None = None
    rollback_error: str | None = None
    failure: StepFailure | None = None
