"""What is measured."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from .load import load_http, post
from .sockets import load_broadcast, load_socket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from .measuring import Measurement

BROADCAST_CONNECTIONS = (100, 1_000)


@dataclass(frozen=True, kw_only=True)
class Targets:
    """The addresses of the two servers."""

    example: str
    bare: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One measurement of each server, taken one after the other."""

    example: Measurement
    bare: Measurement


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row of the table: a load, and the least share of bare aiohttp we aim at."""

    name: str
    load: Callable[[str, float], Awaitable[Measurement]]
    aim: float | None = None

    async def measure(self, targets: Targets, seconds: float) -> Pair:
        """Put both servers under the same load, for this long each."""
        return Pair(
            bare=await self.load(targets.bare, seconds),
            example=await self.load(targets.example, seconds),
        )


def gateway_path(rest: str, key: str, *, actor: str = "counter") -> str:
    """Return the path that reaches the actor of this key, as a client forms it."""
    query = {
        "rvt-namespace": "default",
        "rvt-method": "getOrCreate",
        "rvt-runner": "default",
        "rvt-key": key,
        "rvt-crash-policy": "sleep",
    }
    return f"/gateway/{actor}/{rest}?{urlencode(query)}"


def fresh_key() -> str:
    """Return a key that no earlier measurement has used."""
    return f"bench-{time.time_ns()}"


def http_case(
    name: str, action: str, bodies: Sequence[bytes], *, callers: int, aim: float | None
) -> Case:
    """Return a case in which every caller has a counter of its own."""

    async def load(endpoint: str, seconds: float) -> Measurement:
        key = fresh_key()
        paths = [
            gateway_path(f"action/{action}", f"{key}-{number}")
            for number in range(callers)
        ]
        requests = [
            cycle([post(endpoint, path, each) for each in bodies]) for path in paths
        ]
        return await load_http(endpoint, requests, seconds=seconds)

    plural = "s" if callers > 1 else ""
    return Case(name=f"HTTP {name}, {callers} caller{plural}", load=load, aim=aim)


def socket_case(*, in_flight: int) -> Case:
    """Return a case of read-only actions over one connection."""

    async def load(endpoint: str, seconds: float) -> Measurement:
        path = gateway_path("connect", fresh_key())
        return await load_socket(endpoint, path, in_flight=in_flight, seconds=seconds)

    return Case(name=f"WebSocket read-only, {in_flight} in flight", load=load)


def broadcast_case(connections: int) -> Case:
    """Return the case of one durable action whose event goes to many connections."""

    async def load(endpoint: str, seconds: float) -> Measurement:
        path = gateway_path("connect", fresh_key())
        return await load_broadcast(
            endpoint, path, connections=connections, seconds=seconds
        )

    return Case(name=f"broadcast to {connections:,} connections", load=load)


READ = ("read-only", "getCount", [b'{"args":[]}'])
# Up and down, so that the count changes with every call and never reaches its limit.
WRITE = ("durable", "increment", [b'{"args":[1]}', b'{"args":[-1]}'])

CASES = (
    http_case(*READ, callers=1, aim=None),
    http_case(*READ, callers=32, aim=0.4),
    http_case(*READ, callers=64, aim=None),
    http_case(*WRITE, callers=1, aim=None),
    http_case(*WRITE, callers=32, aim=0.25),
    http_case(*WRITE, callers=64, aim=None),
    socket_case(in_flight=1),
    socket_case(in_flight=32),
    *map(broadcast_case, BROADCAST_CONNECTIONS),
)
