"""``POST /actors/{actor_id}/sleep``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from core_actors import Counter
from fronts import running_front

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Server:
    """A server of counters, and a client of its management API."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self.session = session

    async def create(self) -> str:
        body = {"name": "counter", "key": "a", "runner_name_selector": "default"}
        content = {**body, "datacenter": "default", "crash_policy": "sleep"}
        url = f"{self.base}/actors?namespace=default"
        async with self.session.put(url, json=content) as response:
            created: Any = await response.json()
        return str(created["actor"]["actor_id"])

    async def sleep(self, actor_id: str) -> tuple[int, Any]:
        url = f"{self.base}/actors/{actor_id}/sleep?namespace=default"
        async with self.session.post(url, json={}) as response:
            return response.status, await response.json()

    async def destroy(self, actor_id: str) -> None:
        url = f"{self.base}/actors/{actor_id}?namespace=default"
        async with self.session.delete(url) as response:
            assert response.status == 200

    async def record(self, actor_id: str) -> Any:
        url = f"{self.base}/actors?namespace=default&actor_ids={actor_id}"
        async with self.session.get(url) as response:
            return (await response.json())["actors"][0]

    async def until_asleep(self, actor_id: str) -> None:
        while (await self.record(actor_id))["sleep_ts"] is None:
            pass


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    async with (
        running_front([Counter]) as base,
        aiohttp.ClientSession() as session,
    ):
        yield Server(base, session)


async def test_an_actor_goes_to_sleep_when_it_is_told(server: Server) -> None:
    actor_id = await server.create()
    assert (await server.record(actor_id))["sleep_ts"] is None
    assert await server.sleep(actor_id) == (200, {})
    await server.until_asleep(actor_id)


async def test_telling_a_sleeping_actor_is_harmless(server: Server) -> None:
    actor_id = await server.create()
    await server.sleep(actor_id)
    await server.until_asleep(actor_id)
    assert await server.sleep(actor_id) == (200, {})


async def test_a_destroyed_actor_is_not_found(server: Server) -> None:
    actor_id = await server.create()
    await server.destroy(actor_id)
    status, body = await server.sleep(actor_id)
    assert (status, body["group"], body["code"]) == (404, "actor", "not_found")


async def test_what_is_no_id_is_a_bad_request(server: Server) -> None:
    status, body = await server.sleep("nobody")
    assert (status, body["code"]) == (400, "bad_request")
