"""Handles with raw calls, as generated code has them, over HTTP and without it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypedDict, Unpack

from fronts import running_front
from raw_actors import new_raw_lab
from rivetgen_client import Caller, FetchOptions, FetchResponse, Handle, RawSocket
from rivetgen_client.endpoint import resolve_endpoint
from rivetgen_client.handle import Address
from rivetgen_client.http_transport import HttpTransport
from rivetgen_client.transport import KeyTarget
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.host import Host
from rivetgen_runtime.front.options import FrontOptions
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.system import SystemClock, SystemRandomness

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from raw_actors import RawLab
    from rivetgen_client.transport import Transport
    from rivetgen_client.wire.values import Value

KEYED = KeyTarget(name="lab", key=("a",), create=True)
QUICK = FrontOptions(client_check_s=0.05)


class RawHandle(Handle):
    """A handle of ``lab``."""

    async def fetch(
        self, path: str = "/", **options: Unpack[FetchOptions]
    ) -> FetchResponse:
        """Send a raw HTTP request."""
        return await self._fetch(path, options)

    def web_socket(self, path: str = "/") -> RawSocket:
        """Return a raw WebSocket."""
        return self._web_socket(path)


class Overrides(TypedDict, total=False):
    """What differs from the usual handle."""

    target: KeyTarget
    params: Value


class Lab:
    """One actor and how to reach it.

    Attributes:
        actor: Its class.
    """

    def __init__(self, transport: Transport, actor: type[RawLab]) -> None:
        self.actor = actor
        self._caller = Caller(transport)

    def handle(self, **overrides: Unpack[Overrides]) -> RawHandle:
        """A handle of the actor."""
        address = Address(
            caller=self._caller,
            target=overrides.get("target", KEYED),
            params=overrides.get("params", UNDEFINED),
        )
        return RawHandle(address)


@asynccontextmanager
async def lab_over(way: str) -> AsyncGenerator[Lab]:
    """An actor that is reached over ``http``, or ``in process``."""
    actor = new_raw_lab()
    if way == "http":
        async with running_front([actor], QUICK) as base:
            transport = HttpTransport(resolve_endpoint(base, environment={}))
            try:
                yield Lab(transport, actor)
            finally:
                await transport.aclose()
        return
    host = Host(
        [actor],
        store=MemoryStore(),
        clock=SystemClock(),
        randomness=SystemRandomness(),
    )
    try:
        yield Lab(host.transport, actor)
    finally:
        await host.stop()
