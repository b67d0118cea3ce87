"""What queues refuse, with the codes and sentences of official servers.

::

    CodedError
    ├── ActionAbortedError
    │   └── QueueAbortedError            the wait for a message was ended
    └── QueueError                       something is wrong with a use of a queue
        ├── QueueNotFoundError           the actor declares no such queue
        ├── QueueFullError               as many messages as may wait
        ├── QueueMessageTooLargeError    a message is too long
        ├── QueueMessageInvalidError     a stored message does not fit the schema now
        ├── QueueKeyTooLongError         an idempotency key is too long
        ├── QueueTimedOutError           no message in time
        ├── PreviousNotCompletedError    the last message has to be completed first
        ├── AlreadyCompletedError        a message was completed before
        ├── CompleteNotConfiguredError   a reply to a queue without replies
        ├── MessageIdentityMismatchError an id belongs to another queue
        ├── MessageFailedError           every delivery of a message failed
        └── QueueReadOnlyError           a readOnly action used a queue
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_runtime.errors import ActionAbortedError, CodedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rivetgen_client.wire.values import Value

__all__ = [
    "AlreadyCompletedError",
    "CompleteNotConfiguredError",
    "MessageFailedError",
    "MessageIdentityMismatchError",
    "PreviousNotCompletedError",
    "QueueAbortedError",
    "QueueError",
    "QueueFullError",
    "QueueKeyTooLongError",
    "QueueMessageInvalidError",
    "QueueMessageTooLargeError",
    "QueueNotFoundError",
    "QueueReadOnlyError",
    "QueueTimedOutError",
]


class QueueError(CodedError):
    """A queue was used in a way that is not possible."""

    group = "queue"


class QueueNotFoundError(QueueError):
    """The schema of the actor declares no queue of this name.

    Attributes:
        name: The name.
    """

    default_code = "not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"Queue '{name}' was not found.", metadata={"name": name})
        self.name = name


class QueueFullError(QueueError):
    """As many messages wait, or are being handled, as the actor may have.

    Attributes:
        limit: How many that are.
    """

    default_code = "full"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Queue is full. Limit is {limit} messages.", metadata={"limit": limit}
        )
        self.limit = limit


class QueueMessageTooLargeError(QueueError):
    """A message takes more bytes than it may.

    Attributes:
        size: How many it takes.
        limit: How many it may.
    """

    default_code = "message_too_large"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"Queue message too large ({size} bytes). Limit is {limit} bytes.",
            metadata={"limit": limit, "size": size},
        )
        self.size = size
        self.limit = limit


class QueueMessageInvalidError(QueueError):
    """A message was stored by another version of the schema and does not fit this one.

    Attributes:
        message_id: The message.
        name: Its queue.
    """

    default_code = "message_invalid"

    def __init__(
        self, message_id: int, name: str, issues: Sequence[Mapping[str, str]]
    ) -> None:
        found: Value = [{**issue} for issue in issues]
        super().__init__(
            f"Message {message_id} of queue '{name}' does not fit the schema.",
            metadata={"message_id": message_id, "name": name, "issues": found},
        )
        self.message_id = message_id
        self.name = name


class QueueKeyTooLongError(QueueError):
    """An idempotency key is longer than it may be.

    Attributes:
        limit: How many bytes it may have.
    """

    default_code = "key_too_long"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Idempotency key too long. Limit is {limit} bytes.",
            metadata={"limit": limit},
        )
        self.limit = limit


class QueueTimedOutError(QueueError):
    """No message was available in time.

    Attributes:
        timeout_ms: How long the caller waited.
    """

    default_code = "timed_out"

    def __init__(self, timeout_s: float) -> None:
        timeout_ms = round(timeout_s * 1000)
        super().__init__(
            f"Queue wait timed out after {timeout_ms} ms.",
            metadata={"timeout_ms": timeout_ms},
        )
        self.timeout_ms = timeout_ms


class QueueAbortedError(ActionAbortedError):
    """The actor stops, or the signal given to the call was set, while nothing came."""

    def __init__(self) -> None:
        super().__init__("Actor aborted")


class PreviousNotCompletedError(QueueError):
    """A message that has to be completed was not, before the next one was asked for."""

    default_code = "previous_message_not_completed"

    def __init__(self) -> None:
        super().__init__(
            "Previous completable queue message is not completed. Call"
            " `message.complete(...)` before receiving the next message."
        )


class AlreadyCompletedError(QueueError):
    """The message was completed before."""

    default_code = "already_completed"

    def __init__(self) -> None:
        super().__init__("Queue message was already completed.")


class CompleteNotConfiguredError(QueueError):
    """The schema declares no reply for the queue, but one was given.

    Attributes:
        name: The queue.
    """

    default_code = "complete_not_configured"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Queue '{name}' does not support completion responses.",
            metadata={"name": name},
        )
        self.name = name


class MessageIdentityMismatchError(QueueError):
    """The message with this id is in another queue.

    Attributes:
        message_id: The message.
        expected: The queue that was named.
        actual: Its queue.
    """

    default_code = "message_identity_mismatch"

    def __init__(self, message_id: int, *, expected: str, actual: str) -> None:
        super().__init__(
            f"Queue message {message_id} is named '{actual}', not '{expected}'.",
            metadata={
                "message_id": message_id,
                "expected_name": expected,
                "actual_name": actual,
            },
        )
        self.message_id = message_id
        self.expected = expected
        self.actual = actual


class MessageFailedError(QueueError):
    """Every delivery of the message failed, so that it went to the dead letters."""

    default_code = "message_failed"

    def __init__(self) -> None:
        super().__init__("The message could not be handled and was put aside.")


class QueueReadOnlyError(QueueError):
    """An action that the schema declares ``readOnly`` sent or received a message."""

    default_code = "read_only"

    def __init__(self) -> None:
        super().__init__("A readOnly action cannot send or receive messages.")
