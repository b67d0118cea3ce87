"""Every exception of the runtime.

::

    RivetgenRuntimeError
    ├── CodedError                 has a group and a code that a caller may meet
    │   ├── UserError              raised by user code: the caller reads all of it
    │   ├── ForbiddenError         raised by user code: auth.forbidden
    │   ├── StateNotEnabledError   the actor declares no state
    │   ├── DatabaseNotEnabledError  the actor declares no SQL database
    │   ├── StateInvalidError      the state does not fit the schema
    │   │   └── StateTooLargeError    it is larger than the limit
    │   ├── StateReentrantError    on_state_change changed the state
    │   ├── NoConnectionError      ``c.conn`` of a call that has none
    │   ├── NoRequestError         ``c.request`` of a call that has none
    │   ├── ActionNotFoundError    the actor has no such action
    │   ├── ActionAbortedError     the actor stopped before the action ended
    │   ├── ActionTimedOutError    the action took too long
    │   ├── CallbackTimedOutError  a hook took too long
    │   ├── ActorStoppingError     the actor is being destroyed, or has ended
    │   │   └── NotAcceptedError   it stopped before a call could begin
    │   ├── ActorOverloadedError   a limit of simultaneous work is reached
    │   ├── KvError                ``c.kv`` refused an operation
    │   │   ├── KvKeyTooLargeError    a key is too long
    │   │   ├── KvValueTooLargeError  a value is too long
    │   │   ├── KvBatchTooLargeError  a batch has too many keys or bytes
    │   │   ├── KvNotTextError        bytes were read as text that are none
    │   │   └── KvReadOnlyError       a readOnly action tried to write
    │   ├── QueueError             see ``core.queues.errors``
    │   ├── StorageError
    │   │   ├── StorageFailedError   the store is out of service
    │   │   ├── StorageFullError     the store refused a batch for lack of space
    │   │   └── StorageCorruptError  a stored value is not what was written
    │   └── SqlError               ``c.db``: see ``rivetgen_runtime.sql_errors``
    ├── WorkflowError              see ``core.workflows.errors``
    ├── RequestError               what a front answers with
    ├── StrayCancellationError     user code was cancelled by nobody
    ├── ExitInActorError           user code called ``sys.exit``
    ├── DefinitionError            an actor class does not fit its schema
    └── IllegalTransitionError     a lifecycle signal in a phase that has none

Which of them a caller may read, and the HTTP status, is the table of
``rivetgen_client.wire.errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rivetgen_client.wire.errors import (
    USER_GROUP,
    ErrorBody,
    Origin,
    http_status,
    is_protocol_group,
)

if TYPE_CHECKING:
    from rivetgen_client.wire.messages import ActorSpecifier
    from rivetgen_client.wire.values import Value

__all__ = [
    "ActionAbortedError",
    "ActionNotFoundError",
    "ActionTimedOutError",
    "ActorOverloadedError",
    "ActorStoppingError",
    "CallbackTimedOutError",
    "CodedError",
    "DatabaseNotEnabledError",
    "DefinitionError",
    "ExitInActorError",
    "ForbiddenError",
    "IllegalTransitionError",
    "KvBatchTooLargeError",
    "KvError",
    "KvKeyTooLargeError",
    "KvNotTextError",
    "KvReadOnlyError",
    "KvValueTooLargeError",
    "NoConnectionError",
    "NoRequestError",
    "NotAcceptedError",
    "RequestError",
    "RivetgenRuntimeError",
    "StateInvalidError",
    "StateNotEnabledError",
    "StateReentrantError",
    "StateTooLargeError",
    "StorageCorruptError",
    "StorageError",
    "StorageFailedError",
    "StorageFullError",
    "StrayCancellationError",
    "UserError",
]


class RivetgenRuntimeError(Exception):
    """Root of everything that the runtime raises."""


class CodedError(RivetgenRuntimeError):
    """An error with a group and a code.

    Attributes:
        group: What its codes have in common.
        message: One sentence.
        code: What programs tell errors of one group apart by.
        metadata: Facts as a wire value; None when there are none.
    """

    group: str = "rivetgen"
    default_code: ClassVar[str] = "internal_error"

    def __init__(
        self, message: str, *, code: str | None = None, metadata: Value = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.metadata = metadata

    @property
    def body(self) -> ErrorBody:
        """The error as it travels, not masked."""
        return ErrorBody(self.group, self.code, self.message, metadata=self.metadata)


class UserError(CodedError):
    """An error that user code tells its caller about: message, code and metadata.

    Args:
        message: One sentence.
        code: What programs tell errors apart by.
        metadata: Facts as a wire value; None for none.
        group: A group of the application's own.

    Raises:
        ValueError: The group is one of the protocol's.
    """

    default_code = "user_error"

    def __init__(
        self,
        message: str,
        code: str = "user_error",
        metadata: Value = None,
        *,
        group: str = USER_GROUP,
    ) -> None:
        super().__init__(message, code=code, metadata=metadata)
        if group != USER_GROUP and is_protocol_group(group):
            detail = f"the group {group!r} belongs to the protocol"
            raise ValueError(detail)
        self.group = group


class ForbiddenError(CodedError):
    """The caller may not do this; answered as ``auth.forbidden`` with status 403."""

    group = "auth"
    default_code = "forbidden"

    def __init__(self, message: str = "Forbidden") -> None:
        super().__init__(message)


class StateNotEnabledError(CodedError):
    """``c.state`` of an actor whose schema declares no state."""

    group = "actor"
    default_code = "state_not_enabled"

    def __init__(self, actor: str) -> None:
        super().__init__(f"Actor {actor!r} declares no state in its schema.")
        self.actor = actor


class DatabaseNotEnabledError(CodedError):
    """``c.db`` of an actor whose schema declares no database."""

    group = "sqlite"
    default_code = "not_configured"

    def __init__(self, actor: str) -> None:
        super().__init__(f"Actor {actor!r} declares no `db: true` in its schema.")
        self.actor = actor


class StateInvalidError(CodedError):
    """A state does not fit the schema, so that it cannot be saved or loaded.

    Attributes:
        actor: Name of the actor's definition.
    """

    default_code = "state_invalid"

    def __init__(self, actor: str, detail: str) -> None:
        super().__init__(f"The state of {actor!r} does not fit its schema: {detail}")
        self.actor = actor


class StateTooLargeError(StateInvalidError):
    """A state is larger than the host saves.

    Attributes:
        size_bytes: Its size.
        maximum_bytes: The limit.
    """

    default_code = "state_too_large"

    def __init__(self, actor: str, size_bytes: int, maximum_bytes: int) -> None:
        detail = f"it has {size_bytes:,} bytes, the limit is {maximum_bytes:,}"
        super().__init__(actor, detail)
        self.size_bytes = size_bytes
        self.maximum_bytes = maximum_bytes


class StateReentrantError(CodedError):
    """``on_state_change`` changed the state; its change is undone."""

    group = "actor"
    default_code = "state_mutation_reentrant"

    def __init__(self) -> None:
        super().__init__("State mutations are not allowed inside on_state_change.")


class NoConnectionError(CodedError):
    """``c.conn`` of a hook or a call that no connection made."""

    group = "actor"
    default_code = "invalid_operation"

    def __init__(self) -> None:
        super().__init__("This call was not made by a connection.")


class NoRequestError(CodedError):
    """``c.request`` of a hook or a call that belongs to no HTTP request."""

    group = "actor"
    default_code = "invalid_operation"

    def __init__(self) -> None:
        super().__init__("This call does not belong to an HTTP request.")


class ActionNotFoundError(CodedError):
    """The actor has no action of this name."""

    group = "actor"
    default_code = "action_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"Action `{name}` was not found.")


class ActionAbortedError(CodedError):
    """The actor stopped before the action ended; it was cancelled."""

    group = "actor"
    default_code = "aborted"

    def __init__(self, message: str = "Action aborted: the actor stopped") -> None:
        super().__init__(message)


class ActionTimedOutError(CodedError):
    """The action took longer than its limit and was cancelled."""

    group = "actor"
    default_code = "action_timed_out"

    def __init__(self) -> None:
        super().__init__("Action timed out")


class CallbackTimedOutError(CodedError):
    """A hook took longer than its limit and was cancelled.

    Attributes:
        callback: Name of the hook.
        timeout_s: Its limit.
    """

    group = "actor"
    default_code = "callback_timed_out"

    def __init__(self, callback: str, timeout_s: float) -> None:
        duration_ms = round(timeout_s * 1000)
        super().__init__(
            f"callback `{callback}` timed out after {duration_ms} ms",
            metadata={"callback_name": callback, "duration_ms": duration_ms},
        )
        self.callback = callback
        self.timeout_s = timeout_s


class ActorStoppingError(CodedError):
    """The actor is being destroyed, or its activation has ended."""

    group = "actor"
    default_code = "stopping"

    def __init__(self) -> None:
        super().__init__("The actor is stopping.")


class NotAcceptedError(ActorStoppingError):
    """The activation stopped before a call could begin: another one may serve it."""


class ActorOverloadedError(CodedError):
    """A limit on what one actor does at a time is reached.

    Attributes:
        limit: The limit.
    """

    group = "actor"
    default_code = "overloaded"

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"The actor has reached its limit of {limit} {what}.")
        self.limit = limit


class KvError(CodedError):
    """``c.kv`` refused an operation; nothing of it took place."""

    group = "kv"


class KvKeyTooLargeError(KvError):
    """A key is too long.

    Attributes:
        size: How many bytes it has, with the prefix of the management API.
        limit: How many it may have.
    """

    default_code = "key_too_large"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"KV key too large ({size} bytes). Limit is {limit} bytes.",
            metadata={"size": size, "limit": limit},
        )
        self.size = size
        self.limit = limit


class KvValueTooLargeError(KvError):
    """A value is too long.

    Attributes:
        size: How many bytes it has.
        limit: How many it may have.
    """

    default_code = "value_too_large"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"KV value too large ({size} bytes). Limit is {limit} bytes.",
            metadata={"size": size, "limit": limit},
        )
        self.size = size
        self.limit = limit


class KvBatchTooLargeError(KvError):
    """A batch has too many keys, or too many bytes in all.

    Attributes:
        size: How many it has.
        limit: How many it may have.
    """

    default_code = "batch_too_large"

    def __init__(self, unit: str, size: int, limit: int) -> None:
        super().__init__(
            f"KV batch too large ({size} {unit}). Limit is {limit} {unit}.",
            metadata={"size": size, "limit": limit},
        )
        self.size = size
        self.limit = limit


class KvNotTextError(KvError):
    """A key or value is not UTF-8, but was to be read as text."""

    default_code = "not_text"

    def __init__(self, what: str) -> None:
        super().__init__(f'A KV {what} is not text: read it as "binary".')


class KvReadOnlyError(KvError):
    """An action that the schema declares ``readOnly`` tried to write."""

    default_code = "read_only"

    def __init__(self) -> None:
        super().__init__("A readOnly action cannot write to c.kv.")


class StorageError(CodedError):
    """Something durable could not be written or read."""


class StorageFailedError(StorageError):
    """The store is out of service: what was not confirmed may or may not be on disk."""

    default_code = "storage_failed"

    def __init__(self, message: str = "The store failed.") -> None:
        super().__init__(message)


class StorageFullError(StorageError):
    """The store refused a batch for lack of space; nothing of it is on disk."""

    default_code = "storage_full"

    def __init__(self, message: str = "The store is full.") -> None:
        super().__init__(message)


class StorageCorruptError(StorageError):
    """A stored value is not what was written."""

    default_code = "storage_corrupt"


class RequestError(RivetgenRuntimeError):
    """What a front answers a request with.

    Attributes:
        body: As the caller may see it: masked already.
        origin: Whether user code or the host made it; decides the HTTP status.
        actor: Which actor answered; None when none was reached.
    """

    def __init__(
        self,
        body: ErrorBody,
        *,
        origin: Origin = Origin.HOST,
        actor: ActorSpecifier | None = None,
    ) -> None:
        super().__init__(f"{body.name}: {body.message}")
        self.body = body
        self.origin = origin
        self.actor = actor

    @property
    def status(self) -> int:
        """The HTTP status to answer with."""
        return http_status(self.body.group, self.body.code, origin=self.origin)


class StrayCancellationError(RivetgenRuntimeError):
    """User code raised ``CancelledError`` although nobody cancelled it.

    That is what awaiting a task does that was cancelled. It must not pass for a
    cancellation of the call itself: its caller would never be answered.
    """

    def __init__(self) -> None:
        super().__init__("user code raised CancelledError, but it was not cancelled")


class ExitInActorError(RivetgenRuntimeError):
    """User code raised ``SystemExit``; one actor does not end the server of all."""

    def __init__(self) -> None:
        super().__init__("user code called sys.exit, which ends nothing but its call")


class DefinitionError(RivetgenRuntimeError):
    """An actor class does not fit the schema that its base was generated from."""


class IllegalTransitionError(RivetgenRuntimeError):
    """A lifecycle signal that has no meaning in the current phase.

    Attributes:
        phase: Where the actor was.
        signal: What was signalled.
    """

    def __init__(self, phase: str, signal: str) -> None:
        super().__init__(f"{signal} is not possible while {phase}")
        self.phase = phase
        self.signal = signal
