"""Requests that mean harm: what they get, and what they must not break."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from yarl import URL

from core_actors import Counter
from rivetgen_runtime.core.host import Host
from rivetgen_runtime.serving import ServeOptions, serving

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

COUNTERS = "/actors?namespace=default&name=counter"


@pytest.fixture
async def session(tmp_path: Path) -> AsyncGenerator[ClientSession]:
    """A client of a complete server, with its store on disk."""
    options = ServeOptions(port=0, data=tmp_path)
    async with (
        serving([Counter], options) as running,
        ClientSession(running.endpoint) as session,
    ):
        yield session


async def increment(session: ClientSession, key: str = "a") -> Any:
    query = {
        "rvt-namespace": "default",
        "rvt-method": "getOrCreate",
        "rvt-runner": "default",
        "rvt-key": key,
    }
    async with session.post(
        "/gateway/counter/action/increment",
        params=query,
        json={"args": [1]},
        headers={"x-rivet-encoding": "json"},
    ) as answer:
        return await answer.json()


@pytest.mark.parametrize("cursor", ["nonsense", "9" * 19, "-1", "1e3"])
async def test_a_cursor_of_nobody_is_refused_and_the_store_goes_on(
    session: ClientSession, cursor: str
) -> None:
    async with session.get(f"{COUNTERS}&cursor={cursor}") as answer:
        assert answer.status == 400
        assert "is not a cursor" in (await answer.json())["message"]
    assert await increment(session) == {"output": 1}


@pytest.mark.parametrize("field", ["name", "key", "runner_name_selector", "unknown"])
async def test_half_a_surrogate_pair_in_a_body_is_a_bad_request(
    session: ClientSession, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = {
        "name": "counter",
        "key": "a",
        "runner_name_selector": "default",
        "crash_policy": "sleep",
        field: "\ud800",
    }
    async with session.put(
        "/actors?namespace=default",
        data=json.dumps(body),
        headers={"content-type": "application/json"},
    ) as answer:
        assert answer.status == 400
        assert (await answer.json())["code"] == "bad_request"
    assert not caplog.records


# Tokens


CONNECT = (
    "/gateway/counter/connect?rvt-namespace=default&rvt-method=getOrCreate"
    "&rvt-runner=default&rvt-key=a"
)
UPGRADE = (
    b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"sec-websocket-protocol: rivet, rivet_encoding.json\r\n"
)


TOKEN = "secret"  # noqa: S105 - of a server that lives as long as its test


@asynccontextmanager
async def guarded(data: Path) -> AsyncGenerator[URL]:
    """A server that asks for a token."""
    options = ServeOptions(port=0, data=data, token=TOKEN)
    async with serving([Counter], options) as running:
        yield URL(running.endpoint)


async def raw_answer(
    endpoint: URL, target: str, header: bytes, *, until: bytes
) -> bytes:
    """Send one request as it is, and read until something is there."""
    reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
    head = f"GET {target} HTTP/1.1\r\nhost: localhost\r\n".encode()
    writer.write(head + header + b"\r\n\r\n")
    try:
        return await asyncio.wait_for(reader.readuntil(until), 5)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("target", "header"),
    [
        (COUNTERS, b"authorization: Bearer \xff"),
        (CONNECT.replace("connect?", "action/getCount?"), b"x-rivet-token: \xff"),
    ],
)
async def test_a_token_that_is_not_text_is_a_wrong_token(
    tmp_path: Path, target: str, header: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with guarded(tmp_path) as endpoint:
        answer = await raw_answer(endpoint, target, header, until=b"\r\n")
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert not caplog.records


async def test_a_socket_with_a_token_that_is_not_text_is_closed_with_the_reason(
    tmp_path: Path,
) -> None:
    header = UPGRADE + b"x-rivet-token: \xff"
    async with guarded(tmp_path) as endpoint:
        await raw_answer(endpoint, CONNECT, header, until=b"api.unauthorized#")


async def test_the_scheme_of_a_token_has_no_case(tmp_path: Path) -> None:
    async with guarded(tmp_path) as endpoint, ClientSession(endpoint) as session:
        headers = {"authorization": f"bearer {TOKEN}"}
        async with session.get(COUNTERS, headers=headers) as answer:
            assert answer.status == 200


# Sockets


async def test_after_a_malformed_message_nothing_is_executed(
    session: ClientSession,
) -> None:
    async with session.ws_connect(
        CONNECT, protocols=("rivet", "rivet_encoding.json")
    ) as client:
        await client.receive()
        request = {"id": 1, "name": "increment", "args": [1]}
        await client.send_str("{")
        await client.send_json({"body": {"tag": "ActionRequest", "val": request}})
        closed = await client.receive()
        assert (closed.data, closed.extra) == (1011, "actor.invalid_request")
    assert await increment(session) == {"output": 1}


async def test_what_nobody_expected_closes_a_socket_with_a_ray_id(
    session: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise LookupError

    monkeypatch.setattr(Host, "open_connection", fail)
    async with session.ws_connect(
        CONNECT, protocols=("rivet", "rivet_encoding.json")
    ) as client:
        closed = await client.receive()
    assert closed.data == 1011
    name, _, ray_id = str(closed.extra).partition("#")
    assert name == "core.internal_error"
    assert ray_id in caplog.text
