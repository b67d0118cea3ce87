"""Every limit of the tables, one below it, at it and one above it, over HTTP (F7).

Some are lowered, so that a test does not take a minute; which is said. A limit that is
not tested here names the test that does. Times are tested with clocks that are set.
"""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import pytest

from fronts import running_front
from limit_actors import Limited, new_limited
from raw_actors import until
from recorded_actors import Counter
from rivetgen_client.wire import cbor
from rivetgen_client.wire.identifiers import actor_id_from_bytes
from rivetgen_client.wire.limits import DEFAULT_LIMITS, Limits
from rivetgen_runtime.core.queues.rows import stored_size
from rivetgen_runtime.core.schedule_rules import SCHEDULE_LIMITS, ScheduleLimits
from rivetgen_runtime.front.options import AddressLimits, FrontOptions
from rivetgen_runtime.front.server import ServerOptions
from rivetgen_runtime.options import (
    ActorOptions,
    HostOptions,
    KvLimits,
    QueueLimits,
    SqlLimits,
    StateLimits,
    WorkflowLimits,
)
from server_process import gateway_url
from workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

TABLES: tuple[type, ...] = (
    *(Limits, FrontOptions, AddressLimits, ServerOptions, HostOptions, ActorOptions),
    *(KvLimits, SqlLimits, StateLimits, QueueLimits, WorkflowLimits, ScheduleLimits),
)
PROTOCOLS = ("rivet", "rivet_encoding.json")
JSON = {"x-rivet-encoding": "json", "content-type": "application/json"}
DONE = "done"
WAIT_S = 10.0


@dataclass(frozen=True)
class Site:
    """A server with one actor, and a session with it."""

    base: str
    session: aiohttp.ClientSession
    actor: type[Limited]

    def url(self, rest: str, key: str = "a") -> str:
        """The address of something of an actor."""
        return gateway_url(self.base, "lab", key, rest)

    async def post(
        self, url: str, body: str, headers: dict[str, str] | None = None
    ) -> str:
        """Send a body; what a success says, or the name of the error."""
        sent = {**JSON, **(headers or {})}
        data = io.BytesIO(body.encode())
        async with self.session.post(url, data=data, headers=sent) as response:
            answer: Any = await response.json()
            if response.status != 200:
                return f"{answer['group']}.{answer['code']}"
            output: Any = "output" in answer and answer["output"]
            return output if isinstance(output, str) and len(output) < 100 else DONE

    async def act(self, action: str, *args: Any) -> str:
        """Call an action; what it says, or the name of the error."""
        return await self.post(self.url(f"action/{action}"), json.dumps({"args": args}))

    @asynccontextmanager
    async def socket(self) -> AsyncGenerator[Socket]:
        """Open a connection."""
        async with self.session.ws_connect(
            self.url("connect"), protocols=PROTOCOLS, autoclose=False
        ) as socket:
            yield Socket(socket)


@dataclass
class Socket:
    """A connection of the JSON encoding."""

    raw: aiohttp.ClientWebSocketResponse
    sent: int = field(default=0)

    async def outcome(self) -> str:
        """What the next message says: done, an error, or why the socket is closed."""
        message = await self.raw.receive(WAIT_S)
        if message.type is not aiohttp.WSMsgType.TEXT:
            reason = (message.extra or "").partition("#")[0]
            return reason or str(message.data)
        body = json.loads(message.data)["body"]
        if body["tag"] != "Error":
            return DONE
        return f"{body['val']['group']}.{body['val']['code']}"

    async def request(self, action: str, *args: Any) -> None:
        """Send a request."""
        self.sent += 1
        await self.raw.send_str(self.frame(action, *args))

    def frame(self, action: str, *args: Any) -> str:
        """A request as it is sent."""
        value = {"id": self.sent, "name": action, "args": args}
        return json.dumps({"body": {"tag": "ActionRequest", "val": value}})


Ask = "Callable[[Site, int], Awaitable[str]]"


class Probe(NamedTuple):
    """How a limit is tried.

    Attributes:
        number: The limit; what the table says unless an option lowers it.
        ask: Asks for something of a size; says what came of it.
        refusal: What comes of too much.
        is_minimum: Whether less is too little, instead.
    """

    number: int
    ask: Callable[[Site, int], Awaitable[str]]
    refusal: str
    front: FrontOptions = FrontOptions()
    host: HostOptions = HostOptions()
    actor: ActorOptions = ActorOptions()
    is_minimum: bool = False


# Messages and bodies


