"""Everything that a client raises, and that user code of an actor may raise.

::

    RivetgenError
    ├── ConfigurationError            endpoint or options that cannot work
    ├── ActorError                    what a server answered; group, code, message
    │   ├── ActorNotFoundError        actor.not_found
    │   ├── ActionNotFoundError       actor.action_not_found
    │   ├── ActionTimedOutError       actor.action_timed_out
    │   ├── DuplicateKeyError         actor.duplicate_key
    │   ├── InvalidRequestError       actor.invalid_request
    │   ├── InvalidArgumentsError     actor.validation_error
    │   ├── ForbiddenError            auth.forbidden
    │   ├── RateLimitedError          guard.rate_limit
    │   ├── MessageTooLongError       message.incoming_too_long, .outgoing_too_long
    │   ├── InternalError             core.internal_error, rivetkit.internal_error
    │   └── DeclaredError             group user: the errors of a schema, generated
    ├── InvalidResultError            a result that is not what the schema declares
    ├── MalformedResponseError        an answer that is not a message of the protocol
    ├── ConnectionFailedError         no connection; nothing was sent
    ├── ParametersUnavailableError    get_params failed; nothing was sent
    ├── ConnectionClosedError         the connection was closed
    ├── DeadlineExceededError         no answer in time; nothing was changed
    ├── UnknownOutcomeError           sent, but no answer: may have been executed or not
    ├── TooManyCallsError             too many calls wait for answers; nothing was sent
    └── EventOverflowError            events came faster than they were read
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from pydantic import BaseModel, ValidationError

from .types import dump, load
from .wire.errors import ErrorBody

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .types import Model
    from .wire.messages import ActorSpecifier


class RivetgenError(Exception):
    """Root of everything that this distribution raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        # pickle and copy would call the constructor with ``args`` alone.
        return _restored, (type(self), self.args, self.__dict__.copy())


def _restored(
    kind: type[RivetgenError], args: tuple[object, ...], facts: dict[str, object]
) -> RivetgenError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


class ConfigurationError(RivetgenError, ValueError):
    """An endpoint or an option cannot work."""


# What a server answered


