"""Tests of asking a server where its clients should talk to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from http_calls import ACTOR_ID, BY_ID, KEYED, OUTPUT_1, Transports, call
from scripted_server import Reply, ScriptedServer, json_reply

if TYPE_CHECKING:
    from rivetgen_client.http_transport import HttpTransport


async def test_metadata_is_asked_for_once(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(OUTPUT_1)

    await asyncio.gather(*(transport.action(KEYED, call()) for _ in range(5)))

    assert len(server.metadata_seen) == 1


async def test_metadata_is_not_asked_for_when_switched_off(
    transports: Transports, server: ScriptedServer
) -> None:
    transport = transports.make(server.url, metadata_lookup=False)
    server.replies.append(OUTPUT_1)

    await transport.action(KEYED, call())

    assert server.metadata_seen == []


async def test_a_client_endpoint_is_followed(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    other = server.url + "/elsewhere"
    server.metadata[0] = json_reply(
        {"clientEndpoint": other, "clientNamespace": "n", "clientToken": "t"}
    )
    server.replies.append(OUTPUT_1)

    await transport.action(BY_ID, call("m"))

    assert server.seen[0].target == f"/elsewhere/gateway/{ACTOR_ID}@t/action/m"
    assert len(server.metadata_seen) == 1


@pytest.mark.parametrize(
    "answer", [Reply(status=404), Reply(body=b"hello", content_type="text/plain")]
)
async def test_a_server_without_metadata_is_used_as_it_is(
    transport: HttpTransport, server: ScriptedServer, answer: Reply
) -> None:
    server.metadata[0] = answer
    server.replies.append(OUTPUT_1)

    await transport.action(KEYED, call())
    await transport.action(KEYED, call())

    assert len(server.metadata_seen) == 1


async def test_metadata_that_failed_is_asked_for_again(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.metadata[0] = Reply(status=503)
    server.replies.append(OUTPUT_1)

    await transport.action(KEYED, call())
    await transport.action(KEYED, call())

    assert len(server.metadata_seen) == 2
