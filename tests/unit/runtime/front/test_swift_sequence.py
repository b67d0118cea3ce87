"""The front understands what the Swift client sends, and answers what it understands.

The Swift client speaks CBOR only, resolves every actor before it calls it, writes ids
of actions as bignums (tag 2) and the keys of maps in any order. It cannot read tags,
byte strings or keys that are no texts in results.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import cbor2
import pytest
from cbor2 import CBORTag

from fronts import running_front
from recorded_actors import ACTORS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

API = {"accept": "application/json", "authorization": "Bearer secret"}
GATEWAY = {
    "content-type": "application/octet-stream",
    "x-rivet-encoding": "cbor",
    "x-rivet-token": "secret",
}
BIGNUM = 2


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """HTTP and WebSockets to a front with the recorded actors."""
    async with (
        running_front(ACTORS) as url,
        aiohttp.ClientSession(url) as session,
    ):
        yield session


async def resolved(session: aiohttp.ClientSession, name: str = "counter") -> str:
    """Get or create an actor as the Swift client does before each call."""
    body = {
        "runner_name_selector": "default",
        "key": "room/1",
        "crash_policy": "sleep",
        "name": name,
    }
    async with session.put("/actors?namespace=default", json=body, headers=API) as got:
        answer = await got.json()
    assert answer["created"] in {True, False}
    assert answer["actor"]["name"] == name
    actor_id: str = answer["actor"]["actor_id"]
    return actor_id


async def act(
    session: aiohttp.ClientSession, actor_id: str, name: str, *args: Any
) -> tuple[int, dict[str, Any]]:
    """Call an action over HTTP; return the status and the decoded body."""
    path = f"/gateway/{actor_id}@secret/action/{name}"
    body = cbor2.dumps({"args": args})
    async with session.post(path, data=body, headers=GATEWAY) as got:
        return got.status, cbor2.loads(await got.read())


@asynccontextmanager
async def connected(
    session: aiohttp.ClientSession, actor_id: str, *more: str
) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    """Open a connection; further subprotocols carry parameters."""
    socket: aiohttp.ClientWebSocketResponse = await session.ws_connect(
        f"/gateway/{actor_id}@secret/connect",
        protocols=("rivet", "rivet_encoding.cbor", *more),
    )
    async with socket:
        yield socket


def frame(tag: str, **fields: Any) -> bytes:
    """Write a frame with the keys in an order that nobody else uses."""
    return cbor2.dumps({"body": {"val": fields, "tag": tag}})


def bignum(value: int) -> CBORTag:
    """Write an id as the Swift client does; zero has no bytes."""
    return CBORTag(BIGNUM, value.to_bytes((value.bit_length() + 7) // 8, "big"))


async def receive(socket: aiohttp.ClientWebSocketResponse) -> tuple[str, Any]:
    """Return tag and fields of the next frame."""
    body = cbor2.loads(await socket.receive_bytes())["body"]
    return body["tag"], body["val"]


async def test_metadata_has_what_the_client_waits_for(
    session: aiohttp.ClientSession,
) -> None:
    async with session.get("/metadata?namespace=default", headers=API) as got:
        answer = await got.json()

    assert isinstance(answer["runtime"], str)
    assert isinstance(answer["version"], str)
    assert answer["actorNames"]["counter"] == {"metadata": {}}


async def test_calls_resolve_first_and_go_to_the_id(
    session: aiohttp.ClientSession,
) -> None:
    actor_id = await resolved(session)

    assert await act(session, actor_id, "increment", 3) == (200, {"output": 3})
    assert await resolved(session) == actor_id
    query = "name=counter&key=room/1&namespace=default"
    async with session.get(f"/actors?{query}", headers=API) as got:
        (found,) = (await got.json())["actors"]
    assert found["actor_id"] == actor_id
    ids = f"/actors?actor_ids={actor_id}&namespace=default"
    async with session.get(ids, headers=API) as got:
        assert [row["actor_id"] for row in (await got.json())["actors"]] == [actor_id]


async def test_errors_of_calls_are_maps(session: aiohttp.ClientSession) -> None:
    actor_id = await resolved(session)

    status, error = await act(session, actor_id, "userErr")

    assert status == 500
    assert (error["group"], error["code"]) == ("user", "my_code")
    assert error["metadata"] == {"a": 1}


@pytest.mark.parametrize("action_id", [0, 1, 300, 2**32, 2**63])
async def test_an_id_may_be_a_bignum(
    session: aiohttp.ClientSession, action_id: int
) -> None:
    async with connected(session, await resolved(session)) as socket:
        tag, init = await receive(socket)
        assert (tag, sorted(init)) == ("Init", ["actorId", "connectionId"])

        await socket.send_bytes(
            frame("ActionRequest", args=[2], id=bignum(action_id), name="increment")
        )

        assert await receive(socket) == (
            "ActionResponse",
            {"id": action_id, "output": 2},
        )


async def test_events_come_before_the_answer_that_caused_them(
    session: aiohttp.ClientSession,
) -> None:
    async with connected(session, await resolved(session)) as socket:
        await receive(socket)
        await socket.send_bytes(
            frame("SubscriptionRequest", subscribe=True, eventName="newCount")
        )
        await socket.send_bytes(
            frame("ActionRequest", name="increment", args=[4], id=bignum(0))
        )

        assert await receive(socket) == ("Event", {"name": "newCount", "args": [4]})
        assert await receive(socket) == ("ActionResponse", {"id": 0, "output": 4})


async def test_an_action_that_fails_is_answered_with_its_id(
    session: aiohttp.ClientSession,
) -> None:
    async with connected(session, await resolved(session)) as socket:
        await receive(socket)
        await socket.send_bytes(
            frame("ActionRequest", id=bignum(7), args=[], name="userErr")
        )

        tag, error = await receive(socket)

    assert (tag, error["actionId"]) == ("Error", 7)
    assert (error["group"], error["code"]) == ("user", "my_code")


async def test_a_refused_connection_names_no_action(
    session: aiohttp.ClientSession,
) -> None:
    refused = "rivet_conn_params.%7B%22token%22%3A%22bad%22%7D"
    async with connected(session, await resolved(session, "auth"), refused) as socket:
        tag, error = await receive(socket)

        assert (tag, error.get("actionId")) == ("Error", None)
        assert (error["group"], error["code"]) == ("user", "unauthorized")
        closed = await socket.receive()
        assert (closed.data, closed.extra) == (1011, "user.unauthorized")


async def test_the_client_says_goodbye_without_a_reason(
    session: aiohttp.ClientSession,
) -> None:
    async with connected(session, await resolved(session)) as socket:
        await receive(socket)

        assert await socket.close(code=1000)
        assert socket.close_code == 1000


@pytest.mark.parametrize("name", ["noReturn", "retNull", "get"])
async def test_results_hold_nothing_that_the_client_cannot_read(
    session: aiohttp.ClientSession, name: str
) -> None:
    actor_id = await resolved(session)

    _, answer = await act(session, actor_id, name)

    assert is_readable(answer)


def is_readable(value: object) -> bool:
    if isinstance(value, dict):
        fields = cast("dict[object, object]", value)
        return all(isinstance(key, str) for key in fields) and all(
            is_readable(field) for field in fields.values()
        )
    if isinstance(value, list):
        return all(is_readable(item) for item in cast("list[object]", value))
    return value is None or isinstance(value, bool | int | float | str)
