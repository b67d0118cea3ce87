"""Plays recorded connections against a server of ours and compares every frame.

Ids differ between a recording and its replay. Wherever the recording has one, ours is
taken to stand for it from then on: in later requests, and in every later comparison.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import http.client
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeGuard

import aiohttp
from yarl import URL

from rivetgen_client.wire.codec import codec_for
from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.errors import WireError
from rivetgen_client.wire.subprotocols import parse_subprotocols
from wire_captures import Http, capture
from wire_contract import find_operation, violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen_client.wire.codec import Codec

TIMEOUT_S = 5.0
RAY_ID = "x-rivet-ray-id"
# What HTTP itself adds.
TRANSPORT_HEADERS = {
    *("host", "content-length", "transfer-encoding", "connection", "date", "server"),
    *("expect", "accept-encoding"),
}
ABSENT = "(absent)"
_ID = re.compile(r"[0-9a-z]{30}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FILLER_ENDS = (b"", b'"]}', b'"]}}}', b'"}')


@dataclass(frozen=True)
class Comparison:
    """One recorded answer beside ours.

    Attributes:
        id: Names the exchange in test reports.
        step: The recording's own name for it.
        differences: By place (``status``, ``header vary``, ``body.message``), what was
            recorded and what was answered.
        violations: What breaks ``openapi.json``.
    """

    id: str
    step: str
    differences: dict[str, tuple[Any, Any]]
    violations: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        return self.id


class Ids:
    """Which of our ids stands for which recorded one."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}

    def in_our_terms(self, data: bytes) -> bytes:
        """Replace recorded ids in a request."""
        for theirs, ours in self._ours.items():
            data = data.replace(theirs.encode(), ours.encode())
        return data

    def match(self, recorded: Any, actual: Any) -> bool:
        """Whether two values are the same, or ids that stand for each other."""
        if isinstance(recorded, str) and _ID.fullmatch(recorded):
            is_id = isinstance(actual, str) and len(actual) == len(recorded)
            return is_id and self._ours.setdefault(recorded, actual) == actual
        return type(recorded) is type(actual) and bool(recorded == actual)


def rebuilt(body: Any) -> bytes:
    """A recorded body; of long ones only the beginning and a digest were kept."""
    if body is None:
        return b""
    if "hex" in body:
        return bytes.fromhex(body["hex"])
    prefix = bytes.fromhex(body["hex_prefix"])
    for end in _FILLER_ENDS:
        missing = int(body["len"]) - len(prefix) - len(end)
        data = prefix + prefix[-1:] * missing + end
        if hashlib.sha256(data).hexdigest() == body["sha256"]:
            return data
    message = f"a body of {body['len']} bytes cannot be rebuilt"
    raise ValueError(message)


