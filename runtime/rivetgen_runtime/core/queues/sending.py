"""Messages from outside: admission, guard, one commit, and the wait for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_client.errors import InvalidArgumentsError
from rivetgen_client.transport import QueueAnswer
from rivetgen_client.wire import cbor
from rivetgen_client.wire.errors import UnsupportedValueError
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.admission import admit_alone, make_connection, release
from rivetgen_runtime.core.deadlines import Deadline
from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.hooks import run_hook
from rivetgen_runtime.core.queues.errors import MessageFailedError, QueueNotFoundError
from rivetgen_runtime.core.queues.send_keys import Outcome, send_key
from rivetgen_runtime.errors import (
    ActionTimedOutError,
    ActorOverloadedError,
    ForbiddenError,
    NotAcceptedError,
)

if TYPE_CHECKING:
    from rivetgen_client.queue_definitions import QueueDefinition
    from rivetgen_client.transport import QueueMessage
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.definitions import QueueBinding
    from rivetgen_runtime.core.queues.waiting import PendingAnswer

__all__ = ["answer_of", "answer_send", "encode_message"]


async def answer_send(
    activation: Activation, message: QueueMessage, *, ray_id: str
) -> QueueAnswer:
    """Take a message that came over HTTP, or from another actor.

    Returns:
        The answer, when the message is durable; if its sender waits, when it is
        completed and that is durable.

    Raises:
        NotAcceptedError: The activation stopped first. The message may be stored: with
            its key it is not stored twice.
        RequestError: With what the sender may see.
    """
    activation.activity.enter()
    try:
        with Deadline(
            activation.services.clock,
            activation.definition.options.action_timeout_s,
            ActionTimedOutError,
        ):
            return await _on_connection(activation, message)
    except NotAcceptedError:
        raise
    except Exception as error:
        raise as_request_error(
            error, record=activation.record, ray_id=ray_id
        ) from error
    finally:
        activation.activity.leave()


async def answer_of(
    activation: Activation, pending: PendingAnswer, timeout_s: float | None
) -> QueueAnswer:
    """Wait until a message is completed, and until that is durable.

    Args:
        activation: Whose message it is.
        pending: From ``Answers.expect``, before the message could be received.
        timeout_s: How long; None for ever.

    Raises:
        MessageFailedError: Every delivery of it failed.
        NotAcceptedError: The activation ended first.
    """
    clock, commits = activation.services.clock, activation.turns.commits
    timer = None
    if timeout_s is not None and timeout_s <= 0:
        pending.give_up()
    elif timeout_s is not None:
        timer = clock.call_later(timeout_s, pending.give_up)
    try:
        answer = await pending.future
    finally:
        pending.future.cancel()
        if timer is not None:
            timer.cancel()
    if answer is None:
        return QueueAnswer(is_completed=False)
    await commits.reached(commits.covering)
    return _answer(*answer)


def encode_message(queue: QueueDefinition[object, object], message: object) -> bytes:
    """Write a message as it is stored.

    Raises:
        InvalidArgumentsError: It does not fit the schema, or no encoding has it.
    """
    try:
        return cbor.encode(queue.dump_message(message))
    except UnsupportedValueError as error:
        issue = {"path": "message", "message": error.reason}
        raise InvalidArgumentsError([issue]) from error


async def _on_connection(activation: Activation, message: QueueMessage) -> QueueAnswer:
    if activation.hooks.admission:
        connection = await admit_alone(activation, message.params)
    else:
        connection = make_connection(activation)
    try:
        if not activation.accepts_calls:
            raise NotAcceptedError
        binding = activation.definition.queues.get(message.name)
        if binding is None:
            return _undeclared(activation, message)
        await _check_guard(activation, connection, binding)
        return await _store(activation, binding, message)
    finally:
        release(activation, connection)


def _undeclared(activation: Activation, message: QueueMessage) -> QueueAnswer:
    if not activation.definition.drops_undeclared:
        raise QueueNotFoundError(message.name)
    activation.log.warning("dropped a message to %r: no such queue", message.name)
    return QueueAnswer(is_completed=True)


async def _check_guard(
    activation: Activation, connection: AnyConnection, binding: QueueBinding
) -> None:
    if binding.guard is None:
        return
    guard = getattr(activation.actor, binding.guard)
    allowed: object = await run_hook(
        activation.services.clock,
        binding.guard,
        guard(activation.context(connection)),
        timeout_s=activation.definition.options.on_before_connect_timeout_s,
    )
    if not allowed:
        raise ForbiddenError
    if not activation.accepts_calls:
        raise NotAcceptedError


async def _store(
    activation: Activation, binding: QueueBinding, message: QueueMessage
) -> QueueAnswer:
    limits = activation.services.options.queues
    key = None
    if message.key is not None:
        key = send_key(message.name, message.key, limits.key_bytes)
    queues, turns = activation.queues, activation.turns
    now_ms = activation.services.clock.now_ms()
    sent = None if key is None else queues.keys.find(key, now_ms)
    if sent is None:
        queue = binding.queue
        body = encode_message(queue, queue.load_message(message.body))
        _check_load(activation, message)
        message_id = queues.send(message.name, body, send_key=key).id
    else:
        message_id = sent.id
    pending = queues.answers.expect(message_id)
    try:
        await turns.commits.reached(turns.end())
        if not message.waits:
            return QueueAnswer(is_completed=True)
        if sent is not None and sent.outcome is not Outcome.PENDING:
            return _answer(sent.outcome, sent.reply)
        return await answer_of(activation, pending, message.wait_s)
    finally:
        pending.future.cancel()


def _check_load(activation: Activation, message: QueueMessage) -> None:
    limit = activation.services.options.running_actions_per_actor
    if message.waits and len(activation.queues.answers) >= limit:
        raise ActorOverloadedError("waiting senders", limit)


def _answer(outcome: Outcome, reply: bytes | None) -> QueueAnswer:
    if outcome is Outcome.FAILED:
        raise MessageFailedError
    value: Value = UNDEFINED if reply is None else cbor.decode(reply)
    return QueueAnswer(is_completed=True, reply=value)
