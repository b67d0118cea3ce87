"""The generated Python client against the official server, in every encoding.

Every test also runs against the same actors on the own server: callers cannot tell.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from official_server import official_server
from rivetgen_client import (
    ActionNotFoundError,
    ActionTimedOutError,
    ActorError,
    ActorNotFoundError,
    Completed,
    DuplicateKeyError,
    Encoding,
    InternalError,
    MessageTooLongError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path
    from types import ModuleType

# Two processes of other people start for the first test, on a machine that is busy.
pytestmark = [pytest.mark.node, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def official_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one official server for all tests."""
    with official_server(tmp_path_factory.mktemp("official")) as endpoint:
        yield endpoint


@pytest.fixture(scope="module", params=["official", "own"])
def endpoint(request: pytest.FixtureRequest) -> str:
    """The address of the actors on either server."""
    name = "official_endpoint" if request.param == "official" else "twin_endpoint"
    address: str = request.getfixturevalue(name)
    return address


@pytest.fixture(scope="module")
def package(twins: Path) -> Iterator[ModuleType]:
    """The client that is generated for these actors."""
    clients = str(twins / "clients" / "python")
    sys.path.insert(0, clients)
    yield importlib.import_module("official_actors")
    sys.path.remove(clients)


@pytest.fixture(params=list(Encoding), ids=str)
async def client(
    endpoint: str, package: ModuleType, request: pytest.FixtureRequest
) -> AsyncIterator[Any]:
    """The client in one encoding."""
    async with package.OfficialActorsClient(endpoint, encoding=request.param) as client:
        yield client


@pytest.fixture
async def bare(endpoint: str, package: ModuleType) -> AsyncIterator[Any]:
    """The client as it is by default."""
    async with package.OfficialActorsClient(endpoint) as client:
        yield client


@pytest.fixture
def counter(client: Any) -> Any:
    """A counter that all tests share, in one encoding: actors start slowly there."""
    return client.counter.get_or_create(name=["shared"])


@pytest.fixture
def shared(bare: Any) -> Any:
    """The same counter, called as it is by default."""
    return bare.counter.get_or_create(name=["shared"])


def came_back(connection: Any) -> asyncio.Event:
    """Return what is set when a connection was lost and is open again."""
    again = asyncio.Event()
    connection.on_close(lambda: connection.on_open(again.set))
    return again


# Actions


async def test_actions_answer(counter: Any) -> None:
    before = await counter.get_count()

    assert await counter.increment(3) == before + 3
    assert await counter.increment() == before + 4
    assert await counter.members_count() == 1


async def test_input_reaches_a_new_actor_and_a_taken_key_is_refused(bare: Any) -> None:
    created = await bare.counter.create(name=["created"], start=40)
    assert await created.increment(2) == 42

    with pytest.raises(DuplicateKeyError) as caught:
        await bare.counter.create(name=["created"])

    assert caught.value.existing_actor_id == await created.resolve()


async def test_an_actor_is_reached_by_key_and_by_id(client: Any, counter: Any) -> None:
    actor_id = await counter.resolve()
    count = await counter.get_count()

    existing = client.counter.get(name=["shared"])
    assert await existing.get_count() == count
    assert await existing.resolve() == actor_id
    assert await client.counter.get_for_id(actor_id).get_count() == count


@pytest.mark.parametrize("part", ["a,b", "a/b\\c ä&=?#%"])
async def test_every_key_leads_to_one_actor(bare: Any, part: str) -> None:
    counter = bare.counter.get_or_create(name=["odd", part])
    await counter.increment(2)

    assert await bare.counter.get(name=["odd", part]).get_count() == 2


async def test_a_missing_actor_is_not_found(bare: Any) -> None:
    with pytest.raises(ActorNotFoundError):
        await bare.counter.get(name=["missing"]).get_count()
    with pytest.raises(ActorNotFoundError):
        await bare.counter.get(name=["missing"]).resolve()


async def test_values_come_back_as_they_were(endpoint: str, package: Any) -> None:
    # Official servers refuse bytes and large integers of clients in CBOR encoding.
    parcel = package.Parcel(
        label="Grüße 👋\u2028",
        amount=2**80,
        data=bytes(range(256)),
        tags={"a", "b"},
        sent_at=dt.datetime(2026, 11, 27, 12, 30, tzinfo=dt.UTC),
        weight=None,
    )
    for encoding in (Encoding.JSON, Encoding.BARE):
        async with package.OfficialActorsClient(endpoint, encoding=encoding) as client:
            assert await client.depot.get_or_create(name="one").keep(parcel) == parcel


# Errors


async def test_errors_keep_their_types(counter: Any, package: Any) -> None:
    async with counter.connect() as connection:
        for caller in (counter, connection):
            with pytest.raises(package.Overflow, match="would pass its limit") as limit:
                await caller.increment(100_000)
            assert limit.value.metadata.limit == 1000
            with pytest.raises(InternalError) as hidden:
                await caller.fail()
            assert "secret" not in str(hidden.value)
            with pytest.raises(ActionTimedOutError):
                await caller.hang()


