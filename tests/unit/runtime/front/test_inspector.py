"""The inspector of one actor, over HTTP and over its WebSocket."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from inspected_actors import Stateless, Worker
from inspecting_tool import TIMEOUT_S, Tool, answer, received, running_tool
from rivetgen_client.wire import cbor
from rivetgen_client.wire.inspector import (
    LEGACY_VERSION,
    TO_SERVER,
    VERSIONS,
    InspectorMessage,
    encode,
)
from rivetgen_runtime.options import HostOptions
from wire_captures import Http, http_exchanges

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

ACTORS = (Worker, Stateless)
NO_TOKEN = {
    "group": "inspector",
    "code": "unauthorized",
    "message": "Inspector request requires a valid bearer token",
    "metadata": None,
}


@pytest.fixture
async def tool() -> AsyncGenerator[Tool]:
    async with running_tool(ACTORS) as tool:
        await tool.create()
        yield tool


# The token


async def test_the_token_has_43_characters_and_stays_the_same(tool: Tool) -> None:
    assert len(tool.token) == 43
    assert await tool.read_token() == (200, tool.token)


@pytest.mark.parametrize("shown", ["", "Bearer x", "Basic x", "Bearer \xff"])
async def test_requests_without_the_token_are_refused(tool: Tool, shown: str) -> None:
    assert await tool.ask("GET", "state", authorization=shown) == (401, NO_TOKEN)


async def test_the_token_of_another_actor_is_refused(tool: Tool) -> None:
    other = Tool(tool.base, tool.session)
    await other.create("stateless")
    other.token = tool.token

    assert await other.ask("GET", "state") == (401, NO_TOKEN)


async def test_an_inspector_that_is_off_has_neither_token_nor_routes() -> None:
    async with running_tool(ACTORS, HostOptions(inspector=False)) as tool:
        await tool.create()
        assert (await tool.read_token())[0] == 400
        status, body = await tool.ask("GET", "state")
        assert (status, body["metadata"]["resource"]) == (404, "route")
        async with tool.connected() as socket:
            await socket.receive(TIMEOUT_S)
            assert socket.close_code == 1011


# HTTP, as recorded

DELIBERATE = {
    "database/schema": "this actor declares no database",
    "database/rows?table=x": "this actor declares no database",
    "db exec": "this actor declares no database",
    "db exec args": "this actor declares no database",
    "db exec bad": "this actor declares no database",
    "summary": "this actor declares no database",
    "rpcs": "this actor has one action more",
    "action both": "the error has the form of all others",
    "action missing": "the code is that of every other call",
    "ui": "there are no pages",
    "custom tab": "there are no pages",
    "inspector": "the sentence names the actor",
}


def step_of(exchange: Http) -> str:
    return exchange.id.partition("] ")[2]


RECORDED = [
    exchange
    for exchange in http_exchanges("inspector_http")
    if "/inspector" in exchange.target and step_of(exchange) not in DELIBERATE
]


def without_times(value: Any) -> Any:
    """An answer with the name of every time, but not the time."""
    return json.loads(re.sub(r'("createdAtMs": )\d+', r"\1 0", json.dumps(value)))


async def test_recorded_requests_get_the_recorded_answers(tool: Tool) -> None:
    differences: list[str] = []
    for recorded in RECORDED:
        path = recorded.target.partition("/inspector/")[2]
        shown = recorded.request_headers.get("authorization", "")
        is_valid = len(shown) > len("Bearer x")
        status, body = await tool.ask(
            recorded.method,
            path,
            body=recorded.request_body or None,
            authorization=f"Bearer {tool.token}" if is_valid else shown,
        )
        expected = json.loads(recorded.response_body or b"null")
        body, expected = without_times(body), without_times(expected)
        if (status, body) != (recorded.status, expected):
            differences.append(f"{recorded.id}: {expected}, not {status} {body}")
    assert differences == []
    assert len(RECORDED) >= 15


# HTTP, our own


async def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(
    tool: Tool,
) -> None:
    for body in (b'{"state":[]}', b"{}", b"[]", b"{", b""):
        status, _ = await tool.ask("PATCH", "state", body=body)
        assert status == 400, body
    assert await tool.ask("GET", "state") == (
        200,
        {"state": {"seen": []}, "isStateEnabled": True},
    )


async def test_an_actor_without_a_state_says_so(tool: Tool) -> None:
    await tool.create("stateless")

    assert await tool.ask("GET", "state") == (
        200,
        {"state": None, "isStateEnabled": False},
    )
    status, body = await tool.ask("PATCH", "state", body=b'{"state":{}}')
    assert (status, body["code"]) == (500, "state_not_enabled")


async def test_errors_of_actions_are_told_as_to_any_caller(tool: Tool) -> None:
    assert await tool.ask("POST", "action/refuse", body=b"{}") == (
        500,
        {
            "group": "user",
            "code": "busy",
            "message": "Not now",
            "metadata": {"until": 5},
        },
    )
    status, body = await tool.ask("POST", "action/nope", body=b'{"args":[]}')
    assert (status, body["group"], body["code"]) == (404, "actor", "action_not_found")


async def test_connections_are_shown_with_their_subscriptions(tool: Tool) -> None:
    url = f"{tool.base}/gateway/{tool.actor_id}/connect"
    protocols = ("rivet", "rivet_encoding.json")
    async with tool.session.ws_connect(url, protocols=protocols) as socket:
        init = await socket.receive_json(timeout=TIMEOUT_S)
        _, body = await tool.ask("GET", "connections")

    assert body["connections"] == [
        {
            "type": None,
            "id": init["body"]["val"]["connectionId"],
            "details": {
                "type": None,
                "params": None,
                "stateEnabled": False,
                "state": None,
                "subscriptions": 0,
                "isHibernatable": True,
            },
        }
    ]


# Queues


async def test_messages_are_listed_sent_and_deleted(tool: Tool) -> None:
    for number in range(3):
        body = json.dumps({"name": "jobs", "body": number}).encode()
        status, sent = await tool.ask("POST", "queue", body=body)
        assert (status, sent["id"], sent["name"]) == (200, str(number + 1), "jobs")
    _, listed = await tool.ask("GET", "queue?limit=2")
    _, summary = await tool.ask("GET", "summary")
    assert [message["id"] for message in listed.pop("messages")] == [1, 2]
    assert listed == {"size": 3, "maxSize": 1000, "truncated": True}
    assert summary["queueSize"] == 3

    assert await tool.ask("DELETE", "queue") == (200, {})
    _, listed = await tool.ask("GET", "queue")
    assert listed == {"size": 0, "maxSize": 1000, "truncated": False, "messages": []}


async def test_a_message_to_no_queue_is_refused(tool: Tool) -> None:
    status, body = await tool.ask("POST", "queue", body=b'{"name":"nope"}')

    assert (status, body["group"], body["code"]) == (404, "queue", "not_found")


async def test_queues_are_pushed_to_tools_that_are_connected(tool: Tool) -> None:
    async with tool.connected() as socket:
        init = await received(socket)
        await tool.ask("POST", "queue", body=b'{"name":"jobs","body":1}')
        pushed = await received(socket)
        answered = await answer(socket, "QueueRequest", id=1, limit=10)

    assert init.fields["queueSize"] == 0
    assert (pushed.name, pushed.fields) == ("QueueUpdated", {"queueSize": 1})
    assert [m["name"] for m in answered.fields["status"]["messages"]] == ["jobs"]


async def test_schedules_are_asked_for_and_deleted_by_their_ids(tool: Tool) -> None:
    async with tool.connected() as socket:
        init = await received(socket)
        asked = await answer(socket, "SchedulesRequest", id=1)
        by_id = {"id": 2, "scheduleId": "cron:none"}
        history = await answer(socket, "ScheduleHistoryRequest", **by_id, limit=5)
        deleted = await answer(socket, "ScheduleDeleteRequest", **by_id, kind="cron")

    assert init.fields["schedules"] == []
    assert asked.fields == {"rid": 1, "schedules": []}
    assert history.fields == {"rid": 2, "scheduleId": "cron:none", "history": []}
    assert deleted.fields == {"rid": 2, "scheduleId": "cron:none", "deleted": False}


# The WebSocket


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_version_begins_with_the_whole_picture(
    tool: Tool, version: int
) -> None:
    async with tool.connected(f"?protocol_version={version}") as socket:
        init = await received(socket, version)

    assert init.name == "Init"
    assert init.fields["rpcs"] == ["refuse", "seen"]
    assert cbor.decode(init.fields["state"]) == {"seen": []}


async def test_frames_have_a_prefix_when_no_version_is_named(tool: Tool) -> None:
    async with tool.connected("") as socket:
        init = await received(socket, LEGACY_VERSION, 2)
        request = InspectorMessage("StateRequest", {"id": 5})
        frame = encode(TO_SERVER, LEGACY_VERSION, request)
        await socket.send_bytes(LEGACY_VERSION.to_bytes(2, "little") + frame)
        state = await received(socket, LEGACY_VERSION, 2)

    assert (init.name, state.name, state.fields["rid"]) == ("Init", "StateResponse", 5)


async def test_requests_are_answered_by_their_ids(tool: Tool) -> None:
    async with tool.connected() as socket:
        assert (await received(socket)).name == "Init"
        answers = [
            await answer(socket, "StateRequest", id=5),
            await answer(socket, "ConnectionsRequest", id=6),
            await answer(socket, "RpcsListRequest", id=7),
            await answer(socket, "QueueRequest", id=8, limit=10),
            await answer(socket, "ActionRequest", id=9, name="seen", args=b"\x80"),
            await answer(
                socket, "TraceQueryRequest", id=10, startMs=0, endMs=1, limit=1
            ),
            await answer(socket, "WorkflowHistoryRequest", id=11),
            await answer(socket, "WorkflowReplayRequest", id=12, entryId=None),
        ]

    assert [message.fields["rid"] for message in answers] == [*range(5, 13)]
    assert answers[4].fields["output"] == b"\x80"
    assert answers[3].fields["status"]["maxSize"] == 1000
    assert answers[6].fields == {"rid": 11, "history": None, "isWorkflowEnabled": False}


async def test_changes_are_told_to_everyone_who_looks(tool: Tool) -> None:
    state = cbor.encode({"seen": ["patched"]})
    async with tool.connected() as first, tool.connected() as second:
        assert (await received(first)).name == "Init"
        assert (await received(second)).name == "Init"
        frame = encode(
            TO_SERVER, 6, InspectorMessage("PatchStateRequest", {"state": state})
        )
        await first.send_bytes(frame)
        told = [await received(first), await received(second)]

    assert [message.name for message in told] == ["StateUpdated"] * 2
    assert [message.fields["state"] for message in told] == [state] * 2


async def test_what_cannot_be_read_or_done_is_told_and_the_socket_stays(
    tool: Tool,
) -> None:
    async with tool.connected() as socket:
        await received(socket)
        await socket.send_bytes(b"\xff\xff")
        assert (await received(socket)).name == "Error"
        await socket.send_str("text")
        assert (await received(socket)).name == "Error"
        refused = await answer(
            socket, "ActionRequest", id=1, name="refuse", args=b"\x80"
        )
        assert refused.fields["message"] == "user.busy: Not now"
        broken = await answer(socket, "ActionRequest", id=2, name="seen", args=b"\xff")
        assert broken.name == "Error"
        assert (await answer(socket, "StateRequest", id=3)).fields["rid"] == 3


async def test_version_1_learns_that_nobody_records_events(tool: Tool) -> None:
    async with tool.connected("?protocol_version=1") as socket:
        await received(socket, 1)
        request = InspectorMessage("EventsRequest", {"id": 1})
        await socket.send_bytes(encode(TO_SERVER, 1, request))
        error = await received(socket, 1)

    assert error.fields["message"] == "inspector.events_dropped"


@pytest.mark.parametrize("version", ["0", "7", "", "x", "99999", "-1"])
async def test_unknown_versions_are_closed_as_official_servers_do(
    tool: Tool, version: str
) -> None:
    async with tool.connected(f"?protocol_version={version}") as socket:
        message = await socket.receive(TIMEOUT_S)

    assert (message.data, message.extra) == (
        1002,
        "inspector.invalid_protocol_version",
    )


async def test_a_wrong_token_is_closed_as_official_servers_do(tool: Tool) -> None:
    async with tool.connected(token="wrong") as socket:  # noqa: S106 - not one
        message = await socket.receive(TIMEOUT_S)

    assert (message.data, message.extra) == (1008, "inspector.unauthorized")


async def test_the_socket_ends_when_the_actor_is_destroyed(tool: Tool) -> None:
    async with tool.connected() as socket:
        await received(socket)
        url = f"{tool.base}/actors/{tool.actor_id}?namespace=default"
        async with tool.session.delete(url) as response:
            assert response.status == 200
        message = await socket.receive(TIMEOUT_S)

    assert (message.data, message.extra) == (1000, "actor.stopped")
