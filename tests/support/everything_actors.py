"""Actors of the golden schema `everything`: they give back what they were given."""

from __future__ import annotations

import builtins  # noqa: TC003 - the methods are called like builtins
import datetime as dt
from decimal import Decimal

from typing_extensions import override

import rivetgen_runtime as runtime
from everything._generated.archive import ArchiveBase, ArchiveContext
from everything._generated.errors import Forbidden, QuotaExceeded
from everything._generated.everything import (
    EverythingAskDelivery,
    EverythingBase,
    EverythingCancelDelivery,
    EverythingCancelReply,
    EverythingConnectionState,
    EverythingContext,
    EverythingCreateContext,
    EverythingInput,
    EverythingJobsDelivery,
    EverythingParams,
    EverythingState,
)
from everything._generated.journey import (
    JourneyBase,
    JourneyCancelDelivery,
    JourneyCancelReply,
    JourneyContext,
    JourneyCreateContext,
    JourneyListDelivery,
    JourneyTicketsDelivery,
    JourneyWorkflow,
)
from everything._generated.partner import (
    PartnerBase,
    PartnerConnectionState,
    PartnerContext,
    PartnerCreateContext,
    PartnerInput,
    PartnerParams,
    PartnerState,
)
from everything._generated.plain import PlainBase, PlainContext
from everything._generated.registry import Registry
from everything._generated.silent import (
    SilentBase,
    SilentContext,
    SilentWorkflow,
)
from everything._generated.str import (
    StrBase,
    StrContext,
    StrCreateContext,
    StrInput,
    StrState,
)
from everything._generated.super import (
    SuperBase,
    SuperContext,
    SuperState,
    SuperStateV2,
    SuperStateV3,
)
from everything._generated.types import (
    Color,
    Kept,
    Node,
    Scalars,
    Shape,
    ShapeCircle,
    ShapeNothing,
    Size,
    Tags,
)
from rivetgen_client.types import MISSING, Json, Missing
from rivetgen_runtime import Break, Migration, WorkflowFailure

LIMIT = 10
MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