async def test_an_action_that_the_server_lacks_is_a_typed_error(
    official_endpoint: str, package: Any
) -> None:
    async with package.OfficialActorsClient(official_endpoint) as client:
        counter = client.counter.get_or_create(name=["shared"])
        async with counter.connect() as connection:
            for caller in (counter, connection):
                with pytest.raises(ActionNotFoundError):
                    await caller.missing()


async def test_a_message_that_is_too_long_is_a_typed_error(shared: Any) -> None:
    async with shared.connect() as connection:
        with pytest.raises(MessageTooLongError):
            await connection.repeat("x" * 70_000)
        assert await connection.repeat("x" * 60_000) == 60_000


# Connections and events


async def test_events_arrive_in_order_and_before_the_answer(counter: Any) -> None:
    before = await counter.get_count()
    async with counter.connect() as connection:
        counts = connection.events.new_count.listen()
        moves = connection.events.moved.listen()
        await connection.get_count()
        assert await connection.increment(2) == before + 2
        await counter.increment(3)
        await connection.move("ada", 4)

        assert [await anext(counts), await anext(counts)] == [before + 2, before + 5]
        moved = await anext(moves)
        assert (moved.user, moved.steps) == ("ada", 4)


async def test_a_connection_that_the_server_closed_comes_back_with_its_subscriptions(
    counter: Any,
) -> None:
    async with counter.connect() as connection:
        counts = connection.events.new_count.listen()
        await connection.get_count()
        first, again = connection.connection_id, came_back(connection)
        await counter.disconnect_all()
        await again.wait()
        count = await connection.increment(6)

        assert await anext(counts) == count
        assert connection.connection_id != first


async def test_a_connection_outlives_the_sleep_of_its_actor(shared: Any) -> None:
    async with shared.connect() as connection:
        counts = connection.events.new_count.listen()
        count = await connection.increment(1)
        first = connection.connection_id
        await shared.fall_asleep()
        await shared.increment(1)

        assert [await anext(counts), await anext(counts)] == [count, count + 1]
        assert connection.connection_id == first


async def test_a_connection_by_key_finds_the_successor_of_a_destroyed_actor(
    bare: Any,
) -> None:
    doomed = bare.counter.get_or_create(name=["doomed"])
    async with doomed.connect() as connection:
        await connection.increment(7)
        first, again = connection.actor_id, came_back(connection)
        await doomed.destroy_itself()
        await again.wait()

        assert await connection.get_count() == 0
        assert connection.actor_id != first


# Connection parameters


async def test_parameters_reach_calls_and_connections(client: Any) -> None:
    handle = client.guarded.get_or_create(name="one", token="ada-é")  # noqa: S106

    assert await handle.who_am_i() == "ada-é"
    async with handle.connect() as connection:
        assert await connection.who_am_i() == "ada-é"


async def test_a_refused_caller_is_told_why(client: Any) -> None:
    stranger = client.guarded.get_or_create(name="one", token="eve")  # noqa: S106

    with pytest.raises(ActorError, match=r"user\.unauthorized: Who are you\?"):
        await stranger.who_am_i()
    with pytest.raises(ActorError, match=r"user\.unauthorized: Who are you\?"):
        await stranger.connect().open()


async def test_a_reconnection_asks_for_its_parameters_again(
    client: Any, package: Any
) -> None:
    handle = client.guarded.get_or_create(name="one", token="old")  # noqa: S106
    async with handle.with_params(numbered(package)).connect() as connection:
        assert await connection.who_am_i() == "ada1"
        again = came_back(connection)
        await handle.with_params(numbered(package)).disconnect_all()
        await again.wait()

        assert await connection.who_am_i() == "ada2"


def numbered(package: Any) -> Callable[[], Awaitable[Any]]:
    tokens = iter(f"ada{number}" for number in range(1, 100))

    async def get_params() -> Any:
        await asyncio.sleep(0)
        return package.GuardedParams(token=next(tokens))

    return get_params


def test_the_synchronous_twin_works_alike(endpoint: str, package: Any) -> None:
    with package.OfficialActorsClient.sync(endpoint) as client:
        counter = client.counter.get_or_create(name=["shared"])
        before = counter.increment(2)
        with counter.connect() as connection:
            counts = connection.events.new_count.listen()
            assert connection.increment(3) == before + 3
            assert counts.next(timeout_s=10) == before + 3


async def test_messages_are_handled_in_order_and_answered(
    client: Any, package: ModuleType
) -> None:
    inbox = client.inbox.get_or_create(name=str(uuid.uuid4()))
    await inbox.queues.jobs.send(package.InboxJobsMessage(text="first"))
    outcome = await inbox.queues.jobs.request(
        package.InboxJobsMessage(text="second"), timeout=10
    )
    assert outcome == Completed(package.InboxJobsReply(length=6))
    assert await inbox.get_texts() == ["first", "second"]
