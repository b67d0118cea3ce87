"""Calls from actor to actor inside one host: the client's seam without a network.

Nothing is shared between the two sides: values are encoded and decoded as they would be
on the way, errors arrive as the client's errors, a caller that gives up leaves the call
running.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from rivetgen_client.errors import (
    ActorError,
    DeadlineExceededError,
    UnknownOutcomeError,
)
from rivetgen_client.transport import ChannelClosedError, IdTarget
from rivetgen_client.wire import cbor
from rivetgen_client.wire.gateway import DirectTarget, GetMethod, QueryTarget
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.admission import FAILURE_CLOSE
from rivetgen_runtime.core.channel import InProcessChannel, InProcessSink
from rivetgen_runtime.core.deadlines import Deadline
from rivetgen_runtime.core.directory import Creation
from rivetgen_runtime.core.raw_calls import RawCalls
from rivetgen_runtime.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from rivetgen_client.transport import (
        ActionCall,
        ActorTarget,
        Channel,
        FetchAnswer,
        FetchCall,
        NewActor,
        QueueAnswer,
        QueueMessage,
        RawChannel,
    )
    from rivetgen_client.wire.gateway import Target
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.ports import Clock

__all__ = ["InProcessTransport"]

T = TypeVar("T")


class InProcessTransport:
    """Implements ``rivetgen_client.transport.Transport`` on a host.

    Args:
        host: Whose actors are called.
        clock: Measures the callers' time limits.
    """

    def __init__(self, host: Host, clock: Clock) -> None:
        self._host = host
        self._clock = clock
        self._tasks: set[asyncio.Task[Any]] = set()
        self._raw = RawCalls(host, clock)

    async def action(self, target: ActorTarget, call: ActionCall, /) -> Value:
        """Call an action and return its output."""
        pending = self._spawn(self._action(target, call))
        try:
            return await self._within(
                pending, call.name, timeout_s=call.timeout_s, retryable=call.retryable
            )
        except RequestError as error:
            raise _actor_error(error) from error

    async def send(self, target: ActorTarget, message: QueueMessage, /) -> QueueAnswer:
        """Send a message to a queue, and wait for its completion if it says so."""
        pending = self._spawn(self._send(target, message))
        try:
            return await self._within(
                pending,
                message.name,
                timeout_s=message.deadline_s,
                retryable=message.key is not None,
            )
        except RequestError as error:
            raise _actor_error(error) from error

    async def resolve(self, target: ActorTarget, /) -> str:
        """Return the id of an actor, creating it when the target says so."""
        if isinstance(target, IdTarget):
            return target.actor_id
        try:
            record = await self._host.locate(self._gateway_target(target))
        except RequestError as error:
            raise _actor_error(error) from error
        return record.actor_id

    async def create(self, actor: NewActor, /) -> str:
        """Create an actor and return its id.

        Raises:
            DuplicateKeyError: Its key is taken.
        """
        has_input = actor.input is not UNDEFINED
        creation = Creation(
            name=actor.name,
            key=actor.key,
            input=cbor.encode(actor.input) if has_input else None,
        )
        try:
            record = await self._host.create(creation)
        except RequestError as error:
            raise _actor_error(error) from error
        return record.actor_id

    async def connect(self, target: ActorTarget, params: Value, /) -> Channel:
        """Open a channel.

        Raises:
            ChannelClosedError: There is no such actor, or it could not start.
        """
        sink = InProcessSink()
        try:
            record = await self._host.locate(self._gateway_target(target))
        except RequestError as error:
            raise ChannelClosedError(FAILURE_CLOSE, error.body.name) from error
        # When the actor refuses, the sink holds the refusal: an error and the close.
        with suppress(RequestError):
            sink.port = await self._host.open_connection(
                record, sink, params=_copied(params)
            )
        return InProcessChannel(sink)

    async def fetch(self, target: ActorTarget, call: FetchCall, /) -> FetchAnswer:
        """Send a raw request; the answer is there when its head is."""
        return await self._raw.fetch(self._gateway_target(target), call)

    async def web_socket(
        self, target: ActorTarget, path: str, params: Value, /
    ) -> RawChannel:
        """Open a raw WebSocket; when the actor refuses, it is closed already."""
        return await self._raw.web_socket(self._gateway_target(target), path, params)

    async def aclose(self) -> None:
        """Nothing to release: calls end with their actors."""

    async def _action(self, target: ActorTarget, call: ActionCall) -> Value:
        args, params = cbor.encode(call.args), _copied(call.params)
        record = await self._host.locate(self._gateway_target(target))
        decoded: Any = cbor.decode(args)
        output = await self._host.call_action(record, call.name, decoded, params=params)
        return _copied(output)

    async def _send(self, target: ActorTarget, message: QueueMessage) -> QueueAnswer:
        message = replace(
            message, body=_copied(message.body), params=_copied(message.params)
        )
        record = await self._host.locate(self._gateway_target(target))
        return await self._host.send_message(record, message)

    async def _within(
        self,
        pending: asyncio.Task[T],
        name: str,
        *,
        timeout_s: float | None,
        retryable: bool,
    ) -> T:
        if timeout_s is None:
            return await asyncio.shield(pending)
        try:
            with Deadline(
                self._clock, timeout_s, lambda: DeadlineExceededError(timeout_s)
            ):
                return await asyncio.shield(pending)
        except DeadlineExceededError as error:
            if retryable:
                raise
            raise UnknownOutcomeError(name, str(error)) from error

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return task

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # A caller that has given up does not ask how its call went.
            task.exception()

    def _gateway_target(self, target: ActorTarget) -> Target:
        if isinstance(target, IdTarget):
            return DirectTarget(target.actor_id)
        method = GetMethod.GET_OR_CREATE if target.create else GetMethod.GET
        return QueryTarget(
            name=target.name,
            namespace=self._host.options.namespace,
            method=method,
            key=target.key,
            input=target.input,
        )


def _copied(value: Value) -> Value:
    """The value as it is after the way: encoded and decoded."""
    return value if value is UNDEFINED else cbor.decode(cbor.encode(value))


def _actor_error(error: RequestError) -> ActorError:
    return ActorError.from_wire(error.body, actor=error.actor)
