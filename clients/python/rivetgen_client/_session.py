"""One connection to one actor, without I/O: what is pending, and what happens next.

The owner feeds in what the channel delivers (``received``, ``ended``) and what the
user does (``call``, ``abandon``, ``subscribe``, ``unsubscribe``, ``close``); it then
sends what ``next_message`` returns and acts on the returned occurrences. Channels
come and go; the session stays.

Phases::

    CONNECTING ──Init──▶ CONNECTED
        ▲   └────ended────┐   │
        │                 ▼   ▼ ended
        └──opening── DISCONNECTED
    any ──close, or an ending that is final──▶ CLOSED
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from . import _reconnect
from .errors import (
    ActorError,
    ConnectionClosedError,
    RivetgenError,
    TooManyCallsError,
    UnknownOutcomeError,
)
from .transport import ChannelClosedError
from .wire.close_reasons import DISPOSED, NORMAL
from .wire.messages import (
    ActionRequest,
    ActionResponse,
    Error,
    Event,
    Init,
    SubscriptionRequest,
)

if TYPE_CHECKING:
    from .wire.messages import ToClient, ToServer
    from .wire.values import Value

_LEAVING: Final = frozenset({"actor.destroying", "actor.stopping"})
"""Codes of an actor that executes nothing more, and whose channel is about to end."""

UNANSWERED_CALLS: Final = 1000
"""How many calls of one connection may wait: for a socket, or for their answers."""


class ConnectionStatus(StrEnum):
    """Where a connection is in its life."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    """Waiting for the next attempt."""
    CLOSED = "closed"
    """For good."""


# What the owner is told


@dataclass(frozen=True, slots=True)
class Answered:
    """An action returned."""

    action_id: int
    output: Value


@dataclass(frozen=True, slots=True)
class Failed:
    """An action failed."""

    action_id: int
    error: Exception


@dataclass(frozen=True, slots=True)
class Received:
    """An event arrived."""

    name: str
    args: list[Value]


@dataclass(frozen=True, slots=True)
class Reported:
    """Something went wrong with the connection itself."""

    error: RivetgenError


@dataclass(frozen=True, slots=True)
class Changed:
    """The connection is somewhere else in its life."""

    status: ConnectionStatus


Occurrence: TypeAlias = Answered | Failed | Received | Reported | Changed


@dataclass(slots=True)
class _Pending:
    """An action without an answer; ``sent`` once it was handed out for sending."""

    request: ActionRequest
    retryable: bool
    sent: bool = field(default=False)


class Session:
    """The state of one connection.

    Args:
        by_key: Whether it addresses a key or an id.

    Attributes:
        status: Where the connection is in its life.
        init: What the server said about the last channel that was established.
        delay_s: How long to wait before the next channel is opened.
        final_error: Why the connection is closed.
    """

    def __init__(self, *, by_key: bool) -> None:
        self._by_key = by_key
        self.status = ConnectionStatus.DISCONNECTED
        self.init: Init | None = None
        self.delay_s = 0.0
        self.final_error: RivetgenError | None = None
        self._pending: dict[int, _Pending] = {}
        self._subscriptions: dict[str, int] = {}
        self._outgoing: deque[ToServer] = deque()
        self._next_action_id = 0
        self._failures = 1
        self._connected_at_s = 0.0
        self._announced: RivetgenError | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the connection has ended for good."""
        return self.status is ConnectionStatus.CLOSED

    # What the user does

    def call(self, name: str, args: list[Value], *, retryable: bool) -> int:
        """Call an action, now or as soon as there is a channel; return its id.

        Raises:
            TooManyCallsError: Nobody answers those that were made before.
        """
        if len(self._pending) >= UNANSWERED_CALLS:
            raise TooManyCallsError(UNANSWERED_CALLS)
        action_id = self._next_action_id
        self._next_action_id += 1
        request = ActionRequest(action_id, name, args)
        self._pending[action_id] = _Pending(request, retryable)
        self._send(request)
        return action_id

    def abandon(self, action_id: int) -> bool:
        """Forget an action; return whether it may have been executed."""
        pending = self._pending.pop(action_id, None)
        return pending is not None and pending.sent

    def subscribe(self, name: str) -> None:
        """Count one more listener of an event."""
        listeners = self._subscriptions.get(name, 0)
        self._subscriptions[name] = listeners + 1
        if not listeners:
            self._send(SubscriptionRequest(name, subscribe=True))

    def unsubscribe(self, name: str) -> None:
        """Count one listener of an event less."""
        self._subscriptions[name] -= 1
        if not self._subscriptions[name]:
            del self._subscriptions[name]
            self._send(SubscriptionRequest(name, subscribe=False))

    def close(self) -> list[Occurrence]:
        """End the connection for good; nothing pending is answered any more."""
        if self.is_closed:
            return []
        return self._finish(ConnectionClosedError(NORMAL, DISPOSED))

    # What the channel does

    def opening(self) -> list[Occurrence]:
        """Note that a channel is being opened."""
        self._announced = None
        return [self._change(ConnectionStatus.CONNECTING)]

    def next_message(self) -> ToServer | None:
        """Hand out what is to be sent next; None when there is nothing."""
        while self._outgoing:
            message = self._outgoing.popleft()
            if not isinstance(message, ActionRequest):
                return message
            pending = self._pending.get(message.id)
            if pending is not None:
                pending.sent = True
                return message
        return None

    def received(self, message: ToClient, *, now_s: float) -> list[Occurrence]:
        """Take in one message of the server."""
        if isinstance(message, Event):
            return [Received(message.name, message.args)]
        if isinstance(message, ActionResponse):
            known = self._pending.pop(message.id, None)
            return [Answered(message.id, message.output)] if known else []
        if isinstance(message, Init):
            return self._established(message, now_s)
        return self._refused(message)

    def unsendable(self, message: ToServer, error: Exception) -> list[Occurrence]:
        """Note that a message cannot be written, because of what is in it."""
        if not isinstance(message, ActionRequest):
            return []
        known = self._pending.pop(message.id, None)
        return [Failed(message.id, error)] if known else []

    def ended(
        self, error: Exception, *, now_s: float, jitter: float
    ) -> list[Occurrence]:
        """Note that the channel has ended or could not be opened.

        Afterwards ``status`` says whether to wait ``delay_s`` and open another one.
        """
        was_connected = self.status is ConnectionStatus.CONNECTED
        told = self._announced
        cause = told or _as_error(error)
        reports: list[Occurrence] = (
            [] if told or _is_normal(cause) else [Reported(cause)]
        )
        ending = _reconnect.Ending(
            error=cause, after_init=was_connected, by_key=self._by_key
        )
        if _reconnect.is_final(ending):
            return [*reports, *self._finish(cause)]
        if was_connected and now_s - self._connected_at_s >= _reconnect.STABLE_AFTER_S:
            self._failures = 0
        self.delay_s = _reconnect.delay_s(self._failures, jitter)
        self._failures += 1
        settled = self._settle(cause, final=False)
        self._outgoing.clear()
        return [*reports, *settled, self._change(ConnectionStatus.DISCONNECTED)]

    # Inside

    def _send(self, message: ToServer) -> None:
        # Without a channel nothing is queued: Init brings everything that is missing.
        if self.status is ConnectionStatus.CONNECTED:
            self._outgoing.append(message)

    def _established(self, init: Init, now_s: float) -> list[Occurrence]:
        self.init = init
        self._connected_at_s = now_s
        changed = self._change(ConnectionStatus.CONNECTED)
        self._outgoing.clear()
        self._outgoing.extend(
            SubscriptionRequest(name, subscribe=True) for name in self._subscriptions
        )
        self._outgoing.extend(
            pending.request for pending in self._pending.values() if not pending.sent
        )
        return [changed]

    def _refused(self, message: Error) -> list[Occurrence]:
        error = ActorError.from_wire(message.body, actor=message.actor)
        if message.action_id is None:
            self._announced = error
            return [Reported(error)]
        known = self._pending.get(message.action_id)
        if known is not None and _may_run_elsewhere(error, known):
            known.sent = False  # the actor goes, and its channel: the next one has it
            return []
        self._pending.pop(message.action_id, None)
        return [Failed(message.action_id, error)] if known else []

    def _change(self, status: ConnectionStatus) -> Changed:
        self.status = status
        return Changed(status)

    def _finish(self, error: RivetgenError) -> list[Occurrence]:
        settled = self._settle(error, final=True)
        self._outgoing.clear()
        self.final_error = error
        return [*settled, self._change(ConnectionStatus.CLOSED)]

    def _settle(self, cause: RivetgenError, *, final: bool) -> list[Occurrence]:
        """Decide about every pending action; those that are kept are sent again."""
        blamed = _is_callers_fault(cause)
        suspects = sum(pending.sent for pending in self._pending.values())
        failed: list[Occurrence] = []
        for action_id, pending in list(self._pending.items()):
            if final or (pending.sent and (blamed or not pending.retryable)):
                del self._pending[action_id]
                guilty = blamed and suspects == 1
                failed.append(Failed(action_id, _verdict(pending, cause, guilty)))
            else:
                pending.sent = False
        return failed


def _may_run_elsewhere(error: ActorError, refused: _Pending) -> bool:
    """Whether an action was refused because its actor leaves, without having run.

    An error that names an actor may be one that the action itself has met.
    """
    return error.name in _LEAVING and (error.actor is None or refused.retryable)


def _as_error(error: Exception) -> RivetgenError:
    if isinstance(error, ChannelClosedError):
        return _reconnect.error_of(error)
    if isinstance(error, RivetgenError):
        return error
    raise error


def _is_normal(error: RivetgenError) -> bool:
    return isinstance(error, ConnectionClosedError) and error.code == NORMAL


def _is_callers_fault(error: RivetgenError) -> bool:
    if not isinstance(error, ActorError):
        return False
    return (error.group, error.code) in _reconnect.CAUSED_BY_CLIENT


def _verdict(pending: _Pending, cause: RivetgenError, guilty: bool) -> RivetgenError:
    """Return what the caller of an action without answer is told."""
    if guilty or pending.retryable or not pending.sent:
        return cause
    unknown = UnknownOutcomeError(pending.request.name, str(cause))
    unknown.__cause__ = cause
    return unknown
