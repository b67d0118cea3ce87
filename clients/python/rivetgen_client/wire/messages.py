"""The messages of the protocol: what travels in HTTP bodies and WebSocket frames.

Optional fields are None when absent. Where null is a value of its own (outputs,
metadata, queue bodies), absent is ``UNDEFINED``.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from .errors import ErrorBody
from .values import UNDEFINED, Value

__all__ = [
    "COMPLETED",
    "TIMED_OUT",
    "ActionRequest",
    "ActionResponse",
    "ActorSpecifier",
    "Error",
    "Event",
    "HttpActionRequest",
    "HttpActionResponse",
    "HttpQueueSendRequest",
    "HttpQueueSendResponse",
    "HttpResponseError",
    "Init",
    "SubscriptionRequest",
    "ToClient",
    "ToServer",
]


@dataclass(frozen=True, slots=True)
class ActorSpecifier:
    """Which actor an error came from; ``key`` is the serialized key."""

    actor_id: str
    generation: int
    key: str | None = None


# Server to client, over a WebSocket


@dataclass(frozen=True, slots=True)
class Init:
    """The connection is open."""

    actor_id: str
    connection_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """An action failed, or the connection did (no ``action_id``)."""

    group: str
    code: str
    message: str
    metadata: Value = UNDEFINED
    action_id: int | None = None
    actor: ActorSpecifier | None = None

    @property
    def body(self) -> ErrorBody:
        """The error itself, without what it refers to."""
        return _error_body(self)


@dataclass(frozen=True, slots=True)
class ActionResponse:
    """The result of the action with this id; ``UNDEFINED`` when it returns nothing."""

    id: int
    output: Value


@dataclass(frozen=True, slots=True)
class Event:
    """An event with its arguments."""

    name: str
    args: list[Value]


ToClient: TypeAlias = Init | Error | ActionResponse | Event


# Client to server, over a WebSocket


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """Call an action; the answer carries the same id (0 to 2**64 - 1)."""

    id: int
    name: str
    args: list[Value]


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """Start or stop receiving an event."""

    event_name: str
    subscribe: bool


ToServer: TypeAlias = ActionRequest | SubscriptionRequest


# HTTP bodies


@dataclass(frozen=True, slots=True)
class HttpActionRequest:
    """Body of ``POST .../action/{name}``."""

    args: list[Value]


@dataclass(frozen=True, slots=True)
class HttpActionResponse:
    """Its answer; ``output`` is ``UNDEFINED`` when the action returns nothing."""

    output: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpQueueSendRequest:
    """Body of ``POST .../queue/{name}``; ``timeout_ms`` matters only with ``wait``."""

    body: Value
    name: str | None = None
    wait: bool | None = None
    timeout_ms: int | None = None


COMPLETED: Final = "completed"
"""Status of a message that was stored, or that was handled if its sender waits."""
TIMED_OUT: Final = "timedOut"
"""Status of a message that was not handled in the time given."""


@dataclass(frozen=True, slots=True)
class HttpQueueSendResponse:
    """Its answer; ``status`` is ``COMPLETED`` or ``TIMED_OUT``."""

    status: str
    response: Value = UNDEFINED


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponseError:
    """Body of every answer with an error status."""

    group: str
    code: str
    message: str
    metadata: Value = UNDEFINED
    actor: ActorSpecifier | None = None

    @property
    def body(self) -> ErrorBody:
        """The error itself, without what it refers to."""
        return _error_body(self)


def _error_body(error: Error | HttpResponseError) -> ErrorBody:
    metadata = None if error.metadata is UNDEFINED else error.metadata
    return ErrorBody(error.group, error.code, error.message, metadata=metadata)
