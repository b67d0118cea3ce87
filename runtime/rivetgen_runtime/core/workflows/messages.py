"""Messages: received in the commit that records them, and completed by their id.

A wait that is called ``wait`` is recorded as ``wait:count``, how many messages came,
``wait:0`` and so on, each message, and with a timeout ``wait:deadline``.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar, cast

from rivetgen_client.wire import cbor
from rivetgen_client.wire.errors import MalformedMessageError
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.queues.errors import (
    PreviousNotCompletedError,
    QueueMessageInvalidError,
)
from rivetgen_runtime.core.queues.receiving import Receipt
from rivetgen_runtime.core.queues.rows import QueuedMessage
from rivetgen_runtime.core.workflows.entries import (
    Entry,
    MessageEntry,
    SleepEntry,
    SleepState,
)
from rivetgen_runtime.core.workflows.errors import HistoryDivergedError
from rivetgen_runtime.core.workflows.sleeps import deadline_after_ms
from rivetgen_runtime.errors import (
    ActorStoppingError,
    StateInvalidError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.abort import AbortSignal
    from rivetgen_runtime.core.workflows.execution import Execution
    from rivetgen_runtime.core.workflows.journal import Journal
    from rivetgen_runtime.core.workflows.locations import Location
    from rivetgen_runtime.core.workflows.scopes import Scope

__all__ = [
    "Completer",
    "Wait",
    "held_messages",
    "let_go_of_messages",
    "receive",
    "release_messages",
]

T = TypeVar("T")

_MARKER: Final = "__rivetWorkflowQueueMessage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What a workflow waits for.

    Attributes:
        name: Unique in its scope.
        names: Queues.
        count: Most messages; one that is there is enough to go on.
        timeout_s: How long to wait for the first; None for ever, zero not at all.
        completable: Those of the queues whose messages are completed explicitly.
    """

    name: str
    names: Collection[str]
    count: int = 1
    timeout_s: float | None = None
    completable: Collection[str] = ()


async def receive(
    scope: Scope, wait: Wait, read: Callable[[Completer, Receipt], T]
) -> list[T]:
    """Receive messages, or those that are recorded.

    Args:
        scope: Where the wait is.
        wait: What for.
        read: Makes what user code gets of one; raises ``QueueMessageInvalidError`` for
            one that does not fit the schema: it is put aside, as a delivery that fails.

    Returns:
        At most as many as wanted; none when the time is up. That they were received is
        durable together with their entries.

    Raises:
        PreviousNotCompletedError: The last ones have to be completed first.
        WorkflowMisuseError: Something is wrong with the workflow.
    """
    with scope.operation(wait.name):
        count_location = scope.claim(f"{wait.name}:count")
        await scope.execution.admit(scope.thread)
        reception = _Reception(scope, wait, read)
        found = scope.find(count_location, MessageEntry)
        if found is None:
            scope.execution.require_forward()
            held = scope.execution.activation.queues.holds_for_workflow
            if any(map(held, scope.thread.outstanding)):
                raise PreviousNotCompletedError
            # More cannot wait, whatever number is asked for.
            most = scope.execution.activation.definition.options.max_queue_size
            count = min(wait.count, most)
            scope.require_free(f"{wait.name}:{index}" for index in range(count))
            return await reception.run(count_location)
        return reception.recall(found[1])