class Everything(EverythingBase):
    """Uses what its context offers."""

    @override
    async def create_state(
        self, c: EverythingCreateContext, input: EverythingInput
    ) -> EverythingState:
        root = Node(name=input.org, children=[Node(name=x) for x in input.labels])
        return EverythingState(count=input.start, root=root)

    @override
    async def create_conn_state(
        self, c: EverythingContext, params: EverythingParams
    ) -> EverythingConnectionState:
        tags = [] if params.org is MISSING else [params.org]
        return EverythingConnectionState(user_id=params.token, tags=tags)

    @override
    async def on_wake(self, c: EverythingContext) -> None:
        c.wait_until(self._answer(c))

    async def _answer(self, c: EverythingContext) -> None:
        async for delivery in c.queues.iter("cancel", "ask", "jobs", "cmd.0"):
            match delivery:
                case EverythingCancelDelivery(body=body):
                    refunded = Decimal(len(body.reason))
                    await delivery.complete(EverythingCancelReply(refunded=refunded))
                case EverythingAskDelivery(body=node):
                    await delivery.complete([len(node.children)])
                case EverythingJobsDelivery(body=job):
                    c.state.count += job.size
                    await delivery.complete()
                case _:
                    await c.queues.cmd_0.complete(delivery.id)

    @override
    async def can_publish_cancel(self, c: EverythingContext) -> bool:
        return c.conn.state.user_id != "eve"

    @override
    async def can_subscribe_secret(self, c: EverythingContext) -> bool:
        return c.conn.state.user_id == "ada"

    @override
    async def list(
        self, c: EverythingContext, list: builtins.list[str], str: str = "a"
    ) -> builtins.list[builtins.str]:
        return [*list, str]

    @override
    async def set(
        self, c: EverythingContext, values: builtins.set[builtins.str]
    ) -> builtins.set[builtins.str]:
        return values

    @override
    async def dict(
        self, c: EverythingContext
    ) -> builtins.dict[builtins.str, builtins.int]:
        return {"count": c.state.count, "children": len(c.state.root.children)}

    @override
    async def str(self, c: EverythingContext) -> builtins.str:
        return f"{c.key.org} {c.key.list} {c.conn.state.user_id}"

    @override
    async def int(self, c: EverythingContext, value: builtins.int) -> builtins.int:
        c.state.count += value
        return c.state.count

    @override
    async def paint(
        self,
        c: EverythingContext,
        size: Size,
        color: Color | builtins.str = Color.RED,
    ) -> Color | builtins.str | None:
        if size is Size.LARGE:
            raise QuotaExceeded(
                limit=LIMIT,
                color=color,
                until=MOMENT,
                metadata_message="m",
                metadata_super=1,
            )
        if color == Color.IN_PROGRESS:
            raise Forbidden
        return None if color == "none" else color

    @override
    async def many(
        self,
        c: EverythingContext,
        required: Scalars,
        plain: builtins.int,
        mutable: builtins.list[builtins.int],
        absent: dt.date | Missing = MISSING,
        node: Node | None = None,
    ) -> Shape:
        mutable.append(plain)
        if absent is MISSING and node is None:
            return ShapeCircle(radius=float(sum(mutable)))
        return ShapeNothing()

    @override
    async def echo(self, c: EverythingContext, value: Kept) -> Kept:
        return value

    @override
    async def bounded(
        self,
        c: EverythingContext,
        number: builtins.int | None,
        choice: builtins.int | builtins.str,
        texts: builtins.list[builtins.str | None] | None,
    ) -> Decimal | None:
        return None if number is None else Decimal(number) / 4

    @override
    async def choose(
        self, c: EverythingContext, value: builtins.int | builtins.str
    ) -> builtins.int | builtins.str:
        return value

    @override
    async def deep_er_call(self, c: EverythingContext) -> Node:
        return c.state.root

    @override
    async def outdated(self, c: EverythingContext) -> Tags:
        return c.conn.state.tags

    @override
    async def itself(
        self, c: EverythingContext, self_: builtins.int, c_: builtins.int
    ) -> None:
        c.events.nothing()
        c.events.one(self_)
        c.events.several("ada", MOMENT, [self_, c_])
        c.events.shaped(ShapeCircle(radius=float(c_)))
        c.events.property("text")
        c.events.secret("for ada")
        c.events.maybe()
        c.events.maybe("there")
        c.conn.events.gone(c_)

    @override
    async def remind(
        self,
        c: EverythingContext,
        text: builtins.str,
        at: dt.datetime | Missing = MISSING,
        fire: Json | Missing = MISSING,
    ) -> None:
        if c.fire is None:
            await c.schedule.after(dt.timedelta(milliseconds=10)).remind(text, at)
        else:
            c.events.one(len(text))


class Partner(PartnerBase):
    """Calls the other actor, and has bodies that are no records."""

    @override
    async def create_state(
        self, c: PartnerCreateContext, input: PartnerInput
    ) -> PartnerState:
        return [len(input.name), c.key.shard, c.key.day.year]

    @override
    async def run(self, c: PartnerContext) -> None:
        await c.abort_signal.wait()

    @override
    async def create_conn_state(
        self, c: PartnerContext, params: PartnerParams
    ) -> PartnerConnectionState:
        return [params]

    @override
    async def size(self, c: PartnerContext) -> int:
        friend = c.actors.everything.get_or_create(
            org="partner",
            list=c.key.size,
            input_org=c.conn.state[0],
            labels=["a", "b"],
            token="t",  # noqa: S106 - a name, no secret
        )
        c.state.append(len((await friend.deep_er_call()).children))
        return sum(c.state)

    @override
    async def on_request(
        self, c: PartnerContext, request: runtime.Request
    ) -> runtime.Response:
        body = await request.text()
        return runtime.Response.json([request.method, request.path, body, c.key.shard])

    @override
    async def on_web_socket(self, c: PartnerContext, socket: runtime.WebSocket) -> None:
        async for data in socket:
            socket.send(data)


