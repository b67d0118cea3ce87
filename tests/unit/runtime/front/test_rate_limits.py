"""How much one address may ask of one actor: counted with a clock that is set."""

from __future__ import annotations

import tracemalloc
from contextlib import ExitStack
from dataclasses import replace

import aiohttp
import pytest

import http_calls
from fronts import running_front
from recorded_actors import ACTORS
from rivetgen_client.errors import RateLimitedError as ClientRateLimitedError
from rivetgen_runtime.front.options import AddressLimits, FrontOptions
from rivetgen_runtime.front.rate_limits import (
    RateLimitedError,
    RateLimiter,
    client_address,
)
from rivetgen_runtime.main import parse_arguments
from server_process import call, gateway_url

LIMITS = AddressLimits(requests=3, window_s=60, in_flight=2, windows=5)
ADDRESSES = 100_000
LARGEST_LIMITER_BYTES = 20 << 20


class Watch:
    """A clock that is set by hand."""

    now_s = 100.0

    def read(self) -> float:
        return self.now_s


def counted(limiter: RateLimiter, actor: str = "a", address: str = "1.1.1.1") -> bool:
    """Send one request; tells whether it was served."""
    try:
        with limiter.serving(actor, address):
            return True
    except RateLimitedError:
        return False


# Windows


def test_one_request_too_many_is_refused_until_the_window_is_over() -> None:
    watch = Watch()
    limiter = RateLimiter(LIMITS, watch.read)

    assert [counted(limiter) for _ in range(5)] == [True, True, True, False, False]
    watch.now_s += 59.9
    assert not counted(limiter)
    watch.now_s += 0.1
    assert [counted(limiter) for _ in range(4)] == [True, True, True, False]


def test_a_refusal_says_when_the_next_window_begins() -> None:
    watch = Watch()
    limiter = RateLimiter(LIMITS, watch.read)
    for _ in range(3):
        counted(limiter)
    watch.now_s += 17.5

    with (
        pytest.raises(RateLimitedError) as refused,
        limiter.serving("a", "1.1.1.1"),
    ):
        pass

    assert refused.value.retry_after_s == 43
    assert refused.value.body.metadata == {"retry_after_s": 43}
    assert refused.value.status == 429


def test_addresses_and_actors_are_counted_apart() -> None:
    limiter = RateLimiter(LIMITS, Watch().read)
    for _ in range(4):
        counted(limiter)

    assert counted(limiter, actor="b")
    assert counted(limiter, address="2.2.2.2")
    assert not counted(limiter)


# At a time


def test_as_many_are_served_at_a_time_as_may_and_no_more() -> None:
    limiter = RateLimiter(replace(LIMITS, requests=100), Watch().read)
    with ExitStack() as served:
        for _ in range(2):
            served.enter_context(limiter.serving("a", "1.1.1.1"))
        with (
            pytest.raises(RateLimitedError) as refused,
            limiter.serving("a", "1.1.1.1"),
        ):
            pass
    assert refused.value.retry_after_s is None
    assert counted(limiter)


def test_what_is_served_is_counted_when_its_window_is_forgotten() -> None:
    limiter = RateLimiter(replace(LIMITS, requests=100), Watch().read)
    with ExitStack() as served:
        for _ in range(2):
            served.enter_context(limiter.serving("a", "1.1.1.1"))
        for number in range(10):
            counted(limiter, address=f"2.2.2.{number}")
        assert not counted(limiter)


def test_a_failed_request_is_served_no_more() -> None:
    limiter = RateLimiter(replace(LIMITS, requests=100), Watch().read)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), limiter.serving("a", "1.1.1.1"):
            _ = 1 // 0
    assert counted(limiter)


# Memory


def test_the_memory_for_many_addresses_is_bounded() -> None:
    """Catalogue G11: 100,000 addresses in 20 MB."""
    limiter = RateLimiter(AddressLimits(), Watch().read)
    tracemalloc.start()
    try:
        for number in range(ADDRESSES):
            counted(limiter, address=f"{number >> 8}.{number & 255}")
        taken_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken_bytes < LARGEST_LIMITER_BYTES


# Addresses


