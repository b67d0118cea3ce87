"""Open sockets of clients: opening them, and what comes in through them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rivetgen_client.wire.messages import (
    ActionRequest,
    Error,
    Init,
    SubscriptionRequest,
)
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.actions import answer_request, refuse_request
from rivetgen_runtime.core.admission import (
    FAILURE_CLOSE,
    abandon,
    admit,
    disconnect,
    release,
)
from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.gate import Emission
from rivetgen_runtime.core.guards import refusal_of_subscription
from rivetgen_runtime.errors import (
    ActionAbortedError,
    ActorOverloadedError,
    NotAcceptedError,
    RequestError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_client.wire.messages import ToClient, ToServer
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.hibernation import SleepingSockets
    from rivetgen_runtime.core.http_messages import Request
    from rivetgen_runtime.core.ports import ConnectionSink

__all__ = ["ClientSocket", "open_socket", "refuse_socket"]


async def open_socket(
    activation: Activation,
    socket: ClientSocket,
    *,
    params: Value,
    request: Request | None = None,
) -> None:
    """Open a connection for a client's socket.

    ``Init`` leaves through the gate, when what the hooks changed is durable.

    Raises:
        NotAcceptedError: The activation stopped first; nothing was sent.
        RequestError: The actor refused; the socket has been told and closed.
    """
    activation.activity.enter()
    try:
        connection = await _open(activation, socket, params, request=request)
    except NotAcceptedError:
        raise
    except Exception as error:
        activation.turns.end_quietly()
        refusal = as_request_error(
            error, record=activation.record, ray_id=socket.ray_id
        )
        refuse_socket(socket, refusal)
        raise refusal from error
    finally:
        activation.activity.leave()
    socket.bind(activation, connection)


async def _open(
    activation: Activation,
    socket: ClientSocket,
    params: Value,
    *,
    request: Request | None,
) -> AnyConnection:
    limit = activation.services.options.connections_per_actor
    if len(activation.connections) >= limit:
        raise ActorOverloadedError("connections", limit)
    connection = await admit(
        activation, params, socket, is_hibernatable=True, request=request
    )
    activation.records.suspect(connection)
    try:
        number = _end_admission(activation)
    except BaseException:
        abandon(activation, connection)
        raise
    init = Emission((connection,), Init(activation.record.actor_id, connection.id))
    activation.turns.gate.leave(number, init)
    return connection


def _end_admission(activation: Activation) -> int:
    if activation.hooks.admission:
        return activation.turns.end(waits=activation.definition.is_durable)
    if activation.hooks.on_disconnect:
        activation.turns.save_soon()
    return 0


def refuse_socket(sink: ConnectionSink, refusal: RequestError) -> None:
    """Tell a client why it is not connected, and close its socket."""
    body = refusal.body
    metadata = UNDEFINED if body.metadata is None else body.metadata
    error = Error(
        group=body.group, code=body.code, message=body.message, metadata=metadata
    )
    sink.send(error)
    sink.close(FAILURE_CLOSE, body.name)


class _Binding(NamedTuple):
    """Who serves a socket now."""

    activation: Activation
    connection: AnyConnection

    @property
    def accepts(self) -> bool:
        """Whether a message can be handled at once."""
        activation = self.activation
        return activation.accepts_calls and not activation.lifecycle.is_starting


class ClientSocket:
    """One client's socket, across the sleeps of its actor.

    To the front it is a ``ConnectionPort``, to the connection a ``ConnectionSink``.
    While the actor is in memory it is bound to an activation and a connection object;
    while the actor sleeps it is among the ``SleepingSockets``. Messages are handled in
    the order in which they came. Those that cannot be handled yet wait: the actor
    sleeps or starts, it is about to sleep and accepts nothing more, or a guard is being
    asked about the message before.

    Args:
        sink: The way out, given by the front.
        actor_id: Whose socket it is.
        sleeping: Where it waits while the actor sleeps.
        wake: Wakes the actor with this id; raises ``RequestError``.
        ray_id: Id of the request that opened it.
    """

    __slots__ = (
        "_binding",
        "_drained",
        "_is_deciding",
        "_is_over",
        "_returned",
        "_running",
        "_sink",
        "_sleeping",
        "_waiting",
        "_wake",
        "_waking",
        "actor_id",
        "connection_id",
        "ray_id",
    )

    def __init__(
        self,
        sink: ConnectionSink,
        *,
        actor_id: str,
        sleeping: SleepingSockets,
        wake: Callable[[str], Awaitable[object]],
        ray_id: str,
    ) -> None:
        self.actor_id = actor_id
        self.connection_id = ""
        self.ray_id = ray_id
        self._sink = sink
        self._sleeping = sleeping
        self._wake = wake
        self._binding: _Binding | None = None
        self._running: dict[asyncio.Task[None], ActionRequest] = {}
        self._waiting: list[ToServer] = []
        self._returned = 0
        self._is_deciding = False
        self._is_over = False
        self._drained: asyncio.Event | None = None
        self._waking: asyncio.Task[None] | None = None

    # What the client does

    def receive(self, message: ToServer) -> None:
        """Handle one message, or keep it until it can be handled."""
        if not self._is_over:
            self._waiting.append(message)
            self._proceed()

    async def accepting(self) -> None:
        """Wait until nothing that was received waits: fronts read no more before.

        That bounds what waits, and slows the client down instead of cutting it.
        """
        if self._waiting and not self._is_over:
            if self._drained is None:
                self._drained = asyncio.Event()
            await self._drained.wait()

    def detach(self) -> None:
        """The socket is gone: actions go on, their answers are dropped."""
        self._end()
        if self._sleeping.remove(self):
            self._wake_actor()
        elif self._binding and not self._binding.activation.lifecycle.is_starting:
            self._leave(self._binding)

    # What the actor does

    def bind(self, activation: Activation, connection: AnyConnection) -> None:
        """The actor serves this connection from now on."""
        self.connection_id = connection.id
        self._binding = _Binding(activation, connection)
        if connection in activation.connections:
            activation.sockets[connection.id] = self

    def send(self, message: ToClient) -> None:
        """Send to the client."""
        self._sink.send(message)

    def close(self, code: int, reason: str) -> None:
        """Close the client's socket after everything that was sent before."""
        self._end()
        self._sink.close(code, reason)

    def fall_asleep(self) -> None:
        """The actor has left memory, with the connection object."""
        if self._binding is None:
            return
        activation, connection = self._binding
        for request in self._running.values():
            # User code that ignores its cancellation: nobody waits for it any more.
            error = ActionAbortedError()
            refuse_request(activation, connection, request, error=error)
        self._running = {}
        connection.detach()
        self._binding = None
        if not self._is_over:
            self._sleeping.add(self)
            self._proceed()

    def attach(self, activation: Activation, connection: AnyConnection) -> None:
        """The actor is starting; this is what it knows about the client."""
        connection.reattach(self)
        activation.connections.add(connection)
        activation.activity.enter()
        self.bind(activation, connection)

    def resume(self) -> None:
        """The actor serves calls: deliver what has waited, or say that nobody waits."""
        if self._is_over and self._binding is not None:
            self._leave(self._binding)
        else:
            self._proceed()

    # How it works

    def _proceed(self) -> None:
        """Handle what waits, as far as the actor is there for it."""
        binding = self._binding
        while self._waiting and binding and binding.accepts and not self._is_deciding:
            self._returned = 0
            self._handle(binding, self._waiting.pop(0))
        if not self._waiting:
            self._release_front()
        elif binding is None:
            self._wake_actor()

    def _handle(self, binding: _Binding, message: ToServer) -> None:
        activation, connection = binding
        if connection not in activation.connections:
            return
        match message:
            case ActionRequest():
                self._start(binding, message)
            case SubscriptionRequest(event_name=event, subscribe=True):
                self._subscribe(binding, event)
            case SubscriptionRequest(event_name=event):
                activation.connections.unsubscribe(connection, event)
                activation.records.suspect(connection)

    def _subscribe(self, binding: _Binding, event: str) -> None:
        activation, connection = binding
        limit = activation.services.options.subscriptions_per_connection
        if event in connection.subscriptions:
            return
        if len(connection.subscriptions) >= limit:
            self._refuse(binding, "actor.overloaded")
        elif event in activation.definition.subscription_guards:
            self._is_deciding = True
            activation.background.spawn(self._decide(binding, event))
        else:
            activation.connections.subscribe(connection, event)
            activation.records.suspect(connection)

    async def _decide(self, binding: _Binding, event: str) -> None:
        """Ask the guard; what comes after the subscription waits for its decision."""
        activation, connection = binding
        try:
            refusal = await refusal_of_subscription(
                activation, connection, event, ray_id=self.ray_id
            )
        except asyncio.CancelledError:
            # The actor stops: the next activation is asked again.
            self._give_back(SubscriptionRequest(event, subscribe=True))
            raise
        finally:
            self._is_deciding = False
        if refusal is not None:
            self._refuse(binding, refusal.name)
        elif connection in activation.connections:
            activation.connections.subscribe(connection, event)
            activation.records.suspect(connection)
        self._proceed()

    def _refuse(self, binding: _Binding, reason: str) -> None:
        """Close the socket: the client asked for what it may not have."""
        disconnect(*binding, reason, code=FAILURE_CLOSE)

    def _start(self, binding: _Binding, request: ActionRequest) -> None:
        activation, connection = binding
        limit = activation.services.options.running_actions_per_connection
        if len(self._running) >= limit:
            error = ActorOverloadedError("running actions per connection", limit)
            refuse_request(activation, connection, request, error=error)
            return
        task = asyncio.create_task(self._answer(binding, request))
        connection.running += 1
        self._running[task] = request
        task.add_done_callback(partial(self._finish, connection))

    def _finish(self, connection: AnyConnection, task: asyncio.Task[None]) -> None:
        connection.running -= 1
        self._running.pop(task, None)

    async def _answer(self, binding: _Binding, request: ActionRequest) -> None:
        activation, connection = binding
        try:
            await answer_request(activation, connection, request, ray_id=self.ray_id)
        except NotAcceptedError:
            # Nothing was executed: the next activation does it.
            self._give_back(request)
            self._proceed()

    def _give_back(self, message: ToServer) -> None:
        """Keep a message that came before those that wait already."""
        if not self._is_over:
            self._waiting.insert(self._returned, message)
            self._returned += 1

    def _leave(self, binding: _Binding) -> None:
        activation, connection = binding
        self._binding = None
        activation.sockets.pop(connection.id, None)
        connection.detach()
        release(activation, connection)

    def _end(self) -> None:
        self._is_over = True
        self._waiting.clear()
        self._release_front()

    def _release_front(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._drained = None

    def _wake_actor(self) -> None:
        if self._waking is None:
            self._waking = asyncio.create_task(self._bring_back())
            self._waking.add_done_callback(self._on_awake)

    async def _bring_back(self) -> None:
        try:
            await self._wake(self.actor_id)
        except RequestError as refusal:
            if self._sleeping.remove(self):
                self.close(FAILURE_CLOSE, refusal.body.name)

    def _on_awake(self, task: asyncio.Task[None]) -> None:
        self._waking = None
        if self._waiting and self._binding is None and not task.cancelled():
            self._wake_actor()  # it fell asleep again before a message was handled
