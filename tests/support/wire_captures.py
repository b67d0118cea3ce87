"""Recorded exchanges between official clients and servers, in tests/data/wire."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.subprotocols import parse_subprotocols

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[1] / "data" / "wire"


@functools.cache
def capture(name: str) -> Any:
    """The content of one file."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def cases(name: str) -> list[dict[str, Any]]:
    """The rows of one table file."""
    rows: list[dict[str, Any]] = capture(name)["cases"]
    return rows


@dataclass(frozen=True)
class Http:
    """One HTTP exchange; bodies are None when the file only kept a digest."""

    id: str
    method: str
    target: str
    request_headers: dict[str, str]
    request_body: bytes | None
    status: int
    response_headers: dict[str, str]
    response_body: bytes | None

    @property
    def encoding(self) -> Encoding:
        return Encoding.of_request(self.request_headers.get("x-rivet-encoding"))

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Frame:
    """One WebSocket frame of a connection; close, ping and pong are left out."""

    id: str
    encoding: Encoding
    to_server: bool
    payload: str | bytes
    closed_with: str | None
    """Reason of the close frame that the server sent next, if it did."""

    def __str__(self) -> str:
        return self.id


def http_exchanges(*names: str) -> Iterator[Http]:
    """Every HTTP exchange of the files, in order."""
    for name in names:
        for index, (step, event) in enumerate(_events(name)):
            if event["type"] == "http" and event["response"] is not None:
                yield _http(f"{name}[{index}] {step}", event)


def _events(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for step in capture(name)["steps"]:
        for event in step["events"]:
            yield step["step"], event


def _http(identifier: str, event: dict[str, Any]) -> Http:
    request, response = event["request"], event["response"]
    return Http(
        id=identifier,
        method=request["method"],
        target=request["path"],
        request_headers=request["headers"],
        request_body=_body(request["body"]),
        status=response["status"],
        response_headers=response["headers"],
        response_body=_body(response["body"]),
    )


def _body(body: dict[str, str] | None) -> bytes | None:
    if body is None:
        return b""
    return bytes.fromhex(body["hex"]) if "hex" in body else None


def frames(*names: str) -> Iterator[Frame]:
    """Every data frame of connections (``/connect``) in the files, in order."""
    for name in names:
        events = list(_events(name))
        encodings = dict(_opened(events))
        for index, (step, event) in enumerate(events):
            encoding = encodings.get(event["tcp"])
            is_data = event["type"] == "ws_frame" and event["op"] in {"text", "binary"}
            if encoding is not None and is_data and "hex" in event:
                yield _frame(f"{name}[{index}] {step}", event, encoding, events[index:])


def _opened(
    events: list[tuple[str, dict[str, Any]]],
) -> Iterator[tuple[int, Encoding]]:
    for _, event in events:
        if event["type"] == "ws_open":
            path = event["path"].partition("?")[0]
            header = event["request_headers"].get("sec-websocket-protocol", "")
            is_readable = "rivet_encoding.xml" not in header and "notjson" not in header
            if path.endswith("/connect") and "inspector" not in path and is_readable:
                yield event["tcp"], parse_subprotocols(header).encoding


def _frame(
    identifier: str,
    event: dict[str, Any],
    encoding: Encoding,
    rest: list[tuple[str, dict[str, Any]]],
) -> Frame:
    data = bytes.fromhex(event["hex"])
    following = (
        later
        for _, later in rest[1:]
        if later["type"] == "ws_frame"
        and later["tcp"] == event["tcp"]
        and later["dir"] == "s2c"
    )
    answer = next(following, None)
    closed = answer is not None and answer["op"] == "close"
    return Frame(
        id=identifier,
        encoding=encoding,
        to_server=event["dir"] == "c2s",
        payload=data.decode() if event["op"] == "text" else data,
        closed_with=answer["reason"] if answer is not None and closed else None,
    )
