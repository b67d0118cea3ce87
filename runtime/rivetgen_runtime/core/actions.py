"""Serving actions: from wire arguments to an output and the turn that it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rivetgen_client.errors import InvalidArgumentsError
from rivetgen_client.wire.messages import ActionResponse, Error
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.admission import admit_alone, finish_call
from rivetgen_runtime.core.callers import working
from rivetgen_runtime.core.deadlines import Deadline
from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.gate import Emission
from rivetgen_runtime.core.held_connections import holding
from rivetgen_runtime.core.hooks import run_hook
from rivetgen_runtime.errors import (
    ActionNotFoundError,
    ActionTimedOutError,
    ActorOverloadedError,
    CodedError,
    NotAcceptedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rivetgen_client.wire.messages import ActionRequest, ToClient
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.contexts import AnyContext
    from rivetgen_runtime.core.definitions import ActionBinding
    from rivetgen_runtime.core.http_messages import Request

__all__ = [
    "Call",
    "Outcome",
    "answer_call",
    "answer_request",
    "refuse_request",
    "run_action",
]


class Call(NamedTuple):
    """What a caller asks for: an action by its wire name, and wire values."""

    name: str
    args: Sequence[Value]


class Outcome(NamedTuple):
    """How an action ended.

    Attributes:
        output: Its result; ``UNDEFINED`` when it failed.
        error: Why it failed; None when it did not.
        number: The batch that must be durable before the answer leaves; zero for none.
        in_order: Whether the answer keeps its place behind what was emitted before.
    """

    output: Value
    error: Exception | None
    number: int = 0
    in_order: bool = False


async def answer_call(
    activation: Activation,
    name: str,
    args: Sequence[Value],
    *,
    params: Value,
    ray_id: str,
    request: Request | None = None,
) -> Value:
    """Serve a call that comes alone: over HTTP, or from another actor.

    Returns:
        The output, when everything that it depends on is durable.

    Raises:
        NotAcceptedError: The activation stopped first; nothing was executed.
        RequestError: With what the caller may see.
    """
    try:
        call = Call(name, args)
        outcome = await _serve_alone(activation, call, params, request=request)
        if outcome.number:
            await activation.turns.commits.reached(outcome.number)
    except NotAcceptedError:
        raise
    except Exception as error:
        raise as_request_error(
            error, record=activation.record, ray_id=ray_id
        ) from error
    if outcome.error is not None:
        raise as_request_error(
            outcome.error, record=activation.record, ray_id=ray_id
        ) from outcome.error
    return outcome.output


async def answer_request(
    activation: Activation,
    connection: AnyConnection,
    request: ActionRequest,
    *,
    ray_id: str,
) -> None:
    """Serve a request of an open connection; its answer leaves through the gate.

    Raises:
        NotAcceptedError: The activation stopped first; nothing was executed.
    """
    call = Call(request.name, request.args)
    with holding():
        outcome = await _serve(activation, connection, call)
    message = _message(activation, request.id, outcome, ray_id=ray_id)
    reply = Emission((connection,), message)
    if outcome.in_order:
        activation.turns.gate.leave(outcome.number, reply)
    else:
        reply.deliver()


def refuse_request(
    activation: Activation,
    connection: AnyConnection,
    request: ActionRequest,
    *,
    error: Exception,
) -> None:
    """Answer a request that is not executed."""
    outcome = Outcome(UNDEFINED, error)
    connection.deliver(_message(activation, request.id, outcome, ray_id=""))


def _message(
    activation: Activation, action_id: int, outcome: Outcome, *, ray_id: str
) -> ToClient:
    if outcome.error is None:
        return ActionResponse(action_id, outcome.output)
    failure = as_request_error(outcome.error, record=activation.record, ray_id=ray_id)
    body = failure.body
    return Error(
        group=body.group,
        code=body.code,
        message=body.message,
        metadata=UNDEFINED if body.metadata is None else body.metadata,
        action_id=action_id,
        actor=failure.actor,
    )


async def _serve_alone(
    activation: Activation, call: Call, params: Value, *, request: Request | None
) -> Outcome:
    connection = await admit_alone(activation, params, request=request)
    try:
        with holding():
            return await _serve(activation, connection, call)
    finally:
        await finish_call(activation, connection)


async def _serve(
    activation: Activation, connection: AnyConnection, call: Call
) -> Outcome:
    if not activation.accepts_calls:
        raise NotAcceptedError
    try:
        binding = _admitted(activation, call.name)
        arguments = binding.action.load_arguments(call.args)
    except (CodedError, InvalidArgumentsError) as error:
        return Outcome(UNDEFINED, error)
    waits = activation.definition.waits_for_commit(binding.action)
    context = activation.context(
        connection, waits=waits, is_read_only=binding.action.read_only
    )
    events_sent = connection.events_sent
    try:
        output = await run_action(
            activation, binding, context=context, arguments=arguments
        )
        outcome = Outcome(output, None)
    except Exception as error:  # noqa: BLE001 - user code may raise anything
        outcome = Outcome(UNDEFINED, error)
    except BaseException:
        context.finish_messages(is_success=False)
        activation.turns.end_quietly()
        raise
    if binding.action.read_only:
        emitted = context.has_broadcast or connection.events_sent != events_sent
        return _end_reading(activation, outcome, emitted=emitted, waits=waits)
    context.finish_messages(is_success=outcome.error is None)
    return _end(activation, outcome, waits=waits)


def _admitted(activation: Activation, name: str) -> ActionBinding:
    limit = activation.services.options.running_actions_per_actor
    if len(activation.running) >= limit:
        raise ActorOverloadedError("running actions", limit)
    binding = activation.definition.actions.get(name)
    if binding is None:
        raise ActionNotFoundError(name)
    return binding


async def run_action(
    activation: Activation,
    binding: ActionBinding,
    *,
    context: AnyContext,
    arguments: tuple[object, ...],
) -> Value:
    """Run the method of an action within its time limit; its turn does not end.

    Returns:
        The output.

    Raises:
        Exception: Whatever it raised, or why it was cancelled.
    """
    action = binding.action
    timeout_s = action.timeout_s
    if timeout_s is None:
        timeout_s = activation.definition.options.action_timeout_s
    method = getattr(activation.actor, binding.method)
    with Deadline(
        activation.services.clock, timeout_s, ActionTimedOutError
    ) as deadline:
        activation.begin(deadline)
        activation.turns.unfinished += not action.read_only
        try:
            with working(activation.record):
                result: object = await method(context, *arguments)
            if context.has_conn and activation.hooks.on_before_action_response:
                result = await _replaced(
                    activation, action.name, arguments=arguments, output=result
                )
        finally:
            activation.end_call(context)
            activation.turns.unfinished -= not action.read_only
            activation.finish(deadline)
    return action.dump_result(result)


async def _replaced(
    activation: Activation,
    name: str,
    *,
    arguments: tuple[object, ...],
    output: object,
) -> object:
    """Let the actor see the output, and change it, before it is sent."""
    activation.turns.observe()
    actor, options = activation.actor, activation.definition.options
    hook = actor.on_before_action_response(
        activation.context(), name, arguments, output
    )
    return await run_hook(
        activation.services.clock,
        "on_before_action_response",
        hook,
        timeout_s=options.action_timeout_s,
    )


def _end_reading(
    activation: Activation, outcome: Outcome, *, emitted: bool, waits: bool
) -> Outcome:
    """End an action that declares to change nothing; at once if nothing is pending."""
    ended = _end(activation, outcome, waits=waits, ending=activation.turns.end_reading)
    if activation.hooks.admission:
        # The hooks of the connection may have changed what the action did not.
        activation.turns.save_soon()
    return ended._replace(in_order=emitted or ended.number > 0)


def _end(
    activation: Activation,
    outcome: Outcome,
    *,
    waits: bool,
    ending: Callable[..., int] | None = None,
) -> Outcome:
    """End the turn of an action, however it went."""
    error = outcome.error
    try:
        number = (ending or activation.turns.end)(waits=waits)
    except Exception as failure:  # noqa: BLE001 - the caller gets what user code raised
        error = error or failure
        number = activation.turns.commits.covering if waits else 0
    return Outcome(outcome.output, error, number, in_order=True)
