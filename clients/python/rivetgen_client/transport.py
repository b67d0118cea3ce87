"""The seam between typed handles and whatever carries their calls.

A transport takes wire values and gives wire values back. The client brings one over
HTTP and WebSockets; a server brings one for calls from actor to actor; tests may bring
their own. Actor errors are raised as ``ActorError``, without knowledge of a schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from .wire.values import UNDEFINED

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable

    from .wire.messages import ToClient, ToServer
    from .wire.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTarget:
    """An actor by name and key.

    Attributes:
        create: Whether it is created when it does not exist.
        input: What it is created with; ``UNDEFINED`` for none.
        region: Where it is created; None leaves that to the server.
    """

    name: str
    key: tuple[str, ...]
    create: bool
    input: Value = UNDEFINED
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTarget:
    """One particular actor, alive or not."""

    name: str
    actor_id: str


ActorTarget: TypeAlias = KeyTarget | IdTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class NewActor:
    """An actor that must not exist yet."""

    name: str
    key: tuple[str, ...]
    input: Value = UNDEFINED
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    """One call of an action.

    Attributes:
        name: As on the wire.
        args: Wire values, in order.
        params: Connection parameters; ``UNDEFINED`` for none.
        timeout_s: How long the whole call may take, repetitions included.
        retryable: Whether it may be repeated although it may have been executed.
    """

    name: str
    args: list[Value]
    params: Value = UNDEFINED
    timeout_s: float | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchCall:
    """One raw HTTP request.

    Attributes:
        method: In capitals.
        path: Path and query, or an absolute URL that the actor shall see.
        headers: Names and values.
        body: In one piece, or in pieces; with pieces the request is never repeated.
        params: Connection parameters; ``UNDEFINED`` for none.
        timeout_s: How long the answer may take, repetitions included.
        reads_all: Whether that holds for the whole answer and not only for its head.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | AsyncIterable[bytes] = b""
    params: Value = UNDEFINED
    timeout_s: float | None = None
    reads_all: bool = True


class FetchAnswer(Protocol):
    """The answer to a raw request, its body not read yet."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Iterable[tuple[str, str]]:
        """Names and values."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The pieces of the body as they come; only once.

        Raises:
            MalformedResponseError: It breaks off.
            DeadlineExceededError: It takes too long.
        """
        ...

    async def aclose(self) -> None:
        """Read no more; harmless when it was read to its end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMessage:
    """One message to a queue.

    Attributes:
        name: Name of the queue, as on the wire.
        body: The message as a wire value.
        key: What the same message carries when it is sent again: it is enqueued once,
            and everyone who waits for it gets the same answer. None: it is a message of
            its own each time.
        waits: Whether the sender waits until the message is completed.
        wait_s: How long it waits at most; None leaves that to the server.
        params: Connection parameters; ``UNDEFINED`` for none.
        timeout_s: How long sending may take, repetitions included and waiting not.
    """

    name: str
    body: Value
    key: str | None = None
    waits: bool = False
    wait_s: float | None = None
    params: Value = UNDEFINED
    timeout_s: float | None = None

    @property
    def deadline_s(self) -> float | None:
        """How long sending and waiting may take; None for ever."""
        if self.timeout_s is None:
            return None
        return self.timeout_s + (self.wait_s or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAnswer:
    """What the sender of a message gets.

    Attributes:
        is_completed: False when the message was not completed in the time given; it
            stays in the queue.
        reply: What it was completed with; ``UNDEFINED`` for nothing.
    """

    is_completed: bool
    reply: Value = UNDEFINED


class ChannelClosedError(Exception):
    """A channel has ended; the connection decides what that means.

    Attributes:
        code: WebSocket close code, 1006 when there was no close frame.
        reason: Text of the close frame: ``group.code``, optionally ``#`` and a ray id.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class Channel(Protocol):
    """One open, ordered, two-way stream of messages to one actor."""

    async def send(self, message: ToServer, /) -> None:
        """Send one message.

        Raises:
            ChannelClosedError: The channel has ended.
        """
        ...

    async def receive(self) -> ToClient:
        """Wait for one message; the first one is ``Init``.

        Raises:
            ChannelClosedError: The channel has ended.
            MalformedResponseError: The server sent something else.
        """
        ...

    async def aclose(self, code: int, reason: str) -> None:
        """Close from this side; never raises because the other side was faster."""
        ...


class RawChannel(Protocol):
    """One raw WebSocket to an actor."""

    async def send(self, data: str | bytes, /) -> None:
        """Send one message; may wait while the other side is slow.

        Raises:
            ChannelClosedError: The channel has ended.
        """
        ...

    async def receive(self) -> str | bytes:
        """Wait for one message.

        Raises:
            ChannelClosedError: The channel has ended.
        """
        ...

    async def aclose(self, code: int, reason: str) -> None:
        """Close from this side; never raises because the other side was faster."""
        ...


class Transport(Protocol):
    """Carries calls to actors.

    Besides what is listed with each method, methods raise ``ActorError`` for what the
    other side answers, and the errors of the way: ``ConnectionFailedError``,
    ``DeadlineExceededError``, ``UnknownOutcomeError``, ``MalformedResponseError``.
    """

    async def action(self, target: ActorTarget, call: ActionCall, /) -> Value:
        """Call an action and return its output."""
        ...

    async def send(self, target: ActorTarget, message: QueueMessage, /) -> QueueAnswer:
        """Send a message to a queue, and wait for its completion if it says so."""
        ...

    async def resolve(self, target: ActorTarget, /) -> str:
        """Return the id of an actor, creating it when the target says so."""
        ...

    async def create(self, actor: NewActor, /) -> str:
        """Create an actor and return its id.

        Raises:
            DuplicateKeyError: Its key is taken.
        """
        ...

    async def connect(self, target: ActorTarget, params: Value, /) -> Channel:
        """Open a channel.

        Raises:
            ChannelClosedError: The server refused it.
        """
        ...

    async def fetch(self, target: ActorTarget, call: FetchCall, /) -> FetchAnswer:
        """Send a raw request; every answer of the actor itself is returned."""
        ...

    async def web_socket(
        self, target: ActorTarget, path: str, params: Value, /
    ) -> RawChannel:
        """Open a raw WebSocket."""
        ...

    async def aclose(self) -> None:
        """Release everything; open channels end."""
        ...
