"""Open sockets of clients: opening them, and what comes in through them."""

from __future__ import annotations

import asyncio
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
    admit,
    disconnect,
    forget,
    release,
)
from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.gate import Emission
from rivetgen_runtime.errors import ActorOverloadedError, NotAcceptedError

if TYPE_CHECKING:
    from rivetgen_client.wire.messages import ToServer
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.ports import ConnectionSink
    from rivetgen_runtime.errors import RequestError

__all__ = ["SocketPort", "open_socket", "refuse_socket"]


async def open_socket(
    activation: Activation, sink: ConnectionSink, *, params: Value, ray_id: str
) -> SocketPort:
    """Open a connection for a client's socket.

    ``Init`` leaves through the gate, when what the hooks changed is durable.

    Raises:
        NotAcceptedError: The activation stopped first; nothing was sent.
        RequestError: The actor refused; the sink has been told and closed.
    """
    activation.activity.enter()
    try:
        connection = await _open(activation, sink, params)
    except NotAcceptedError:
        raise
    except Exception as error:
        activation.turns.end_quietly()
        refusal = as_request_error(error, record=activation.record, ray_id=ray_id)
        refuse_socket(sink, refusal)
        raise refusal from error
    finally:
        activation.activity.leave()
    return SocketPort(activation, connection, ray_id)


async def _open(
    activation: Activation, sink: ConnectionSink, params: Value
) -> AnyConnection:
    limit = activation.services.options.connections_per_actor
    if len(activation.connections) >= limit:
        raise ActorOverloadedError("connections", limit)
    connection = await admit(activation, params, sink)
    try:
        number = _end_admission(activation)
    except BaseException:
        forget(activation, connection)
        raise
    init = Emission((connection,), Init(activation.record.actor_id, connection.id))
    activation.turns.gate.leave(number, init)
    return connection


def _end_admission(activation: Activation) -> int:
    if not activation.hooks.admission:
        return 0
    return activation.turns.end(waits=activation.definition.is_durable)


def refuse_socket(sink: ConnectionSink, refusal: RequestError) -> None:
    """Tell a client why it is not connected, and close its socket."""
    body = refusal.body
    metadata = UNDEFINED if body.metadata is None else body.metadata
    error = Error(
        group=body.group, code=body.code, message=body.message, metadata=metadata
    )
    sink.send(error)
    sink.close(FAILURE_CLOSE, body.name)


class SocketPort:
    """The way in from one client socket.

    Args:
        activation: The actor.
        connection: The client's connection.
        ray_id: Id of the request that opened it.
    """

    __slots__ = ("_activation", "_connection", "_ray_id", "_tasks")

    def __init__(
        self, activation: Activation, connection: AnyConnection, ray_id: str
    ) -> None:
        self._activation = activation
        self._connection = connection
        self._ray_id = ray_id
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connection_id(self) -> str:
        """UUID text, as in the ``Init`` message."""
        return self._connection.id

    def receive(self, message: ToServer) -> None:
        """Handle one message; requests start in the order of the calls."""
        connections = self._activation.connections
        if self._connection not in connections:
            return
        match message:
            case ActionRequest():
                self._start(message)
            case SubscriptionRequest(event_name=event, subscribe=True):
                self._subscribe(event)
            case SubscriptionRequest(event_name=event):
                connections.unsubscribe(self._connection, event)

    def detach(self) -> None:
        """The socket is gone: actions go on, their answers are dropped."""
        self._connection.detach()
        release(self._activation, self._connection)

    def _subscribe(self, event: str) -> None:
        limit = self._activation.services.options.subscriptions_per_connection
        if len(self._connection.subscriptions) >= limit:
            disconnect(
                self._activation,
                self._connection,
                "actor.overloaded",
                code=FAILURE_CLOSE,
            )
        else:
            self._activation.connections.subscribe(self._connection, event)

    def _start(self, request: ActionRequest) -> None:
        limit = self._activation.services.options.running_actions_per_connection
        if len(self._tasks) >= limit:
            error = ActorOverloadedError("running actions per connection", limit)
            refuse_request(self._activation, self._connection, request, error=error)
            return
        task = asyncio.create_task(self._answer(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: ActionRequest) -> None:
        await answer_request(
            self._activation, self._connection, request, ray_id=self._ray_id
        )
