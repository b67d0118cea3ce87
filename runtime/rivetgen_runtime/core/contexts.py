"""What user code gets as ``c``: the actor's memory and the call being served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

from rivetgen_client.wire.messages import Event
from rivetgen_runtime.core.db import Db
from rivetgen_runtime.core.kv import Kv
from rivetgen_runtime.core.queues.receiving import Receiver
from rivetgen_runtime.core.schedules import Cron, Schedule, ScheduledCalls
from rivetgen_runtime.errors import (
    DatabaseNotEnabledError,
    NoConnectionError,
    NoRequestError,
    StateNotEnabledError,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Mapping
    from logging import LoggerAdapter

    from rivetgen_client.transport import Transport
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.abort import AbortSignal
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.http_messages import Request
    from rivetgen_runtime.core.schedule_infos import Fire

__all__ = ["AnyContext", "Context", "CreateContext"]

KeyT = TypeVar("KeyT")
StateT = TypeVar("StateT")
ConnectionT = TypeVar("ConnectionT")
T = TypeVar("T")


class CreateContext(Generic[KeyT]):
    """The ``c`` of ``create_state``, where the actor has no state yet."""

    __slots__ = ("_activation", "_is_read_only")

    def __init__(self, activation: Activation, *, is_read_only: bool = False) -> None:
        self._activation = activation
        self._is_read_only = is_read_only

    @property
    def key(self) -> KeyT:
        """The parts of the actor's key, by name."""
        return cast("KeyT", self._activation.key)

    @property
    def actor_id(self) -> str:
        """Id of the actor."""
        return self._activation.record.actor_id

    @property
    def name(self) -> str:
        """Wire name of the actor's definition."""
        return self._activation.record.name

    @property
    def generation(self) -> int:
        """How many times the actor has started, this time included."""
        return self._activation.record.generation

    @property
    def transport(self) -> Transport:
        """The way to other actors; ``c.actors`` has them typed."""
        return self._activation.services.transport

    @property
    def kv(self) -> Kv:
        """Keys and values of the actor, committed together with its state."""
        return Kv(self._activation, is_read_only=self._is_read_only)

    @property
    def _database(self) -> Db:
        """The SQL database of the actor; ``c.db`` where the schema declares one."""
        database = self._activation.sql
        if database is None:
            raise DatabaseNotEnabledError(self._activation.definition.name)
        return Db(database, owner=self, is_read_only=self._is_read_only)

    @property
    def schedule(self) -> Schedule[Any]:
        """Calls of the actor's own actions at one time each."""
        return Schedule(
            self._activation, ScheduledCalls, is_read_only=self._is_read_only
        )

    @property
    def cron(self) -> Cron[Any]:
        """Calls of the actor's own actions again and again."""
        return Cron(self._activation, ScheduledCalls, is_read_only=self._is_read_only)

    @property
    def log(self) -> LoggerAdapter[Any]:
        """Logger whose records name the actor."""
        return self._activation.log

    @property
    def abort_signal(self) -> AbortSignal:
        """Set when the actor stops."""
        return self._activation.abort_signal

    @property
    def aborted(self) -> bool:
        """Whether the actor is stopping: not true yet in the call that asked for it."""
        return self._activation.abort_signal.aborted


