"""Transactions of ``c.db``: exclusive, in order, and ended whatever happens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.options import SqlLimits
from rivetgen_runtime.sql_errors import (
    SqlClosedError,
    SqlConstraintError,
    SqlNestedTransactionError,
    SqlTransactionEndedError,
    SqlTransactionExpiredError,
    SqlTransactionQueueFullError,
)
from rivetgen_runtime.testing.manual import settle
from sql_world import SqlWorld, make_notes, notes, started, write

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rivetgen_runtime import SqlTransaction
    from sql_world import Script, SqlContext


@pytest.fixture
async def world() -> SqlWorld:
    world = SqlWorld()
    await world.run(make_notes)
    return world


async def in_block(transaction: SqlTransaction, *statements: str) -> None:
    """Run statements in a transaction."""
    async with transaction:
        for statement in statements:
            await transaction.execute(statement)


PART = "INSERT INTO parts VALUES (99)"


# Ends


async def test_a_transaction_is_committed_at_the_end_of_its_block(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await write(tx, "a")
            await write(tx, "b")

    await world.run(script)
    world.kill()
    assert await world.run(notes) == ["a", "b"]


async def test_a_transaction_is_rolled_back_with_the_original_error(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await write(tx, "a")
            raise LookupError("expected rollback")

    with pytest.raises(LookupError, match="expected rollback"):
        await world.run(script)
    assert await world.run(notes) == []


async def test_a_function_can_be_run_in_a_transaction(world: SqlWorld) -> None:
    async def work(tx: SqlTransaction) -> str:
        await write(tx, "a")
        return "result"

    async def script(c: SqlContext) -> Any:
        return await c.db.transact(work, timeout=5, name="work")

    assert await world.run(script) == "result"
    assert await world.run(notes) == ["a"]


async def test_a_commit_that_fails_is_rolled_back(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> None:
        await c.db.execute(
            "PRAGMA foreign_keys = ON; CREATE TABLE parts (note INTEGER REFERENCES "
            "notes (id) DEFERRABLE INITIALLY DEFERRED)"
        )
        tx = c.db.transaction()
        with pytest.raises(SqlConstraintError, match="FOREIGN KEY"):
            await in_block(tx, "INSERT INTO notes (text) VALUES ('lost')", PART)
        with pytest.raises(SqlTransactionEndedError, match="already rolled back"):
            await tx.execute("SELECT 1")
        await write(c.db, "kept")

    await world.run(script)
    assert await world.run(notes) == ["kept"]


async def test_a_handle_cannot_be_used_after_the_end(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction(name="first") as tx:
            await write(tx, "a")
        with pytest.raises(SqlTransactionEndedError, match="'first' was already comm"):
            await tx.execute("SELECT 1")
        with pytest.raises(SqlTransactionEndedError, match="already committed"):
            async with tx:
                pytest.fail("a transaction begins once")

    await world.run(script)


async def test_a_transaction_that_has_not_begun_runs_nothing(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> None:
        with pytest.raises(SqlTransactionEndedError, match="not begun"):
            await c.db.transaction().execute("SELECT 1")

    await world.run(script)


async def test_a_rollback_of_sqlites_own_ends_the_transaction(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> None:
        with pytest.raises(SqlConstraintError):
            await in_block(
                c.db.transaction(),
                "INSERT INTO notes VALUES (1, 'first')",
                "INSERT OR ROLLBACK INTO notes VALUES (1, 'twice')",
            )
        await c.db.execute("INSERT INTO notes VALUES (2, 'after')")

    await world.run(script)
    world.kill()
    assert await world.run(notes) == ["after"]


async def test_after_a_rollback_of_sqlites_own_nothing_is_committed_by_accident(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await tx.execute("INSERT INTO notes VALUES (1, 'first')")
            with pytest.raises(SqlConstraintError):
                await tx.execute("INSERT OR ROLLBACK INTO notes VALUES (1, 'twice')")
            with pytest.raises(SqlTransactionEndedError, match="already rolled back"):
                await write(tx, "not outside of a transaction")

    with pytest.raises(SqlTransactionEndedError, match="already rolled back"):
        await world.run(script)
    assert await world.run(notes) == []


async def test_ending_a_transaction_by_a_statement_is_an_error(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await write(tx, "a")
            await tx.execute("COMMIT")
            with pytest.raises(SqlTransactionEndedError, match="statement of its own"):
                await write(tx, "b")

    with pytest.raises(SqlTransactionEndedError, match="statement of its own"):
        await world.run(script)
    assert await world.run(notes) == ["a"]


async def test_a_cancelled_block_is_rolled_back(world: SqlWorld) -> None:
    entered = asyncio.Event()

    async def script(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await write(tx, "a")
            entered.set()
            await asyncio.Event().wait()

    call = started(world, script)
    await entered.wait()
    await world.clock.advance(60)
    with pytest.raises(RequestError, match="timed out"):
        await call
    assert await world.run(notes) == []


@pytest.mark.parametrize("passes", range(12))
async def test_a_cancellation_at_any_moment_leaves_the_database_usable(
    world: SqlWorld, passes: int
) -> None:
    async def transaction(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await write(tx, "a")

    async def script(c: SqlContext) -> None:
        task = asyncio.ensure_future(transaction(c))
        for _ in range(passes):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    await world.run(script)
    await world.run(lambda c: write(c.db, "after"))
    assert (await world.run(notes))[-1] == "after"


# Order


async def test_transactions_do_not_mix(world: SqlWorld) -> None:
    began = asyncio.Event()

    async def first(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await write(tx, "first-start")
            began.set()
            await settle()
            await write(tx, "first-end")

    def later(text: str) -> Script:
        async def script(c: SqlContext) -> None:
            async with c.db.transaction() as tx:
                await write(tx, text)

        return script

    calls: list[Awaitable[Any]] = [started(world, first)]
    await began.wait()
    calls += started(world, later("second")), started(world, later("third"))
    await asyncio.gather(*calls)
    texts = await world.run(notes)
    assert texts == ["first-start", "first-end", "second", "third"]


async def test_ordinary_statements_wait_for_the_end_of_a_transaction(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await write(tx, "tx-start")
            ordinary = asyncio.ensure_future(write(c.db, "ordinary"))
            await settle()
            await write(tx, "tx-end")
        await ordinary

    await world.run(script)
    assert await world.run(notes) == ["tx-start", "tx-end", "ordinary"]


async def test_everyone_gets_a_turn_in_the_order_of_asking(world: SqlWorld) -> None:
    holds = asyncio.Event()
    ends = asyncio.Event()

    async def hold(c: SqlContext) -> None:
        async with c.db.transaction():
            holds.set()
            await ends.wait()

    def asking(number: int) -> Script:
        async def statement(c: SqlContext) -> None:
            await write(c.db, f"{number}")

        async def transaction(c: SqlContext) -> None:
            async with c.db.transaction() as tx:
                await write(tx, f"{number}")

        return transaction if number % 3 else statement

    calls = [started(world, hold)]
    await holds.wait()
    for number in range(50):
        calls.append(started(world, asking(number)))
        await settle()
    ends.set()
    await asyncio.gather(*calls)
    assert await world.run(notes) == [str(number) for number in range(50)]


async def test_too_many_waiting_transactions_are_refused() -> None:
    world = SqlWorld(sql=SqlLimits(waiting_transactions=3))

    async def script(c: SqlContext) -> None:
        ends = asyncio.Event()

        async def hold() -> None:
            async with c.db.transaction():
                await ends.wait()

        holding = [asyncio.ensure_future(hold()) for _ in range(4)]
        await settle()
        try:
            async with c.db.transaction():
                pytest.fail("it must not begin")
        finally:
            ends.set()
            await asyncio.gather(*holding)

    with pytest.raises(SqlTransactionQueueFullError) as caught:
        await world.run(script)
    assert caught.value.body.name == "sqlite.transaction_queue_full"
    assert caught.value.limit == 3


async def test_who_gives_up_waiting_lets_others_pass(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            waiting = [asyncio.ensure_future(write(c.db, f"{n}")) for n in range(3)]
            await settle()
            waiting[0].cancel()
            await write(tx, "tx")
        # The turn has come to the second one, which does not know it yet.
        waiting[1].cancel()
        await waiting[2]

    await world.run(script)
    texts = await world.run(notes)
    assert texts[0] == "tx"
    assert "0" not in texts
    assert texts[-1] == "2"


# Waiting for oneself

BACKSTOP = ("safety backstop", "timeout", "nested transaction", "outer `db`")


async def test_a_transaction_inside_a_transaction_is_refused_at_once(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction(timeout=0.05) as tx:
            for nested in (tx.transaction(), c.db.transaction()):
                async with nested:
                    pytest.fail("it must not begin")

    async with asyncio.timeout(5):
        with pytest.raises(SqlNestedTransactionError) as caught:
            await world.run(script)
    assert all(words in str(caught.value) for words in BACKSTOP)


async def test_the_outer_db_inside_a_transaction_is_refused_at_once(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await write(tx, "a")
            await c.db.execute("SELECT 1")

    with pytest.raises(SqlNestedTransactionError) as caught:
        await world.run(script)
    assert all(words in str(caught.value) for words in BACKSTOP)
    assert await world.run(notes) == []


async def test_two_actors_may_have_transactions_in_one_task(world: SqlWorld) -> None:
    await world.run(make_notes, key="other")

    async def inner(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await write(tx, "inner")

    async def outer(c: SqlContext) -> None:
        async with c.db.transaction() as tx:
            await world.run(inner, key="other")
            await write(tx, "outer")

    await world.run(outer)
    assert await world.run(notes) == ["outer"]
    assert await world.run(notes, key="other") == ["inner"]


# Timeouts


async def test_a_transaction_expires_and_takes_along_what_waits_inside(
    world: SqlWorld,
) -> None:
    seen: dict[str, str] = {}

    async def script(c: SqlContext) -> None:
        tx = c.db.transaction(timeout=0.05)
        parked: asyncio.Future[None] = asyncio.Future()
        try:
            async with tx:
                await write(tx, "rolled-back-owner")
                parked = asyncio.ensure_future(write(c.db, "must-not-run"))
                await settle()
                await world.clock.advance(0.08)
                await write(tx, "too late")
        except SqlTransactionExpiredError as error:
            seen["owner"] = str(error)
        seen["parked"] = str((await asyncio.gather(parked, return_exceptions=True))[0])
        try:
            await tx.execute("SELECT 1")
        except SqlTransactionExpiredError as error:
            seen["leaked"] = str(error)

    await world.run(script)
    assert set(seen) == {"owner", "parked", "leaked"}
    for message in seen.values():
        assert "expired after 50 ms" in message
        assert all(words in message for words in BACKSTOP)
    assert await world.run(notes) == []


async def test_others_go_on_when_a_transaction_expires(world: SqlWorld) -> None:
    entered = asyncio.Event()

    async def hold(c: SqlContext) -> None:
        async with c.db.transaction(timeout=1) as tx:
            await write(tx, "lost")
            entered.set()
            await asyncio.Event().wait()

    holding = started(world, hold)
    await entered.wait()
    other = started(world, lambda c: write(c.db, "kept"))
    await settle()
    await world.clock.advance(1)
    await other
    assert await world.run(notes) == ["kept"]
    await world.clock.advance(60)
    assert isinstance(
        (await asyncio.gather(holding, return_exceptions=True))[0], Exception
    )


async def test_a_block_that_swallows_the_expiry_still_fails(world: SqlWorld) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction(timeout=1):
            await world.clock.advance(2)

    with pytest.raises(SqlTransactionExpiredError) as caught:
        await world.run(script)
    assert caught.value.body.name == "sqlite.transaction_expired"


async def test_the_error_of_a_block_matters_more_than_its_expiry(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        async with c.db.transaction(timeout=1):
            await world.clock.advance(2)
            raise LookupError

    with pytest.raises(LookupError):
        await world.run(script)


async def test_the_end_of_the_actor_ends_its_transaction(world: SqlWorld) -> None:
    entered = asyncio.Event()
    seen: list[Exception] = []

    async def script(c: SqlContext) -> None:
        async def hold() -> None:
            try:
                async with c.db.transaction() as tx:
                    await write(tx, "lost")
                    entered.set()
                    while True:
                        await tx.execute("SELECT 1")
                        await asyncio.sleep(0)
            except SqlClosedError as error:
                seen.append(error)

        holding.append(asyncio.ensure_future(hold()))

    holding: list[asyncio.Future[None]] = []
    await world.run(script)
    await entered.wait()
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    await holding[0]
    assert len(seen) == 1
    assert await world.run(notes) == []
