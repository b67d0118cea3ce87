"""Generated code of the schema `everything` runs: server, client, blocking client."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from everything_actors import MOMENT, registry
from everything_client import (
    Absences,
    Awkward,
    Branch,
    Color,
    Defaults,
    EverythingCancelMessage,
    EverythingCancelReply,
    EverythingClient,
    EverythingHandle,
    EverythingJobsMessage,
    EverythingSeveralEvent,
    EverythingSignalMessage,
    Forbidden,
    JourneyCancelMessage,
    JourneyCancelReply,
    JourneyTicketsMessage,
    Kept,
    Later,
    Node,
    OldAndNew,
    QuotaExceeded,
    Scalars,
    ShapeCircle,
    ShapeNothing,
    ShapeSquare,
    Size,
    SyncEverythingClient,
    SyncEverythingHandle,
)
from rivetgen_client import (
    ActorError,
    Completed,
    Encoding,
    ForbiddenError,
    InvalidArgumentsError,
    TimedOut,
)
from rivetgen_client.types import MISSING
from rivetgen_runtime import ServeOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ADA = "ada"
EVE = "eve"
ENCODINGS = [Encoding.JSON, Encoding.CBOR, Encoding.BARE]


@pytest.fixture
async def endpoint(tmp_path: Path) -> AsyncIterator[str]:
    async with registry.serving(ServeOptions(port=0, data=tmp_path)) as running:
        yield running.endpoint


@pytest.fixture(params=ENCODINGS, ids=lambda encoding: encoding.name.lower())
async def client(
    endpoint: str, request: pytest.FixtureRequest
) -> AsyncIterator[EverythingClient]:
    async with EverythingClient(endpoint, encoding=request.param) as client:
        yield client


def everything(client: EverythingClient) -> EverythingHandle:
    return client.everything.get_or_create(
        org="acme",
        list="first",
        input_org="root",
        start=3,
        labels=["a", "b"],
        token=ADA,
        params_org="tag",
    )


def scalars() -> Scalars:
    return Scalars(
        a_string="Grüße\u2028",
        an_int=10,
        a_bigint=2**80,
        a_float=0.1,
        a_bool=False,
        a_decimal=Decimal("12.50"),
        some_bytes=bytes(range(16)),
        a_datetime=MOMENT.replace(microsecond=123456),
        a_date=dt.date(2026, 12, 31),
        a_time=dt.time(23, 59, 59),
        a_duration=dt.timedelta(days=1, seconds=1, milliseconds=500),
        a_uuid=uuid.UUID(int=2**127),
        a_uri="https://example.com/a?b#c",
        an_email="ada@example.com",
        a_json={"a": [1, 2.5, None, True, {"b": "c"}]},
    )


def kept() -> Kept:
    leaf = Node(name="leaf", parent=None)
    branch = Branch(node=leaf, twigs=[Branch(node=Node(name="twig"), twigs=[])])
    return Kept(
        scalars=scalars(),
        defaults=Defaults(items=[5], later=Later.Y, nothing="something"),
        absences=Absences(required="r", nullable=None),
        awkward=Awkward(
            list=["a"],
            set={1, 2},
            dict_={"k": "v"},
            str="s",
            int=1,
            date=dt.date(2026, 1, 1),
            datetime=MOMENT,
            from_="f",
            property=[dt.date(2026, 1, 2)],
            type="t",
            id=7,
        ),
        old_and_new=OldAndNew(new="n"),
        node=Node(name="root", children=[leaf], by_name={"x": None}, branch=branch),
        shapes=[ShapeCircle(radius=1), ShapeSquare(side=2.5), ShapeNothing()],
        colors={Color.RED, "mauve"},
        tags=None,
    )


async def test_every_type_survives_the_way_there_and_back(
    client: EverythingClient,
) -> None:
    value = kept()
    returned = await everything(client).echo(value)
    assert returned == value
    assert returned.absences.optional is MISSING
    assert returned.absences.nullable is None
    assert returned.node.parent is MISSING
    assert {type(color) for color in returned.colors} == {Color, str}


async def test_every_type_survives_a_connection(client: EverythingClient) -> None:
    async with everything(client).connect() as connection:
        assert await connection.echo(kept()) == kept()


async def test_typed_defaults_are_values_of_their_type() -> None:
    defaults = Defaults()
    assert defaults.moment == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert defaults.span == dt.timedelta(hours=1, minutes=30)
    assert defaults.amount == Decimal("12.50")
    assert defaults.later is Later.X
    assert defaults.anything == {"a": [1, None]}
    assert defaults.items is not Defaults().items


async def test_actions_called_like_builtins_are_answered(
    client: EverythingClient,
) -> None:
    handle = everything(client)
    assert await handle.list(["x"]) == ["x", "a"]
    assert await handle.set({"a", "b"}) == {"a", "b"}
    assert await handle.dict() == {"count": 3, "children": 2}
    assert await handle.str() == "acme first ada"
    assert await handle.int(4) == 7


async def test_arguments_that_are_left_out_get_their_defaults(
    client: EverythingClient,
) -> None:
    handle = everything(client)
    assert await handle.many(scalars()) == ShapeCircle(radius=2)
    assert await handle.many(scalars(), 5, [1, 2]) == ShapeCircle(radius=8)
    some_day = dt.date(2026, 1, 1)
    assert await handle.many(scalars(), absent=some_day) == ShapeNothing()
    assert await handle.many(scalars(), node=Node(name="n")) == ShapeNothing()


async def test_open_enums_keep_what_they_do_not_know(client: EverythingClient) -> None:
    handle = everything(client)
    assert await handle.paint(Size.SMALL) is Color.RED
    assert await handle.paint(Size.SMALL, "mauve") == "mauve"
    assert await handle.paint(Size.SMALL, "none") is None


async def test_declared_errors_are_raised_with_their_metadata(
    client: EverythingClient,
) -> None:
    handle = everything(client)
    with pytest.raises(QuotaExceeded) as caught:
        await handle.paint(Size.LARGE)
    metadata = caught.value.metadata
    assert (metadata.limit, metadata.color) == (10, Color.RED)
    assert (metadata.names, metadata.until) == ([], MOMENT)
    assert (metadata.message, metadata.super) == ("m", 1)
    assert caught.value.message == 'A "message" with \\ and {braces}.'
    with pytest.raises(Forbidden):
        await handle.paint(Size.SMALL, Color.IN_PROGRESS)
    async with handle.connect() as connection:
        with pytest.raises(QuotaExceeded):
            await connection.paint(Size.LARGE)


@pytest.mark.parametrize("path", [[], ["a"], ["a", "b/c", ""]])
async def test_a_key_may_end_in_any_number_of_parts(
    client: EverythingClient, path: list[str]
) -> None:
    handle = client.archive.get_or_create(year=2026, path=path)
    assert await handle.path() == ["2026", *path]


async def test_an_actor_may_have_a_database(client: EverythingClient) -> None:
    handle = client.archive.get_or_create(year=2027, path=[])
    assert [await handle.file("a"), await handle.file("b")] == [1, 2]


async def test_choices_and_bounds_hold(client: EverythingClient) -> None:
    handle = everything(client)
    assert await handle.choose(5) == 5
    assert await handle.choose("5") == "5"
    assert await handle.bounded(5, "any", ["a", None]) == Decimal("1.25")
    assert await handle.bounded(None, 1, None) is None
    outside: list[tuple[int, int | str, list[str | None] | None]] = [
        (6, 1, None),
        (0, 1, None),
        (1, 6, None),
        (1, 1, []),
        (1, 1, ["toolong"]),
    ]
    for arguments in outside:
        with pytest.raises(InvalidArgumentsError):
            await handle.bounded(*arguments)


@pytest.mark.parametrize("wrong", ["5", 5.5, True, None, [], 2**53])
async def test_a_wrong_type_is_refused_before_it_is_sent(
    client: EverythingClient, wrong: object
) -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        await everything(client).int(wrong)  # type: ignore[arg-type]  # the point
    assert caught.value.issues[0]["path"] == "value"


async def test_internal_actions_are_not_in_the_client(client: EverythingClient) -> None:
    assert not hasattr(everything(client), "deep_er_call")


async def test_events_arrive_typed_and_in_order(client: EverythingClient) -> None:
    async with everything(client).connect() as connection:
        events = connection.events
        seen: list[object] = []
        events.nothing.subscribe(seen.append)
        events.one.subscribe(seen.append)
        events.several.subscribe(seen.append)
        events.shaped.subscribe(seen.append)
        events.property.subscribe(seen.append)
        events.maybe.subscribe(seen.append)
        gone = events.gone.listen()
        await connection.itself(1, 2)
        assert await anext(gone) == 2
        assert seen == [
            None,
            1,
            EverythingSeveralEvent(who="ada", when=MOMENT, list=[1, 2]),
            ShapeCircle(radius=2),
            "text",
            MISSING,
            "there",
        ]


async def test_a_guard_decides_who_receives_an_event(client: EverythingClient) -> None:
    async with everything(client).connect() as connection:
        secrets: list[str] = []
        connection.events.secret.subscribe(secrets.append)
        await connection.itself(1, 2)
        assert secrets == ["for ada"]


async def test_deprecated_actions_warn_and_work(client: EverythingClient) -> None:
    with pytest.warns(DeprecationWarning, match="Use `paint`"):
        call = everything(client).outdated()  # pyright: ignore[reportDeprecated]
    assert await call == ["tag"]


async def test_actors_call_each_other_with_typed_keys_and_bodies(
    client: EverythingClient,
) -> None:
    partner = client.partner.get_or_create(
        id=uuid.UUID(int=1),
        shard=7,
        day=dt.date(2000, 1, 1),
        size=Size.SMALL,
        active=True,
        input=Node(name="four"),
        params="secret",
    )
    assert await partner.size() == 4 + 7 + 2000 + 2


PARTNER_KEY: Any = {
    "id": uuid.UUID(int=1),
    "shard": 7,
    "day": dt.date(2000, 1, 1),
    "size": Size.SMALL,
    "active": True,
    "input": Node(name="four"),
    "params": "secret",
}


async def test_raw_requests_and_sockets_reach_the_actor(
    client: EverythingClient,
) -> None:
    partner = client.partner.get_or_create(**PARTNER_KEY)
    answer = await partner.fetch("/a?x=1", method="PUT", body="text")
    assert answer.json() == ["PUT", "/a", "text", 7]
    async with partner.web_socket() as socket:
        await socket.send("a")
        await socket.send(b"b")
        assert [await socket.receive(), await socket.receive()] == ["a", b"b"]


async def test_the_blocking_client_makes_raw_calls(endpoint: str) -> None:
    def work() -> None:
        with EverythingClient.sync(endpoint) as client:
            partner = client.partner.get_or_create(**PARTNER_KEY)
            answer = partner.fetch("/a", method="POST", body=b"x", stream=True)
            with answer:
                assert answer.status_code == 200
                pieces = b"".join(answer.iter_bytes())
            assert json.loads(pieces) == ["POST", "/a", "x", 7]
            whole = partner.fetch()
            assert (whole.is_success, whole.json()[0]) == (True, "GET")
            assert whole.headers["content-type"] == "application/json"
            assert whole.read() == whole.content == whole.text.encode()
            with partner.web_socket() as socket:
                socket.send("a")
                assert socket.receive() == "a"
                socket.send(b"b")
                assert next(iter(socket)) == b"b"
            assert (socket.close_code, socket.close_reason) == (1000, "")
            assert list(socket) == []

    await asyncio.to_thread(work)


async def test_a_key_part_of_a_wrong_type_is_refused(client: EverythingClient) -> None:
    with pytest.raises(InvalidArgumentsError):
        client.partner.get(
            id=uuid.UUID(int=1),
            shard=10,
            day=dt.date(2000, 1, 1),
            size=Size.SMALL,
            active=True,
            params="secret",
        )


async def test_an_actor_called_like_a_builtin_works(client: EverythingClient) -> None:
    handle = await client.str.create(property="p", count="c", input=[1, 2])
    assert await handle.classmethod() == "1-2 p c"
    with pytest.raises(ActorError, match="duplicate_key"):
        await client.str.create(property="p", count="c", input=[])


def use_blocking_client(client: SyncEverythingClient) -> None:
    handle: SyncEverythingHandle = client.everything.get_or_create(
        org="acme", list="blocking", input_org="root", token=ADA
    )
    assert handle.echo(kept()) == kept()
    assert handle.int(2) == 2
    with pytest.raises(QuotaExceeded):
        handle.paint(Size.LARGE)
    with handle.connect() as connection:
        several = connection.events.several.listen()
        connection.itself(1, 2)
        assert next(several).list == [1, 2]
    message = EverythingCancelMessage(reason="why")
    outcome = handle.queues.cancel.request(message, timeout=5)
    assert outcome == Completed(EverythingCancelReply(refunded=Decimal(3)))
    with handle.connect() as connection:
        connection.queues.jobs.send(EverythingJobsMessage(name="job"))
    client.plain.get_or_create().ping()
    created = client.str.create(property="sync", count="c", input=[1])
    assert created.classmethod() == "1 sync c"


async def test_the_blocking_client_does_the_same(endpoint: str) -> None:
    def work() -> None:
        with EverythingClient.sync(endpoint) as client:
            use_blocking_client(client)

    await asyncio.to_thread(work)


async def test_messages_are_sent_handled_and_answered(client: EverythingClient) -> None:
    handle = everything(client)
    outcome = await handle.queues.cancel.request(EverythingCancelMessage(reason="why"))
    assert outcome == Completed(EverythingCancelReply(refunded=Decimal(3)))
    node = Node(name="root", children=[Node(name="leaf")])
    assert await handle.queues.ask.request(node, timeout=5) == Completed([1])
    assert await handle.queues.ask.request(node, timeout=0) == TimedOut()
    for _ in range(3):
        await handle.queues.jobs.send(
            EverythingJobsMessage(name="job", size=7), key="one job"
        )
    await handle.queues.cmd_0.send(5)
    await handle.queues.signal.send(EverythingSignalMessage())
    await handle.queues.ask.request(node)  # comes after all others
    assert await handle.int(0) == 3 + 7


async def test_messages_are_sent_beside_a_connection(client: EverythingClient) -> None:
    async with everything(client).connect() as connection:
        outcome = await connection.queues.ask.request(Node(name="root"), timeout=5)
        assert outcome == Completed([0])


async def test_a_guard_decides_who_sends_a_message(client: EverythingClient) -> None:
    handle = client.everything.get_or_create(
        org="acme", list="guarded", input_org="root", token=EVE
    )
    with pytest.raises(ForbiddenError):
        await handle.queues.cancel.send(EverythingCancelMessage(reason="why"))


async def test_a_message_of_a_wrong_type_is_refused_before_it_is_sent(
    client: EverythingClient,
) -> None:
    with pytest.raises(InvalidArgumentsError):
        await everything(client).queues.cmd_0.send("5")  # type: ignore[arg-type]


async def test_a_workflow_follows_its_messages(client: EverythingClient) -> None:
    journey = client.journey.get_or_create(id="first")
    async with journey.connect() as connection:
        stopped: asyncio.Queue[str] = asyncio.Queue()
        connection.events.stopped.subscribe(stopped.put_nowait)
        await connection.call("home")
        for place, price in (("Bruges", "12.50"), ("Ghent", "0.25")):
            ticket = JourneyTicketsMessage(place=place, price=Decimal(price))
            await connection.queues.tickets.send(ticket)
        async with asyncio.timeout(30):
            heard = [await stopped.get() for _ in range(3)]
    assert heard == ["home", "Bruges", "Ghent"]
    detour = Node(name="detour", children=[Node(name="Lille")])
    await journey.queues.list.send(detour)
    outcome = await journey.queues.cancel.request(JourneyCancelMessage(reason="rain"))
    assert outcome == Completed(JourneyCancelReply(refunded=Decimal("12.75")))
    assert await journey.stops() == ["Bruges", "Ghent", "Lille"]


async def test_an_action_calls_itself_later(client: EverythingClient) -> None:
    async with everything(client).connect() as connection:
        called: asyncio.Queue[int] = asyncio.Queue()
        connection.events.one.subscribe(called.put_nowait)
        await connection.remind("later")
        async with asyncio.timeout(30):
            assert await called.get() == len("later")
