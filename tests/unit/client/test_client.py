"""Tests of clients, accessors and handles: from a property to a request."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, assert_type

import pytest

import rivetgen_client
from counter_client import (
    CounterClient,
    CounterConnection,
    CounterHandle,
    CounterOverflowError,
)
from rivetgen_client import (
    ActionDefinition,
    ActorNotFoundError,
    ActorTarget,
    Argument,
    Caller,
    ConfigurationError,
    ConnectionClosedError,
    Encoding,
    EventStream,
    IdTarget,
    InvalidArgumentsError,
    InvalidResultError,
    KeyTarget,
    NewActor,
    UnknownOutcomeError,
    types,
)
from rivetgen_client._deadline import DEFAULT_TIMEOUT_S, Patience
from rivetgen_client.wire.values import UNDEFINED
from scripted_server import Reply, ScriptedServer, json_reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rivetgen_client import (
        ActionCall,
        Channel,
        FetchAnswer,
        FetchCall,
        RawChannel,
    )
    from rivetgen_client.transport import QueueAnswer, QueueMessage
    from rivetgen_client.wire.values import Value

OUTPUT_1 = json_reply({"output": 1})


class Recorder:
    """A transport that keeps what it is asked for and returns one value."""

    def __init__(self, output: Value = 1) -> None:
        self.output = output
        self.calls: list[tuple[ActorTarget, ActionCall]] = []
        self.created: list[NewActor] = []
        self.closed = False

    async def action(self, target: ActorTarget, call: ActionCall, /) -> Value:
        self.calls.append((target, call))
        return self.output

    async def send(self, target: ActorTarget, message: QueueMessage, /) -> QueueAnswer:
        raise ActorNotFoundError("actor", "not_found", f"{target.name} {message.name}")

    async def resolve(self, target: ActorTarget, /) -> str:
        raise ActorNotFoundError("actor", "not_found", f"no {target.name}")

    async def create(self, actor: NewActor, /) -> str:
        self.created.append(actor)
        return "actor1"

    async def connect(self, target: ActorTarget, params: Value, /) -> Channel:
        raise ActorNotFoundError("actor", "not_found", f"no {target.name} {params!r}")

    async def fetch(self, target: ActorTarget, call: FetchCall, /) -> FetchAnswer:
        raise ActorNotFoundError("actor", "not_found", f"no {target.name} {call!r}")

    async def web_socket(
        self, target: ActorTarget, path: str, params: Value, /
    ) -> RawChannel:
        raise ActorNotFoundError("actor", "not_found", f"no {target} {path} {params!r}")

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def client(recorder: Recorder) -> AsyncGenerator[CounterClient]:
    async with CounterClient(transport=recorder) as running:
        yield running


async def test_handles_name_their_actor(
    client: CounterClient, recorder: Recorder
) -> None:
    await client.counter.get(name="a").increment()
    await client.counter.get_or_create(name="a", start=5).increment()
    await client.counter.get_for_id("actor9").increment()
    created = await client.counter.create(name="b", start=6)
    await created.increment()

    assert [target for target, _ in recorder.calls] == [
        KeyTarget(name="counter", key=("a",), create=False),
        KeyTarget(name="counter", key=("a",), create=True, input={"start": 5}),
        IdTarget(name="counter", actor_id="actor9"),
        IdTarget(name="counter", actor_id="actor1"),
    ]
    assert recorder.created == [
        NewActor(name="counter", key=("b",), input={"start": 6})
    ]


async def test_calls_carry_arguments_parameters_and_what_may_be_repeated(
    client: CounterClient, recorder: Recorder
) -> None:
    parameters = "t"
    handle = client.counter.get(name="a", token=parameters)

    assert await handle.increment(3) == 1
    assert await handle.get_count() == 1

    increment, get_count = [call for _, call in recorder.calls]
    assert (increment.name, increment.args) == ("increment", [3])
    assert increment.params == {"token": "t"}
    assert (increment.retryable, get_count.retryable) == (False, True)
    assert increment.timeout_s == DEFAULT_TIMEOUT_S


async def test_a_timeout_can_be_chosen_for_a_handle(
    client: CounterClient, recorder: Recorder
) -> None:
    handle = client.counter.get(name="a").with_options(timeout_s=1.5)
    assert type(handle) is CounterHandle

    await handle.increment()

    assert recorder.calls[0][1].timeout_s == 1.5


@pytest.mark.parametrize(
    ("patience", "declared_s", "expected_s"),
    [
        (Patience(timeout_s=10), None, 10),
        (Patience(timeout_s=10), 2, 10),
        (Patience(timeout_s=10), 30, 35),
        (Patience(timeout_s=10, is_chosen=True), 30, 10),
    ],
)
def test_a_long_action_is_waited_for_unless_the_user_says_otherwise(
    patience: Patience, declared_s: float | None, expected_s: float
) -> None:
    assert patience.for_action(declared_s) == expected_s


async def test_wrong_arguments_never_reach_the_transport(
    client: CounterClient, recorder: Recorder
) -> None:
    with pytest.raises(InvalidArgumentsError, match="amount"):
        await client.counter.get(name="a").increment("5")  # type: ignore[arg-type] # what a checker would refuse

    assert recorder.calls == []


async def test_a_wrong_result_is_an_error() -> None:
    async with CounterClient(transport=Recorder("five")) as client:
        with pytest.raises(InvalidResultError):
            await client.counter.get(name="a").increment()


async def test_closing_a_client_closes_its_transport(recorder: Recorder) -> None:
    async with CounterClient(transport=recorder):
        pass

    assert recorder.closed


async def test_a_transport_may_refuse_a_connection_with_an_actor_error(
    client: CounterClient,
) -> None:
    with pytest.raises(ActorNotFoundError):
        await client.counter.get_for_id("x").connect().open()


async def test_actors_reach_actors_over_any_transport(recorder: Recorder) -> None:
    from counter_client import CounterActor  # noqa: PLC0415 - as a server would

    handle = CounterActor(Caller(recorder)).get_or_create(name="a")

    assert await handle.increment() == 1


# Over HTTP


async def test_a_declared_error_has_its_type_over_http(server: ScriptedServer) -> None:
    body = {"group": "user", "code": "overflow", "message": "x"}
    server.replies.append(json_reply({**body, "metadata": {"limit": 3}}, status=500))
    async with CounterClient(server.url) as client:
        with pytest.raises(CounterOverflowError) as caught:
            await client.counter.get_or_create(name="a").increment(100)

    assert caught.value.metadata.limit == 3
    assert caught.value.__suppress_context__


async def test_a_value_that_cannot_travel_is_an_invalid_argument(
    server: ScriptedServer,
) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    server.replies.append(OUTPUT_1)
    async with CounterClient(server.url) as client:
        with pytest.raises(InvalidArgumentsError, match="nested deeper"):
            await client.counter.get_or_create(name="a").keep(deep)


async def test_options_reach_the_wire(server: ScriptedServer) -> None:
    server.replies.append(OUTPUT_1)
    space, secret = "space", "secret"
    client = CounterClient(
        server.url,
        namespace=space,
        token=secret,
        pool="pool",
        encoding=Encoding.JSON,
        headers={"x-mine": "1"},
        metadata_lookup=False,
        timeout_s=3,
    )
    async with client:
        await client.counter.get_or_create(name="a").increment(2)

    (seen,) = server.seen
    for expected in ("namespace=space", "token=secret", "runner=pool"):
        assert expected in seen.target
    assert seen.headers["x-mine"] == "1"
    assert json.loads(seen.body) == {"args": [2]}
    assert server.metadata_seen == []


async def test_resolve_asks_for_the_id(server: ScriptedServer) -> None:
    server.replies.append(json_reply({"actor": {"actor_id": "actor7"}}))
    async with CounterClient(server.url) as client:
        assert await client.counter.get_or_create(name="a").resolve() == "actor7"


async def test_a_client_that_is_closed_fails_calls_in_flight(
    server: ScriptedServer,
) -> None:
    server.replies.append(Reply(delay_s=2))
    client = CounterClient(server.url)
    handle = client.counter.get_or_create(name="a")
    calling = asyncio.create_task(handle.increment())
    await server.arrived.wait()

    await client.aclose()

    with pytest.raises(UnknownOutcomeError):
        await calling
    with pytest.raises(ConnectionClosedError):
        await handle.increment()


def test_an_endpoint_that_cannot_work_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError):
        CounterClient("localhost:6420")


# Types


def test_results_and_payloads_are_typed() -> None:
    """Checked by the type checkers; running it only proves that it imports."""

    async def typed(handle: CounterHandle, connection: CounterConnection) -> None:
        assert_type(await handle.increment(), int)
        assert_type(await connection.get_count(), int)
        assert_type(connection.events.new_count, EventStream[int])
        async for count in connection.events.new_count:
            assert_type(count, int)

    assert typed.__name__ == "typed"


# Facade


def test_every_name_of_the_facade_can_be_loaded() -> None:
    for name in rivetgen_client.__all__:
        assert getattr(rivetgen_client, name) is not None
    assert set(dir(rivetgen_client)) == set(rivetgen_client.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_this"):
        rivetgen_client.nothing_like_this  # type: ignore[attr-defined] # noqa: B018


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_importing_the_package_is_cheap() -> None:
    code = (
        "import time; start = time.process_time(); import rivetgen_client; "
        "print(time.process_time() - start)"
    )

    assert min(float(run_python(code)) for _ in range(3)) < 0.12


@pytest.mark.parametrize(
    "code",
    [
        "import rivetgen_client as c; c.Handle, c.Client, c.Connection, c.SyncClient",
        "import rivetgen_client as c; c.types.Model, c.Transport, c.Encoding",
    ],
)
def test_network_libraries_wait_for_the_first_client(code: str) -> None:
    loaded = run_python(f"{code}; import sys; print(*sys.modules)").split()

    assert not {"httpx", "websockets"} & set(loaded)


def test_websockets_waits_for_the_first_connection() -> None:
    code = "import rivetgen_client as c, sys; c.Client('http://h'); print(*sys.modules)"

    loaded = run_python(code).split()

    assert "httpx" in loaded
    assert "websockets" not in loaded


def test_definitions_take_any_annotation() -> None:
    action = ActionDefinition[list[int]](
        "all", arguments=(Argument("of", list[types.Int]),), returns=list[types.Int]
    )

    assert action.dump_arguments(([1, 2],)) == [[1, 2]]
    assert action.dump_result([1]) == [1]
    assert ActionDefinition[None]("none").dump_result(None) is UNDEFINED
