"""How connections begin and end: the hooks around them, and the list of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from rivetgen_runtime.core.gate import Farewell
from rivetgen_runtime.core.hooks import run_hook
from rivetgen_runtime.core.identifiers import uuid4_text
from rivetgen_runtime.errors import NotAcceptedError

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.http_messages import Request
    from rivetgen_runtime.core.ports import ConnectionSink

__all__ = [
    "FAILURE_CLOSE",
    "NORMAL_CLOSE",
    "RESTARTING_CLOSE",
    "abandon",
    "admit",
    "admit_alone",
    "conclude",
    "disconnect",
    "finish_call",
    "forget",
    "make_connection",
    "release",
    "run_on_disconnect",
]

NORMAL_CLOSE: Final = 1000
"""WebSocket close code of an orderly end (RFC 6455, section 7.4.1)."""

FAILURE_CLOSE: Final = 1011
"""WebSocket close code of what the server could not do (same section)."""

RESTARTING_CLOSE: Final = (FAILURE_CLOSE, "actor.restarting")
"""Close of sockets whose actor was dropped: clients come back by themselves."""


async def admit_alone(
    activation: Activation, params: Value, *, request: Request | None = None
) -> AnyConnection:
    """Admit the connection of a single call; the actor stays awake meanwhile."""
    if not activation.hooks.admission:
        return make_connection(activation)
    activation.activity.enter()
    try:
        return await admit(activation, params, None, request=request)
    finally:
        activation.activity.leave()


async def admit(
    activation: Activation,
    params: Value,
    sink: ConnectionSink | None,
    *,
    is_hibernatable: bool = False,
    request: Request | None = None,
) -> AnyConnection:
    """Ask the actor's hooks whether a caller may connect, in their order.

    ``on_before_connect`` and ``create_conn_state`` run before the connection is in
    ``c.conns``, ``on_connect`` afterwards. ``on_disconnect`` is not called for one that
    is refused.

    Raises:
        NotAcceptedError: The actor stopped meanwhile.
        InvalidArgumentsError: The parameters do not fit the schema.
        CallbackTimedOutError: A hook took too long.
        Exception: Whatever a hook raised.
    """
    loaded = activation.definition.load_params(params)
    state = await _before_connect(activation, loaded, request)
    if not activation.accepts_calls:
        raise NotAcceptedError
    connection = make_connection(
        activation,
        params=loaded,
        state=state,
        sink=sink,
        is_hibernatable=is_hibernatable,
    )
    if activation.hooks.on_connect:
        await _on_connect(activation, connection)
    return connection


def make_connection(
    activation: Activation,
    *,
    params: Any = None,
    state: Any = None,
    sink: ConnectionSink | None = None,
    is_hibernatable: bool = False,
) -> AnyConnection:
    """Make a connection and count it among the actor's; no hook is asked.

    A socket keeps the actor awake until it is forgotten, as in the official stack; a
    single call does so while it runs.
    """
    connection = activation.definition.connection(
        activation,
        uuid4_text(activation.services.randomness),
        params=params,
        state=state,
        sink=sink,
        is_hibernatable=is_hibernatable,
    )
    activation.connections.add(connection)
    if sink is not None:
        activation.activity.enter()
    return connection


def release(activation: Activation, connection: AnyConnection) -> None:
    """A connection has ended; ``on_disconnect`` runs in the background."""
    if forget(activation, connection):
        conclude(activation, connection)


def conclude(activation: Activation, connection: AnyConnection) -> None:
    """Let the actor know of the end of a connection that is not in ``c.conns``.

    Its record goes in the same commit as what the hook changes: when the process ends
    in between, the next start of the actor finds it and runs the hook then.
    """
    if not activation.hooks.on_disconnect:
        activation.records.erase(connection)
    elif not activation.lifecycle.is_over:
        activation.background.spawn(run_on_disconnect(activation, connection))


async def finish_call(activation: Activation, connection: AnyConnection) -> None:
    """A single call has ended; return when ``on_disconnect`` has, too.

    The next call of the same caller finds everything done that this one caused.
    """
    if not forget(activation, connection) or activation.lifecycle.is_over:
        return
    if activation.hooks.on_disconnect:
        hook = run_on_disconnect(activation, connection)
        # A caller that gives up meanwhile does not take the hook along.
        await asyncio.wait([activation.background.spawn(hook)])


def forget(activation: Activation, connection: AnyConnection) -> bool:
    """Take a connection out of ``c.conns``; tells whether it was there."""
    if connection not in activation.connections:
        return False
    activation.connections.remove(connection)
    if connection.keeps_awake:
        activation.activity.leave()
    return True


def abandon(activation: Activation, connection: AnyConnection) -> None:
    """A connection was refused after all: nothing is left of it, no hook is asked."""
    forget(activation, connection)
    activation.records.erase(connection)


def disconnect(
    activation: Activation,
    connection: AnyConnection,
    reason: str,
    *,
    code: int = NORMAL_CLOSE,
) -> None:
    """Close a connection from the actor's side, after what was sent to it before."""
    if connection.is_socket and connection in activation.connections:
        release(activation, connection)
        farewell = Farewell(connection, code, reason)
        activation.turns.emit(farewell, waits=activation.definition.is_durable)


async def run_on_disconnect(activation: Activation, connection: AnyConnection) -> None:
    """Run the hook for a connection that ends; its errors are logged.

    It runs once: an actor that is destroyed runs it before the connection is gone.
    """
    if connection.is_ending:
        return
    connection.is_ending = True
    activation.activity.enter()
    try:
        await run_hook(
            activation.services.clock,
            "on_disconnect",
            activation.actor.on_disconnect(activation.context(connection), connection),
            timeout_s=activation.definition.options.on_connect_timeout_s,
        )
    except Exception as error:
        activation.log.error("on_disconnect failed", exc_info=error)
    finally:
        activation.activity.leave()
        activation.records.erase(connection)
        activation.turns.end_quietly()


async def _before_connect(
    activation: Activation, params: Any, request: Request | None
) -> Any:
    actor, clock = activation.actor, activation.services.clock
    options = activation.definition.options
    if activation.hooks.on_before_connect:
        await run_hook(
            clock,
            "on_before_connect",
            actor.on_before_connect(activation.context(request=request), params),
            timeout_s=options.on_before_connect_timeout_s,
        )
    if activation.definition.conn_state is None:
        return None
    return await run_hook(
        clock,
        "create_conn_state",
        actor.create_conn_state(activation.context(request=request), params),
        timeout_s=options.create_conn_state_timeout_s,
    )


async def _on_connect(activation: Activation, connection: AnyConnection) -> None:
    try:
        await run_hook(
            activation.services.clock,
            "on_connect",
            activation.actor.on_connect(activation.context(connection), connection),
            timeout_s=activation.definition.options.on_connect_timeout_s,
        )
    except BaseException:
        abandon(activation, connection)
        raise
