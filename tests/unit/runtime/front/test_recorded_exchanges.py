"""The front answers recorded requests as the official stack did.

Each file is replayed in its order against one server. Ids, times, ray ids and the order
of keys differ from run to run; what differs on purpose is in ``DELIBERATE``.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeGuard

import aiohttp
import pytest
from yarl import URL

from fronts import running_front
from recorded_actors import ACTORS
from rivetgen_client.wire.codec import codec_for
from rivetgen_client.wire.encoding import Encoding
from wire_captures import Http, http_exchanges

NOT_SERVED = re.compile(
    r"/(request|metrics|inspector|datacenters|namespaces|runner-configs|runners"
    r"|envoys|sleep|reschedule)\b"
)
OTHER_ACTORS = re.compile(r"\b(schemas|noraw|sleepy|badstart)\b")
OTHER_ACTIONS = re.compile(r"/action/(types|typeOf|whoami|rivetErr\w+|throwObj)\b")
ACTOR_ID = re.compile(r"[0-9a-z]{28}00")

TEXTS_DIFFER = "the sentence is ours"
DELIBERATE = {
    "direct no path": "the greeting names Rivetgen",
    "direct slash": "the greeting names Rivetgen",
    "create bad b64 input": "an input that is not base64 is refused at once",
    "create long key": "the key is cut to its limit in the error",
    "create key null": "the crash policy is kept as it was sent",
    "create key null again": "the crash policy is kept as it was sent",
    "get include_destroyed": "the recorded server had older actors",
    "get name": "the recorded server had older actors",
    "get destroyed by id": "a destroyed actor is not listed by actor_ids",
    "get by actor_id repeated": "an id that is named twice is listed once",
    "names": "the recorded server had other actors",
    "kv get inspector token": "the token is made when it is first read",
    "kv get inspector token pct": "the token is made when it is first read",
    "delete unknown": "the id names no datacenter here: actor.not_found",
    "hdr target api-public": "metadata is that of an actor host",
    "cors actual api": "metadata is that of an actor host",
    "cors actual gw error": "a malformed actor id is actor.not_found",
    "method": "a 405 names the methods that are served",
    "cors preflight api": "a 405 names the methods that are served",
    "notfound action": "the sentence names the action",
    "big in": "the sentence names the limit",
    "big out too big": "the sentence names the limit",
    "echo(undefined)": "an undefined argument is one that is not given",
    "auth bad": "the sentence is not masked",
}
"""Steps whose status or body differs on purpose, and why."""

ACCEPTED_IN_CBOR = re.compile(
    r"echo\((bigint huge|Uint8Array|ArrayBuffer|Date|Map|Set|\['\$x',1\]|undefined"
    r"|\{a:undefined\}|\['\$BigInt','1'\]|NaN,Infinity)"
)
"""Official servers refuse or change these values in CBOR; here they arrive."""

COMPARED_HEADERS = (
    "content-type",
    "x-rivet-actor-generation",
    "x-rivet-error",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
)
CHANGING_FIELDS = (
    *("namespace_id", "create_ts", "start_ts", "connectable_ts", "sleep_ts"),
    "cursor",  # official pages always name one, ours end with null
)


class Replay:
    """One file against one server."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session = session
        self.base = base
        self.ids: dict[str, str] = {}
        self.replayed = 0
        self.differences: list[str] = []

    async def step(self, recorded: Http) -> None:
        """Send one recorded request and compare the answers."""
        target = self.translate(recorded.target)
        if target is None or recorded.request_body is None:
            return
        headers = {
            name: value
            for name, value in recorded.request_headers.items()
            if name not in {"host", "content-length", "transfer-encoding"}
        }
        async with self.session.request(
            recorded.method,
            URL(self.base + target, encoded=True),
            data=recorded.request_body,
            headers={
                name: self.translate(value) or "" for name, value in headers.items()
            },
        ) as response:
            body = await response.read()
        self.replayed += 1
        self.learn(recorded, response, body)
        if recorded.response_body is not None and not _differs_on_purpose(recorded):
            self.compare(recorded, response, body)

    def translate(self, text: str) -> str | None:
        """Replace recorded actor ids by ours; None when one is not known."""
        for actor_id in set(ACTOR_ID.findall(text)):
            if actor_id not in self.ids:
                return None
            text = text.replace(actor_id, self.ids[actor_id])
        return text

    def learn(
        self, recorded: Http, response: aiohttp.ClientResponse, body: bytes
    ) -> None:
        """Remember which of our actors stands for a recorded one."""
        theirs = recorded.response_headers.get("x-rivet-actor")
        ours = response.headers.get("x-rivet-actor")
        if recorded.target.startswith("/actors?") and recorded.method in {
            "PUT",
            "POST",
        }:
            theirs = _created_id(recorded.response_body or b"")
            ours = _created_id(body)
        if theirs and ours:
            self.ids.setdefault(theirs, ours)

    def compare(
        self, recorded: Http, response: aiohttp.ClientResponse, body: bytes
    ) -> None:
        """Collect what differs."""
        if response.status != recorded.status:
            expected = f"{recorded.status}, not {response.status} {body[:200]!r}"
            self.differences.append(f"{recorded.id}: status {expected}")
            return
        for name in COMPARED_HEADERS:
            theirs, ours = (
                recorded.response_headers.get(name),
                response.headers.get(name),
            )
            if theirs is not None and theirs != ours:
                self.differences.append(
                    f"{recorded.id}: {name} {theirs!r}, not {ours!r}"
                )
        expected_body = self.readable(recorded, recorded.response_body or b"")
        actual_body = self.readable(recorded, body)
        if _text(expected_body) != _text(actual_body):
            line = f"{recorded.id}: body {expected_body!r}, not {actual_body!r}"
            self.differences.append(line)

    def readable(self, recorded: Http, body: bytes) -> Any:
        """A body without what changes from run to run."""
        content_type = recorded.response_headers.get("content-type", "")
        is_call = "/action/" in recorded.target or "/queue/" in recorded.target
        has_actor = "x-rivet-actor" in recorded.response_headers
        if is_call and has_actor:
            codec = codec_for(recorded.encoding)
            if recorded.status == 200 and "/queue/" in recorded.target:
                return codec.decode_http_queue_send_response(body)
            if recorded.status == 200:
                return codec.decode_http_action_response(body).output
            error = codec.decode_http_error(body)
            is_undecodable = (error.group, recorded.status) == ("core", 400)
            sentence = TEXTS_DIFFER if is_undecodable else error.message
            return (error.group, error.code, sentence, error.metadata)
        if content_type == "application/json":
            return self.without_changes(json.loads(body))
        return body

    def without_changes(self, value: Any) -> Any:
        """A JSON value without times and ids."""
        if _is_object(value):
            return {
                name: _shape(name, item)
                if name in CHANGING_FIELDS
                else self.without_changes(item)
                for name, item in value.items()
            }
        if _is_array(value):
            return [self.without_changes(item) for item in value]
        if isinstance(value, str):
            return _generic_reason(ACTOR_ID.sub("<id>", value))
        return value


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _text(body: Any) -> str:
    # NaN is not equal to itself. Official JSON writes integers from 2**32 as BigInt;
    # here they are numbers as long as JavaScript reads them exactly.
    return re.sub(r"BigInt\((-?\d+)\)", r"\1", repr(body))


