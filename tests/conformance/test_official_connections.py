"""Connections across sleeps, and guards, as the official client sees them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fronts import running_front
from official_client import official_client
from recorded_socket_actors import SOCKET_ACTORS

pytestmark = [
    pytest.mark.node,
    pytest.mark.parametrize("encoding", ["json", "cbor", "bare"]),
]


async def observed(scenario: str, encoding: str) -> Any:
    """Run a scenario against a server of its own."""

    def observe(endpoint: str) -> Any:
        with official_client(endpoint, encoding) as client:
            return client.observe(scenario)

    async with running_front(SOCKET_ACTORS) as endpoint:
        return await asyncio.to_thread(observe, endpoint)


async def test_a_client_does_not_notice_that_its_actor_sleeps(encoding: str) -> None:
    assert await observed("sleepWhileConnected", encoding) == {
        "sameConnection": True,
        "counts": [1, 2, 3],
        "opens": 1,
        "closes": 0,
        "errors": [],
        "generation": 3,
    }


async def test_calls_to_a_sleeping_actor_are_served_in_order(encoding: str) -> None:
    assert await observed("callsWhileAsleep", encoding) == list(range(1, 21))


async def test_a_client_may_leave_a_sleeping_actor(encoding: str) -> None:
    assert await observed("disposeWhileAsleep", encoding) == [True]


async def test_deleting_a_sleeping_actor_lets_its_clients_go_on(encoding: str) -> None:
    found = await observed("deleteWhileAsleep", encoding)
    assert found == {"isAnother": True, "errors": []}


async def test_a_guard_refuses_and_allows_subscriptions(encoding: str) -> None:
    assert await observed("deniedSubscription", encoding) == {
        "first": {"group": "auth", "code": "forbidden"},
        "secrets": ["s3cret"],
        "errors": [],
    }
