"""Schedules as they are kept in memory and in the store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

from rivetgen_client.wire import cbor
from rivetgen_client.wire.errors import ErrorBody, UnsupportedValueError
from rivetgen_runtime.core.cron import CronCadence
from rivetgen_runtime.core.schedule_rules import (
    SCHEDULE_LIMITS,
    CatchUp,
    IntervalCadence,
    Missed,
    Overlap,
    ScheduleError,
    ScheduleErrorCode,
    check_max_history,
    check_name,
    crash_backoff_ms,
)
from rivetgen_runtime.core.snapshots import decode_stored, encode_stored
from rivetgen_runtime.errors import StorageCorruptError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rivetgen_client.wire.values import Value

__all__ = [
    "DEFAULT_CATCH_UP",
    "AnyCadence",
    "Ended",
    "OneShot",
    "Recurring",
    "Result",
    "Run",
    "StoredRow",
    "Tries",
    "decode_args",
    "encode_args",
    "history_key",
    "new_recurring",
    "number_in",
    "read_ended",
    "read_row",
    "row_key",
    "write_ended",
    "write_row",
]

AnyCadence: TypeAlias = CronCadence | IntervalCadence

DEFAULT_CATCH_UP: Final = CatchUp()

_VERSION: Final = 1
_ONE_SHOT: Final = b"\0"
_RECURRING: Final = b"\1"
_NUMBER_BYTES: Final = 8


class Result(IntEnum):
    """How a run of a recurring schedule ended; the numbers are stored."""

    RUNNING = 0
    OK = 1
    ERROR = 2
    SKIPPED = 3


class Tries(NamedTuple):
    """Runs of a call that were stored before they began.

    They are once the process has died while the call was due, so that one that kills
    the process is not the first thing that each new process does.

    Attributes:
        number: How many there were, the one that goes on included.
        not_before_ms: When the next one may begin.
        is_running: Whether the last one had not ended.
    """

    number: int = 0
    not_before_ms: int = 0
    is_running: bool = False

    def begun(self, now_ms: int) -> Tries:
        """One more; unless it ends, the next one has to wait."""
        number = self.number + 1
        return Tries(number, now_ms + crash_backoff_ms(number), is_running=True)

    def taken_up(self, *, died: bool) -> Tries:
        """At the next start: what a graceful stop cut off does not count."""
        if not self.is_running:
            return self
        return self._replace(is_running=False) if died else Tries(self.number - 1)


NO_TRIES: Final = Tries()


@dataclass(frozen=True, slots=True)
class OneShot:
    """A call of an action at one time.

    Attributes:
        args: A list of wire values as CBOR; None for an empty one.
        tries: Of what the process may have died of.
    """

    schedule_id: str
    action: str
    args: bytes | None
    run_at_ms: int
    tries: Tries = NO_TRIES

    @property
    def due_ms(self) -> int:
        """When it fires: at its time, or when it may be tried again."""
        return max(self.run_at_ms, self.tries.not_before_ms)

    @staticmethod
    def key_of(schedule_id: str) -> bytes:
        """Where the one-shot with this id is stored."""
        return _ONE_SHOT + schedule_id.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a recurring schedule that has begun.

    Attributes:
        number: Runs of one schedule are counted; skipped ones are, too.
    """

    number: int
    scheduled_at_ms: int
    fired_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A call of an action again and again.

    Attributes:
        cadence: When; None once it has ended and only its history is left.
        args: A list of wire values as CBOR; None for an empty one.
        overlap: What happens to a run while an earlier one goes on.
        catch_up: What happens to missed runs.
        max_history: How many ended runs are kept.
        is_declared: Whether the schema declares it.
        next_at_ms: When it is due next.
        last_at_ms: When it was started last.
        running: What has begun and not ended. After a crash these are the runs that it
            interrupted.
        deaths: How often in a row the process died during a run.
        waiting: Times of runs that are owed and have not begun.
        first_number: The oldest run in the history.
        next_number: What the next run is called.
    """

    name: str
    action: str
    args: bytes | None
    cadence: AnyCadence | None
    overlap: Overlap = Overlap.SKIP
    catch_up: CatchUp = DEFAULT_CATCH_UP
    max_history: int
    is_declared: bool = False
    next_at_ms: int
    last_at_ms: int | None = None
    running: tuple[Run, ...] = ()
    waiting: tuple[int, ...] = ()
    first_number: int = 0
    next_number: int = 0
    deaths: int = 0

    @staticmethod
    def key_of(name: str) -> bytes:
        """Where the schedule with this name is stored."""
        return _RECURRING + name.encode("utf-8", "surrogatepass")

    @property
    def history_length(self) -> int:
        """How many runs the history has, those included that go on."""
        return self.next_number - self.first_number

    @property
    def owed_since_ms(self) -> int | None:
        """The oldest time of a run that has not ended; None when all have."""
        times = [*self.waiting, *(run.scheduled_at_ms for run in self.running)]
        return min(times, default=None)


StoredRow: TypeAlias = OneShot | Recurring


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run in the history of a recurring schedule."""

    action: str
    scheduled_at_ms: int
    fired_at_ms: int
    finished_at_ms: int | None
    result: Result
    error: ErrorBody | None = None