class ActorError(RivetgenError):
    """A server answered with an error.

    Attributes:
        group: What the code belongs to: ``actor``, ``user``, ``guard``, ...
        code: The error within its group.
        message: One sentence for people.
        metadata: Facts as sent by the server; None when there are none.
        actor: The actor it comes from; None when the gateway answered.
        ray_id: Id of the request in the server's logs, if it sent one.
    """

    group: str

    def __init__(
        self,
        group: str,
        code: str,
        message: str,
        *,
        metadata: Any = None,
        actor: ActorSpecifier | None = None,
        ray_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.group = group
        self._code = code
        self.message = message
        self._metadata = metadata
        self.actor = actor
        self.ray_id = ray_id

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"

    @property
    def code(self) -> str:
        """The error within its group."""
        return self._code

    @property
    def metadata(self) -> Any:
        """Facts as sent by the server; typed by each error of a schema."""
        return self._metadata

    @property
    def name(self) -> str:
        """``group.code``."""
        return f"{self.group}.{self.code}"

    @classmethod
    def from_wire(
        cls,
        body: ErrorBody,
        *,
        actor: ActorSpecifier | None = None,
        ray_id: str | None = None,
    ) -> ActorError:
        """Build the error that a server sent, as the class of its group and code."""
        kind = _KIND_BY_CODE.get((body.group, body.code), ActorError)
        error = kind.__new__(kind)
        ActorError.__init__(
            error,
            body.group,
            body.code,
            body.message,
            metadata=body.metadata,
            actor=actor,
            ray_id=ray_id,
        )
        return error

    def to_wire(self) -> ErrorBody:
        """Return what travels: group, code, message and metadata as a wire value."""
        metadata = self.metadata
        if isinstance(metadata, BaseModel):
            metadata = dump(metadata)
        return ErrorBody(self.group, self.code, self.message, metadata=metadata)


class ActorNotFoundError(ActorError):
    """There is no such actor."""


class ActionNotFoundError(ActorError):
    """The actor has no action of this name."""


class ActionTimedOutError(ActorError):
    """The action ran longer than it may; what it did until then may have stayed."""


class DuplicateKeyError(ActorError):
    """``create`` met a living actor with the same key."""

    @property
    def existing_actor_id(self) -> str | None:
        """Id of the actor that has the key, if the server said so."""
        return _facts(self.metadata).get("existing_actor_id")


class InvalidRequestError(ActorError):
    """The server could not understand the request."""


class ForbiddenError(ActorError):
    """The caller may not do this."""


class RateLimitedError(ActorError):
    """This address sends more requests than the server allows; nothing was executed."""

    @property
    def retry_after_s(self) -> int | None:
        """How long to wait, in seconds, if the server said so."""
        return _facts(self.metadata).get("retry_after_s")


class MessageTooLongError(ActorError):
    """The request or the response is larger than the server allows."""


class InternalError(ActorError):
    """Something failed inside the server; its log knows what, under ``ray_id``."""


class InvalidArgumentsError(ActorError):
    """The arguments do not fit the schema."""

    def __init__(self, issues: Sequence[Mapping[str, str]]) -> None:
        super().__init__(
            "actor",
            "validation_error",
            _summary(issues),
            metadata={"issues": [dict(issue) for issue in issues]},
        )

    @property
    def issues(self) -> list[dict[str, str]]:
        """One mapping with ``path`` and ``message`` per finding."""
        rows = _facts(self.metadata).get("issues")
        return cast("list[dict[str, str]]", rows) if isinstance(rows, list) else []


def _facts(metadata: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}


def _summary(issues: Sequence[Mapping[str, str]]) -> str:
    if not issues:
        return "the arguments do not fit the schema"
    more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
    return f"{issues[0]['path']}: {issues[0]['message']}{more}"


class DeclaredError(ActorError):
    """Base of the typed errors of a schema.

    Raised by the actor, raised again with the same type and metadata at the caller.
    """

    group: str = "user"
    # A property above, because the code of other errors is known by instance only.
    code: ClassVar[str]  # pyright: ignore[reportIncompatibleMethodOverride]
    default_message: ClassVar[str]
    metadata_type: ClassVar[type[Model] | None] = None

    def __init__(
        self, *, metadata: Model | None = None, message: str | None = None
    ) -> None:
        text = message or self.default_message
        super().__init__("user", self.code, text, metadata=metadata)

    @classmethod
    def from_wire(
        cls,
        body: ErrorBody,
        *,
        actor: ActorSpecifier | None = None,
        ray_id: str | None = None,
    ) -> ActorError:
        """Build the error that a server sent.

        Metadata that does not fit the schema gives a plain ``ActorError``: the server
        is of another version, and nothing shall be lost.
        """
        try:
            kind = cls.metadata_type
            metadata = None if kind is None else load(kind, body.metadata)
        except ValidationError:
            return ActorError.from_wire(body, actor=actor, ray_id=ray_id)
        error = cls.__new__(cls)
        DeclaredError.__init__(error, metadata=metadata, message=body.message)
        error.actor = actor
        error.ray_id = ray_id
        return error


_KIND_BY_CODE: Final[Mapping[tuple[str, str], type[ActorError]]] = {
    ("actor", "not_found"): ActorNotFoundError,
    ("actor", "destroyed_while_waiting_for_ready"): ActorNotFoundError,
    ("actor", "action_not_found"): ActionNotFoundError,
    ("actor", "action_timed_out"): ActionTimedOutError,
    ("actor", "duplicate_key"): DuplicateKeyError,
    ("actor", "invalid_request"): InvalidRequestError,
    ("actor", "validation_error"): InvalidArgumentsError,
    ("auth", "forbidden"): ForbiddenError,
    ("guard", "rate_limit"): RateLimitedError,
    ("message", "incoming_too_long"): MessageTooLongError,
    ("message", "outgoing_too_long"): MessageTooLongError,
    ("core", "internal_error"): InternalError,
    ("rivetkit", "internal_error"): InternalError,
}


# What went wrong on the way


class InvalidResultError(RivetgenError):
    """A result is not what the schema declares; one side is of another version.

    Attributes:
        name: The action or event.
        issues: One mapping with ``path`` and ``message`` per finding.
    """

    def __init__(self, name: str, issues: Sequence[Mapping[str, str]]) -> None:
        super().__init__(f"{name}: {_summary(issues)}")
        self.name = name
        self.issues = [dict(issue) for issue in issues]


class MalformedResponseError(RivetgenError):
    """The answer is not a message of the protocol.

    Attributes:
        reason: What is wrong with it.
        status: HTTP status; None on a connection.
    """

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        answer = "the answer" if status is None else f"the answer (HTTP {status})"
        super().__init__(f"{answer} is not a message of the protocol: {reason}")
        self.reason = reason
        self.status = status


class ConnectionFailedError(RivetgenError, ConnectionError):
    """No connection to the server; nothing was sent.

    Attributes:
        url: What could not be reached, without credentials.
        reason: What the network said.
    """

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"cannot connect to {url}: {reason}")
        self.url = url
        self.reason = reason


class ParametersUnavailableError(RivetgenError):
    """The callback for connection parameters raised; nothing was sent.

    What it raised is chained as ``__cause__``.

    Attributes:
        reason: What it said.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"get_params failed: {reason}")
        self.reason = reason


class TooManyCallsError(RivetgenError):
    """Too many calls of one connection wait for their answers; nothing was sent.

    Attributes:
        limit: How many may wait.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} calls of this connection wait for their answers")
        self.limit = limit


class ConnectionClosedError(RivetgenError, ConnectionError):
    """The connection is closed, by this side or by the server.

    Attributes:
        code: WebSocket close code; 1000 after ``aclose()``.
        reason: Text of the close frame.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the connection was closed: {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class DeadlineExceededError(RivetgenError, TimeoutError):
    """No answer in time. Nothing was sent, or the action changes nothing.

    Attributes:
        timeout_s: How long the client waited.
    """

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"no answer within {timeout_s:g} s")
        self.timeout_s = timeout_s


class UnknownOutcomeError(RivetgenError):
    """The request may have been executed or not; the answer got lost.

    Never raised for actions that the schema declares as read-only or idempotent: those
    are repeated, or fail with the error itself.

    Attributes:
        action: What was called.
        reason: What happened to the answer; also chained as ``__cause__``.
    """

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(f"{action} may have been executed or not: {reason}")
        self.action = action
        self.reason = reason


class EventOverflowError(RivetgenError):
    """Events came faster than they were read; the stream has ended.

    Attributes:
        event: Name of the event.
        limit: How many events the stream holds.
    """

    def __init__(self, event: str, limit: int) -> None:
        super().__init__(f"more than {limit} unread {event} events")
        self.event = event
        self.limit = limit