@pytest.mark.parametrize(
    ("forwarded", "peer", "proxies", "expected"),
    [
        (None, "1.2.3.4", 0, "1.2.3.4"),
        ("6.6.6.6", "1.2.3.4", 0, "1.2.3.4"),
        ("6.6.6.6", "127.0.0.1", 1, "6.6.6.6"),
        ("9.9.9.9, 6.6.6.6", "127.0.0.1", 1, "6.6.6.6"),
        ("9.9.9.9, 6.6.6.6", "127.0.0.1", 2, "9.9.9.9"),
        ("6.6.6.6", "127.0.0.1", 2, "6.6.6.6"),
        (None, "127.0.0.1", 1, "127.0.0.1"),
        ("", "127.0.0.1", 1, "127.0.0.1"),
        ("not an address", "127.0.0.1", 1, "not an address"),
        (None, "2001:db8:1:2:3:4:5:6", 0, "2001:db8:1:2::/64"),
        (None, "2001:db8:1:2::9", 0, "2001:db8:1:2::/64"),
        (None, "fe80::1%eth0", 0, "fe80::/64"),
        (None, "::ffff:1.2.3.4", 0, "1.2.3.4"),
    ],
)
def test_the_address_is_one_that_the_caller_cannot_make_up(
    forwarded: str | None, peer: str, proxies: int, expected: str
) -> None:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    assert client_address(headers, peer, proxies=proxies) == expected


# Through a front

THREE = FrontOptions(address_limits=replace(LIMITS, in_flight=1))


async def test_calls_over_the_limit_are_refused_with_429_and_not_executed() -> None:
    async with (
        running_front(ACTORS, THREE) as base,
        aiohttp.ClientSession() as session,
    ):
        url = gateway_url(base, "counter", "a", "action/increment")
        answers = [await call(session, url, 1) for _ in range(4)]
        async with session.post(url, json={"args": [1]}) as response:
            retry_after = response.headers["retry-after"]
            name = response.headers["x-rivet-error"]
        other = gateway_url(base, "counter", "b", "action/increment")
        elsewhere = await call(session, other, 1)

    assert [status for status, _ in answers] == [200, 200, 200, 429]
    assert answers[3][1]["code"] == "rate_limit"
    assert 0 < int(retry_after) <= 60
    assert name == "guard.rate_limit"
    assert elsewhere == (200, {"output": 1})


async def test_raw_requests_count_too() -> None:
    async with (
        running_front(ACTORS, THREE) as base,
        aiohttp.ClientSession() as session,
    ):
        url = gateway_url(base, "counter", "a", "request/any")
        statuses = list[int]()
        for _ in range(4):
            async with session.get(url) as response:
                statuses.append(response.status)

    assert statuses == [404, 404, 404, 429]


async def test_an_open_socket_is_served_all_the_time_and_then_no_more() -> None:
    async with (
        running_front(ACTORS, THREE) as base,
        aiohttp.ClientSession() as session,
    ):
        url = gateway_url(base, "counter", "a", "connect")
        protocols = ("rivet", "rivet_encoding.json")
        async with session.ws_connect(url, protocols=protocols) as first:
            await first.receive_json(timeout=10)
            async with session.ws_connect(url, protocols=protocols) as second:
                refused = await second.receive(10)
        async with session.ws_connect(url, protocols=protocols) as third:
            assert "body" in await third.receive_json(timeout=10)

    assert refused.data == 1011
    assert (refused.extra or "").startswith("guard.rate_limit#")


async def test_the_python_client_says_when_to_try_again() -> None:
    transports = http_calls.Transports()
    async with running_front(ACTORS, THREE) as base:
        transport = transports.make(base)
        for _ in range(3):
            await transport.action(http_calls.KEYED, http_calls.call("increment", 1))
        with pytest.raises(ClientRateLimitedError) as refused:
            await transport.action(http_calls.KEYED, http_calls.call("increment", 1))
        await transports.aclose()

    assert refused.value.retry_after_s is not None
    assert 0 < refused.value.retry_after_s <= 60


# The command line


def test_the_official_number_is_the_one_without_a_number() -> None:
    assert parse_arguments(["--rate-limit"], {}).rate_limit == 1_200
    assert parse_arguments(["--rate-limit", "5"], {}).rate_limit == 5
    assert parse_arguments([], {}).rate_limit is None