def _shape(name: str, value: Any) -> str:
    is_nullable = name.endswith("_ts") or name == "cursor"
    return "" if is_nullable else type(value).__name__


def _generic_reason(text: str) -> str:
    # Where a parser stopped is its own; the sentence before it is the protocol's.
    text = re.sub(r" at line \d+ column \d+", "", text)
    return re.sub(r"(as JSON|actor_id\[0\]|Invalid URL): .*", r"\1", text)


def _created_id(body: bytes) -> str | None:
    try:
        actor_id: str = json.loads(body)["actor"]["actor_id"]
    except (ValueError, KeyError):
        return None
    return actor_id


def _differs_on_purpose(recorded: Http) -> bool:
    label = recorded.id.partition("] ")[2]
    is_cbor_value = recorded.encoding is Encoding.CBOR and ACCEPTED_IN_CBOR.match(label)
    # Official servers hide which argument was wrong; here the caller reads it.
    is_validation = b"validation_error" in (recorded.response_body or b"")
    return label in DELIBERATE or bool(is_cbor_value) or is_validation


def _is_served(exchange: Http) -> bool:
    return (
        not any(
            pattern.search(exchange.target)
            for pattern in (NOT_SERVED, OTHER_ACTORS, OTHER_ACTIONS)
        )
        and exchange.target != "/metadata?namespace=default"
    )


@pytest.mark.parametrize(
    ("name", "at_least"),
    [
        ("gateway_forms", 60),
        ("management_raw", 30),
        ("error_matrix_raw", 40),
        ("http_actions_json", 25),
        ("http_actions_cbor", 25),
        ("http_actions_bare", 25),
        ("http_queue_json", 14),
        ("http_queue_cbor", 14),
        ("http_queue_bare", 14),
    ],
)
async def test_recorded_requests_get_the_recorded_answers(
    name: str, at_least: int
) -> None:
    """Every exchange of a file that this server serves."""
    async with running_front(ACTORS) as base, aiohttp.ClientSession() as session:
        replay = Replay(session, base)
        for exchange in filter(_is_served, http_exchanges(name)):
            await replay.step(exchange)

    assert "\n".join(replay.differences) == ""
    assert replay.replayed >= at_least
