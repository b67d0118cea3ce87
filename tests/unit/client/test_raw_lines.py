"""Raw requests on the wire, beside those that the official client sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from raw_actors import new_raw_lab
from raw_handles import Lab
from rivetgen_client import (
    ActorNotFoundError,
    ConnectionFailedError,
    FetchOptions,
    IdTarget,
    KeyTarget,
    UnknownOutcomeError,
)
from rivetgen_client.endpoint import resolve_endpoint
from rivetgen_client.http_transport import HttpTransport
from rivetgen_client.wire.gateway import DirectTarget
from rivetgen_client.wire.raw_paths import raw_path
from scripted_server import Reply, ScriptedServer, error_reply, scripted_server
from wire_captures import capture

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from scripted_server import Socket

RECORDED = "raw_http_ws"
CALLS: dict[str, tuple[str, FetchOptions]] = {
    "GET hello": ("hello", {}),
    "GET /hello/world?x=1&y=a%20b": ("/hello/world?x=1&y=a%20b", {}),
    "GET empty": ("", {}),
    "GET /": ("/", {}),
    "POST json": (
        "data",
        {
            "method": "POST",
            "body": '{"a":1}',
            "headers": {"content-type": "application/json", "x-my": "1"},
        },
    ),
    "PUT binary": ("bin", {"method": "PUT", "body": b"\1\2\xff"}),
    "URL obj": ("https://example.com/some/path?q=1", {}),
    "HEAD": ("hello", {"method": "HEAD"}),
    "DELETE": ("hello", {"method": "DELETE"}),
    "double slash": ("//a//b", {}),
}
"""By recorded step, the same call."""
OWN_HEADERS = (
    *("content-type", "x-my", "x-rivet-conn-params", "x-rivet-token"),
    "x-rivet-internal-original-request-url",
)


@pytest.fixture
async def server() -> AsyncGenerator[ScriptedServer]:
    async with scripted_server() as server:
        yield server


@pytest.fixture
async def lab(server: ScriptedServer) -> AsyncGenerator[Lab]:
    endpoint = resolve_endpoint(server.url, environment={})
    transport = HttpTransport(endpoint, metadata_lookup=False)
    yield Lab(transport, new_raw_lab())
    await transport.aclose()


def recorded(step: str) -> Any:
    """The request of one step."""
    events = next(s["events"] for s in capture(RECORDED)["steps"] if s["step"] == step)
    return events[-1]["request"]


@pytest.mark.parametrize("step", CALLS)
async def test_requests_are_those_of_the_official_client(
    lab: Lab, server: ScriptedServer, step: str
) -> None:
    expected = recorded(step)
    key = expected["path"].partition("rvt-key=")[2].partition("&")[0].split("%2C")
    target = KeyTarget(name="counter", key=tuple(key), create=True)
    server.replies.append(Reply(status=201))
    path, options = CALLS[step]
    await lab.handle(target=target, params={"p": 1}).fetch(path, **options)

    (seen,) = server.seen
    assert (seen.method, seen.target) == (expected["method"], expected["path"])
    assert seen.body == bytes.fromhex((expected["body"] or {"hex": ""})["hex"])
    for name in OWN_HEADERS:
        assert seen.headers.get(name) == expected["headers"].get(name), name


async def test_sockets_are_opened_as_by_the_official_client(
    lab: Lab, server: ScriptedServer
) -> None:
    expected = next(
        step["events"][0]
        for step in capture(RECORDED)["steps"]
        if step["step"] == "ws open path"
    )
    key = expected["path"].partition("rvt-key=")[2].partition("&")[0].split("%2C")
    target = KeyTarget(name="counter", key=tuple(key), create=True)

    async def hold(socket: Socket) -> None:
        await socket.hold()

    server.script(hold)
    handle = lab.handle(target=target, params={"p": 1})
    async with handle.web_socket("chat/room?x=1&y=2"):
        pass
    (seen,) = server.upgrades
    assert seen.target == expected["path"]
    offered = expected["request_headers"]["sec-websocket-protocol"]
    assert seen.headers["sec-websocket-protocol"] == offered


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ("", "/"),
        ("a b/é?x=ü", "/a%20b/%C3%A9?x=%C3%BC"),
        ("a%2Fb?x=%20", "/a%2Fb?x=%20"),
        ("/q?a=1?b=2", "/q?a=1?b=2"),
        ("x#part", "/x"),
        ("///", "/"),
    ],
)
def test_paths_are_written_as_urls_are(given: str, target: str) -> None:
    path = raw_path(given)
    assert path.target == target
    assert path.line(DirectTarget("id"), "/request") == f"/gateway/id/request{target}"


async def test_a_token_goes_into_the_line_and_a_header(server: ScriptedServer) -> None:
    host = server.url.removeprefix("http://")
    endpoint = resolve_endpoint(f"http://default:t%2F1@{host}", environment={})
    transport = HttpTransport(endpoint, metadata_lookup=False)
    server.replies.append(Reply())
    target: Any = IdTarget(name="lab", actor_id="id")
    await Lab(transport, new_raw_lab()).handle(target=target).fetch("x")
    await transport.aclose()
    (seen,) = server.seen
    assert seen.target == "/gateway/id@t%2F1/request/x"
    assert seen.headers["x-rivet-token"] == "t/1"


# Repetitions


def gateway_error(name: str, status: int) -> Reply:
    reply = error_reply(name, status=status)
    return Reply(
        status=reply.status,
        body=reply.body,
        content_type=reply.content_type,
        headers={"x-rivet-error": name},
    )


async def test_what_a_gateway_answers_is_tried_again(
    lab: Lab, server: ScriptedServer
) -> None:
    server.replies.extend([gateway_error("guard.service_unavailable", 503), Reply()])
    assert (await lab.handle().fetch("x")).status_code == 200
    assert len(server.seen) == 2


async def test_what_an_actor_answers_is_not(lab: Lab, server: ScriptedServer) -> None:
    server.replies.append(error_reply("guard.service_unavailable", status=503))
    assert (await lab.handle().fetch("x")).status_code == 503
    assert len(server.seen) == 1


async def test_a_lost_answer_is_asked_for_again_only_by_reading_methods(
    lab: Lab, server: ScriptedServer
) -> None:
    server.replies.extend([Reply(hang_up=True), Reply(), Reply(hang_up=True)])
    assert (await lab.handle().fetch("x")).status_code == 200
    with pytest.raises(UnknownOutcomeError):
        await lab.handle().fetch("x", method="POST", body="x")
    assert len(server.seen) == 3


async def test_a_body_in_pieces_is_never_sent_twice(
    lab: Lab, server: ScriptedServer
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"x"

    server.replies.append(gateway_error("actor.not_found", 404))
    with pytest.raises(ActorNotFoundError):
        await lab.handle().fetch("x", method="POST", body=body())
    assert len(server.seen) == 1


async def test_a_server_that_is_not_there_is_a_failed_connection(
    lab: Lab, server: ScriptedServer
) -> None:
    await server.stop()
    with pytest.raises(ConnectionFailedError):
        await lab.handle().fetch("x")
