"""What the actor core is given instead of sockets, files, clocks and randomness.

Core, storage and fronts meet here: a storage backend implements ``Store``, a front
implements ``ConnectionSink``, and the process supplies ``Clock`` and ``Randomness``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from rivetgen_client.wire.messages import ToClient, ToServer

__all__ = [
    "ActorRecord",
    "Alarm",
    "Area",
    "Batch",
    "Cancellable",
    "Clock",
    "ConnectionPort",
    "ConnectionSink",
    "DeleteActor",
    "DeleteRange",
    "DeleteValue",
    "KeyRange",
    "NamePage",
    "PutRecord",
    "PutValue",
    "Randomness",
    "RecordPage",
    "RecordQuery",
    "Store",
    "StoreStatistics",
    "ValueQuery",
    "Write",
]


class Area(IntEnum):
    """The kinds of values that an actor owns; the numbers are stored."""

    STATE = 1
    CONNECTION = 2
    KV = 3
    QUEUE = 4
    SCHEDULE = 5
    JOURNAL = 6
    META = 7
    SCHEDULE_HISTORY = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorRecord:
    """What is known about one actor without waking it. Times are Unix milliseconds.

    Attributes:
        actor_id: Thirty characters, never used again.
        name: Wire name of the actor's definition.
        key: Unique among the living actors of a namespace and name; None never is.
        pool: The pool it was created for (the wire's ``runner_name_selector``).
        crash_policy: ``sleep``, ``restart`` or ``destroy``.
        generation: One for the first start, one more for each further start.
        created_at_ms: When it was created.
        started_at_ms: When it became ready last; None while it sleeps.
        slept_at_ms: When it went to sleep; None while it is awake.
        destroyed_at_ms: When it was destroyed; None while it lives.
        alarm_at_ms: When it has to be awake next; None when nothing is due ever.
        input: The creation's input as CBOR; None when it had none.
    """

    actor_id: str
    name: str
    key: tuple[str, ...] | None
    namespace: str = "default"
    pool: str = "default"
    crash_policy: str = "sleep"
    generation: int = 0
    created_at_ms: int
    started_at_ms: int | None = None
    slept_at_ms: int | None = None
    destroyed_at_ms: int | None = None
    alarm_at_ms: int | None = None
    input: bytes | None = None


@dataclass(frozen=True, slots=True)
class PutRecord:
    """Insert or replace an actor's record."""

    record: ActorRecord


@dataclass(frozen=True, slots=True)
class DeleteActor:
    """Remove every value of an actor and keep its record as a tombstone.

    Attributes:
        record: The record to keep, with ``destroyed_at_ms`` set.
    """

    record: ActorRecord


@dataclass(frozen=True, slots=True)
class PutValue:
    """Insert or replace one value."""

    actor_id: str
    area: Area
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class DeleteValue:
    """Remove one value; removing an absent one is fine."""

    actor_id: str
    area: Area
    key: bytes


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Keys between two bounds, in the order of their bytes.

    Attributes:
        start: The first key.
        end: The first key after the range; None when it is open.
    """

    start: bytes
    end: bytes | None

    def __contains__(self, key: bytes) -> bool:
        return self.start <= key and (self.end is None or key < self.end)


@dataclass(frozen=True, slots=True)
class DeleteRange:
    """Remove every value whose key is in a range."""

    actor_id: str
    area: Area
    keys: KeyRange


Write: TypeAlias = PutRecord | DeleteActor | PutValue | DeleteValue | DeleteRange


@dataclass(frozen=True, slots=True)
class Batch:
    """The writes of one turn: all of them become durable, or none."""

    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """Which records to list: those with the given ids, or else by name and key.

    Attributes:
        actor_ids: When not empty, ``name`` and ``key`` are ignored, and destroyed
            actors are listed too.
        include_destroyed: List tombstones as well.
        limit: Most records on one page.
        cursor: ``RecordPage.cursor`` of the page before.
    """

    namespace: str
    actor_ids: tuple[str, ...] = ()
    name: str | None = None
    key: tuple[str, ...] | None = None
    include_destroyed: bool = False
    limit: int = 100
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueQuery:
    """Which values of one area to read, in the order of their keys.

    Attributes:
        ranges: Disjoint ranges in ascending order; all of them are read at one moment.
        limit: Most values.
        reverse: Read from the last key to the first.
    """

    actor_id: str
    area: Area
    ranges: tuple[KeyRange, ...]
    limit: int
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Records, newest first.

    Attributes:
        records: At most ``RecordQuery.limit``.
        cursor: Opaque; None on the last page.
    """

    records: tuple[ActorRecord, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class NamePage:
    """Names of which at least one actor was ever created, in order.

    Attributes:
        names: At most as many as asked for.
        cursor: Opaque; None on the last page.
    """

    names: tuple[str, ...]
    cursor: str | None


class Alarm(NamedTuple):
    """When an actor has to be awake; alarms are ordered by time, then by id."""

    due_ms: int
    actor_id: str


class Store(Protocol):
    """Durable memory of all actors of one host.

    Reads see every batch that was handed to ``commit`` before them. After a failure
    that leaves the fate of a batch unknown, every further call fails with
    ``StorageFailedError``: such a store never confirms anything again.
    """

    def commit(self, batch: Batch) -> asyncio.Future[None]:
        """Make a batch durable; batches take effect in the order of the calls.

        Returns:
            A future of its own for each batch. It fails with ``StorageFullError`` when
            the batch was refused and later ones may succeed, and with
            ``StorageFailedError`` when the store is out of service.
        """
        ...

    async def record(self, actor_id: str) -> ActorRecord | None:
        """The record of a living or destroyed actor."""
        ...

    async def find(
        self, namespace: str, name: str, key: tuple[str, ...]
    ) -> ActorRecord | None:
        """The record of the living actor with this key."""
        ...

    async def records(self, query: RecordQuery) -> RecordPage:
        """One page of records, newest first.

        Raises:
            ValueError: The cursor is none of this store's.
        """
        ...

    async def names(
        self, namespace: str, *, limit: int, cursor: str | None = None
    ) -> NamePage:
        """One page of actor names in use."""
        ...

    async def alarms(
        self, namespace: str, *, limit: int, after: Alarm | None = None
    ) -> list[Alarm]:
        """The earliest alarms of living actors, in order.

        Args:
            namespace: Whose actors.
            limit: Most alarms; the cost depends on it, not on how many there are.
            after: The last alarm of the page before.
        """
        ...

    async def values(
        self, actor_id: str, areas: frozenset[Area]
    ) -> dict[tuple[Area, bytes], bytes]:
        """Every value of an actor in some areas.

        Raises:
            StorageCorruptError: When a value does not match its checksum.
        """
        ...

    async def scan(self, query: ValueQuery) -> list[tuple[bytes, bytes]]:
        """Some values of an actor with their keys, in the order of the query.

        Raises:
            StorageCorruptError: When a value does not match its checksum.
        """
        ...

    async def close(self) -> None:
        """Stop; everything handed to ``commit`` before is durable when this returns."""
        ...


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """What a store has done since it was opened.

    Attributes:
        batches: Batches that became durable.
        flushes: Times that the disk was asked to keep some, one for many batches.
        waiting: Batches that wait for the disk.
    """

    batches: int
    flushes: int
    waiting: int


class Cancellable(Protocol):
    """A timer that has not fired yet."""

    def cancel(self) -> None:
        """Make sure that it does not fire; harmless afterwards."""
        ...


class Clock(Protocol):
    """Time, and the timers that follow it."""

    def now_ms(self) -> int:
        """Wall clock, Unix milliseconds."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go backwards, from an arbitrary start."""
        ...

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Cancellable:
        """Call back on the event loop after ``delay_s`` seconds."""
        ...


class Randomness(Protocol):
    """Where identifiers come from."""

    def token_bytes(self, count: int) -> bytes:
        """Unpredictable bytes."""
        ...


class ConnectionSink(Protocol):
    """The way out to one client socket, given by the front.

    One message object goes to every subscriber of a broadcast, so that a front may keep
    the encoded bytes of the last one.
    """

    def send(self, message: ToClient) -> None:
        """Queue a message; never blocks: the front bounds it and cuts slow clients."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close the socket after everything sent before; later calls do nothing."""
        ...


class ConnectionPort(Protocol):
    """The way in from one client socket, given to the front."""

    @property
    def connection_id(self) -> str:
        """UUID text, as in the ``Init`` message."""
        ...

    def receive(self, message: ToServer) -> None:
        """Handle one message; requests start in the order of the calls."""
        ...

    async def accepting(self) -> None:
        """Wait until nothing that was received waits; read no more from it before."""
        ...

    def detach(self) -> None:
        """The socket is gone; harmless when called again."""
        ...