class _Reception(Generic[T]):
    """One wait on its way."""

    def __init__(
        self, scope: Scope, wait: Wait, read: Callable[[Completer, Receipt], T]
    ) -> None:
        self._scope = scope
        self._wait = wait
        self._read = read
        self._execution = scope.execution
        self._journal = scope.execution.journal
        self._queues = scope.execution.activation.queues

    # What is recorded

    def recall(self, count: MessageEntry) -> list[T]:
        """Return what was received."""
        self._scope.visit(f"{self._wait.name}:deadline")
        number = cbor.decode(count.data)
        if not isinstance(number, int):
            message = f'The number of messages of "{self._wait.name}" is none'
            raise HistoryDivergedError(message)
        return [self._recall_one(index) for index in range(number)]

    def _recall_one(self, index: int) -> T:
        location = self._scope.claim(f"{self._wait.name}:{index}")
        found = self._scope.find(location, MessageEntry)
        if found is None:
            path = self._journal.path_of(location)
            problem = f'The message "{path}" is not recorded'
            raise HistoryDivergedError(problem)
        received = _decode(found[1])
        message, is_open = received.message, not received.is_done
        if message.name not in self._wait.completable:
            self._scope.thread.receive(message)
            if is_open:
                self._complete_now(location, message)
                is_open = False
        try:
            return self._hand_out(location, message, is_open=is_open)
        except QueueMessageInvalidError as error:
            where = self._journal.path_of(location)
            problem = f'The message "{where}" does not fit any more: {error}'
            raise HistoryDivergedError(problem) from error

    def _complete_now(self, location: Location, message: QueuedMessage) -> None:
        """The code that received it would have completed it; this code does not."""
        completer = Completer(self._scope, location)
        completer.complete(_receipt(message, is_open=True), None)

    # Receiving

    async def run(self, count_location: Location) -> list[T]:
        """Receive when there is something, or nothing when the time is up."""
        deadline_ms = self._stored_deadline_ms
        if deadline_ms is None:
            values = await self._take(count_location)
            if values:
                return values
            deadline_ms = self._fix_deadline()
        while deadline_ms is None or self._execution.now_ms < deadline_ms:
            await self._execution.admit(self._scope.thread)
            values = await self._take(count_location)
            if values:
                return values
            await self._wait_until(deadline_ms)
        await self._execution.admit(self._scope.thread)
        return self._record_none(count_location)

    async def _take(self, count_location: Location) -> list[T]:
        while True:
            taken = self._queues.take_recorded(
                self._wait.names,
                self._wait.count,
                completable=self._wait.completable,
                is_readable=self._is_readable,
            )
            if not taken:
                return []
            try:
                return await self._record(taken, count_location)
            except StateInvalidError as error:
                # Other code has left the state so, and the queues are as before.
                log = self._execution.activation.log
                log.error("the state could not be saved", exc_info=error)

    def _is_readable(self, message: QueuedMessage) -> bool:
        nobody = Completer(self._scope, ())
        try:
            self._read(nobody, _receipt(message, is_open=False))
        except QueueMessageInvalidError as error:
            log = self._execution.activation.log
            log.error("a message cannot be read", exc_info=error)
            return False
        return True

    async def _record(
        self, messages: list[QueuedMessage], count_location: Location
    ) -> list[T]:
        execution, name = self._execution, self._wait.name
        locations = [
            self._scope.claim(f"{name}:{index}") for index in range(len(messages))
        ]
        for message, location in zip(messages, locations, strict=True):
            is_done = message.name not in self._wait.completable
            self._journal.create(location, _encode(message, is_done=is_done))
        self._journal.create(count_location, self._count(len(messages)))
        try:
            number = execution.commit_with_state()
        except StateInvalidError:
            for location in (*locations, count_location):
                self._journal.remove(location)
            self._scope.forget(f"{name}:{index}" for index in range(len(messages)))
            raise
        for message in messages:
            if message.name not in self._wait.completable:
                self._scope.thread.receive(message)
        await execution.durable(number)
        return [
            self._hand_out(
                location, message, is_open=message.name in self._wait.completable
            )
            for message, location in zip(messages, locations, strict=True)
        ]

    def _record_none(self, count_location: Location) -> list[T]:
        found = self._deadline
        if found is not None:
            entry, kind = found
            state = SleepState.COMPLETED
            self._journal.change(entry, replace(kind, state=state))
        self._journal.create(count_location, self._count(0))
        return []

    def _count(self, number: int) -> MessageEntry:
        names = "|".join(self._wait.names)
        return MessageEntry(name=f"{names}:count", data=cbor.encode(number))

    # Waiting

    @property
    def _deadline(self) -> tuple[Entry, SleepEntry] | None:
        name = f"{self._wait.name}:deadline"
        index = self._journal.known_index_of(name)
        if index is None:
            return None
        self._scope.visit(name)
        return self._scope.find((*self._scope.location, index), SleepEntry)

    @property
    def _stored_deadline_ms(self) -> int | None:
        found = self._deadline
        return None if found is None else found[1].deadline_ms

    def _fix_deadline(self) -> int | None:
        timeout_s = self._wait.timeout_s
        if timeout_s is None:
            return None
        now_ms = self._execution.now_ms
        deadline_ms = deadline_after_ms(timeout_s, now_ms=now_ms)
        if deadline_ms > now_ms:
            location = self._scope.claim(f"{self._wait.name}:deadline")
            self._journal.create(location, SleepEntry(deadline_ms=deadline_ms))
        return deadline_ms

    async def _wait_until(self, deadline_ms: int | None) -> None:
        execution, names = self._execution, self._wait.names
        location = (*self._scope.location, self._journal.index_of(self._first_name))
        with ExitStack() as stack:
            signals: list[AbortSignal] = []
            if deadline_ms is not None:
                timer = execution.timer(deadline_ms, location)
                signals.append(stack.enter_context(timer))
            stack.enter_context(execution.waiting_for(names))
            execution.commit()
            # What this commit has published was not waited for yet.
            if not self._queues.has_ready(names):
                await self._queues.receivers.wait(
                    names, timeout_s=None, signals=signals
                )

    @property
    def _first_name(self) -> str:
        return f"{self._wait.name}:count"

    # Handing out

    def _hand_out(
        self, location: Location, message: QueuedMessage, *, is_open: bool
    ) -> T:
        completer = Completer(self._scope, location)
        if is_open:
            self._scope.thread.outstanding[message.id] = None
        return self._read(completer, _receipt(message, is_open=is_open))