def padded(size: int, head: str, tail: str) -> str:
    """A text of so many characters."""
    return head + "x" * (size - len(head) - len(tail)) + tail


async def send_request(site: Site, size: int) -> str:
    body = padded(size, '{"args":[["keep_value",1,"', '"]]}')
    over_http = await site.post(site.url("action/work"), body)
    async with site.socket() as socket:
        await socket.outcome()
        head, tail = socket.frame("work", ["keep_value", 1, ""]).rsplit('""', 1)
        await socket.raw.send_str(padded(size, f'{head}"', f'"{tail}'))
        over_socket = await socket.outcome()
    return over_http if over_http == over_socket else f"{over_http} {over_socket}"


async def ask_for_answer(site: Site, size: int) -> str:
    return await site.act("later", size - len('{"output":""}'))


async def send_body(site: Site, size: int) -> str:
    async with site.session.post(
        site.url("request/x"), data=io.BytesIO(b"x" * size)
    ) as response:
        answer = await response.json()
        return DONE if answer == size else f"{answer['group']}.{answer['code']}"


async def send_frame(site: Site, size: int) -> str:
    async with site.socket() as socket:
        await socket.outcome()
        head, tail = socket.frame("work", ["keep_value", 1, ""]).rsplit('""', 1)
        await socket.raw.send_str(padded(size, f'{head}"', f'"{tail}'))
        return await socket.outcome()


async def create_with(site: Site, size: int) -> str:
    body = {"name": "lab", "key": "a", "runner_name_selector": "default"}
    text = json.dumps({**body, "crash_policy": "sleep"}).ljust(size)
    return await site.post(f"{site.base}/actors?namespace=default", text)


# Keys and listings


async def create_under(site: Site, key: str, name: str = "lab") -> str:
    body = {"name": name, "key": key, "runner_name_selector": "default"}
    text = json.dumps({**body, "crash_policy": "sleep"})
    return await site.post(f"{site.base}/actors?namespace=default", text)


async def create_part(site: Site, size: int) -> str:
    return await create_under(site, "k" * size)


