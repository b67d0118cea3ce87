"""``GET /actors/{actor_id}/kv/keys/{key}``."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import pytest
from yarl import URL

from fronts import running_front
from kv_world import Lab
from rivetgen_client.wire.models import KvValue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

KEY = b"\x04\xff\xef?"
"""Its base64 has every special character: ``BP/vPw==``."""


class Server:
    """A server with one actor that keeps one value."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self.session = session
        self.actor_id = ""

    async def create(self) -> None:
        body = {"name": "lab", "key": "a", "runner_name_selector": "default"}
        url = f"{self.base}/actors?namespace=default"
        content = {**body, "datacenter": "default", "crash_policy": "sleep"}
        async with self.session.put(url, json=content) as response:
            self.actor_id = (await response.json())["actor"]["actor_id"]
        url = f"{self.base}/gateway/{self.actor_id}/action/work"
        headers = {"x-rivet-encoding": "json"}
        async with self.session.post(
            url, json={"args": [None]}, headers=headers
        ) as response:
            assert response.status == 200

    async def read(self, key: str, actor_id: str | None = None) -> tuple[int, Any]:
        path = f"/actors/{actor_id or self.actor_id}/kv/keys/{key}?namespace=default"
        url = URL(self.base + path, encoded=True)
        async with self.session.get(url) as response:
            return response.status, await response.json()


class Keeping(Lab):
    """Keeps one value."""

    async def work(self, c: Any, argument: Any) -> Any:  # noqa: ARG002
        await c.kv.put(KEY[1:], b"\x00value")


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    async with running_front([Keeping]) as base, aiohttp.ClientSession() as session:
        server = Server(base, session)
        await server.create()
        yield server


def encoded(key: bytes) -> str:
    return quote(base64.b64encode(key).decode(), safe="")


async def test_a_value_is_answered_in_base64_with_its_time(server: Server) -> None:
    status, body = await server.read(encoded(KEY))
    assert status == 200
    found = KvValue.model_validate(body)
    assert base64.b64decode(found.value) == b"\x00value"
    assert 0 <= time.time() * 1000 - found.update_ts < 60_000
    assert body.keys() == {"value", "update_ts"}


@pytest.mark.parametrize("key", [b"\x02", b"\x04", KEY[1:], KEY + b"x"])
async def test_a_key_that_is_not_there_is_a_bad_request(
    server: Server, key: bytes
) -> None:
    assert await server.read(encoded(key)) == (
        400,
        {
            "group": "actor",
            "code": "kv_key_not_found",
            "message": "The KV key does not exist for this actor.",
        },
    )


@pytest.mark.parametrize("key", ["a", "%C3%A4", "%FF", "A-_A", "AA%3D%3D%0A"])
async def test_a_key_that_is_not_base64_is_a_bad_request(
    server: Server, key: str
) -> None:
    status, body = await server.read(key)
    assert (status, body["group"], body["code"]) == (400, "api", "bad_request")


async def test_an_unknown_or_malformed_actor_is_told_apart(server: Server) -> None:
    status, body = await server.read(encoded(KEY), "1gohp8qculht1c46o4xpc6xlzkbl00")
    assert (status, body["code"]) == (404, "not_found")
    status, body = await server.read(encoded(KEY), "nobody")
    assert (status, body["code"]) == (400, "bad_request")


async def test_a_destroyed_actor_has_no_values(server: Server) -> None:
    url = f"{server.base}/actors/{server.actor_id}?namespace=default"
    async with server.session.delete(url) as response:
        assert response.status == 200
    status, body = await server.read(encoded(KEY))
    assert (status, body["code"]) == (400, "kv_key_not_found")


async def test_other_methods_are_told_which_one_is_served(server: Server) -> None:
    path = f"/actors/{server.actor_id}/kv/keys/{encoded(KEY)}?namespace=default"
    url = URL(server.base + path, encoded=True)
    async with server.session.put(url, data=b"") as response:
        assert response.status == 405
        assert response.headers["allow"] == "GET,HEAD"
