"""Recordings in which the process of an actor was killed, or an actor destroyed.

What happened there besides requests and frames is done here by hand.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from fronts import running_front
from recorded_socket_actors import SOCKET_ACTORS
from recorded_sockets import Replay
from server_process import LISTENING
from wire_captures import capture

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PROGRAM = Path(__file__).parents[3] / "support" / "recorded_server.py"
WAIT_S = 10.0
GONE = {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}


@asynccontextmanager
async def served(
    data: Path,
) -> AsyncGenerator[tuple[str, asyncio.subprocess.Process]]:
    """A server process; the value is its address."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM), "--port", "0", "--data", str(data)),
        stdout=pipe,
        stderr=pipe,
    )
    try:
        assert process.stdout is not None
        announced = LISTENING.fullmatch(await process.stdout.readline())
        assert announced
        yield announced[1].decode(), process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def steps_of(name: str) -> dict[str, list[Any]]:
    """The events of a recording, by step."""
    return {step["step"]: step["events"] for step in capture(name)["steps"]}


async def opened(
    session: aiohttp.ClientSession, endpoint: str, event: Any
) -> aiohttp.ClientWebSocketResponse:
    """Open a recorded socket."""
    header = event["request_headers"]["sec-websocket-protocol"]
    return await session.ws_connect(
        URL(endpoint + event["path"], encoded=True),
        protocols=[name.strip() for name in header.split(",")],
        autoclose=False,
    )


def sent(events: list[Any], tcp: int) -> list[str]:
    """What the client sent over a socket."""
    return [
        event["text"]
        for event in events
        if (event["type"], event["tcp"]) == ("ws_frame", tcp) and event["dir"] == "c2s"
    ]


def received(events: list[Any], tcp: int) -> list[Any]:
    """What the server sent over a socket."""
    return [
        event["text"]
        for event in events
        if (event["type"], event["tcp"]) == ("ws_frame", tcp)
        and event["dir"] == "s2c"
        and event["op"] == "text"
    ]


async def value_of(socket: aiohttp.ClientWebSocketResponse) -> Any:
    """The next message of a connection."""
    return (await socket.receive_json(timeout=WAIT_S))["body"]["val"]


async def test_a_client_of_a_killed_host_finds_its_actor_again(tmp_path: Path) -> None:
    """The recorded actor forgets its count, which it had acknowledged; ours does not.

    There, the engine keeps sockets and closes them later; here, they end with the
    process that holds them, without a close frame.
    """
    steps = steps_of("runner_crash")
    start, calls = steps["(start)"], steps["status connected"]
    again, get = steps["status connecting"], steps["get"]
    (connect,) = [event for event in start if event["type"] == "ws_open"]
    (connect_raw,) = [event for event in calls if event["type"] == "ws_open"]
    (reconnect,) = [event for event in again if event["type"] == "ws_open"]
    increment, slow = sent(calls, connect["tcp"])
    async with aiohttp.ClientSession() as session:
        async with served(tmp_path) as (endpoint, process):
            connection = await opened(session, endpoint, connect)
            before = await value_of(connection)
            raw = await opened(session, endpoint, connect_raw)
            assert (await raw.receive(WAIT_S)).data == "welcome"
            await connection.send_str(increment)
            answer = await connection.receive_str(timeout=WAIT_S)
            assert [json.loads(answer)] == [
                json.loads(text) for text in received(calls, connect["tcp"])
            ]
            await connection.send_str(slow)
            process.kill()
            for socket in (connection, raw):
                assert (await socket.receive(WAIT_S)).type in GONE
                assert socket.close_code in {None, 1006}
        async with served(tmp_path) as (endpoint, _):
            connection = await opened(session, endpoint, reconnect)
            after = await value_of(connection)
            (question,) = sent(get, reconnect["tcp"])
            (forgotten,) = received(get, reconnect["tcp"])
            await connection.send_str(question)
            answer = await value_of(connection)
    assert after["actorId"] == before["actorId"]
    assert after["connectionId"] != before["connectionId"]
    assert json.loads(forgotten)["body"]["val"]["output"] == 0
    assert answer["output"] == 1


async def test_an_action_that_runs_while_its_actor_is_destroyed_is_answered() -> None:
    """Case D: the next call of the key waits for the end, and meets a new actor."""
    step = "D: action during destroy http"
    async with running_front(SOCKET_ACTORS) as endpoint:
        replay = Replay("delete_while_connected", endpoint)
        first, slow, listed, last = replay.events_of(step)
        await replay.exchange("first", first)
        running = asyncio.create_task(replay.exchange("slow", slow))
        await asyncio.sleep(0.1)
        await replay.exchange("listed", listed)
        recorded_id = first["response"]["headers"]["x-rivet-actor"]
        url = f"{endpoint}/actors/{replay.our_id(recorded_id)}?namespace=default"
        async with aiohttp.ClientSession() as session, session.delete(url) as answer:
            assert answer.status == 200
        await replay.exchange("last", last)
        await running
    different = {
        (each.step, place)
        for each in replay.answers
        for place in each.differences
        if not place.endswith(("_ts", "namespace_id"))
    }
    assert different == set()
    assert [each.violations for each in replay.answers] == [[], [], [], []]