async def create_key(site: Site, size: int) -> str:
    parts = ["k" * 100] * (size // 101)
    parts.append("k" * (size - 101 * len(parts)))
    return await create_under(site, "/".join(parts), Counter.definition.name)


async def list_ids(site: Site, size: int) -> str:
    ids = ",".join(actor_id_from_bytes(bytes([each] * 16)) for each in range(size))
    url = f"{site.base}/actors?namespace=default&actor_ids={ids}"
    async with site.session.get(url) as response:
        answer = await response.json()
        refused = response.status != 200
        return f"{answer['group']}.{answer['code']}" if refused else DONE


async def list_page(site: Site, size: int) -> str:
    for number in range(size):
        assert await create_under(site, f"k{number}") == DONE
    url = f"{site.base}/actors?namespace=default&name=lab"
    async with site.session.get(url) as response:
        actors = (await response.json())["actors"]
    return DONE if len(actors) == size else f"{len(actors)} of one page"


# Queues


async def send_message(site: Site, body: str, key: str | None = None) -> str:
    headers = {} if key is None else {"idempotency-key": key}
    return await site.post(site.url("queue/kept"), json.dumps({"body": body}), headers)


async def send_messages(site: Site, size: int) -> str:
    outcomes = [await send_message(site, str(number)) for number in range(size)]
    assert set(outcomes[:-1]) <= {DONE}
    return outcomes[-1]


async def send_large_message(site: Site, size: int) -> str:
    length = next(
        length
        for length in range(size, 0, -1)
        if stored_size("kept", cbor.encode("x" * length)) == size
    )
    return await send_message(site, "x" * length)


async def send_with_key(site: Site, size: int) -> str:
    return await send_message(site, "x", "k" * size)


# At a time


async def run_together(site: Site, size: int) -> str:
    held = [asyncio.create_task(site.act("look")) for _ in range(size - 1)]
    await until(lambda: site.actor.holding == size - 1)
    outcome = await site.act("later", 1)
    site.actor.go.set()
    assert set(await asyncio.gather(*held)) <= {DONE}
    return "done" if outcome == "x" else outcome


async def run_on_one_connection(site: Site, size: int) -> str:
    async with site.socket() as socket:
        await socket.outcome()
        for _ in range(size - 1):
            await socket.request("look")
        await until(lambda: site.actor.holding == size - 1)
        await socket.request("later", 1)
        outcome = await socket.outcome()
        site.actor.go.set()
    return outcome


async def subscribe_to(site: Site, size: int) -> str:
    async with site.socket() as socket:
        await socket.outcome()
        for number in range(size):
            value = {"eventName": f"event{number}", "subscribe": True}
            body = {"tag": "SubscriptionRequest", "val": value}
            await socket.raw.send_str(json.dumps({"body": body}))
        await socket.request("later", 1)
        return await socket.outcome()


async def connect_together(site: Site, size: int) -> str:
    async with AsyncExitStack() as stack:
        outcomes = list[str]()
        for _ in range(size):
            socket = await stack.enter_async_context(site.socket())
            outcomes.append(await socket.outcome())
    assert set(outcomes[:-1]) <= {DONE}
    return outcomes[-1]


async def call_often(site: Site, size: int) -> str:
    outcomes = [await site.act("later", 1) for _ in range(size)]
    assert set(outcomes[:-1]) <= {"x"}
    return DONE if outcomes[-1] == "x" else outcomes[-1]


def deed(name: str) -> Callable[[Site, int], Awaitable[str]]:
    """Let the actor do something of a size."""

    async def ask(site: Site, size: int) -> str:
        return await site.act("work", [name, size])

    return ask


FEW = 5
SMALL = 100_000
SMALL_BODY = FrontOptions(limits=replace(DEFAULT_LIMITS, http_body_bytes=SMALL))
SMALL_FRAME = FrontOptions(
    limits=replace(
        DEFAULT_LIMITS,
        websocket_message_bytes=SMALL,
        incoming_message_bytes=2 * SMALL,
    )
)
SMALL_PAGE = FrontOptions(limits=replace(DEFAULT_LIMITS, actors_per_page=FEW))
FEW_REQUESTS = FrontOptions(address_limits=AddressLimits(requests=FEW))
FEW_AT_A_TIME = FrontOptions(address_limits=AddressLimits(in_flight=FEW))
SMALL_SQL = HostOptions(
    sql=SqlLimits(
        result_rows=50, result_bytes=5_000, value_bytes=9_000, statement_bytes=500
    )
)
QUEUE = ActorOptions(max_queue_size=FEW)
TOO_LARGE = "sqlite.result_too_large"
HIDDEN = "rivetkit.internal_error"
"""What SQLite itself says is for the actor, not for its callers."""

PROBES: dict[str, Probe] = {
    "Limits.incoming_message_bytes": Probe(
        DEFAULT_LIMITS.incoming_message_bytes, send_request, "message.incoming_too_long"
    ),
    "Limits.outgoing_message_bytes": Probe(
        DEFAULT_LIMITS.outgoing_message_bytes,
        ask_for_answer,
        "message.outgoing_too_long",
    ),
    "Limits.http_body_bytes": Probe(
        SMALL, send_body, "guard.invalid_request_body", SMALL_BODY
    ),
    "Limits.management_body_bytes": Probe(
        DEFAULT_LIMITS.management_body_bytes, create_with, "api.bad_request"
    ),
    "Limits.websocket_message_bytes": Probe(SMALL, send_frame, "1009", SMALL_FRAME),
    "Limits.queue_messages": Probe(FEW, send_messages, "queue.full", actor=QUEUE),
    "Limits.queue_message_bytes": Probe(
        DEFAULT_LIMITS.queue_message_bytes,
        send_large_message,
        "queue.message_too_large",
    ),
    "Limits.key_bytes": Probe(
        DEFAULT_LIMITS.key_bytes, create_key, "actor.key_too_large"
    ),
    "Limits.actor_ids_per_query": Probe(
        DEFAULT_LIMITS.actor_ids_per_query, list_ids, "validation.too_many_actor_ids"
    ),
    "Limits.actors_per_page": Probe(FEW, list_page, "5 of one page", SMALL_PAGE),
    "AddressLimits.requests": Probe(FEW, call_often, "guard.rate_limit", FEW_REQUESTS),
    "AddressLimits.in_flight": Probe(
        FEW, connect_together, "guard.rate_limit", FEW_AT_A_TIME
    ),
    "HostOptions.key_part_bytes": Probe(
        HostOptions().key_part_bytes, create_part, "actor.key_too_large"
    ),
    "HostOptions.key_bytes": Probe(
        HostOptions().key_bytes, create_key, "actor.key_too_large"
    ),
    "HostOptions.running_actions_per_actor": Probe(
        FEW,
        run_together,
        "actor.overloaded",
        host=HostOptions(running_actions_per_actor=FEW),
    ),
    "HostOptions.running_actions_per_connection": Probe(
        FEW,
        run_on_one_connection,
        "actor.overloaded",
        host=HostOptions(running_actions_per_connection=FEW),
    ),
    "HostOptions.subscriptions_per_connection": Probe(
        FEW,
        subscribe_to,
        "actor.overloaded",
        host=HostOptions(subscriptions_per_connection=FEW),
    ),
    "HostOptions.connections_per_actor": Probe(
        FEW,
        connect_together,
        "actor.overloaded",
        host=HostOptions(connections_per_actor=FEW),
    ),
    "ActorOptions.max_schedules": Probe(
        FEW,
        deed("schedule_many"),
        "schedule.max_schedules_exceeded",
        actor=ActorOptions(max_schedules=FEW),
    ),
    "ActorOptions.max_queue_size": Probe(FEW, send_messages, "queue.full", actor=QUEUE),
    "ActorOptions.max_queue_message_bytes": Probe(
        1_000,
        send_large_message,
        "queue.message_too_large",
        actor=ActorOptions(max_queue_message_bytes=1_000),
    ),
    "KvLimits.key_bytes": Probe(
        KvLimits().key_bytes, deed("keep_key"), "kv.key_too_large"
    ),
    "KvLimits.value_bytes": Probe(
        KvLimits().value_bytes, deed("keep_value"), "kv.value_too_large"
    ),
    "KvLimits.batch_keys": Probe(
        KvLimits().batch_keys, deed("keep_many"), "kv.batch_too_large"
    ),
    "KvLimits.batch_bytes": Probe(
        KvLimits().batch_bytes, deed("keep_large"), "kv.batch_too_large"
    ),
    "SqlLimits.result_rows": Probe(50, deed("select_rows"), TOO_LARGE, host=SMALL_SQL),
    "SqlLimits.result_bytes": Probe(
        5_000, deed("select_bytes"), TOO_LARGE, host=SMALL_SQL
    ),
    "SqlLimits.value_bytes": Probe(9_000, deed("select_value"), HIDDEN, host=SMALL_SQL),
    "SqlLimits.statement_bytes": Probe(
        500, deed("run_statement"), HIDDEN, host=SMALL_SQL
    ),
    "StateLimits.maximum_bytes": Probe(
        50_000,
        deed("grow_state"),
        "rivetgen.state_too_large",
        host=HostOptions(state=StateLimits(maximum_bytes=50_000)),
    ),
    "QueueLimits.key_bytes": Probe(
        QueueLimits().key_bytes, send_with_key, "queue.key_too_long"
    ),
    "ScheduleLimits.name_bytes": Probe(
        SCHEDULE_LIMITS.name_bytes, deed("name_schedule"), "schedule.invalid_name"
    ),
    "ScheduleLimits.expression_bytes": Probe(
        SCHEDULE_LIMITS.expression_bytes,
        deed("write_expression"),
        "schedule.invalid_cron_expression",
    ),
    "ScheduleLimits.minimum_interval_ms": Probe(
        SCHEDULE_LIMITS.minimum_interval_ms,
        deed("repeat_every"),
        "schedule.invalid_interval",
        is_minimum=True,
    ),
    "ScheduleLimits.history_per_schedule": Probe(
        SCHEDULE_LIMITS.history_per_schedule,
        deed("keep_history"),
        "schedule.invalid_max_history",
    ),
    "ScheduleLimits.args_bytes": Probe(
        SCHEDULE_LIMITS.args_bytes,
        deed("schedule_arguments"),
        "schedule.invalid_argument",
    ),
}
"""Limits that are reached from outside, by table and name."""

UNIT = "tests/unit/runtime"
RULES = f"{UNIT}/core/test_schedule_rules.py"
JOBS = f"{UNIT}/core/test_cron_jobs.py"
DEAF = "tests/reliability/test_deaf_client.py::test_a_client_that_never_reads_is_cut"
FULL_SOCKET = (
    f"{UNIT}/core/test_raw_sockets.py"
    "::test_a_client_waits_while_an_actor_has_too_much_to_read"
)
ELSEWHERE: dict[str, str] = {
    "Limits.query_input_bytes": "tests/unit/client/test_http_transport.py"
    "::test_an_input_too_large_for_a_request_line_goes_to_the_management_api",
    "FrontOptions.queued_messages": DEAF,
    "FrontOptions.queued_bytes": DEAF,
    "AddressLimits.windows": f"{UNIT}/front/test_rate_limits.py"
    "::test_the_memory_for_many_addresses_is_bounded",
    "AddressLimits.proxies": f"{UNIT}/front/test_rate_limits.py"
    "::test_the_address_is_one_that_the_caller_cannot_make_up",
    "ServerOptions.connections": f"{UNIT}/front/test_server.py"
    "::test_connections_over_the_limit_are_cut_at_once",
    "HostOptions.unread_messages_per_socket": FULL_SOCKET,
    "HostOptions.unread_bytes_per_socket": FULL_SOCKET,
    "KvLimits.list_entries": f"{UNIT}/core/test_kv.py"
    "::test_a_listing_without_a_limit_has_the_default_one",
    "SqlLimits.waiting_transactions": f"{UNIT}/core/test_sql.py"
    "::test_too_many_waiting_transactions_are_refused",
    "SqlLimits.database_bytes": f"{UNIT}/core/test_db.py"
    "::test_a_database_that_is_full_refuses_and_goes_on",
    "StateLimits.advised_bytes": f"{UNIT}/core/test_state.py"
    "::test_advice_on_the_size_is_given_once",
    "QueueLimits.kept_keys": f"{UNIT}/core/queues/test_sending.py"
    "::test_the_oldest_keys_are_forgotten_when_there_are_too_many",
    "QueueLimits.kept_replies_bytes": f"{UNIT}/core/queues/test_sending.py"
    "::test_the_oldest_replies_are_forgotten_when_they_are_too_large",
    "WorkflowLimits.value_bytes": f"{UNIT}/core/workflows/test_steps.py"
    "::test_an_output_that_is_too_large_fails_at_once",
    "ScheduleLimits.schedules_per_actor": f"{RULES}::test_limits_are_refused",
    "ScheduleLimits.default_history_per_schedule": f"{JOBS}::test_the_history_is",
    "ScheduleLimits.default_history_page": f"{JOBS}::test_the_history_is",
    "ScheduleLimits.history_per_actor": f"{JOBS}::test_the_histories_of_an_actor",
    "ScheduleLimits.history_per_actor_kept": f"{JOBS}::test_the_histories_of_an_actor",
    "ScheduleLimits.on_time_ms": f"{RULES}::test_missed_runs_follow",
    "ScheduleLimits.catch_up_runs": f"{RULES}::test_limits_are_refused",
    "ScheduleLimits.waiting_runs": f"{RULES}::test_limits_are_refused",
    "ScheduleLimits.crashed_runs": f"{UNIT}/core/test_schedule_crashes.py"
    "::test_a_call_that_kills_ten_processes_is_given_up",
}
"""Limits that no single request shows, and with what the name of their test begins."""

UNREACHED = {
    "ServerOptions.backlog": "connections that the operating system keeps",
    "ScheduleLimits.search_horizon_years": "how far cron expressions are looked into",
}
"""Limits that no test reaches, and what they are of."""


def numbers() -> dict[str, Any]:
    """Every limit that is a number and no time, by table and name."""
    return {
        f"{table.__name__}.{each.name}": each.default
        for table in TABLES
        for each in fields(table)
        if isinstance(each.default, int)
        and not isinstance(each.default, bool)
        and not each.name.endswith(("_s", "_backoff_minimum_ms", "_backoff_maximum_ms"))
    }


def test_every_limit_of_the_tables_is_tried_or_says_where_it_is() -> None:
    known = [*PROBES, *ELSEWHERE, *UNREACHED]
    assert sorted(known) == sorted(numbers())
    assert len(PROBES) > len(numbers()) / 2


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_limit_that_is_tested_elsewhere_is_tested_there(name: str) -> None:
    path, _, test = ELSEWHERE[name].partition("::")
    assert f"def {test}" in (ROOT / path).read_text("utf-8")


def test_what_a_probe_does_not_lower_is_what_the_table_says() -> None:
    lowered = {FEW, SMALL, 50, 500, 1_000, 5_000, 9_000, 50_000}
    for name, probe in PROBES.items():
        assert probe.number in {numbers()[name], *lowered}


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("name", PROBES)
async def test_a_limit_holds_to_the_last_one(name: str, more: int) -> None:
    probe = PROBES[name]
    actor = new_limited(probe.actor)
    async with (
        running_front([actor, Counter], probe.front, host=probe.host) as base,
        aiohttp.ClientSession() as session,
    ):
        site = Site(base, session, actor)
        outcome = await probe.ask(site, probe.number + more)
        site.actor.go.set()
    is_over = more < 0 if probe.is_minimum else more > 0
    assert outcome == (probe.refusal if is_over else DONE)
