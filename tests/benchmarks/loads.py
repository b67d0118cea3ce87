"""The loads under which servers with the same actors are put, ours and the official.

Each takes the endpoint and how long it may last, or how often it shall happen.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, Any, TypeAlias

import aiohttp

from server_process import call, gateway_url

from .cases import fresh_key, gateway_path
from .load import load_http, post
from .measuring import LoadError, Measurement
from .sockets import load_socket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

ADD = b'{"args":[1]}'
READ = b'{"args":[]}'
GRAIN = b'{"body":{"weight":1}}'
WAITING_GRAIN = b'{"body":{"weight":1},"wait":true,"timeout":60000}'
CREATORS = 4
SENDERS = 16
IN_FLIGHT = 64
WAITING_MESSAGES = 200
SLEEPERS = 15
TIMERS = 100
FIRST_TIMER_MS, LAST_TIMER_MS = 1_000, 4_000
LONGEST_S = 3600.0
LONGEST_SLEEP_S = 15.0

Load: TypeAlias = "Callable[[str, float], Awaitable[Measurement]]"


async def create(endpoint: str, seconds: float) -> Measurement:
    """Call the first action of one new actor after the other."""
    prefix, numbers = fresh_key(), itertools.count()

    def requests() -> Iterator[bytes]:
        while True:
            path = gateway_path("action/increment", f"{prefix}-{next(numbers)}")
            yield post(endpoint, path, ADD)

    callers = [requests() for _ in range(CREATORS)]
    return await load_http(endpoint, callers, seconds=seconds)


async def add(endpoint: str, seconds: float) -> Measurement:
    """Repeat a durable action, many at a time over one connection."""
    path = gateway_path("connect", fresh_key())
    action = ("increment", [1], [-1])
    return await load_socket(
        endpoint, path, in_flight=IN_FLIGHT, seconds=seconds, action=action
    )


async def read(endpoint: str, seconds: float) -> Measurement:
    """Repeat a read-only action, many at a time over one connection."""
    path = gateway_path("connect", fresh_key())
    return await load_socket(endpoint, path, in_flight=IN_FLIGHT, seconds=seconds)


async def send(endpoint: str, seconds: float) -> Measurement:
    """Send messages to one actor that leaves them in its queue."""
    key = fresh_key()
    await act(endpoint, "mill", key, "hold")
    sender = itertools.repeat(_message(endpoint, key, GRAIN))
    return await load_http(endpoint, [sender] * SENDERS, seconds=seconds)


async def receive(endpoint: str, seconds: float) -> Measurement:
    """Let a run handler work off the messages that wait, one after the other."""
    del seconds  # it has a fixed amount of work
    key = fresh_key()
    await act(endpoint, "mill", key, "hold")
    senders = [
        itertools.repeat(_message(endpoint, key, GRAIN), WAITING_MESSAGES // SENDERS)
        for _ in range(SENDERS)
    ]
    await load_http(endpoint, senders, seconds=LONGEST_S)
    count = WAITING_MESSAGES // SENDERS * SENDERS
    began_s = time.perf_counter()
    await act(endpoint, "mill", key, "grind", count)
    elapsed_s = time.perf_counter() - began_s
    return Measurement.of_latencies([elapsed_s / count] * count, elapsed_s)


async def request(endpoint: str, seconds: float) -> Measurement:
    """Send messages and wait for the reply of each; every sender has its own actor."""
    key = fresh_key()
    senders = [
        itertools.repeat(_message(endpoint, f"{key}-{number}", WAITING_GRAIN))
        for number in range(SENDERS)
    ]
    mills = (f"{key}-{number}" for number in range(SENDERS))
    await asyncio.gather(*(act(endpoint, "mill", each, "ground") for each in mills))
    return await load_http(endpoint, senders, seconds=seconds)


async def wake(endpoint: str, seconds: float) -> Measurement:
    """Call actors that sleep, one after the other."""
    del seconds  # each of them is called once
    keys = [f"{fresh_key()}-{number}" for number in range(SLEEPERS)]
    latencies_s: list[float] = []
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(
            *(act(endpoint, "counter", key, "getCount") for key in keys)
        )
        for key in keys:
            await act(endpoint, "counter", key, "fallAsleep")
        for key in keys:
            await _asleep(session, endpoint, key)
        for key in keys:
            url = gateway_url(endpoint, "counter", key, "action/getCount")
            began_s = time.perf_counter()
            _check(*await call(session, url))
            latencies_s.append(time.perf_counter() - began_s)
    return Measurement.of_latencies(latencies_s, sum(latencies_s))


async def fire(endpoint: str, seconds: float) -> Measurement:
    """Let timers of one actor fire; the latency is how late each call is."""
    del seconds  # the times of the timers are fixed
    key = fresh_key()
    await act(
        endpoint, "clock", key, "setTimers", TIMERS, FIRST_TIMER_MS, LAST_TIMER_MS
    )
    late_ms: list[int] = []
    while len(late_ms) < TIMERS:
        await asyncio.sleep(0.5)
        late_ms = await act(endpoint, "clock", key, "lateness")
    lasted_s = (LAST_TIMER_MS - FIRST_TIMER_MS) / 1000
    return Measurement.of_latencies([late / 1000 for late in late_ms], lasted_s)


async def make(endpoint: str, count: int) -> None:
    """Call the first action of so many new actors, which stay awake then."""
    key = fresh_key()
    paths = (gateway_path("action/getCount", f"{key}-{each}") for each in range(count))
    requests = (post(endpoint, path, READ) for path in paths)
    await load_http(endpoint, [requests] * CREATORS, seconds=LONGEST_S)


async def act(
    endpoint: str, actor: str, key: str, action: str, *arguments: object
) -> Any:
    """Call one action and return its output."""
    url = gateway_url(endpoint, actor, key, f"action/{action}")
    async with aiohttp.ClientSession() as session:
        return _check(*await call(session, url, *arguments))


def _check(status: int, body: dict[str, Any]) -> Any:
    if status != 200:
        raise LoadError(str(body))
    return body.get("output")


def _message(endpoint: str, key: str, body: bytes) -> bytes:
    return post(endpoint, gateway_path("queue/grain", key, actor="mill"), body)


async def _asleep(session: aiohttp.ClientSession, endpoint: str, key: str) -> None:
    """Wait until the server says that a counter sleeps."""
    url = f"{endpoint}/actors"
    query = {"namespace": "default", "name": "counter", "key": key}
    async with asyncio.timeout(LONGEST_SLEEP_S):
        while True:
            async with session.get(url, params=query) as response:
                (found,) = (await response.json())["actors"]
            if found["sleep_ts"]:
                return
            await asyncio.sleep(0.05)
