"""Guards: methods of the actor that decide about one thing that a client asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.hooks import run_hook
from rivetgen_runtime.errors import ForbiddenError

if TYPE_CHECKING:
    from rivetgen_client.wire.errors import ErrorBody
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection

__all__ = ["refusal_of_subscription"]


async def refusal_of_subscription(
    activation: Activation, connection: AnyConnection, event: str, *, ray_id: str
) -> ErrorBody | None:
    """Ask the guard of an event whether a connection may subscribe.

    Args:
        activation: The actor.
        connection: Who asks.
        event: Wire name of an event that has a guard.
        ray_id: Id of the request that opened the connection, for the log.

    Returns:
        Why it may not: ``auth.forbidden``, or what the guard raised. None when it may.
    """
    name = activation.definition.subscription_guards[event]
    guard = getattr(activation.actor, name)
    try:
        allowed: object = await run_hook(
            activation.services.clock,
            name,
            guard(activation.context(connection)),
            timeout_s=activation.definition.options.on_before_connect_timeout_s,
        )
        _require(name, allowed)
    except Exception as error:  # noqa: BLE001 - user code may raise anything
        record = activation.record
        return as_request_error(error, record=record, ray_id=ray_id).body
    finally:
        activation.turns.end_quietly()
    return None


def _require(guard: str, allowed: object) -> None:
    if not isinstance(allowed, bool):
        message = f"{guard} returned {type(allowed).__name__}, not bool"
        raise TypeError(message)
    if not allowed:
        raise ForbiddenError