class Plain(PlainBase):
    """Answers."""

    @override
    async def ping(self, c: PlainContext) -> None:
        return None


class Archive(ArchiveBase):
    """Answers its own key."""

    @override
    async def path(self, c: ArchiveContext) -> list[str]:
        return [str(c.key.year), *c.key.path]

    @override
    async def file(self, c: ArchiveContext, page: str) -> int:
        await c.db.migrate([Migration(1, "CREATE TABLE pages (text TEXT NOT NULL)")])
        await c.db.execute("INSERT INTO pages VALUES (?)", page)
        (row,) = await c.db.execute("SELECT count(*) AS pages FROM pages")
        pages: int = row["pages"]
        return pages


class Journey(JourneyBase):
    """Goes where its tickets lead, until it is cancelled."""

    @override
    async def on_migrate(self, c: JourneyCreateContext, is_new: bool) -> None:
        await c.db.execute("CREATE TABLE IF NOT EXISTS spent (price TEXT)")

    @override
    async def run(self, w: JourneyWorkflow) -> None:
        await w.repeat("stops", self._stop)

    async def _stop(self, w: JourneyWorkflow) -> Break[None] | None:
        match await w.queues.next("next"):
            case JourneyTicketsDelivery(body=ticket):

                async def go(c: JourneyContext) -> None:
                    insert = "INSERT INTO spent (price) VALUES (?)"
                    await c.db.execute(insert, f"{ticket.price}")
                    c.state.stops.append(ticket.place)
                    c.events.stopped(ticket.place)

                await w.step("go", go)
            case JourneyListDelivery(body=node):

                async def visit(c: JourneyContext) -> None:
                    c.state.stops += [child.name for child in node.children]

                await w.step("visit", visit)
            case JourneyCancelDelivery() as delivery:
                spent = await w.step("add up", self._spent, returns=Decimal)
                await delivery.complete(JourneyCancelReply(refunded=spent))
                return Break(None)
        return None

    async def _spent(self, c: JourneyContext) -> Decimal:
        rows = await c.db.execute("SELECT price FROM spent")
        return sum((Decimal(row["price"]) for row in rows), Decimal())

    @override
    async def on_workflow_error(
        self, c: JourneyContext, failure: WorkflowFailure
    ) -> None:
        c.state.stops.append(failure.error.message)

    @override
    async def stops(self, c: JourneyContext) -> list[str]:
        return c.state.stops

    @override
    async def call(self, c: JourneyContext, place: str) -> None:
        c.events.stopped(place)


class Silent(SilentBase):
    """Ends at once."""

    @override
    async def run(self, w: SilentWorkflow) -> None:
        await w.step("nothing", self._nothing)

    async def _nothing(self, c: SilentContext) -> None:
        await c.kv.put("done", "yes")


class Super(SuperBase):
    """Counts."""

    @override
    def migrate_v2_to_v3(self, old: SuperStateV2) -> SuperStateV3:
        return {"total": old.sum + sum(share.part for share in old.shares)}

    @override
    def migrate_v3_to_v4(self, old: SuperStateV3) -> SuperState:
        return SuperState(total=old["total"])

    @override
    async def clear(self, c: SuperContext) -> None:
        c.state.total += 1


class Str(StrBase):
    """Says what it was made of."""

    @override
    async def create_state(self, c: StrCreateContext, input: StrInput) -> StrState:
        return Node(name="-".join(map(str, input)))

    @override
    async def classmethod(self, c: StrContext) -> str:
        return f"{c.state.name} {c.key.property} {c.key.count_}"


registry = Registry(
    plain=Plain,
    everything=Everything,
    partner=Partner,
    archive=Archive,
    journey=Journey,
    silent=Silent,
    super_=Super,
    str=Str,
)
