"""Raw requests and sockets of clients: over HTTP and inside one host alike."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from raw_actors import PIECE, until
from raw_handles import Lab, lab_over
from rivetgen_client import (
    ActorNotFoundError,
    ConnectionClosedError,
    DeadlineExceededError,
    KeyTarget,
    MalformedResponseError,
)
from rivetgen_runtime import SocketClose

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

MISSING = KeyTarget(name="lab", key=("b",), create=False)


@pytest.fixture(params=["http", "in process"])
async def lab(request: pytest.FixtureRequest) -> AsyncGenerator[Lab]:
    async with lab_over(request.param) as lab:
        yield lab


async def test_a_request_arrives_as_it_was_made(lab: Lab) -> None:
    answer = await lab.handle(params={"p": 1}).fetch(
        "seen?x=1&y=a%20b", method="post", headers={"X-Own": "1"}, body="hé"
    )
    assert answer.is_success
    seen = answer.json()
    assert seen["url"] == "http://127.0.0.1/seen?x=1&y=a%20b"
    assert (seen["method"], seen["body"]) == ("POST", "hé")
    assert seen["headers"]["x-own"] == "1"
    assert seen["params"] == {"p": 1}
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["Content-Type"] == "application/json"


async def test_an_absolute_url_is_what_the_actor_sees(lab: Lab) -> None:
    answer = await lab.handle().fetch("https://example.org/seen?q=1#part")
    assert answer.json()["url"] == "https://example.org/seen?q=1"


async def test_every_answer_of_the_actor_is_a_response(lab: Lab) -> None:
    failed = await lab.handle().fetch("/fail")
    assert (failed.status_code, failed.json()["code"]) == (500, "broken")
    assert failed.json()["actor"]["key"] == "a"
    unknown = await lab.handle().fetch()
    assert (unknown.status_code, unknown.text) == (404, "?")
    empty = await lab.handle().fetch("/status")
    assert (empty.status_code, empty.content) == (204, b"")


async def test_what_does_not_reach_the_actor_is_an_error(lab: Lab) -> None:
    with pytest.raises(ActorNotFoundError):
        await lab.handle(target=MISSING).fetch("/seen", timeout_s=0.3)


async def test_a_response_can_be_read_while_it_is_made(lab: Lab) -> None:
    handle = lab.handle()
    async with await handle.fetch("/endless", stream=True) as answer:
        with pytest.raises(RuntimeError, match="stream"):
            _ = answer.content
        size = 0
        async for chunk in answer.aiter_bytes():
            size += len(chunk)
            if size > 3 * len(PIECE):
                break
    await until(lambda: "closed" in lab.actor.notes)


async def test_a_body_can_be_sent_in_pieces(lab: Lab) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"piece"
            await asyncio.sleep(0)

    answer = await lab.handle().fetch("/echo", method="POST", body=body())
    assert answer.text == "piece" * 3


async def test_a_response_that_breaks_off_is_an_error(lab: Lab) -> None:
    with pytest.raises(MalformedResponseError, match="broke off"):
        await lab.handle().fetch("/broken")


async def test_a_caller_that_waits_no_longer_cancels_the_handler(lab: Lab) -> None:
    with pytest.raises(DeadlineExceededError):
        await lab.handle().fetch("/wait", timeout_s=0.2)
    await until(lambda: "cancelled" in lab.actor.notes)


async def test_the_time_is_up_while_the_body_comes(lab: Lab) -> None:
    with pytest.raises((DeadlineExceededError, MalformedResponseError)):
        await lab.handle().fetch("/endless", timeout_s=0.3)
    await until(lambda: "closed" in lab.actor.notes)


# Sockets


async def test_messages_keep_their_kind_and_order(lab: Lab) -> None:
    async with lab.handle(params={"p": 1}).web_socket("room?x=1") as socket:
        greeting = json.loads(await socket.receive())
        assert greeting["url"] == "http://127.0.0.1/websocket/room?x=1"
        assert greeting["params"] == {"p": 1}
        for message in ("a", b"\0\xff", "b"):
            await socket.send(message)
        assert [await socket.receive() for _ in range(3)] == ["a", b"\0\xff", "b"]
    assert (socket.close_code, socket.close_reason) == (1000, "")
    await until(lambda: "disconnect" in lab.actor.notes)


async def test_the_end_of_the_actor_ends_the_iteration(lab: Lab) -> None:
    async with lab.handle().web_socket() as socket:
        await socket.send("close")
        messages = [message async for message in socket]
        assert len(messages) == 1
        assert (socket.close_code, socket.close_reason) == (4001, "bye")
        with pytest.raises(ConnectionClosedError):
            await socket.send("late")


async def test_the_actor_sees_how_its_client_closed(lab: Lab) -> None:
    socket = lab.handle().web_socket()
    await socket.open()
    await socket.receive()
    await socket.close(4123, "cl")
    await until(lambda: "disconnect" in lab.actor.notes)
    assert SocketClose(4123, "cl") in lab.actor.notes


async def test_a_refused_socket_is_closed_with_the_reason(lab: Lab) -> None:
    refused: Any = {"refuse": True}
    async with lab.handle(params=refused).web_socket() as socket:
        with pytest.raises(ConnectionClosedError) as closed:
            await socket.receive()
    assert (closed.value.code, closed.value.reason) == (1011, "user.refused")


async def test_a_socket_that_is_not_open_says_so(lab: Lab) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await lab.handle().web_socket().send("x")


async def test_a_thousand_messages_leave_no_task_behind(lab: Lab) -> None:
    await lab.handle().fetch("/status")
    before = len(asyncio.all_tasks())
    async with lab.handle().web_socket() as socket:
        await socket.receive()
        for number in range(1_000):
            await socket.send(str(number))
        answers = [await socket.receive() for _ in range(1_000)]
    assert answers == [str(number) for number in range(1_000)]
    await until(lambda: len(asyncio.all_tasks()) <= before)