def new_recurring(
    name: str,
    cadence: AnyCadence,
    *,
    max_history: int = SCHEDULE_LIMITS.default_history_per_schedule,
    overlap: Overlap = Overlap.SKIP,
    catch_up: CatchUp = DEFAULT_CATCH_UP,
) -> Recurring:
    """A schedule that calls nothing yet.

    Raises:
        ScheduleError: ``invalid_name`` or ``invalid_max_history``.
    """
    check_name(name)
    check_max_history(max_history)
    return Recurring(
        name=name,
        action="",
        args=None,
        cadence=cadence,
        overlap=overlap,
        catch_up=catch_up,
        max_history=max_history,
        next_at_ms=0,
    )


def encode_args(args: list[Value]) -> bytes | None:
    """The arguments of a scheduled call, as a row keeps them.

    Raises:
        ScheduleError: ``invalid_argument``: they cannot be sent, or are too long.
    """
    if not args:
        return None
    try:
        blob = cbor.encode(args)
    except UnsupportedValueError as error:
        raise _invalid_args(error.reason) from error
    limit = SCHEDULE_LIMITS.args_bytes
    if len(blob) > limit:
        raise _invalid_args(f"they are longer than {limit} bytes")
    return blob


def decode_args(blob: bytes | None) -> list[Value]:
    """The arguments of a scheduled call."""
    return [] if blob is None else cast("list[Value]", cbor.decode(blob))


def row_key(row: StoredRow) -> bytes:
    """Where a row is stored."""
    match row:
        case OneShot(schedule_id):
            return OneShot.key_of(schedule_id)
        case Recurring(name=name):
            return Recurring.key_of(name)


def history_key(name: str, number: int) -> bytes:
    """Where a run of a schedule is stored: in the order of the runs."""
    encoded = name.encode("utf-8", "surrogatepass")
    prefix = len(encoded).to_bytes(1)
    return prefix + encoded + number.to_bytes(_NUMBER_BYTES)


def number_in(key: bytes) -> int:
    """Which run a history key names."""
    return int.from_bytes(key[-_NUMBER_BYTES:])


def write_row(row: StoredRow) -> bytes:
    """What is stored."""
    match row:
        case OneShot():
            values: list[object] = [row.action, row.args, row.run_at_ms]
            if row.tries != NO_TRIES:
                values += row.tries
        case Recurring():
            values = [
                *(row.action, row.args, _cadence_values(row.cadence)),
                *(row.overlap.value, row.catch_up.missed.value, row.catch_up.max_runs),
                *(row.max_history, row.is_declared, row.next_at_ms, row.last_at_ms),
                [_run_values(run) for run in row.running],
                *(list(row.waiting), row.first_number, row.next_number, row.deaths),
            ]
    return encode_stored(cast("Value", values), _VERSION)


