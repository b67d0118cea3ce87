"""Calls over HTTP in the words of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rivetgen_client.endpoint import Endpoint, resolve_endpoint
from rivetgen_client.http_transport import HttpTransport
from rivetgen_client.transport import (
    ActionCall,
    IdTarget,
    KeyTarget,
)
from rivetgen_client.wire.values import UNDEFINED
from scripted_server import Reply

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value

ACTOR_ID = "aaaaaaaaaaaaaaaaaaaaaaaaaaal00"
OUTPUT_1 = Reply(body=bytes.fromhex("04000101"))
KEYED = KeyTarget(name="counter", key=("a",), create=True)
BY_ID = IdTarget(name="counter", actor_id=ACTOR_ID)


def call(
    name: str = "increment",
    *args: Value,
    params: Value = UNDEFINED,
    timeout_s: float | None = 10,
    retryable: bool = False,
) -> ActionCall:
    """Return a call of an action."""
    return ActionCall(
        name=name,
        args=list(args),
        params=params,
        timeout_s=timeout_s,
        retryable=retryable,
    )


class Transports:
    """Makes transports and closes them."""

    def __init__(self) -> None:
        self._made: list[HttpTransport] = []

    def make(self, endpoint: Endpoint | str, **options: Any) -> HttpTransport:
        """Return a transport to an endpoint."""
        if isinstance(endpoint, str):
            endpoint = resolve_endpoint(endpoint, environment={})
        transport = HttpTransport(endpoint, **options)
        self._made.append(transport)
        return transport

    async def aclose(self) -> None:
        """Close all of them."""
        for transport in self._made:
            await transport.aclose()
