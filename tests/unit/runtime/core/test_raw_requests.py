"""Raw HTTP in the core: hooks, turns, durability, time limits, and clients that go."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import LabBase, LabConnection, LabContext
from raw_world import FakeResponse, RawWorld
from rivetgen_client.types import Json
from rivetgen_runtime import ActorOptions, Request, Response, UserError
from rivetgen_runtime.core.kv_values import single_key
from rivetgen_runtime.core.ports import Area, ValueQuery
from rivetgen_runtime.errors import NoRequestError, RequestError
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OPTIONS = ActorOptions(
    sleep_timeout_s=10.0, sleep_grace_period_s=5.0, action_timeout_s=3.0
)


class Lab(LabBase):
    """Answers by path; what its stream does is in the hands of a test."""

    definition = replace(LabBase.definition, options=OPTIONS, conn_params=Json)
    trace: list[str]
    go: asyncio.Event

    async def on_before_connect(self, c: LabContext, params: Any) -> None:
        self.trace.append(f"before {c.has_request and c.request.path}")
        if params == {"refuse": True}:
            raise UserError("no", code="refused")

    async def on_connect(self, c: LabContext, conn: LabConnection) -> None:  # noqa: ARG002
        self.trace.append(f"connect {c.has_request}")

    async def on_disconnect(self, c: LabContext, conn: LabConnection) -> None:  # noqa: ARG002
        await asyncio.sleep(0)
        self.trace.append(f"disconnect {len(c.conns)}")

    async def on_sleep(self, c: LabContext) -> None:  # noqa: ARG002
        self.trace.append("sleep")

    async def on_request(self, c: LabContext, request: Request) -> Response:
        self.trace.append(f"request {len(c.conns)} {c.conn.id in c.conns}")
        match request.path:
            case "/echo":
                return Response(
                    await request.body(), headers={"x-method": request.method}
                )
            case "/count":
                c.state.value += 1
                return Response.json(c.state.value)
            case "/fail":
                c.state.value += 10
                raise UserError("broken", code="broken")
            case "/secret":
                message = "secret"
                raise RuntimeError(message)
            case "/nothing":
                return None  # type: ignore[return-value] # what a careless user writes
            case "/wait":
                await self.go.wait()
                return Response("done")
            case _:
                return Response(
                    self.stream(c), headers=[("set-cookie", "a"), ("set-cookie", "b")]
                )

    async def stream(self, c: LabContext) -> AsyncIterator[bytes]:
        try:
            for number in range(3):
                c.state.value = number
                yield str(number).encode()
            await self.go.wait()
            yield b"end"
        finally:
            self.trace.append("closed")

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.value

    async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.request.path


def raw_world(base: type[Any] = Lab, **facts: Any) -> tuple[RawWorld, Any]:
    actor: Any = type("LabHere", (base,), {"trace": [], "go": asyncio.Event(), **facts})
    return RawWorld(actor), actor


async def body(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_a_handler_gets_the_request_and_its_response_comes_back() -> None:
    world, _ = raw_world()
    answer = await world.request("/echo", method="PUT", stream=body(b"a", b"b"))
    assert (answer.status, answer.body) == (200, b"ab")
    assert answer.headers["x-method"] == "PUT"
    assert answer.is_complete


async def test_a_connection_lives_as_long_as_the_call_with_all_its_hooks() -> None:
    world, actor = raw_world()
    await world.request("/count")
    assert actor.trace == [
        "before /count",
        "connect False",
        "request 1 True",
        "disconnect 0",
    ]


async def test_the_next_call_of_a_client_finds_the_disconnect_done() -> None:
    world, actor = raw_world()
    await world.request("/count")
    await world.call("look")
    await world.request("/count")
    assert actor.trace.count("disconnect 0") == 3
    assert actor.trace[-1] == "disconnect 0"


async def test_an_actor_may_refuse_the_connection() -> None:
    world, actor = raw_world()
    with pytest.raises(RequestError) as refused:
        await world.request("/count", params={"refuse": True})
    assert refused.value.body.name == "user.refused"
    assert actor.trace == ["before /count"]


async def test_an_action_has_no_request() -> None:
    world, _ = raw_world()
    with pytest.raises(RequestError) as missing:
        await world.call("work")
    assert missing.value.body.name == NoRequestError().body.name


async def test_an_actor_without_a_handler_answers_404_without_a_body() -> None:
    world = RawWorld(type("Silent", (LabBase,), {}))
    answer = await world.request("/count")
    assert (answer.status, answer.body) == (404, b"")


async def test_what_users_raise_reaches_the_caller_and_the_change_stays() -> None:
    world, actor = raw_world()
    with pytest.raises(RequestError) as failed:
        await world.request("/fail")
    assert (failed.value.body.name, failed.value.status) == ("user.broken", 500)
    assert await world.call("look") == 10
    assert "disconnect 0" in actor.trace


async def test_other_exceptions_are_masked() -> None:
    world, _ = raw_world()
    with pytest.raises(RequestError) as failed:
        await world.request("/secret")
    assert failed.value.body.name == "rivetkit.internal_error"
    assert "secret" not in failed.value.body.message


async def test_a_handler_that_returns_nothing_is_told_to_its_caller() -> None:
    world, _ = raw_world()
    with pytest.raises(RequestError) as failed:
        await world.request("/nothing")
    assert failed.value.status == 500
    assert "onRequest handler must return a Response" in failed.value.body.message


async def test_a_response_waits_until_its_change_is_durable() -> None:
    world, _ = raw_world()
    await world.locate()
    world.commits.hold()
    answer = FakeResponse()
    call = asyncio.create_task(world.request("/count", response=answer))
    await settle()
    assert answer.status is None
    await world.commits.let_go()
    await call
    assert answer.body == b"1"


async def test_a_handler_that_takes_too_long_is_cancelled() -> None:
    world, actor = raw_world()
    call = asyncio.create_task(world.request("/wait"))
    await settle()
    await world.clock.advance(3.0)
    with pytest.raises(RequestError) as late:
        await call
    assert (late.value.body.name, late.value.status) == ("actor.action_timed_out", 408)
    assert actor.trace[-1] == "disconnect 0"


async def test_a_running_handler_keeps_the_actor_awake() -> None:
    world, actor = raw_world(
        definition=replace(
            Lab.definition, options=replace(OPTIONS, action_timeout_s=100.0)
        )
    )
    call = asyncio.create_task(world.request("/wait"))
    await settle()
    await world.clock.advance(30.0)
    assert "sleep" not in actor.trace
    actor.go.set()
    assert (await call).body == b"done"
    await world.clock.advance(30.0)
    assert "sleep" in actor.trace


# Streams


async def test_pieces_arrive_when_they_are_made_and_the_end_after_the_disconnect() -> (
    None
):
    world, actor = raw_world()
    answer = FakeResponse()
    call = asyncio.create_task(world.request("/stream", response=answer))
    await settle()
    assert answer.chunks == [b"0", b"1", b"2"]
    assert answer.headers.get_all("set-cookie") == ("a", "b")
    assert "disconnect 0" not in actor.trace
    actor.go.set()
    await call
    assert answer.body == b"012end"
    assert actor.trace[-2:] == ["closed", "disconnect 0"]


async def test_a_piece_waits_until_what_changed_before_it_is_durable() -> None:
    world, _ = raw_world()
    await world.locate()
    answer = FakeResponse()
    world.commits.hold()
    call = asyncio.create_task(world.request("/stream", response=answer))
    await settle()
    assert answer.chunks == [b"0"]  # nothing had changed before: the value was 0
    await world.commits.let_go()
    assert answer.chunks == [b"0", b"1", b"2"]
    call.cancel()
    await asyncio.wait([call])


async def test_a_slow_client_holds_the_generator_back() -> None:
    world, actor = raw_world()
    answer = FakeResponse()
    answer.hold()
    call = asyncio.create_task(world.request("/stream", response=answer))
    await settle()
    assert await world.call("look") == 0
    answer.go_on()
    await settle()
    assert await world.call("look") == 2
    actor.go.set()
    await call


async def test_a_client_that_goes_away_closes_the_generator() -> None:
    world, actor = raw_world()
    answer = FakeResponse()
    answer.hold()
    call = asyncio.create_task(world.request("/stream", response=answer))
    await settle()
    answer.is_gone = True
    answer.go_on()
    await call
    assert actor.trace[-2:] == ["closed", "disconnect 0"]


async def test_a_call_that_is_cancelled_cancels_the_handler() -> None:
    world, actor = raw_world()
    call = asyncio.create_task(world.request("/wait"))
    await settle()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert actor.trace[-1] == "disconnect 0"
    assert await world.call("look") == 0


async def test_a_generator_that_fails_leaves_an_incomplete_response() -> None:
    async def stream(self: Any, c: LabContext) -> AsyncIterator[bytes]:
        del self, c
        yield b"begun"
        message = "secret"
        raise RuntimeError(message)

    world, actor = raw_world(stream=stream)
    answer = FakeResponse()
    with pytest.raises(RequestError) as failed:
        await world.request("/stream", response=answer)
    assert failed.value.body.name == "rivetkit.internal_error"
    assert answer.chunks == [b"begun"]
    assert actor.trace[-1] == "disconnect 0"


async def test_a_stop_cuts_a_stream_that_does_not_end_in_time() -> None:
    world, actor = raw_world()
    answer = FakeResponse()
    call = asyncio.create_task(world.request("/stream", response=answer))
    record = await world.locate()
    await settle()
    stop = asyncio.create_task(world.host.sleep(record.actor_id))
    await settle()
    assert not call.done()
    await world.clock.advance(5.0)
    with pytest.raises(RequestError) as cut:
        await call
    assert cut.value.body.name == "actor.aborted"
    await world.clock.advance(1.0)
    await stop
    assert "closed" in actor.trace


async def test_nothing_runs_any_more_when_all_calls_have_ended() -> None:
    world, actor = raw_world()
    before = asyncio.all_tasks()
    actor.go.set()
    await asyncio.gather(*(world.request("/stream") for _ in range(50)))
    await settle()
    assert asyncio.all_tasks() == before


async def test_state_of_a_stream_is_stored_after_its_last_piece() -> None:
    world, actor = raw_world()
    actor.go.set()
    await world.request("/stream")
    record = await world.locate()
    query = ValueQuery(
        actor_id=record.actor_id, area=Area.STATE, ranges=(single_key(b""),), limit=1
    )
    assert len(await world.store.scan(query)) == 1
    world.kill()
    assert await world.call("look") == 2