def read_row(key: bytes, blob: bytes) -> StoredRow:
    """Read a row back.

    Raises:
        ScheduleError: ``invalid_schedule_row``: it was written by another release, or
            what it says does not hold any more, such as the name of a time zone.
    """
    name = key[1:].decode("utf-8", "surrogatepass")
    try:
        values = _values(blob)
        if key[:1] == _ONE_SHOT:
            action, args, run_at_ms, *tries = values
            return OneShot(name, action, args, run_at_ms, Tries(*tries))
        return _recurring(name, values)
    except (StorageCorruptError, ScheduleError, ValueError, TypeError) as error:
        raise ScheduleError(
            ScheduleErrorCode.INVALID_SCHEDULE_ROW, schedule_id=name, reason=str(error)
        ) from error


def write_ended(ended: Ended) -> bytes:
    """What is stored of a run."""
    error = ended.error
    body: list[object] | None = None
    if error is not None:
        metadata = cbor.encode(error.metadata)
        body = [error.group, error.code, error.message, metadata]
    values = [
        *(ended.action, ended.scheduled_at_ms, ended.fired_at_ms),
        *(ended.finished_at_ms, int(ended.result), body),
    ]
    return encode_stored(cast("Value", values), _VERSION)


def read_ended(blob: bytes) -> Ended:
    """Read a run back.

    Raises:
        StorageCorruptError: It is nothing that ``write_ended`` wrote.
    """
    action, scheduled_at_ms, fired_at_ms, finished_at_ms, result, body = _values(blob)
    error = None
    if body is not None:
        group, code, message, metadata = body
        error = ErrorBody(group, code, message, metadata=cbor.decode(metadata))
    return Ended(
        action=action,
        scheduled_at_ms=scheduled_at_ms,
        fired_at_ms=fired_at_ms,
        finished_at_ms=finished_at_ms,
        result=Result(result),
        error=error,
    )


def _recurring(name: str, values: Sequence[Any]) -> Recurring:
    action, args, cadence, overlap, missed, max_runs, *rest = values
    max_history, is_declared, next_at_ms, last_at_ms, *more = rest
    running, waiting, first_number, next_number, deaths = more
    return Recurring(
        name=name,
        action=action,
        args=args,
        cadence=_cadence(cadence),
        overlap=Overlap(overlap),
        catch_up=CatchUp(Missed(missed), max_runs),
        max_history=max_history,
        is_declared=is_declared,
        next_at_ms=next_at_ms,
        last_at_ms=last_at_ms,
        running=tuple(Run(*run) for run in running),
        waiting=tuple(waiting),
        first_number=first_number,
        next_number=next_number,
        deaths=deaths,
    )


def _run_values(run: Run) -> list[int]:
    return [run.number, run.scheduled_at_ms, run.fired_at_ms]


def _cadence_values(cadence: AnyCadence | None) -> list[object] | None:
    match cadence:
        case None:
            return None
        case CronCadence(expression, timezone):
            return [expression, timezone]
        case IntervalCadence(interval_ms):
            return [interval_ms]


def _cadence(values: list[Any] | None) -> AnyCadence | None:
    match values:
        case None:
            return None
        case [interval_ms]:
            return IntervalCadence(interval_ms)
        case _:
            return CronCadence(*values)


def _invalid_args(reason: str) -> ScheduleError:
    return ScheduleError(
        ScheduleErrorCode.INVALID_ARGUMENT, argument="args", reason=reason
    )


def _values(blob: bytes) -> Sequence[Any]:
    version, values = decode_stored(blob)
    if version != _VERSION or not isinstance(values, list):
        message = f"layout {version} is unknown"
        raise StorageCorruptError(message)
    return values
