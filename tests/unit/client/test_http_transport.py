"""Tests of calls over HTTP against a real server that answers recorded bytes."""

from __future__ import annotations

import base64
import json
from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_client.errors import (
    ActorError,
    ActorNotFoundError,
    DuplicateKeyError,
    MalformedResponseError,
)
from rivetgen_client.transport import (
    IdTarget,
    KeyTarget,
    NewActor,
)
from rivetgen_client.wire.codec import Encoding
from scripted_server import Reply, ScriptedServer, error_reply, json_reply
from workspace import ROOT

if TYPE_CHECKING:
    from rivetgen_client.http_transport import HttpTransport
    from rivetgen_client.wire.values import Value
from http_calls import ACTOR_ID, BY_ID, KEYED, OUTPUT_1, Transports, call


def recorded(name: str) -> Any:
    return json.loads((ROOT / "tests" / "data" / "wire" / name).read_text())


async def test_the_first_call_sends_what_the_official_client_sends(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    metadata, action = recorded("min_sequence.json")["steps"][0]["events"][:2]
    server.metadata[0] = recorded_reply(metadata)
    server.replies.append(recorded_reply(action))

    target = KeyTarget(name="counter", key=("room", "1"), create=True)
    output = await transport.action(target, call("increment", 3))

    assert output == 3
    assert [seen.target for seen in server.metadata_seen] == [
        metadata["request"]["path"]
    ]
    (seen,) = server.seen
    assert seen.target == action["request"]["path"]
    assert seen.body == bytes.fromhex(action["request"]["body"]["hex"])
    for name in ("content-type", "x-rivet-encoding"):
        assert seen.headers[name] == action["request"]["headers"][name]


def recorded_reply(event: Any) -> Reply:
    response = event["response"]
    return Reply(
        status=response["status"],
        body=bytes.fromhex(response["body"]["hex"]),
        content_type=response["headers"]["content-type"],
        headers={"x-rivet-ray-id": response["headers"]["x-rivet-ray-id"]},
    )


# Addresses


def key_cases() -> list[Any]:
    """Keys that the official client's request line carries without loss."""
    cases = recorded("client_forms.json")["keys"]
    return [case for case in cases if survives(case["key"])]


def survives(key: Any) -> bool:
    parts = parts_of(key)
    return parts != ("",) and not any("," in part for part in parts)


def parts_of(key: Any) -> tuple[str, ...]:
    if isinstance(key, dict):
        return ()
    return (key,) if isinstance(key, str) else tuple(key)


@pytest.mark.parametrize("case", key_cases(), ids=lambda case: repr(case["key"]))
async def test_keys_are_written_as_the_official_client_does(
    transport: HttpTransport, server: ScriptedServer, case: Any
) -> None:
    key = parts_of(case["key"])
    server.replies.extend([OUTPUT_1] * 2)

    for create in (True, False):
        target = KeyTarget(name="a", key=key, create=create)
        await transport.action(target, call("m"))

    assert [seen.target for seen in server.seen] == [
        case["gateway_url"],
        case["get_gateway_url"],
    ]


@pytest.mark.parametrize(
    "case", recorded("client_forms.json")["keys"], ids=lambda case: repr(case["key"])
)
async def test_ids_are_asked_for_as_the_official_client_does(
    transport: HttpTransport, server: ScriptedServer, case: Any
) -> None:
    key = parts_of(case["key"])
    server.replies.extend(
        [
            json_reply({"actor": {"actor_id": ACTOR_ID}, "created": True}),
            json_reply({"actors": [{"actor_id": ACTOR_ID}]}),
            json_reply({"actor": {"actor_id": ACTOR_ID}}),
        ]
    )

    created = await transport.resolve(KeyTarget(name="a", key=key, create=True))
    found = await transport.resolve(KeyTarget(name="a", key=key, create=False))
    new = await transport.create(NewActor(name="a", key=key))

    assert (created, found, new) == (ACTOR_ID, ACTOR_ID, ACTOR_ID)
    put, get, post = server.seen
    assert (put.method, put.target) == ("PUT", "/actors?namespace=default")
    assert json.loads(put.body) == case["put_body"]
    assert sorted(get.target.split("?")[1].split("&")) == sorted(
        case["get_url"].split("?")[1].split("&")
    )
    assert (post.method, post.target) == ("POST", "/actors?namespace=default")
    assert json.loads(post.body) == case["post_body"]


@pytest.mark.parametrize("key", [("a,b",), ("",), ("a,", "b")])
async def test_a_key_that_a_request_line_would_change_is_resolved_first(
    transport: HttpTransport, server: ScriptedServer, key: tuple[str, ...]
) -> None:
    server.replies.append(json_reply({"actor": {"actor_id": ACTOR_ID}}))
    server.replies.append(OUTPUT_1)

    target = KeyTarget(name="a", key=key, create=True)
    assert await transport.action(target, call("m")) == 1

    assert [seen.target for seen in server.seen] == [
        "/actors?namespace=default",
        f"/gateway/{ACTOR_ID}/action/m",
    ]


@pytest.mark.parametrize(
    ("value", "encoded"), [({"a": 1}, "oWFhAQ"), ([1, 2], "ggEC"), (None, "9g")]
)
async def test_an_input_travels_in_the_request_line(
    transport: HttpTransport, server: ScriptedServer, value: Value, encoded: str
) -> None:
    server.replies.append(OUTPUT_1)

    target = KeyTarget(name="a", key=("i",), create=True, input=value)
    await transport.action(target, call("m"))

    assert f"&rvt-input={encoded}&rvt-crash-policy=sleep" in server.seen[0].target


async def test_an_input_too_large_for_a_request_line_goes_to_the_management_api(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(json_reply({"actor": {"actor_id": ACTOR_ID}}))
    server.replies.append(OUTPUT_1)

    large = KeyTarget(name="a", key=("i",), create=True, input="x" * 5000)
    await transport.action(large, call("m"))

    body = json.loads(server.seen[0].body)
    assert base64.b64decode(body["input"])[3:] == b"x" * 5000
    assert server.seen[1].target == f"/gateway/{ACTOR_ID}/action/m"


async def test_a_region_names_the_datacenter_of_a_new_actor(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(OUTPUT_1)
    server.replies.append(json_reply({"actor": {"actor_id": ACTOR_ID}}))

    target = KeyTarget(name="a", key=("o",), create=True, region="us-east")
    await transport.action(target, call("m"))
    await transport.create(NewActor(name="a", key=("o",), region="us-east"))

    assert "&rvt-region=us-east&" in server.seen[0].target
    assert json.loads(server.seen[1].body)["datacenter"] == "us-east"


async def test_an_id_needs_no_question(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(OUTPUT_1)

    target = IdTarget(name="a", actor_id="a b/c@d")
    assert await transport.resolve(target) == "a b/c@d"
    await transport.action(target, call("weird/name"))

    assert [seen.target for seen in server.seen] == [
        "/gateway/a%20b%2Fc%40d/action/weird%2Fname"
    ]


async def test_a_token_travels_with_every_request(
    transports: Transports, server: ScriptedServer
) -> None:
    url = server.url.replace("//", "//space:to%40ken@") + "/base/"
    transport = transports.make(url)
    server.replies.extend([OUTPUT_1, OUTPUT_1, json_reply({"actors": []})])

    await transport.action(KEYED, call("m"))
    await transport.action(BY_ID, call("m"))
    with pytest.raises(ActorNotFoundError):
        await transport.resolve(KeyTarget(name="a", key=(), create=False))

    by_key, by_id, find = server.seen
    assert by_key.target.startswith(
        "/base/gateway/counter/action/m?rvt-namespace=space&"
    )
    assert by_key.target.endswith("&rvt-token=to%40ken")
    assert by_id.target == f"/base/gateway/{ACTOR_ID}@to%40ken/action/m"
    assert by_key.headers["x-rivet-token"] == "to@ken"
    assert find.headers["authorization"] == "Bearer to@ken"
    assert server.metadata_seen[0].target == "/base/metadata?namespace=space"


async def test_own_headers_are_added_and_win(
    transports: Transports, server: ScriptedServer
) -> None:
    headers = {"x-mine": "1", "accept": "mine/mine"}
    transport = transports.make(server.url, headers=headers)
    server.replies.append(json_reply({"actors": [{"actor_id": "x"}]}))

    await transport.resolve(KeyTarget(name="a", key=(), create=False))

    assert server.seen[0].headers["x-mine"] == "1"
    assert server.seen[0].headers["accept"] == "mine/mine"


@pytest.mark.parametrize(
    ("params", "header"),
    [
        ({"token": "é\U0001f600"}, '{"token": "\\u00e9\\ud83d\\ude00"}'),
        (None, "null"),
        ({"at": b"\x01"}, '{"at": ["$Uint8Array", "AQ=="]}'),
    ],
)
async def test_connection_parameters_are_ascii(
    transport: HttpTransport, server: ScriptedServer, params: Value, header: str
) -> None:
    server.replies.append(OUTPUT_1)

    await transport.action(KEYED, call("m", params=params))

    assert server.seen[0].headers["x-rivet-conn-params"] == header


async def test_without_parameters_there_is_no_header(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(OUTPUT_1)

    await transport.action(KEYED, call("m"))

    assert "x-rivet-conn-params" not in server.seen[0].headers


# Answers


@pytest.mark.parametrize("encoding", list(Encoding))
async def test_recorded_answers_are_read_in_every_encoding(
    transports: Transports, server: ScriptedServer, encoding: Encoding
) -> None:
    transport = transports.make(server.url, encoding=encoding)
    events = recorded_actions(encoding)
    assert len(events) > 10

    for event in events:
        server.replies = deque([recorded_reply(event)])
        if event["response"]["status"] == 200:
            await transport.action(BY_ID, call("m"))
            continue
        with pytest.raises(ActorError) as caught:
            await transport.action(BY_ID, call("m"))
        error, told = caught.value, event["response"]["headers"]
        assert error.ray_id == told["x-rivet-ray-id"]
        assert error.actor is None or error.actor.actor_id == told["x-rivet-actor"]


def recorded_actions(encoding: Encoding) -> list[Any]:
    return [
        event
        for step in recorded(f"http_actions_{encoding}.json")["steps"]
        for event in step["events"]
        if event["type"] == "http"
        and "/action/" in event["request"]["path"]
        and "hex" in (event["response"]["body"] or {})
        and not is_retried(event)
    ]


def is_retried(event: Any) -> bool:
    decoded = event["response"].get("decoded", {})
    return "actor" in str(decoded) and "not_found" in str(decoded)


async def test_an_error_of_the_gateway_is_json_whatever_was_asked_for(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(error_reply("guard.query_invalid_params", status=400))

    with pytest.raises(ActorError) as caught:
        await transport.action(KEYED, call())

    assert caught.value.name == "guard.query_invalid_params"
    assert caught.value.actor is None


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"output":1}', b"\x05\x00\x01\x01"])
async def test_an_answer_that_is_no_message_is_a_typed_error(
    transport: HttpTransport, server: ScriptedServer, body: bytes
) -> None:
    server.replies.append(Reply(body=body))
    with pytest.raises(MalformedResponseError) as caught:
        await transport.action(KEYED, call())
    assert caught.value.status == 200

    server.replies[0] = Reply(status=404, body=body, content_type="text/html")
    with pytest.raises(MalformedResponseError, match="HTTP 404"):
        await transport.action(KEYED, call())


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"actors":1}', b'{"actors":[1],"actor":1}', b"[" * 100_000]
)
async def test_a_malformed_answer_of_the_management_api_is_a_typed_error(
    transport: HttpTransport, server: ScriptedServer, body: bytes
) -> None:
    server.replies.append(Reply(body=body, content_type="application/json"))

    for create in (True, False):
        with pytest.raises(MalformedResponseError):
            await transport.resolve(KeyTarget(name="a", key=(), create=create))


async def test_a_taken_key_names_the_actor_that_has_it(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(
        json_reply(
            {
                "group": "actor",
                "code": "duplicate_key",
                "message": "taken",
                "metadata": {"existing_actor_id": ACTOR_ID, "key": "a"},
            },
            status=400,
        )
    )

    with pytest.raises(DuplicateKeyError) as caught:
        await transport.create(NewActor(name="counter", key=("a",)))

    assert caught.value.existing_actor_id == ACTOR_ID
    assert len(server.seen) == 1


async def test_an_unknown_namespace_is_the_servers_error(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(error_reply("namespace.not_found", status=400))

    with pytest.raises(ActorError, match=r"namespace\.not_found"):
        await transport.resolve(KEYED)

    assert len(server.seen) == 1


async def test_a_key_of_another_datacenter_is_found_there(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    reserved = "actor.key_reserved_in_different_datacenter"
    server.replies.append(error_reply(reserved, status=400))
    server.replies.append(json_reply({"actors": [{"actor_id": ACTOR_ID}]}))

    assert await transport.resolve(KEYED) == ACTOR_ID
    assert [seen.method for seen in server.seen] == ["PUT", "GET"]
