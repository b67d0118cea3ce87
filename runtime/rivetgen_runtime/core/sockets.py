"""Open sockets of clients: opening them, and what comes in through them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

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
)
from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.gate import Emission
from rivetgen_runtime.core.guards import refusal_of_subscription
from rivetgen_runtime.core.held_connections import holding
from rivetgen_runtime.core.wakeful_sockets import WakefulSocket
from rivetgen_runtime.errors import (
    ActionAbortedError,
    ActorOverloadedError,
    NotAcceptedError,
    RequestError,
)

if TYPE_CHECKING:
    from rivetgen_client.wire.messages import ToClient, ToServer
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.http_messages import Request
    from rivetgen_runtime.core.ports import ConnectionSink
    from rivetgen_runtime.core.wakeful_sockets import Bed, Binding

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
        with holding():
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


class ClientSocket(WakefulSocket["ToServer"]):
    """The socket of a client that speaks the protocol; implements ``ConnectionPort``.

    What follows a subscription waits while its guard is asked.

    Args:
        sink: The way out, given by the front.
        actor_id: Whose socket it is.
        bed: Where it waits while the actor sleeps.
        ray_id: Id of the request that opened it.
    """

    __slots__ = ("_is_deciding", "_running", "_sink")

    def __init__(
        self, sink: ConnectionSink, *, actor_id: str, bed: Bed, ray_id: str
    ) -> None:
        super().__init__(actor_id=actor_id, bed=bed, ray_id=ray_id)
        self._sink = sink
        self._running: dict[asyncio.Task[None], ActionRequest] = {}
        self._is_deciding = False

    def detach(self) -> None:
        """The socket is gone: actions go on, their answers are dropped."""
        self.leave()

    def send(self, message: ToClient) -> None:
        """Send to the client."""
        self._sink.send(message)

    def _close_sink(self, code: int, reason: str) -> None:
        self._sink.close(code, reason)

    @property
    def _is_held_up(self) -> bool:
        return self._is_deciding

    def _part(self, binding: Binding) -> None:
        activation, connection = binding
        for request in self._running.values():
            # User code that ignores its cancellation: nobody waits for it any more.
            error = ActionAbortedError()
            refuse_request(activation, connection, request, error=error)
        self._running = {}

    def _handle(self, binding: Binding, message: ToServer) -> None:
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

    def _subscribe(self, binding: Binding, event: str) -> None:
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

    async def _decide(self, binding: Binding, event: str) -> None:
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

    def _refuse(self, binding: Binding, reason: str) -> None:
        """Close the socket: the client asked for what it may not have."""
        disconnect(*binding, reason, code=FAILURE_CLOSE)

    def _start(self, binding: Binding, request: ActionRequest) -> None:
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

    async def _answer(self, binding: Binding, request: ActionRequest) -> None:
        activation, connection = binding
        try:
            await answer_request(activation, connection, request, ray_id=self.ray_id)
        except NotAcceptedError:
            # Nothing was executed: the next activation does it.
            self._give_back(request)
            self._proceed()
