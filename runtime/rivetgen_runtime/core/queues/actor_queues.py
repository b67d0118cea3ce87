"""The queues of one actor in memory: every step of a message, as part of a turn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.core.ports import Area
from rivetgen_runtime.core.queues.backlog import Backlog
from rivetgen_runtime.core.queues.errors import (
    MessageIdentityMismatchError,
    QueueFullError,
    QueueMessageTooLargeError,
)
from rivetgen_runtime.core.queues.rows import (
    NEXT_ID_KEY,
    Phase,
    QueuedMessage,
    RowKind,
    decode_delivery,
    decode_id,
    decode_message,
    delivery_key,
    delivery_row,
    id_row,
    message_key,
    message_row,
    stored_size,
)
from rivetgen_runtime.core.queues.send_keys import Outcome, SendKeys
from rivetgen_runtime.core.queues.turn import QueueTurn
from rivetgen_runtime.core.queues.waiting import Answers, Receivers
from rivetgen_runtime.core.watching import Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.definitions import RetryPolicy
    from rivetgen_runtime.core.ports import Clock

__all__ = ["ActorQueues"]

_TIMER: Final = ("queues",)
"""Whose timer it is."""


class ActorQueues:
    """All queues of an activation: one line of messages with a name on each.

    Every method changes memory at once, and adds to the turn what that means for the
    store. What others shall see (a message that was sent, the answer to a sender)
    appears when the turn has become a part of a batch.

    Args:
        activation: Whose queues they are.

    Attributes:
        turn: The part that queues have in each turn.
        receivers: Who waits for messages.
        answers: Who waits for the completion of a message.
        keys: What senders may send again.
    """

    __slots__ = (
        "_activation",
        "_backlog",
        "_next_id",
        "_unpublished",
        "answers",
        "keys",
        "receivers",
        "turn",
    )

    def __init__(self, activation: Activation) -> None:
        self._activation = activation
        services = activation.services
        self._backlog = Backlog()
        self._next_id = 1
        self._unpublished = 0
        self.turn = QueueTurn(activation.record.actor_id)
        self.receivers = Receivers(services.clock)
        self.answers = Answers()
        self.keys = SendKeys(self.turn, services.options.queues)

    def __len__(self) -> int:
        return len(self._backlog) + self._unpublished

    def __iter__(self) -> Iterator[QueuedMessage]:
        """Every message, those being handled included, in the order of their ids."""
        return iter(sorted(self._backlog, key=lambda message: message.id))

    def clear(self) -> None:
        """Remove every message; who waits for its completion learns that it failed."""
        for message in self:
            self._finish(message, Outcome.FAILED, None)

    def load(
        self,
        values: Mapping[tuple[Area, bytes], bytes],
        *,
        held: Collection[int] = (),
    ) -> None:
        """Take over what is stored.

        Args:
            values: What is stored.
            held: Ids of messages that a workflow holds.

        A message that was being handled when the process died counts as one whose
        delivery failed. The first time it is ready at once, because most crashes have
        nothing to do with a message.
        """
        rows = {key: row for (area, key), row in values.items() if area is Area.QUEUE}
        messages = [
            decode_message(key, row) for key, row in _of_kind(rows, RowKind.MESSAGE)
        ]
        for message in sorted(messages, key=lambda each: each.id):
            delivery = rows.get(delivery_key(message.id))
            if delivery is not None:
                decode_delivery(message, delivery)
            if message.id in held:
                message.phase = Phase.HELD
            self._backlog.put(message)
        stored = decode_id(rows.get(NEXT_ID_KEY, id_row(1)))
        self._next_id = max([stored, *(message.id + 1 for message in messages)])
        self.keys.load(dict(_of_kind(rows, RowKind.SEND_KEY)))
        self._recover()

    def close(self, error: Exception) -> None:
        """Answer nobody any more; messages stay where they are."""
        self.answers.close(error)

    # Sending

    def send(
        self, name: str, body: bytes, *, send_key: bytes | None = None
    ) -> QueuedMessage:
        """Add a message; receivers see it when the turn has ended.

        Raises:
            QueueMessageTooLargeError: It takes too many bytes.
            QueueFullError: Too many wait.
        """
        options = self._activation.definition.options
        size = stored_size(name, body)
        if size > options.max_queue_message_bytes:
            raise QueueMessageTooLargeError(size, options.max_queue_message_bytes)
        if len(self) >= options.max_queue_size:
            raise QueueFullError(options.max_queue_size)
        message = self._add(name, body, send_key=send_key)
        if send_key is not None:
            self.keys.remember(send_key, message.id, message.created_at_ms)
        return message

    # Receiving

    def is_kept(self, name: str, *, completable: bool) -> bool:
        """Whether a message stays here while it is being handled."""
        return completable or self._retry(name) is not None

    def take(
        self, names: Collection[str], count: int, *, completable: Collection[str]
    ) -> list[QueuedMessage]:
        """Take the first messages of some queues that are ready.

        Args:
            names: The queues.
            count: Most messages.
            completable: Queues whose messages are completed explicitly.
        """
        taken: list[QueuedMessage] = []
        while len(taken) < count:
            message = self._backlog.first_ready(names)
            if message is None:
                break
            if self.is_kept(message.name, completable=message.name in completable):
                self._begin_delivery(message)
            else:
                self._remove(message)
            taken.append(message)
        return taken

    def take_recorded(
        self,
        names: Collection[str],
        count: int,
        *,
        completable: Collection[str],
        is_readable: Callable[[QueuedMessage], bool],
    ) -> list[QueuedMessage]:
        """Take the first messages that are ready, for somebody who records that.

        They are never delivered again: those that have to be completed are held until
        they are, all others are completed by this.

        Args:
            names: The queues.
            count: Most messages.
            completable: Queues whose messages are completed explicitly.
            is_readable: Whether a message can be handed out; otherwise its delivery
                has failed.
        """
        taken: list[QueuedMessage] = []
        while len(taken) < count:
            message = self._backlog.first_ready(names)
            if message is None:
                break
            if not is_readable(message):
                self._put_aside(message)
                continue
            if message.name in completable:
                self._begin_delivery(message, Phase.HELD)
            else:
                self._finish(message, Outcome.COMPLETED, None)
            taken.append(message)
        return taken

    def release_held(self, message_id: int) -> None:
        """A workflow holds a message no longer, and has not completed it."""
        message = self._backlog.get(message_id)
        if message is not None and message.phase is Phase.HELD:
            self.release(message)

    def holds_for_workflow(self, message_id: int) -> bool:
        """Whether a workflow holds a message, and has to complete it."""
        message = self._backlog.get(message_id)
        return message is not None and message.phase is Phase.HELD

    def has_ready(self, names: Collection[str]) -> bool:
        """Whether a receiver of some queues would get a message now."""
        return self._backlog.first_ready(names) is not None

    def find(self, message_id: int, name: str) -> QueuedMessage | None:
        """A message by its id; None when it is completed.

        Raises:
            MessageIdentityMismatchError: It is in another queue.
        """
        message = self._backlog.get(message_id)
        if message is not None and message.name != name:
            raise MessageIdentityMismatchError(
                message_id, expected=name, actual=message.name
            )
        return message

    def holds(self, message: QueuedMessage) -> bool:
        """Whether a message is not completed yet."""
        return self._backlog.get(message.id) is message

    def give_back(self, message: QueuedMessage) -> None:
        """Undo that a message was taken: it was never handed out."""
        if not self.holds(message):
            self._restore(message)
        elif message.phase is Phase.TAKEN:
            self._move(message, Phase.READY, attempts=message.attempts - 1)

    def give_back_all(self) -> None:
        """Let the next activation deliver what is being handled, uncounted."""
        for message in self._backlog:
            self.give_back(message)

    # What became of a message

    def complete(self, message: QueuedMessage, reply: bytes | None) -> None:
        """It was handled: remove it and answer its sender."""
        self._finish(message, Outcome.COMPLETED, reply)

    def release(self, message: QueuedMessage) -> None:
        """It was neither completed nor did it fail: the next receiver gets it."""
        self._move(message, Phase.READY)

    def fail(self, message: QueuedMessage) -> None:
        """Its delivery failed: deliver it later, or put it aside for good."""
        retry = self._retry(message.name)
        if retry is None:
            self.release(message)
        elif not self._is_spent(message, retry):
            delay_s = retry.backoff_s(message.attempts)
            self._delay(message, self._clock.now_ms(), delay_s)
        else:
            self._bury(message)

    # How it works

    def _retry(self, name: str) -> RetryPolicy | None:
        binding = self._activation.definition.queues.get(name)
        return None if binding is None else binding.retry

    def _dead_letter(self, name: str) -> str | None:
        binding = self._activation.definition.queues.get(name)
        return None if binding is None else binding.dead_letter

    def _is_spent(self, message: QueuedMessage, retry: RetryPolicy) -> bool:
        # Without a place for dead letters no message is given up: none is ever lost.
        is_last = message.attempts >= retry.attempts
        return is_last and self._dead_letter(message.name) is not None

    def _add(
        self, name: str, body: bytes, *, send_key: bytes | None = None
    ) -> QueuedMessage:
        message = QueuedMessage(
            id=self._next_id,
            name=name,
            body=body,
            created_at_ms=self._clock.now_ms(),
            send_key=send_key,
        )
        # An id that was handed out is not used again, even when its turn is undone.
        self._next_id += 1
        self._unpublished += 1
        self.turn.put(NEXT_ID_KEY, id_row(self._next_id))
        self.turn.put(message_key(message.id), message_row(message))
        self.turn.undo(self._forget_unpublished)
        if self._activation.workflow is not None:
            self._activation.workflow.expect(name)
        self.turn.then(partial(self._publish, message))
        self._activation.turns.end_soon()
        return message

    def _tell_watchers(self) -> None:
        self._activation.turns.watchers.notify(Topic.QUEUE)

    def _publish(self, message: QueuedMessage) -> None:
        self._unpublished -= 1
        self._backlog.put(message)
        self.receivers.notify(message.name)
        self._tell_watchers()

    def _forget_unpublished(self) -> None:
        self._unpublished -= 1

    def _finish(
        self, message: QueuedMessage, outcome: Outcome, reply: bytes | None
    ) -> None:
        self._remove(message)
        self.keys.settle(message.send_key, message.id, outcome, reply)
        self.turn.then(partial(self.answers.give, message.id, outcome, reply))

    def _remove(self, message: QueuedMessage) -> None:
        self.turn.undo(partial(self._backlog.put, message))
        self.turn.put(message_key(message.id), None)
        self.turn.put(delivery_key(message.id), None)
        self._backlog.remove(message)
        self.turn.then(self._tell_watchers)
        self._activation.turns.end_soon()

    def _restore(self, message: QueuedMessage) -> None:
        self.turn.undo(partial(self._backlog.remove, message))
        self.turn.put(message_key(message.id), message_row(message))
        self.turn.then(partial(self.receivers.notify, message.name))
        self._backlog.put(message)
        self._activation.turns.end_soon()

    def _bury(self, message: QueuedMessage) -> None:
        dead_letter = self._dead_letter(message.name)
        if dead_letter is not None:
            self._activation.log.error(
                "message %d of queue %r failed %d times: it goes to %r",
                message.id,
                message.name,
                message.attempts,
                dead_letter,
            )
            self._add(dead_letter, message.body)
            self._finish(message, Outcome.FAILED, None)

    def _put_aside(self, message: QueuedMessage) -> None:
        if self._retry(message.name) is None:
            self._finish(message, Outcome.FAILED, None)
        else:
            self._begin_delivery(message)
            self.fail(message)

    def _begin_delivery(
        self, message: QueuedMessage, phase: Phase = Phase.TAKEN
    ) -> None:
        self._move(
            message,
            phase,
            attempts=message.attempts + 1,
            available_at_ms=self._clock.now_ms(),
        )

    def _delay(self, message: QueuedMessage, since_ms: int, delay_s: float) -> None:
        available_at_ms = since_ms + round(delay_s * 1000)
        self._move(message, Phase.DELAYED, available_at_ms=available_at_ms)
        self._set_timer()

    def _move(
        self,
        message: QueuedMessage,
        phase: Phase,
        *,
        attempts: int | None = None,
        available_at_ms: int = 0,
    ) -> None:
        before = (message.phase, message.attempts, message.available_at_ms)
        self.turn.undo(partial(self._set, message, *before))
        self._set(
            message,
            phase,
            message.attempts if attempts is None else attempts,
            available_at_ms,
        )
        self.turn.put(delivery_key(message.id), delivery_row(message))
        self.turn.then(partial(self._moved, message))
        self._activation.turns.end_soon()

    def _set(
        self, message: QueuedMessage, phase: Phase, attempts: int, available_at_ms: int
    ) -> None:
        message.phase = phase
        message.attempts = attempts
        message.available_at_ms = available_at_ms
        self._backlog.put(message)

    def _moved(self, message: QueuedMessage) -> None:
        if message.phase is Phase.READY:
            self.receivers.notify(message.name)

    def _recover(self) -> None:
        for message in self._backlog:
            retry = self._retry(message.name)
            if message.phase is not Phase.TAKEN:
                continue
            if retry is None:
                self.release(message)
            elif self._is_spent(message, retry):
                self._bury(message)
            else:
                delay_s = retry.backoff_s(message.attempts - 1)
                self._delay(message, message.available_at_ms, delay_s)
        if self._backlog.next_due_ms is not None:
            self._release_due()

    def _release_due(self) -> None:
        for message in self._backlog.release_due(self._clock.now_ms()):
            self.receivers.notify(message.name)
        self._set_timer()
        self._activation.turns.end_soon()

    def _set_timer(self) -> None:
        """Wake the actor, and whoever waits, for the next message that is delayed."""
        timers, due_ms = self._activation.timers, self._backlog.next_due_ms
        if due_ms is not None:
            timers.set(_TIMER, due_ms, self._release_due)
        else:
            timers.cancel(_TIMER)

    @property
    def _clock(self) -> Clock:
        return self._activation.services.clock


def _of_kind(rows: Mapping[bytes, bytes], kind: RowKind) -> list[tuple[bytes, bytes]]:
    return [(key, row) for key, row in rows.items() if key.startswith(kind.value)]
