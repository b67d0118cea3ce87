"""Tests of the synchronous twin, from threads, against a server in another one."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from counter_client import CounterClient, CounterParams, SyncCounterClient
from http_calls import OUTPUT_1
from rivetgen_client import (
    ConfigurationError,
    ConnectionClosedError,
    ConnectionStatus,
    Portal,
    UnknownOutcomeError,
)
from rivetgen_client.wire.messages import ActionRequest, ActionResponse, Event
from scripted_server import Reply, ScriptedServer, json_reply, scripted_server

if TYPE_CHECKING:
    from collections.abc import Generator

    from scripted_server import Socket


class ServerThread:
    """A scripted server on a loop of its own."""

    def __init__(self) -> None:
        self.server: ScriptedServer | None = None
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with scripted_server() as self.server:
            self._ready.set()
            await self._stop.wait()

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        self._ready.wait()
        assert self.server is not None
        return self.server

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


@pytest.fixture
def threaded_server() -> Generator[ScriptedServer]:
    with ServerThread() as running:
        yield running


@pytest.fixture
def client(threaded_server: ScriptedServer) -> Generator[SyncCounterClient]:
    with CounterClient.sync(threaded_server.url, timeout_s=5) as running:
        yield running


async def count(socket: Socket) -> None:
    """Broadcast and answer the number of each action."""
    await socket.init()
    number = 0
    while True:
        frame = await socket.raw.receive()
        if not isinstance(frame.data, str | bytes):
            await socket.raw.close()
            return
        message = socket.codec.decode_to_server(frame.data)
        if isinstance(message, ActionRequest):
            number += 1
            await socket.send(Event("newCount", [number]))
            await socket.send(ActionResponse(message.id, number))


def test_calls_return_what_the_asynchronous_client_returns(
    threaded_server: ScriptedServer, client: SyncCounterClient
) -> None:
    threaded_server.replies.append(json_reply({"output": 1}, status=200))
    threaded_server.replies[0] = Reply(body=bytes.fromhex("04000101"))

    handle = client.counter.get_or_create(name="a")

    assert handle.increment() == 1
    assert handle.with_options(timeout_s=1).increment() == 1


def test_actors_are_created_and_resolved(
    threaded_server: ScriptedServer, client: SyncCounterClient
) -> None:
    threaded_server.replies.append(json_reply({"actor": {"actor_id": "actor7"}}))

    assert client.counter.create(name="a").resolve() == "actor7"
    assert client.counter.get_or_create(name="a").resolve() == "actor7"


def test_connections_call_and_iterate(
    threaded_server: ScriptedServer, client: SyncCounterClient
) -> None:
    threaded_server.script(count)
    with client.counter.get_or_create(name="a").connect() as connection:
        counts = iter(connection.events.new_count)
        assert [connection.increment(), connection.increment()] == [1, 2]
        assert [next(counts), next(counts)] == [1, 2]
        assert connection.status == "connected"
        assert (connection.actor_id, connection.connection_id) == (
            "actor1",
            "connection1",
        )
        with pytest.raises(TimeoutError):
            counts.next(timeout_s=0.05)
        connection.increment()
        assert counts.next(timeout_s=2) == 3

    assert list(counts) == []
    assert connection.status == "closed"


def test_a_closed_iterator_ends_after_what_it_holds(
    threaded_server: ScriptedServer, client: SyncCounterClient
) -> None:
    threaded_server.script(count)
    with client.counter.get_or_create(name="a").connect() as connection:
        with connection.events.new_count.listen(limit=5) as counts:
            connection.increment()

        assert list(counts) == [1]


def test_callbacks_run_on_the_clients_thread(
    threaded_server: ScriptedServer, client: SyncCounterClient
) -> None:
    threaded_server.script(count)
    seen: list[tuple[str, int]] = []
    statuses: list[ConnectionStatus] = []
    errors: list[Exception] = []
    connection = client.counter.get_or_create(name="a").connect()
    stop = connection.events.new_count.subscribe(
        lambda value: seen.append((threading.current_thread().name, value))
    )
    connection.on_status_change(statuses.append)
    connection.on_error(errors.append)
    connection.open()
    connection.increment()
    stop()
    connection.increment()
    connection.close()

    assert seen == [("rivetgen client", 1)]
    assert statuses[-2:] == [ConnectionStatus.CONNECTED, ConnectionStatus.CLOSED]
    assert errors == []


def test_a_callback_cannot_wait_for_its_own_client(
    threaded_server: ScriptedServer, client: SyncCounterClient
) -> None:
    threaded_server.script(count)
    caught: list[Exception] = []
    with client.counter.get_or_create(name="a").connect() as connection:

        def call_back(_: int) -> None:
            try:
                connection.increment()
            except ConfigurationError as error:
                caught.append(error)

        connection.events.new_count.subscribe(call_back)
        connection.increment()
        connection.increment()

    assert len(caught) >= 1


def test_many_threads_share_a_client(
    threaded_server: ScriptedServer, client: SyncCounterClient
) -> None:
    threaded_server.replies.append(Reply(body=bytes.fromhex("04000101")))
    handle = client.counter.get_or_create(name="a")

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(handle.increment, range(40)))

    assert results == [1] * 40


def test_closing_fails_calls_in_flight_and_ends_the_thread(
    threaded_server: ScriptedServer,
) -> None:
    threaded_server.replies.append(Reply(delay_s=1))
    client = CounterClient.sync(threaded_server.url)
    with ThreadPoolExecutor(1) as threads:
        calling = threads.submit(client.counter.get_or_create(name="a").increment)
        time.sleep(0.2)

        client.close()
        client.close()

        with pytest.raises((UnknownOutcomeError, ConnectionClosedError)):
            calling.result()
    assert "rivetgen client" not in [one.name for one in threading.enumerate()]
    with pytest.raises(ConnectionClosedError):
        client.counter.get_or_create(name="a").increment()


def test_a_client_that_was_never_used_leaves_no_thread() -> None:
    before = threading.active_count()
    client = CounterClient.sync("http://localhost:1")

    client.close()

    assert threading.active_count() == before


def test_a_portal_that_is_closed_while_someone_waits_lets_go() -> None:
    portal = Portal()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(portal.run, asyncio.sleep(30))
        time.sleep(0.1)

        portal.close()

        with pytest.raises(ConnectionClosedError):
            waiting.result()
    assert portal.is_closed


def test_a_blocking_callback_gives_parameters(
    threaded_server: ScriptedServer, client: SyncCounterClient
) -> None:
    threaded_server.replies.append(OUTPUT_1)
    threads: list[str] = []

    def get_params() -> CounterParams:
        threads.append(threading.current_thread().name)
        return CounterParams(token="fresh")  # noqa: S106

    handle = client.counter.get_or_create(name="a").with_params(get_params)

    assert handle.increment() == 1
    (seen,) = threaded_server.seen
    assert seen.headers["x-rivet-conn-params"] == '{"token": "fresh"}'
    assert threads != ["rivetgen client"]