class Context(CreateContext[KeyT], Generic[KeyT, StateT, ConnectionT]):
    """The ``c`` of actions and hooks.

    It belongs to one call. What it emits and changes becomes durable before the answer
    of the call leaves, unless the schema says ``durability: interval``.
    """

    __slots__ = (
        "_connection",
        "_receiver",
        "_request",
        "_waits",
        "fire",
        "has_broadcast",
    )

    def __init__(
        self,
        activation: Activation,
        *,
        connection: AnyConnection | None = None,
        request: Request | None = None,
        waits: bool,
        is_read_only: bool = False,
        fire: Fire | None = None,
    ) -> None:
        super().__init__(activation, is_read_only=is_read_only)
        self._connection = connection
        self._request = request
        self._waits = waits
        self.fire = fire
        """Why a scheduled action runs; None when something else made this call."""
        self._receiver: Receiver | None = None
        self.has_broadcast = False
        """Whether the call has sent an event to a subscriber."""

    @property
    def state(self) -> StateT:
        """The actor's state; change it in place or assign another.

        Raises:
            StateNotEnabledError: The schema declares none.
        """
        self._require_state()
        self._activation.turns.watch()
        return cast("StateT", self._activation.state.value)

    @state.setter
    def state(self, value: StateT) -> None:
        self._require_state()
        self._activation.turns.watch()
        self._activation.state.value = value

    @property
    def activation(self) -> Activation:
        """The actor in memory, for the runtime."""
        return self._activation

    @property
    def receiver(self) -> Receiver:
        """What this call does with queues; ``c.queues`` has them typed."""
        if self._receiver is None:
            self._receiver = Receiver(self._activation, is_read_only=self._is_read_only)
        return self._receiver

    def finish_messages(self, *, is_success: bool) -> None:
        """The call has ended: what it received was handled, or failed."""
        if self._receiver is not None:
            self._receiver.finish(is_success=is_success)

    @property
    def conn(self) -> ConnectionT:
        """The connection that made this call; HTTP calls have a short-lived one.

        Raises:
            NoConnectionError: No connection made it.
        """
        if self._connection is None:
            raise NoConnectionError
        return cast("ConnectionT", self._connection)

    @property
    def has_conn(self) -> bool:
        """Whether a connection made this call."""
        return self._connection is not None

    @property
    def request(self) -> Request:
        """The HTTP request of a connection that begins, or of a raw handler.

        It is there in ``on_before_connect``, ``create_conn_state``, ``on_request`` and
        ``on_web_socket``, with every header that the client sent.

        Raises:
            NoRequestError: No HTTP request made it: another hook, an action, or a call
                from another actor.
        """
        if self._request is None:
            raise NoRequestError
        return self._request

    @property
    def has_request(self) -> bool:
        """Whether there is a request."""
        return self._request is not None

    @property
    def conns(self) -> Mapping[str, ConnectionT]:
        """All connections by id, in the order in which they came.

        It is as of now, so that connections may be closed while walking through it.
        """
        by_id = dict(self._activation.connections.by_id)
        return cast("Mapping[str, ConnectionT]", by_id)

    def emit_event(self, name: str, args: list[Value]) -> None:
        """Broadcast an event to everyone who subscribed to it."""
        recipients = self._activation.connections.subscribers(name)
        if recipients:
            self.has_broadcast = True
            event = Event(name, args)
            self._activation.emit(recipients, event, waits=self._waits)

    async def save_state(
        self, *, immediate: bool = True, max_wait_s: float | None = None
    ) -> None:
        """Save everything that has changed, by default at once and until it is durable.

        Args:
            immediate: When false, saving within ``stateSaveInterval`` is enough, and
                nothing is waited for.
            max_wait_s: The same with another time, in seconds.

        Raises:
            StorageError: It could not be saved.
            StateInvalidError: The state does not fit the schema; the change is undone.
        """
        if immediate and max_wait_s is None:
            await self._activation.turns.save()
        else:
            self._activation.turns.save_soon(max_wait_s)

    def wait_until(self, work: Awaitable[object]) -> None:
        """Run work in the background; a graceful stop waits for it.

        It does not keep the actor from sleeping. Its errors are logged.
        """
        self._activation.background.wait_until(work)

    def keep_awake(self, work: Awaitable[T]) -> asyncio.Task[T]:
        """Run work during which the actor does not sleep for idleness.

        Returns:
            The running work; awaiting it gives its result.
        """
        return self._activation.background.keep_awake(work)

    def sleep(self) -> None:
        """Let the actor sleep after what is running; nothing when it stops already."""
        self._activation.ask_to_sleep()

    def destroy(self) -> None:
        """Destroy the actor after what is running, and everything that it stored.

        Raises:
            ActorStoppingError: It is being destroyed already.
        """
        self._activation.request_destroy()

    def _require_state(self) -> None:
        if self._activation.definition.state is None:
            raise StateNotEnabledError(self._activation.definition.name)


AnyContext: TypeAlias = Context[Any, Any, Any]
