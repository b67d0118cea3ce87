"""Hooks around connections: their order, their limits, and refusals."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import (
    LabBase,
    LabConnection,
    LabConnectionState,
    LabContext,
    LabParams,
)
from core_world import FakeClient, World
from rivetgen_client import types
from rivetgen_client.wire.messages import Error, Init
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.errors import ForbiddenError, RequestError, UserError
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value


class Guarded(LabBase):
    """Asks for a token and remembers who is there."""

    definition = replace(
        LabBase.definition, conn_params=LabParams, conn_state=LabConnectionState
    )

    def __init__(self) -> None:
        self.steps: list[str] = []

    async def on_before_connect(self, c: LabContext, params: LabParams) -> None:
        self.steps.append(f"before {params.badge} {len(c.conns)} {c.has_conn}")
        if params.badge == "bad":
            raise UserError("bad token", code="unauthorized")
        if params.badge == "boom":
            raise KeyError("secret")
        if params.badge == "forbid":
            raise ForbiddenError("Forbidden!")

    async def create_conn_state(
        self, c: LabContext, params: LabParams
    ) -> LabConnectionState:
        self.steps.append(f"state {len(c.conns)}")
        return LabConnectionState(user=params.badge)

    async def on_connect(self, c: LabContext, conn: LabConnection) -> None:
        self.steps.append(f"connect {len(c.conns)} {c.conn is conn}")
        if conn.params.badge == "late":
            raise UserError("too late", code="late")
        c.state.notes.append(conn.state.user)

    async def on_disconnect(self, c: LabContext, conn: LabConnection) -> None:
        self.steps.append(f"disconnect {len(c.conns)} {conn.state.user}")
        c.state.notes.remove(conn.state.user)

    async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        self.steps.append(f"work {c.conn.state.user}")
        return c.conn.params.badge

    async def look(self, c: LabContext, argument: Any) -> Any:
        if argument == "notes":
            return c.state.notes
        return list(self.steps)


def badge(text: str) -> Value:
    return {"badge": text}


async def steps(world: World) -> list[str]:
    await settle()
    result: Any = await world.call("look", params=badge("x"))
    return [step for step in result if " x " not in step and not step.endswith(" x")][
        :6
    ]


async def test_an_http_call_passes_the_hooks_in_their_order() -> None:
    world = World(Guarded)
    assert await world.call("work", params=badge("t")) == "t"
    await settle()
    seen: Any = await world.call("look", params=badge("t"))
    assert seen[:5] == [
        "before t 0 False",
        "state 0",
        "connect 1 True",
        "work t",
        "disconnect 0 t",
    ]


async def test_a_socket_passes_the_hooks_in_their_order() -> None:
    world = World(Guarded)
    client = await world.connect(params=badge("t"))
    await client.request(1, "work")
    await client.leave()
    seen: Any = await world.call("look", params=badge("t"))
    assert seen[:5] == [
        "before t 0 False",
        "state 0",
        "connect 1 True",
        "work t",
        "disconnect 0 t",
    ]
    assert client.outputs == {1: "t"}


REFUSALS = [
    ("bad", "user.unauthorized", "bad token", 500),
    ("late", "user.late", "too late", 500),
    ("forbid", "auth.forbidden", "Forbidden!", 403),
    ("boom", "rivetkit.internal_error", "An internal error occurred", 500),
]


@pytest.mark.parametrize(("text", "name", "message", "status"), REFUSALS)
async def test_an_http_call_may_be_refused(
    text: str, name: str, message: str, status: int
) -> None:
    world = World(Guarded)
    with pytest.raises(RequestError) as caught:
        await world.call("work", params=badge(text))
    assert (caught.value.body.name, caught.value.status) == (name, status)
    assert caught.value.body.message == message


@pytest.mark.parametrize(("text", "name", "message", "status"), REFUSALS)
async def test_a_refused_socket_gets_an_error_and_is_closed(
    text: str,
    name: str,
    message: str,
    status: int,  # noqa: ARG001 - sockets have none
) -> None:
    world = World(Guarded)
    record, client = await world.locate(), FakeClient()
    with pytest.raises(RequestError):
        await world.host.open_connection(record, client, params=badge(text))
    group, _, code = name.partition(".")
    assert client.received == [
        Error(group=group, code=code, message=message),
        (1011, name),
    ]


async def test_a_refused_connection_leaves_nothing_behind() -> None:
    world = World(Guarded)
    for text in ("bad", "late"):
        with pytest.raises(RequestError):
            await world.call("work", params=badge(text))
    await settle()
    seen: Any = await world.call("look", params=badge("t"))
    assert not any(step.startswith("disconnect") for step in seen)
    assert seen[-3:] == ["before t 0 False", "state 0", "connect 1 True"]


@pytest.mark.parametrize("params", [UNDEFINED, None, {}, {"badge": 5}, "text"])
async def test_parameters_that_do_not_fit_are_told(params: Value) -> None:
    with pytest.raises(RequestError) as caught:
        await World(Guarded).call("work", params=params)
    assert (caught.value.body.name, caught.value.status) == (
        "actor.validation_error",
        400,
    )
    metadata: Any = caught.value.body.metadata
    assert metadata["issues"][0]["path"].startswith("params")


async def test_parameters_of_any_type_may_be_null() -> None:
    class Open(LabBase):
        definition = replace(LabBase.definition, conn_params=types.Json)

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.conn.params

    world = World(Open)
    assert await world.call("look", params=[1]) == [1]
    assert await world.call("look", params={"a": None}) == {"a": None}


async def test_undeclared_parameters_are_ignored() -> None:
    class Open(LabBase):
        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return [c.conn.params, c.conn.state]

    assert await World(Open).call("look", params={"a": 1}) == [None, None]


@pytest.mark.parametrize(
    "hook", ["on_before_connect", "create_conn_state", "on_connect"]
)
async def test_hooks_have_a_time_limit(hook: str) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    world = World(type("Hanging", (Guarded,), {hook: hang}))
    call = asyncio.create_task(world.call("work", params=badge("t")))
    await world.clock.advance(4.9)
    assert not call.done()
    await world.clock.advance(0.1)
    error = call.exception()
    assert isinstance(error, RequestError)
    assert error.body.name == "actor.callback_timed_out"


async def test_a_hook_of_disconnection_that_fails_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(LabBase):
        async def on_disconnect(self, c: LabContext, conn: LabConnection) -> None:  # noqa: ARG002
            raise KeyError("lost")

    await World(Failing).call("work")
    await settle()
    assert "on_disconnect failed" in caplog.text


async def test_init_waits_for_what_the_hooks_changed() -> None:
    world = World(Guarded)
    await world.locate()
    world.commits.hold()
    client = await world.connect(params=badge("t"))
    assert client.received == []
    await world.commits.let_go()
    assert [type(message) for message in client.received] == [Init]


async def test_what_a_hook_changed_is_saved_although_the_action_changes_nothing() -> (
    None
):
    class Counting(LabBase):
        async def on_before_connect(self, c: LabContext, params: Any) -> None:  # noqa: ARG002
            c.state.value += 1

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.state.value

    world = World(Counting)
    await world.call("look")
    await world.clock.advance(1)
    world.crash()
    assert await world.call("look") == 2


async def test_an_event_in_on_connect_arrives_after_init() -> None:
    class Greeting(LabBase):
        async def on_connect(self, c: LabContext, conn: LabConnection) -> None:
            conn.events.happened("welcome")
            await asyncio.sleep(0)
            conn.events.happened(len(c.conns))

    world = World(Greeting)
    client = await world.connect()
    assert isinstance(client.received[0], Init)
    assert client.events == [["welcome"], [1]]


async def test_a_connection_closed_in_on_connect_gets_no_init() -> None:
    class Unfriendly(LabBase):
        async def on_connect(self, c: LabContext, conn: LabConnection) -> None:  # noqa: ARG002
            conn.disconnect("go away")

    world = World(Unfriendly)
    client = await world.connect()
    assert client.received == [(1000, "go away")]


async def test_more_connections_than_the_limit_are_refused() -> None:
    world = World(LabBase, connections_per_actor=1)
    first = await world.connect()
    with pytest.raises(RequestError, match=r"actor\.overloaded"):
        await world.connect()
    await first.leave()
    await world.connect()
