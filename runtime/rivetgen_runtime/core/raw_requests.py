"""Raw HTTP: from a request to the response of ``on_request``, whole or in pieces."""

from __future__ import annotations

from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from rivetgen_client.wire.errors import ErrorBody, Origin
from rivetgen_runtime.core.admission import admit_alone, finish_call
from rivetgen_runtime.core.callers import working
from rivetgen_runtime.core.deadlines import Deadline
from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.held_connections import holding
from rivetgen_runtime.core.http_messages import Response
from rivetgen_runtime.core.queues.receiving import finishing_messages
from rivetgen_runtime.errors import (
    ActionAbortedError,
    ActionTimedOutError,
    ActorOverloadedError,
    NotAcceptedError,
    RequestError,
)

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.http_messages import Request
    from rivetgen_runtime.core.raw_ports import ResponseSink

__all__ = ["RawCall", "answer_raw_request"]

_NO_RESPONSE: Final = ErrorBody(
    "rivetkit", "internal_error", "onRequest handler must return a Response"
)
"""Said to the caller, too: it is what official servers answer."""


class RawCall(NamedTuple):
    """A raw request, or the upgrade request of a raw socket.

    Attributes:
        params: Connection parameters; ``UNDEFINED`` for none.
        ray_id: Id of the request, for the log.
    """

    request: Request
    params: Value
    ray_id: str


async def answer_raw_request(
    activation: Activation, call: RawCall, sink: ResponseSink
) -> None:
    """Let the actor's ``on_request`` answer.

    The head leaves when everything that the handler changed is durable, and each piece
    of a body when what was changed before it is. A body in one piece leaves after
    ``on_disconnect``, the end of one in pieces as well. A caller that goes away cancels
    what runs for it.

    Raises:
        NotAcceptedError: The activation stopped first; nothing was executed.
        RequestError: With what the caller may see. When the sink was started, the rest
            of the response is missing.
    """
    if not activation.hooks.on_request:
        await _start(sink, Response(status=404), b"")
        return
    try:
        await _answer(activation, call, sink)
    except NotAcceptedError:
        raise
    except Exception as error:
        raise as_request_error(
            error, record=activation.record, ray_id=call.ray_id
        ) from error


async def _answer(activation: Activation, call: RawCall, sink: ResponseSink) -> None:
    limit = activation.services.options.running_actions_per_actor
    if len(activation.running) >= limit:
        raise ActorOverloadedError("running actions", limit)
    connection = await admit_alone(activation, call.params, request=call.request)
    with Deadline(activation.services.clock, None, ActionAbortedError) as deadline:
        activation.begin(deadline)
        try:
            with working(activation.record):
                await _exchange(activation, connection, call.request, sink=sink)
        finally:
            activation.finish(deadline)


async def _exchange(
    activation: Activation,
    connection: AnyConnection,
    request: Request,
    *,
    sink: ResponseSink,
) -> None:
    """Run the handler and send what it returns, until the connection has ended."""
    try:
        with holding():
            response = await _respond(activation, connection, request)
        if not isinstance(response.body, bytes):
            await _start(sink, response, None)
            await _stream(activation, response, sink)
    finally:
        await finish_call(activation, connection)
    if isinstance(response.body, bytes):
        await _start(sink, response, response.body)


async def _respond(
    activation: Activation, connection: AnyConnection, request: Request
) -> Response:
    if not activation.accepts_calls:
        raise NotAcceptedError
    context = activation.context(connection, request=request)
    timeout_s = activation.definition.options.action_timeout_s
    try:
        with (
            finishing_messages(context),
            Deadline(activation.services.clock, timeout_s, ActionTimedOutError),
        ):
            response = await activation.actor.on_request(context, request)
    except BaseException as error:
        activation.turns.end_quietly()
        if isinstance(error, Exception) and activation.definition.is_durable:
            await activation.turns.commits.reached(activation.turns.commits.covering)
        raise
    finally:
        activation.end_call(context)
    await _durable(activation)
    return _checked(activation, response)


def _checked(activation: Activation, response: object) -> Response:
    if not isinstance(response, Response):
        kind = type(response).__name__
        activation.log.error("on_request returned %s, not a Response", kind)
        raise RequestError(_NO_RESPONSE, origin=Origin.ACTOR)
    return response


async def _start(sink: ResponseSink, response: Response, body: bytes | None) -> None:
    # A caller that is gone misses nothing; writing to it says so again.
    with suppress(ConnectionError):
        await sink.start(response.status, response.headers, body)


async def _stream(
    activation: Activation, response: Response, sink: ResponseSink
) -> None:
    try:
        async with aclosing(response.chunks()) as chunks:
            async for chunk in chunks:
                await _durable(activation)
                try:
                    await sink.write(chunk)
                except ConnectionError:
                    return  # the client is gone: nobody misses the rest
    finally:
        activation.turns.end_quietly()


async def _durable(activation: Activation) -> None:
    """End the turn and wait until what it changed is stored."""
    number = activation.turns.end(waits=activation.definition.is_durable)
    if number:
        await activation.turns.commits.reached(number)
