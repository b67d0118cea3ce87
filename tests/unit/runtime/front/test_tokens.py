"""Every operation of ``openapi.json`` with no token, a wrong one and the right one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from yarl import URL

from fronts import running_front
from inspected_actors import Worker
from rivetgen_runtime.front.options import FrontOptions
from wire_contract import contract

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

TOKEN = "s3cret"  # noqa: S105 - of a server in a test
OPTIONS = FrontOptions(token=TOKEN)
CREATION = {
    "name": "worker",
    "key": "a",
    "runner_name_selector": "default",
    "crash_policy": "sleep",
}
VALUES = {"action": "seen", "queue": "jobs", "key": "BGE%3D", "path": "x"}


def operations() -> Iterator[tuple[str, str, Any]]:
    for path, item in contract()["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method, path, operation


EVERY_OPERATION = [
    pytest.param(*found, id=found[2]["operationId"]) for found in operations()
]


class Door:
    """A server with a token, and one actor behind it."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self.session = session
        self.actor_id = ""
        self.inspector_token = ""

    async def open(self) -> None:
        headers = {"authorization": f"Bearer {TOKEN}"}
        url = f"{self.base}/actors?namespace=default"
        async with self.session.put(url, json=CREATION, headers=headers) as response:
            self.actor_id = (await response.json())["actor"]["actor_id"]
        path = f"/actors/{self.actor_id}/kv/keys/Aw%3D%3D?namespace=default"
        url = str(URL(self.base + path, encoded=True))
        async with self.session.get(
            URL(url, encoded=True), headers=headers
        ) as response:
            value = (await response.json())["value"]
            self.inspector_token = base64.b64decode(value).decode()

    async def status(self, method: str, path: str, token: str | None) -> int:
        """Ask with a token in the place where the operation wants it."""
        is_management = path.startswith("/actors")
        headers: dict[str, str] = {}
        if token is not None and (is_management or path == "/metrics"):
            headers["authorization"] = f"Bearer {token}"
        elif token is not None:
            headers["x-rivet-token"] = token
        if "/inspector/" in path:
            headers["authorization"] = f"Bearer {self.inspector_token}"
        if path.startswith("/request"):
            headers |= {"x-rivet-target": "actor", "x-rivet-actor": self.actor_id}
        query = "?namespace=default" if is_management else ""
        url = URL(self.base + self.filled(path) + query, encoded=True)
        async with self.session.request(
            method, url, headers=headers, json={}
        ) as response:
            return response.status

    def filled(self, path: str) -> str:
        for name, value in {
            **VALUES,
            "actor": self.actor_id,
            "actor_id": self.actor_id,
        }.items():
            path = path.replace(f"{{{name}}}", value)
        return path


@pytest.fixture
async def door() -> AsyncGenerator[Door]:
    async with (
        running_front([Worker], OPTIONS) as base,
        aiohttp.ClientSession() as session,
    ):
        door = Door(base, session)
        await door.open()
        yield door


@pytest.mark.parametrize(("method", "path", "operation"), EVERY_OPERATION)
async def test_who_may_come_in(
    door: Door, method: str, path: str, operation: Any
) -> None:
    is_open = operation.get("security") == []
    refused = {
        shown: await door.status(method, path, shown) == 401
        for shown in (None, "", "wrong", TOKEN + "x", TOKEN[:-1], TOKEN)
    }

    assert refused == {
        None: not is_open,
        "": not is_open,
        "wrong": not is_open,
        TOKEN + "x": not is_open,
        TOKEN[:-1]: not is_open,
        TOKEN: False,
    }


@pytest.mark.parametrize("form", ["@{token}", "?rvt-token={token}"])
async def test_the_gateway_reads_the_token_from_the_address_as_well(
    door: Door, form: str
) -> None:
    def url(token: str) -> str:
        query = "&rvt-namespace=default&rvt-method=get&rvt-key=a"
        if form.startswith("@"):
            return f"{door.base}/gateway/{door.actor_id}@{token}/health"
        return f"{door.base}/gateway/worker/health?rvt-token={token}{query}"

    async with door.session.get(url(TOKEN)) as response:
        assert response.status == 200
    async with door.session.get(url("wrong")) as response:
        assert response.status == 401


@pytest.mark.parametrize("path", ["/connect", "/inspector/connect", "/websocket"])
@pytest.mark.parametrize("token", ["", "@wrong"])
async def test_sockets_without_the_token_are_closed_with_the_reason(
    door: Door, path: str, token: str
) -> None:
    url = f"{door.base}/gateway/{door.actor_id}{token}{path}"
    async with door.session.ws_connect(url, protocols=("rivet",)) as socket:
        message = await socket.receive(10)

    assert message.data == 1011
    assert (message.extra or "").startswith("api.unauthorized#")
