"""Tests of calls over HTTP that fail, are repeated or run out of time."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

import pytest

from http_calls import ACTOR_ID, BY_ID, KEYED, OUTPUT_1, Transports, call
from rivetgen_client.errors import (
    ActorError,
    ActorNotFoundError,
    ConnectionFailedError,
    DeadlineExceededError,
    UnknownOutcomeError,
)
from rivetgen_client.transport import (
    NewActor,
    QueueMessage,
)
from rivetgen_client.wire.values import UNDEFINED
from scripted_server import Reply, ScriptedServer, error_reply, json_reply

if TYPE_CHECKING:
    from rivetgen_client.http_transport import HttpTransport

# Repetitions


@pytest.mark.parametrize("code", ["actor.restarting", "guard.service_unavailable"])
async def test_a_passing_condition_is_waited_for(
    transport: HttpTransport, server: ScriptedServer, code: str
) -> None:
    server.replies.extend([error_reply(code, status=503)] * 2 + [OUTPUT_1])

    assert await transport.action(BY_ID, call()) == 1
    assert len(server.seen) == 3


async def test_a_starting_actor_is_waited_for_by_key_but_not_by_id(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    starting = error_reply("actor.starting", status=503)
    server.replies.extend([starting] * 3 + [OUTPUT_1])

    with pytest.raises(ActorError, match=r"actor\.starting"):
        await transport.action(BY_ID, call())
    assert await transport.action(KEYED, call()) == 1
    assert len(server.seen) == 4


async def test_what_an_actor_itself_answers_is_not_repeated(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    inside = {"actorId": ACTOR_ID, "generation": 1}
    server.replies.append(error_reply("actor.not_found", actor=inside))

    with pytest.raises(ActorNotFoundError):
        await transport.action(KEYED, call())

    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "lost",
    [
        Reply(hang_up=True),
        error_reply("guard.tunnel_response_closed", status=503),
        error_reply("actor.dropped_reply"),
        Reply(status=502, body=b"<html>Bad gateway", content_type="text/html"),
    ],
    ids=["socket", "tunnel", "actor", "proxy"],
)
async def test_a_lost_answer_is_an_unknown_outcome_unless_repeating_is_harmless(
    transport: HttpTransport, server: ScriptedServer, lost: Reply
) -> None:
    server.replies.append(lost)

    with pytest.raises(UnknownOutcomeError) as caught:
        await transport.action(KEYED, call())
    assert caught.value.action == "counter.increment"
    assert caught.value.__cause__ is not None
    assert len(server.seen) == 1

    server.replies.append(OUTPUT_1)
    assert await transport.action(KEYED, call(retryable=True)) == 1
    assert len(server.seen) == 3


async def test_a_harmless_call_whose_answers_stay_lost_fails_as_a_connection(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(Reply(hang_up=True))

    with pytest.raises(ConnectionFailedError):
        await transport.action(KEYED, call(retryable=True))

    assert len(server.seen) == 5


async def test_a_lost_answer_to_a_creation_is_an_unknown_outcome(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(Reply(hang_up=True))

    with pytest.raises(UnknownOutcomeError, match="create counter"):
        await transport.create(NewActor(name="counter", key=("a",)))


async def test_a_lost_answer_to_a_question_is_asked_again(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(Reply(hang_up=True))
    server.replies.append(json_reply({"actor": {"actor_id": ACTOR_ID}}))

    assert await transport.resolve(KEYED) == ACTOR_ID


# Time


async def test_without_an_answer_in_time_the_outcome_is_unknown(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(Reply(delay_s=5))

    with pytest.raises(UnknownOutcomeError, match=r"no answer within 0\.2 s"):
        await transport.action(KEYED, call(timeout_s=0.2))
    with pytest.raises(DeadlineExceededError) as caught:
        await transport.action(KEYED, call(timeout_s=0.2, retryable=True))

    assert caught.value.timeout_s == 0.2


async def test_a_deadline_before_anything_was_sent_is_no_unknown_outcome(
    transports: Transports,
) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # The queue of the listener is full, so that further connects get no answer.
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        transport = transports.make(url, metadata_lookup=False)

        with pytest.raises(DeadlineExceededError):
            await transport.action(KEYED, call(timeout_s=0.2))


async def test_a_deadline_during_the_lookup_is_no_unknown_outcome(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.metadata[0] = Reply(delay_s=1)

    with pytest.raises(DeadlineExceededError):
        await transport.action(KEYED, call(timeout_s=0.2))

    assert server.seen == []


async def test_a_connection_is_not_looked_up_for_ever(
    transport: HttpTransport, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rivetgen_client.http_transport.OPEN_TIMEOUT_S", 0.1)
    server.metadata[0] = Reply(delay_s=1)

    with pytest.raises(ConnectionFailedError, match="no answer in time"):
        await transport.connect(KEYED, UNDEFINED)


async def test_repetitions_end_with_the_deadline(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(error_reply("actor.starting", status=503))
    started = time.monotonic()

    with pytest.raises(ActorError, match=r"actor\.starting"):
        await transport.action(KEYED, call(timeout_s=0.4))

    assert time.monotonic() - started < 1
    assert 2 <= len(server.seen) <= 4


async def test_a_refused_port_is_a_failed_connection(
    transports: Transports, server: ScriptedServer
) -> None:
    await server.stop()
    transport = transports.make(server.url.replace("//", "//ns:secret@"))

    with pytest.raises(ConnectionFailedError) as caught:
        await transport.action(KEYED, call())

    assert caught.value.url == server.url


async def test_a_server_that_restarts_is_waited_for(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    server.replies.append(OUTPUT_1)
    await transport.action(KEYED, call())
    await server.stop()

    waiting = asyncio.create_task(transport.action(KEYED, call()))
    await asyncio.sleep(0.1)
    await server.start()

    assert await waiting == 1


async def test_a_message_that_a_stopping_actor_refused_is_sent_again(
    transport: HttpTransport, server: ScriptedServer
) -> None:
    stopping = error_reply("actor.stopping", status=503)
    completed = Reply(body=bytes.fromhex("0400") + b"\x09completed\x00")
    server.replies.extend([stopping, stopping, completed])

    message = QueueMessage(name="jobs", body=None, timeout_s=10)
    answer = await transport.send(KEYED, message)

    assert answer.is_completed
    assert len(server.seen) == 3