class Completer:
    """Completes a message of a workflow, once, whichever activation has received it.

    Args:
        scope: Where it was received.
        location: Of its entry.
    """

    def __init__(self, scope: Scope, location: Location) -> None:
        self._thread = scope.thread
        self._execution = scope.execution
        self._location = location

    def complete(self, receipt: Receipt, reply: bytes | None) -> None:
        """Complete it, in this turn; harmless when it is completed.

        A step that has completed a message may run again, and then does so once more.

        Raises:
            ActorStoppingError: Nothing that changes is saved any more.
            SuspendedError: It was received by a branch that has lost: it is for others.
        """
        self._execution.check_live(self._thread)
        activation, message = self._execution.activation, receipt.message
        if activation.turns.is_finished or activation.lifecycle.is_over:
            raise ActorStoppingError
        queues = activation.queues
        stored = queues.find(message.id, message.name)
        if stored is not None and receipt.is_completable:
            queues.complete(stored, reply)
        self._mark_done(message)
        activation.turns.end_soon()

    def _mark_done(self, message: QueuedMessage) -> None:
        journal = self._execution.journal
        entry = journal.get(self._location)
        turn = self._execution.activation.queues.turn
        if self._thread.outstanding.pop(message.id, self) is None:
            turn.undo(partial(self._thread.outstanding.setdefault, message.id))
        if entry is None or not isinstance(entry.kind, MessageEntry):
            return  # it was pruned, or lost a race
        if not _decode(entry.kind).is_done:
            journal.change(entry, _encode(message, is_done=True))
            turn.undo(partial(self._unmark, message))

    def _unmark(self, message: QueuedMessage) -> None:
        entry = self._execution.journal.get(self._location)
        if entry is not None:
            self._execution.journal.change(entry, _encode(message, is_done=False))


def held_messages(journal: Journal) -> frozenset[int]:
    """Ids of the messages that a workflow has received and not completed."""
    return frozenset(_open_messages(journal))


def release_messages(execution: Execution, removed: Iterable[Entry]) -> None:
    """Give back messages of entries that are gone and were not completed."""
    queues = execution.activation.queues
    for message_id in _open_messages(removed):
        queues.release_held(message_id)


def let_go_of_messages(execution: Execution) -> None:
    """The workflow is over: what it has not completed is for others.

    Its entries say so, or the next activation would hold the messages again.
    """
    for entry in execution.journal:
        message = _open_message(entry)
        if message is not None:
            execution.journal.change(entry, _encode(message, is_done=True))
            execution.activation.queues.release_held(message.id)


def _open_messages(entries: Iterable[Entry]) -> Iterator[int]:
    found = map(_open_message, entries)
    return (message.id for message in found if message is not None)


def _open_message(entry: Entry) -> QueuedMessage | None:
    """The message of an entry that was received and not completed."""
    if not isinstance(entry.kind, MessageEntry):
        return None
    received = _read_received(entry.kind)
    return None if received is None or received.is_done else received.message


# How messages are recorded


class _Received(NamedTuple):
    message: QueuedMessage
    is_done: bool


def _encode(message: QueuedMessage, *, is_done: bool) -> MessageEntry:
    data: dict[str, Value] = {
        _MARKER: 1,
        "id": str(message.id),
        "name": message.name,
        "body": cbor.decode(message.body),
        "createdAt": message.created_at_ms,
        "completed": is_done,
    }
    return MessageEntry(name=message.name, data=cbor.encode(data))


def _decode(kind: MessageEntry) -> _Received:
    received = _read_received(kind)
    if received is None:
        message = f'A message of "{kind.name}" is recorded that is none'
        raise HistoryDivergedError(message)
    return received


def _read_received(kind: MessageEntry) -> _Received | None:
    match _parsed(kind.data):
        case {
            "__rivetWorkflowQueueMessage": 1,
            "id": str(message_id),
            "name": str(name),
            "createdAt": int() | float() as created_at,
            "completed": bool(is_done),
            **rest,
        } if message_id.isdecimal():
            message = QueuedMessage(
                id=int(message_id),
                name=name,
                body=cbor.encode(cast("Value", rest.get("body", UNDEFINED))),
                created_at_ms=int(created_at),
            )
            return _Received(message, is_done)
        case _:
            return None


def _parsed(data: bytes) -> Value:
    try:
        return cbor.decode(data)
    except MalformedMessageError:
        return None


def _receipt(message: QueuedMessage, *, is_open: bool) -> Receipt:
    return Receipt(message, 1, is_completable=is_open, is_kept=is_open)
