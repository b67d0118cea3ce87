"""The client sends what the official client was recorded to send, byte for byte.

Every request and every upgrade in the recordings of the JavaScript client is made
again; what is not, stands in ``NOT_REPEATED`` with the reason. Frames on connections
are written again by the tests of the codecs.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import pytest

from http_calls import ACTOR_ID, KEYED, call
from recorded_bytes import assert_same
from rivetgen_client import ChannelClosedError, RivetgenError
from rivetgen_client.endpoint import Endpoint
from rivetgen_client.http_transport import HttpTransport
from rivetgen_client.transport import IdTarget, KeyTarget, NewActor
from rivetgen_client.wire import cbor
from rivetgen_client.wire.codec import codec_for
from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.gateway import (
    DirectTarget,
    GetMethod,
    QueryTarget,
    parse_gateway_request,
)
from rivetgen_client.wire.json import decode as decode_json
from rivetgen_client.wire.keys import parse_key
from rivetgen_client.wire.subprotocols import parse_subprotocols
from rivetgen_client.wire.values import UNDEFINED, decode_base64
from scripted_server import json_reply
from wire_captures import FOLDER, capture

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from rivetgen_client.transport import ActorTarget
    from scripted_server import ScriptedServer, Seen, Socket

STEP_FILES = (
    *("min_sequence", "management_js", "routing_misc", "delete_while_connected"),
    *("hibernation", "runner_crash"),
    *("serverless_listen_metadata", "serverless_listen_gateway"),
    *(f"http_actions_{encoding}" for encoding in Encoding),
    *(f"http_queue_{encoding}" for encoding in Encoding),
    *(f"ws_conn_{encoding}" for encoding in Encoding),
)
"""Recordings of the official client as exchanges in their order."""

ELSEWHERE = {
    "client_forms": "here, and its keys and inputs in test_http_transport.py",
    "client_close_behaviour": "test_reconnect.py",
    "client_http_retries": "test_retries.py",
    "raw_http_ws": "test_raw_lines.py",
    "raw_http_ws_more": "test_raw_lines.py",
    "values": "wire/test_codec.py",
    "js_decode": "wire/test_values.py",
    "keys": "wire/test_keys.py",
    "ids": "wire/test_identifiers.py",
    "error_matrix": "wire/test_errors.py",
}
"""Recordings in another form, and which tests read them."""

MADE_BY_HAND = re.compile(r"gateway_forms|\w+_raw|inspector_\w+")
"""Recordings of requests that no official client sends; tests of the front use them."""

NOT_REPEATED = {
    r"/queue/": "tests of queues send these",
    r"/request\b|/websocket\b": "tests of raw requests send these",
    r"/dynamic/reload": "servers have no such route; it answers 404",
    r"actor_ids=": "the official client looks up why an actor does not start",
    r"rvt-key=&": "one empty part is not told from no key, so the id is asked for",
}


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request of the official client, and where it is recorded."""

    file: str
    id: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None

    @property
    def base(self) -> str:
        """The base path of the endpoint."""
        return re.split(r"/(?:gateway|actors|metadata|connect)\b", self.target)[0]

    @property
    def path(self) -> str:
        """The target without the base path."""
        return self.target.removeprefix(self.base)

    @property
    def encoding(self) -> Encoding:
        """How the body is written."""
        return Encoding.of_request(self.headers.get("x-rivet-encoding"))

    @property
    def query(self) -> dict[str, str]:
        """The query, decoded."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))


def sent_requests() -> Iterator[Sent]:
    for name in STEP_FILES:
        for step in capture(name)["steps"]:
            for event in step["events"]:
                yield from recorded(name, step["step"], event)
    for part in ("options", "endpoints"):
        for row in capture("client_forms")[part]:
            label = row.get("label") or json.dumps(row["config"])
            for request in (*row["metadata"], *row["requests"]):
                yield Sent(
                    file="client_forms",
                    id=f"{part} {label} {request['url']}",
                    method=request.get("method", "GET"),
                    target=request["url"],
                    headers=request["headers"],
                    body=bytes.fromhex(request.get("body_hex", "")),
                )


def recorded(file: str, step: str, event: dict[str, Any]) -> Iterator[Sent]:
    if event["type"] == "http":
        request = event["request"]
        body = request["body"] or {"hex": ""}
        yield Sent(
            file=file,
            id=f"{step} {request['path']}",
            method=request["method"],
            target=request["path"],
            headers=request["headers"],
            body=bytes.fromhex(body["hex"]) if "hex" in body else None,
        )
    elif event["type"] == "ws_open":
        yield Sent(
            file=file,
            id=f"{step} {event['path']}",
            method="UPGRADE",
            target=event["path"],
            headers=event["request_headers"],
            body=b"",
        )


def reason_against(sent: Sent) -> str | None:
    return next(
        (why for mark, why in NOT_REPEATED.items() if re.search(mark, sent.target)),
        None,
    )


ALL = list(sent_requests())
REPEATED = [sent for sent in ALL if reason_against(sent) is None]


def test_every_recording_is_read_by_a_test() -> None:
    names = {path.stem for path in FOLDER.glob("*.json")}
    by_client = {name for name in names if not MADE_BY_HAND.fullmatch(name)}

    assert by_client == {*STEP_FILES, *ELSEWHERE}


def test_every_reason_is_needed() -> None:
    for mark in NOT_REPEATED:
        assert any(re.search(mark, sent.target) for sent in ALL), mark
    assert len(REPEATED) > 250


@pytest.mark.parametrize("file", sorted({sent.file for sent in REPEATED}))
async def test_recorded_requests_are_sent_again(
    server: ScriptedServer, file: str
) -> None:
    server.replies.append(
        json_reply({"actor": {"actor_id": ACTOR_ID}, "actors": [{"actor_id": "a"}]})
    )
    server.script(hang_up)
    for sent in REPEATED:
        if sent.file == file and sent.body is not None:  # else too large to record
            assert_same_request(sent, await seen_for(sent, server))


async def hang_up(socket: Socket) -> None:
    await socket.close(1011, "actor.stopped")


async def seen_for(sent: Sent, server: ScriptedServer) -> Seen:
    """Make the same call and return the one request that it sends."""
    arrived = server.seen
    if sent.method == "UPGRADE":
        arrived = server.upgrades
    elif "/metadata" in sent.target:
        arrived = server.metadata_seen
    arrived.clear()
    transport = transport_for(server, sent)
    with suppress(RivetgenError, ChannelClosedError):
        await repeated(transport, sent)
    await transport.aclose()
    (seen,) = arrived
    return seen


def transport_for(server: ScriptedServer, sent: Sent) -> HttpTransport:
    """Return a transport with the options that the official client had."""
    own = {name: sent.headers[name] for name in ("x-app",) if name in sent.headers}
    if own:
        own["content-type"] = sent.headers["content-type"]
    offered = parse_subprotocols(sent.headers.get("sec-websocket-protocol"))
    is_upgrade = sent.method == "UPGRADE"
    return HttpTransport(
        endpoint_of(server.url + sent.base, sent),
        encoding=offered.encoding if is_upgrade else sent.encoding,
        headers=own,
        metadata_lookup="/metadata" in sent.target,
        skip_ready_wait="x-rivet-skip-ready-wait" in sent.headers
        or "rvt-skip-ready-wait=true" in sent.target
        or offered.skip_ready_wait,
    )


def endpoint_of(url: str, sent: Sent) -> Endpoint:
    bearer = sent.headers.get("authorization", "").removeprefix("Bearer ") or None
    if not sent.path.startswith("/gateway/"):
        offered = parse_subprotocols(sent.headers.get("sec-websocket-protocol"))
        namespace = sent.query.get("namespace", "default")
        pool = json.loads(sent.body or b"{}").get("runner_name_selector", "default")
        token = offered.token or bearer
        return Endpoint(url=url, namespace=namespace, token=token, pool=pool)
    target = parse_gateway_request(sent.path).target
    if isinstance(target, DirectTarget):
        return Endpoint(url=url, token=target.token)
    return Endpoint(
        url=url,
        namespace=target.namespace,
        token=target.token,
        pool=target.pool or "default",
    )


def repeated(transport: HttpTransport, sent: Sent) -> Awaitable[object]:
    """Return the call for which the official client sent this."""
    if sent.path.startswith("/metadata"):
        return transport.action(KEYED, call())
    if sent.method == "UPGRADE":
        offered = parse_subprotocols(sent.headers["sec-websocket-protocol"])
        return transport.connect(target_of(sent), offered.params)
    if sent.path.startswith("/actors"):
        return managed(transport, sent)
    assert sent.body is not None
    message = codec_for(sent.encoding).decode_http_action_request(sent.body)
    name = unquote(parse_gateway_request(sent.path).rest.removeprefix("/action/"))
    header = sent.headers.get("x-rivet-conn-params")
    params = UNDEFINED if header is None else decode_json(header)
    return transport.action(target_of(sent), call(name, *message.args, params=params))


def target_of(sent: Sent) -> ActorTarget:
    offered = parse_subprotocols(sent.headers.get("sec-websocket-protocol"))
    if offered.actor_id is not None:
        return IdTarget(name="", actor_id=offered.actor_id)
    target = parse_gateway_request(sent.path).target
    if isinstance(target, QueryTarget):
        return KeyTarget(
            name=target.name,
            key=target.key,
            create=target.method is GetMethod.GET_OR_CREATE,
            input=target.input,
            region=target.region,
        )
    return IdTarget(name="", actor_id=target.actor_id)


def managed(transport: HttpTransport, sent: Sent) -> Awaitable[object]:
    if sent.method == "GET":
        key = parse_key(sent.query["key"])
        return transport.resolve(
            KeyTarget(name=sent.query["name"], key=key, create=False)
        )
    body = json.loads(sent.body or b"")
    given = body.get("input")
    facts: dict[str, Any] = {
        "name": body["name"],
        "key": parse_key(body["key"]),
        "input": UNDEFINED if given is None else cbor.decode(decode_base64(given)),
        "region": body.get("datacenter"),
    }
    if sent.method == "PUT":
        return transport.resolve(KeyTarget(create=True, **facts))
    return transport.create(NewActor(**facts))


def assert_same_request(sent: Sent, seen: Seen) -> None:
    assert readable_target(seen.target) == readable_target(sent.target), sent.id
    for name in SAME_HEADERS:
        assert readable(seen.headers.get(name)) == sent.headers.get(name), sent.id
    params = "x-rivet-conn-params"
    assert decoded(seen.headers.get(params)) == decoded(sent.headers.get(params))
    if sent.path.startswith("/actors"):
        assert readable_body(seen.body) == readable_body(sent.body or b"")
    elif sent.body:
        assert_same(sent.body, seen.body, sent.encoding)


SAME_HEADERS = (
    *("authorization", "content-type", "sec-websocket-protocol", "x-app"),
    *("x-rivet-encoding", "x-rivet-token", "x-rivet-target", "x-rivet-actor"),
    "x-rivet-skip-ready-wait",
)


def readable_target(target: str) -> object:
    """Return a target as it must be: queries to the API in any order.

    Inputs are compared as values: JavaScript writes the length of a map in 16 bits.
    """
    if "/actors" in target:
        return sorted(re.split("[?&]", target))
    encoded = re.search(r"(?<=&rvt-input=)[\w-]+", target)
    if encoded is None:
        return target
    value = cbor.decode(decode_base64(encoded[0]))
    return target.replace(encoded[0], ""), value


def readable_body(body: bytes) -> object:
    if not body:
        return None
    fields = json.loads(body)
    if "input" in fields:
        fields["input"] = cbor.decode(decode_base64(fields["input"]))
    return fields


def readable(header: str | None) -> str | None:
    # The server of the test reads UTF-8; headers are Latin-1, as in the recording.
    if header is None:
        return None
    return header.encode("utf-8", "surrogateescape").decode("latin-1")


def decoded(params: str | None) -> object:
    # Ours escapes what is not ASCII.
    return None if params is None else json.loads(params)
