"""The output gate: what waits for which batch, and in which order it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hypothesis import given
from hypothesis import strategies as st

from core_world import FakeClient
from rivetgen_client.wire.errors import ErrorBody
from rivetgen_client.wire.messages import ActionResponse, Error, Event, Init
from rivetgen_runtime.core.connections import Connection
from rivetgen_runtime.core.gate import Emission, Farewell, OutputGate

if TYPE_CHECKING:
    from rivetgen_runtime.core.connections import AnyConnection

NO_ACTIVATION = cast("Any", None)


def connected() -> tuple[AnyConnection, FakeClient]:
    client = FakeClient()
    connection: AnyConnection = Connection(
        NO_ACTIVATION, "id", params=None, state=None, sink=client
    )
    connection.deliver(Init("actor", "id"))
    client.received.clear()
    return connection, client


def event(number: int) -> Event:
    return Event("happened", [number])


def numbers(client: FakeClient) -> list[Any]:
    return [args[0] for args in client.events]


def test_what_needs_no_batch_leaves_at_once() -> None:
    connection, client = connected()
    OutputGate().follow(Emission((connection,), event(1)))
    assert numbers(client) == [1]


def test_a_held_departure_waits_for_settlement_and_batch() -> None:
    gate = OutputGate()
    connection, client = connected()
    gate.hold(Emission((connection,), event(1)))
    gate.release(5)
    gate.settle(6)
    assert numbers(client) == []
    gate.release(6)
    assert numbers(client) == [1]


def test_a_settlement_that_changed_nothing_lets_go_at_once() -> None:
    gate = OutputGate()
    connection, client = connected()
    gate.release(3)
    gate.hold(Emission((connection,), event(1)))
    gate.settle(3)
    assert numbers(client) == [1]


def test_what_follows_does_not_overtake() -> None:
    gate = OutputGate()
    connection, client = connected()
    gate.after(1, Emission((connection,), event(1)))
    gate.follow(Emission((connection,), event(2)))
    gate.hold(Emission((connection,), event(3)))
    gate.follow(Emission((connection,), event(4)))
    assert numbers(client) == []
    gate.release(1)
    assert numbers(client) == [1, 2]
    gate.settle(1)
    assert numbers(client) == [1, 2, 3, 4]


def test_a_farewell_closes_after_what_was_sent_before() -> None:
    gate = OutputGate()
    connection, client = connected()
    gate.after(1, Emission((connection,), event(1)))
    gate.follow(Farewell(connection, 1000, "bye"))
    gate.follow(Emission((connection,), event(2)))
    gate.release(1)
    assert client.received == [event(1), (1000, "bye")]


def test_after_a_failure_callers_get_the_error_and_events_are_dropped() -> None:
    gate = OutputGate()
    connection, client = connected()
    gate.after(1, Emission((connection,), event(1)))
    gate.after(1, Emission((connection,), ActionResponse(7, "done")))
    gate.hold(Emission((connection,), event(2)))
    gate.fail(ErrorBody("rivetgen", "storage_failed", "The store failed."))
    gate.release(9)
    assert client.received == [
        Error(
            group="rivetgen",
            code="storage_failed",
            message="The store failed.",
            action_id=7,
        )
    ]


def test_what_speaks_of_an_undone_change_is_dropped() -> None:
    gate = OutputGate()
    connection, client = connected()
    gate.hold(Emission((connection,), event(1)))
    gate.discard_unsettled()
    gate.settle(0)
    assert numbers(client) == []


STEPS = st.lists(
    st.sampled_from(["hold", "follow", "settle", "release", "after"]), max_size=60
)


@given(STEPS)
def test_every_mixture_leaves_in_the_order_of_emission(steps: list[str]) -> None:
    gate = OutputGate()
    clients = [connected(), connected()]
    connections = tuple(connection for connection, _ in clients)
    emitted = submitted = durable = 0
    for step in [*steps, "settle"]:
        emission = Emission(connections, event(emitted))
        match step:
            case "hold":
                gate.hold(emission)
                emitted += 1
            case "follow":
                gate.follow(emission)
                emitted += 1
            case "settle":
                submitted += 1
                gate.settle(submitted)
            case "after" if not gate.is_unsettled:
                gate.after(submitted, emission)
                emitted += 1
            case "release" if durable < submitted:
                durable += 1
                gate.release(durable)
            case _:
                pass
    gate.release(submitted)
    for _, client in clients:
        assert numbers(client) == list(range(emitted))