def differences(
    recorded: Any, actual: Any, ids: Ids, path: str
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Every place in which two values differ, by path."""
    if _is_map(recorded) and _is_map(actual):
        for key in sorted({*recorded, *actual}):
            theirs, ours = recorded.get(key, ABSENT), actual.get(key, ABSENT)
            yield from differences(theirs, ours, ids, f"{path}.{key}")
    elif _is_list(recorded) and _is_list(actual) and len(recorded) == len(actual):
        for position, theirs in enumerate(recorded):
            yield from differences(theirs, actual[position], ids, f"{path}.{position}")
    elif not ids.match(recorded, actual):
        yield path, (recorded, actual)


def _is_map(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


class Replay:
    """One recording, sent to one server.

    Args:
        name: File of the recording.
        endpoint: The server.
        skip: Steps that are left out.
        deletes: Whether actors were deleted, out of sight of the recording, when their
            sockets were closed with code 1000 and no reason.

    Attributes:
        answers: Every HTTP answer, compared.
        frames: Every frame to the client, compared.
    """

    def __init__(
        self,
        name: str,
        endpoint: str,
        *,
        skip: frozenset[str] = frozenset(),
        deletes: bool = False,
    ) -> None:
        self.answers: list[Comparison] = []
        self.frames: list[Comparison] = []
        self._name = name
        self._skip = skip
        self._deletes = deletes
        self._actor_ids: dict[int, str] = {}
        self._url = URL(endpoint)
        self._ids = Ids()
        self._sockets: dict[int, aiohttp.ClientWebSocketResponse] = {}
        self._codecs: dict[int, Codec] = {}

    async def run(self) -> Self:
        """Send everything, in the recorded order."""
        async with aiohttp.ClientSession() as session:
            for index, (step, event) in enumerate(self._events()):
                await self._play(session, f"[{index}] {step}", step, event)
            for socket in self._sockets.values():
                await socket.close()
        return self

    def _events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Leave out skipped steps, and the rest of sockets that they opened."""
        skipped_sockets: set[int] = set()
        for step in capture(self._name)["steps"]:
            for event in step["events"]:
                if step["step"] in self._skip and event["type"] == "ws_open":
                    skipped_sockets.add(event["tcp"])
                is_skipped = step["step"] in self._skip
                if not is_skipped and event.get("tcp") not in skipped_sockets:
                    yield step["step"], event

    async def _play(
        self, session: aiohttp.ClientSession, name: str, step: str, event: Any
    ) -> None:
        match event["type"], event.get("dir"), event.get("op"):
            case "http", _, _ if event["response"] is not None:
                answer = await asyncio.to_thread(self._exchange, name, step, event)
                self.answers.append(answer)
            case "ws_open", _, _:
                await self._open(session, event)
            case "ws_frame", "c2s", _:
                await self._send(event)
            case "ws_frame", "s2c", "text" | "binary" | "close":
                if self._deletes and (event.get("code"), event.get("reason")) == (
                    1000,
                    "",
                ):
                    await self._delete(session, self._actor_ids[event["tcp"]])
                self.frames.append(await self._receive(name, step, event))
            case _:
                pass  # a request that its client gave up; answers to pings

    def events_of(self, step: str) -> list[Any]:
        """The events of one step, for tests that play them in an order of their own."""
        return [event for name, event in self._events() if name == step]

    async def exchange(self, name: str, event: Any) -> None:
        """Send one recorded request, and compare the answer."""
        answer = await asyncio.to_thread(self._exchange, name, name, event)
        self.answers.append(answer)

    def our_id(self, recorded: str) -> str:
        """The id of ours that stands for a recorded one."""
        return self._ids.in_our_terms(recorded.encode()).decode()

    # HTTP

    def _exchange(self, name: str, step: str, event: Any) -> Comparison:
        recorded = _recorded_exchange(name, event)
        actual = self._ask(recorded)
        found = dict(self._answer_differences(recorded, actual))
        digest = _digest(event["response"]["body"])
        if digest and digest != hashlib.sha256(actual.response_body or b"").hexdigest():
            found["body"] = (digest, actual.response_body)
        is_described = find_operation(actual.method, actual.target) is not None
        return Comparison(name, step, found, violations(actual) if is_described else [])

    def _ask(self, recorded: Http) -> Http:
        connection = http.client.HTTPConnection(
            str(self._url.host), self._url.port, timeout=TIMEOUT_S
        )
        target = self._ids.in_our_terms(recorded.target.encode()).decode()
        body = self._ids.in_our_terms(recorded.request_body or b"")
        connection.putrequest(recorded.method, target, skip_accept_encoding=True)
        for key, value in recorded.request_headers.items():
            if key not in TRANSPORT_HEADERS:
                ours = self._ids.in_our_terms(value.encode("latin-1"))
                connection.putheader(key, ours)
        if body:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return dataclasses.replace(
            recorded,
            target=target,
            request_body=body,
            status=answer.status,
            response_headers=_compared({k.lower(): v for k, v in answer.getheaders()}),
            response_body=content,
        )

    def _answer_differences(
        self, recorded: Http, actual: Http
    ) -> Iterator[tuple[str, tuple[Any, Any]]]:
        yield from differences(recorded.status, actual.status, self._ids, "status")
        for key in sorted({*recorded.response_headers, *actual.response_headers}):
            theirs = recorded.response_headers.get(key)
            ours = actual.response_headers.get(key)
            # Pages may read every answer of ours, refusals by the gateway included.
            is_added = theirs is None and key.startswith("access-control-")
            if key != RAY_ID and not is_added and not self._ids.match(theirs, ours):
                yield f"header {key}", (theirs, ours)
        if recorded.response_body is not None:
            bodies = _decoded(recorded), _decoded(actual)
            yield from differences(*bodies, self._ids, "body")

    # WebSockets

    async def _open(self, session: aiohttp.ClientSession, event: Any) -> None:
        target = self._ids.in_our_terms(event["path"].encode()).decode()
        header = event["request_headers"].get("sec-websocket-protocol", "")
        header = self._ids.in_our_terms(header.encode()).decode()
        names = [name.strip() for name in header.split(",")] if header else []
        url = URL(f"{str(self._url).rstrip('/')}{target}", encoded=True)
        tcp = event["tcp"]
        self._codecs[tcp] = _codec_of(header)
        self._sockets[tcp] = await session.ws_connect(
            url, protocols=names, autoclose=False
        )

    async def _send(self, event: Any) -> None:
        socket = self._sockets[event["tcp"]]
        if event["op"] in ("close", "ping"):
            # The server may have finished its own close before.
            with contextlib.suppress(ConnectionResetError):
                await socket.send_frame(*_control_frame(event))
            return
        data = self._ids.in_our_terms(rebuilt(event))
        if event["op"] == "text":
            await socket.send_str(data.decode())
        else:
            await socket.send_bytes(data)

    async def _delete(self, session: aiohttp.ClientSession, actor_id: str) -> None:
        url = self._url / "actors" / actor_id
        async with session.delete(url % {"namespace": "default"}) as answer:
            assert answer.status == 200

    async def _receive(self, name: str, step: str, event: Any) -> Comparison:
        message = await self._sockets[event["tcp"]].receive(TIMEOUT_S)
        codec = self._codecs[event["tcp"]]
        recorded, actual = _recorded_frame(event, codec), _arrived(message, codec)
        if "Init" in actual:
            self._actor_ids[event["tcp"]] = actual["Init"]["actor_id"]
        found = dict(differences(recorded, actual, self._ids, "frame"))
        return Comparison(name, step, found)


def _control_frame(event: Any) -> tuple[bytes, aiohttp.WSMsgType]:
    if event["op"] == "ping":
        return rebuilt(event), aiohttp.WSMsgType.PING
    code: int | None = event["code"]
    head = b"" if code is None else code.to_bytes(2, "big")
    return head + event["reason"].encode(), aiohttp.WSMsgType.CLOSE


def _compared(headers: dict[str, str]) -> dict[str, str]:
    return {
        key: value for key, value in headers.items() if key not in TRANSPORT_HEADERS
    }


def _recorded_exchange(name: str, event: Any) -> Http:
    request, response = event["request"], event["response"]
    is_whole = _digest(response["body"]) is None
    return Http(
        id=name,
        method=request["method"],
        target=request["path"],
        request_headers=request["headers"],
        request_body=rebuilt(request["body"]),
        status=response["status"],
        response_headers=_compared(response["headers"]),
        response_body=rebuilt(response["body"]) if is_whole else None,
    )


def _digest(body: Any) -> str | None:
    """The digest of a body that was too long to be kept."""
    return None if body is None or "hex" in body else str(body["sha256"])


def _decoded(exchange: Http) -> Any:
    """A body as plain data; JSON as it is, other encodings as messages."""
    body = exchange.response_body or b""
    content_type = exchange.response_headers.get("content-type", "")
    if content_type == "application/json" and body:
        return json.loads(body)
    if content_type != "application/octet-stream":
        return body
    codec = codec_for(exchange.encoding)
    if exchange.status < 400:
        return dataclasses.asdict(codec.decode_http_action_response(body))
    return dataclasses.asdict(codec.decode_http_error(body))


def _codec_of(header: str) -> Codec:
    try:
        return codec_for(parse_subprotocols(header).encoding)
    except WireError:
        return codec_for(Encoding.JSON)


def _recorded_frame(event: Any, codec: Codec) -> Any:
    if event["op"] == "close":
        return _close(event["code"], event["reason"])
    data = rebuilt(event)
    return _message(data.decode() if event["op"] == "text" else data, codec)


def _arrived(message: aiohttp.WSMessage, codec: Codec) -> Any:
    match message.type:
        case aiohttp.WSMsgType.TEXT | aiohttp.WSMsgType.BINARY:
            return _message(message.data, codec)
        case aiohttp.WSMsgType.CLOSE:
            return _close(message.data, message.extra or "")
        case _:
            return {"end": message.type.name}


def _message(frame: str | bytes, codec: Codec) -> Any:
    try:
        message = codec.decode_to_client(frame)
    except WireError:
        return {"raw": frame}
    kind = type(message).__name__
    return {kind: dataclasses.asdict(message), "is_text": isinstance(frame, str)}


def _close(code: int | None, reason: str) -> Any:
    name, _, ray_id = reason.partition("#")
    return {"code": code, "reason": name, "has_ray_id": bool(ray_id)}
